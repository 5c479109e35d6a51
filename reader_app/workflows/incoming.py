"""Series folders on their way into a study, and where zips are unpacked meanwhile."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studies import cases
from studies.errors import ReadOnlyError
from studies.lock import FolderLock
from studies.store import Store

INCOMING = ".incoming-"
_TOKEN = re.compile(r"[0-9a-f]{16}")
_WORKSPACE, _LOCK = "blindread-import-", "in-use"


def refuse_read_only(store: Store) -> None:
    """ReadOnlyError, with whoever has the study open, where nothing can be taken into it."""
    if store.read_only:
        who = f" {store.lock_holder} has it open." if store.lock_holder else ""
        raise ReadOnlyError(
            f"This study is open read-only, so nothing can be imported into it.{who}"
        )


def remove_unfinished(store: Store) -> None:
    """Remove what an import that was killed left behind; this program alone writes the study.

    That is folders not yet whole, and whole ones that the study does not know yet.
    """
    for folder in store.series_folder.glob(f"{INCOMING}*"):
        shutil.rmtree(folder, ignore_errors=True)
    known = {series.folder.name for series in cases.all_series(store)}
    for folder in store.series_folder.iterdir():
        if _TOKEN.fullmatch(folder.name) and folder.name not in known:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def import_workspace() -> Iterator[Path]:
    """A private temporary folder, removed afterwards.

    It holds files with patients' names, so those of imports that were killed are removed first:
    nobody holds their locks any more. ReadOnlyError where there is no room for a folder.
    """
    _remove_abandoned(Path(tempfile.gettempdir()))
    try:
        folder = Path(tempfile.mkdtemp(prefix=_WORKSPACE))
    except OSError as error:
        raise ReadOnlyError(
            f"There is no room for temporary files ({error.strerror}). Free some space, then try "
            "again."
        ) from error
    lock = FolderLock(folder / _LOCK)
    try:
        lock.take()
        yield folder
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(temporary: Path) -> None:
    for folder in temporary.glob(f"{_WORKSPACE}*"):
        try:
            lock = FolderLock(folder / _LOCK)
            is_abandoned = (folder / _LOCK).exists() and lock.take()
        except OSError:  # another user's
            continue
        if is_abandoned:
            lock.release()
            shutil.rmtree(folder, ignore_errors=True)
