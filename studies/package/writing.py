"""A new package: written beside its place, synced, and moved there whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from studies.errors import ReadOnlyError, SealedError
from studies.files import sync_folder
from studies.package.contents import PackageContents, contents_json
from studies.package.log import create_log
from studies.package.masking import stored_bytes


def create(folder: Path, contents: PackageContents, images: Sequence[bytes]) -> Path:
    """Write a new package; the folder appears whole or not at all.

    `images` are the plain pictures in trial order, each asked for once (a volume may be read only
    then); in a masked package they are masked here. Files are written in the order of their ids
    and carry one date.

    Raises ReadOnlyError, SealedError (exists).
    """
    if folder.exists():
        raise SealedError(f"The reading package {folder.name} exists already and is not replaced.")
    temporary = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        (temporary / "items").mkdir(parents=True)
        ids = [trial.trial_id for trial in contents.trials]
        for place in sorted(range(len(ids)), key=ids.__getitem__):
            data = stored_bytes(contents, ids[place], images[place])
            _write_synced(temporary / "items" / f"{ids[place]}.raw", data)
        create_log(temporary, contents_json(contents))
        sync_folder(temporary / "items")
        temporary.replace(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise ReadOnlyError(
            f"The reading package could not be written to {folder.parent}: {error.strerror}. "
            "Free some space or choose another folder."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.utime(path, (0, 0))
