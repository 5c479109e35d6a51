"""The lines of a text file that came from elsewhere."""

from __future__ import annotations

from pathlib import Path

from studies.errors import StudyError

_LARGEST = 200_000_000


def lines_of(path: Path) -> list[str]:
    """The file's lines, UTF-8, without their ends.

    Raises StudyError where it cannot be read, is no UTF-8 text (naming the line) or is larger
    than 200 MB.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise StudyError(f"{path.name} is larger than 200 MB. Split it or leave columns out.")
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise StudyError(
            f"Line {line}: {path.name} is not UTF-8 text. Save it as CSV (UTF-8)."
        ) from error
    except OSError as error:
        raise StudyError(f"{path.name} cannot be read: {error.strerror}.") from error
    # Not splitlines: it also breaks at signs that may stand inside a cell.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if text else []
