"""Series folders on their way into a study: unseen until they are whole."""

from __future__ import annotations

import shutil

from studies.store import Store

INCOMING = ".incoming-"


def remove_unfinished(store: Store) -> None:
    """Remove what an import that was killed left behind; this program alone writes the study."""
    for folder in store.series_folder.glob(f"{INCOMING}*"):
        shutil.rmtree(folder, ignore_errors=True)
