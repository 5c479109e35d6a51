"""What a file of margins holds, once its lines and masks lie on a series of the study."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

from studies.imaging.exchange.incoming.grid import Grid
from studies.records import Points


@dataclass(frozen=True)
class IncomingMargin:
    """A margin on one slice; `points` (x, y) px from the outer corner of the first pixel."""

    slice_index: int
    sop_uid: str
    points: Points


@dataclass(frozen=True)
class IncomingLesion:
    """A lesion of the file under its own name, one author's margins by slice.

    `author` is whom the file names, "" where it names nobody. `notes` are sentences on what was
    left out of it or is odd about it.
    """

    name: str
    author: str
    margins: tuple[IncomingMargin, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Incoming:
    """All lesions of a file that have a margin on the series; `notes` speak of the whole file."""

    kind: str  # SEG | RTSTRUCT | NIfTI | JSON
    lesions: tuple[IncomingLesion, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileReferences:
    """By which UIDs a file tells the series it was drawn on; any of them may be missing."""

    series_uids: frozenset[str] = frozenset()
    sop_uids: frozenset[str] = frozenset()
    study_uids: frozenset[str] = frozenset()
    frame_of_reference_uids: frozenset[str] = frozenset()


Reading = Generator[str, None, Incoming]
"""Yields what is being read, in words, every few slices; its end is what was read."""


class MarginFile(Protocol):
    """A file of margins that was opened: what it is, what it refers to, and how it is read."""

    @property
    def kind(self) -> str:
        """SEG, RTSTRUCT, NIfTI or JSON."""

    @property
    def references(self) -> FileReferences:
        """The UIDs that tell the series."""

    def read(self, grid: Grid, *, apart: bool = False) -> Reading:
        """The lesions on this series.

        `apart` makes each part of a mask a lesion of its own. ImportRefusedError with the reason
        where the file does not fit the series.
        """


def result_of(reading: Reading) -> Incoming:
    """What was read, at once."""
    while True:
        try:
            next(reading)
        except StopIteration as end:
            found: Incoming = end.value
            return found
