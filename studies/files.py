"""Files that are whole or absent: written beside their place, synced, then moved there."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

from studies.errors import ReadOnlyError


def write_synced(path: Path, data: bytes) -> None:
    """Write `data` to `path`; ReadOnlyError, naming the folder, where that is impossible."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):  # it was never made
            temporary.unlink()
        raise ReadOnlyError(
            f"{path.parent} cannot be written ({error.strerror}). Free some space or ask for "
            "write access, then try again."
        ) from error


def sync_folder(folder: Path) -> None:
    """Puts a folder's list of names on the disk, where the system can (not on Windows)."""
    if sys.platform == "win32":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
