"""Files that are whole or absent: written beside their place, synced, then moved there."""

from __future__ import annotations

import os
import secrets
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
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ReadOnlyError(
            f"{path.parent} cannot be written ({error.strerror}). Free some space or ask for "
            "write access, then try again."
        ) from error
