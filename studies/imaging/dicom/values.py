"""Values of a foreign header, read in the order in which they may stand, and with patience."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

from pydicom import Dataset

from studies.errors import ImportRefusedError
from studies.imaging.dicom.foreign import guarded

Groups = tuple[Dataset, ...]
_DECIMAL = re.compile(r"[-+]?\d+([.,]\d*)?([eE][-+]?\d+)?|[-+]?[.,]\d+")


def first(groups: Groups, name: str) -> Any:
    """The first value of this name that is not empty, None where there is none.

    Raises whatever the reader raises for a value that cannot be read.
    """
    for group in groups:
        value = group.get(name)
        if value is not None and value != "":
            return value
    return None


def soft(groups: Groups, name: str) -> Any:
    """The same for a value that is not needed: one that cannot be read counts as none."""
    with suppress(ImportRefusedError):
        return guarded(lambda: first(groups, name), "")
    return None


def numbers(groups: Groups, name: str) -> tuple[float, ...]:
    """All numbers of a value, () where there is none.

    Blanks around them and a decimal comma, both against PS3.5 6.2 and both seen, are understood.
    ImportRefusedError, naming the value, for what is no number.
    """
    for group in groups:
        try:
            value = guarded(lambda group=group: group.get(name), "")  # type: ignore[misc]
        except ImportRefusedError:
            return tuple(_number(part, name) for part in _raw(group, name))
        if value is None or value == "":
            continue
        many = [value] if isinstance(value, str | bytes | int | float) else value
        return tuple(_number(str(part), name) for part in many)
    return ()


def _raw(group: Dataset, name: str) -> list[str]:
    """The parts of a value as they stand in the file."""
    stored = guarded(lambda: group.get_item(name).value, _unusable(name))
    text = stored.decode("ascii", "replace") if isinstance(stored, bytes) else str(stored)
    return text.split("\\")


def _number(text: str, name: str) -> float:
    text = text.strip(" \0")
    if not _DECIMAL.fullmatch(text):
        raise ImportRefusedError(_unusable(name))
    return float(text.replace(",", "."))


def _unusable(name: str) -> str:
    return f"The header is damaged: its {name} is no number."
