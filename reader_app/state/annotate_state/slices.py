"""The pixels of the series on show: the visible slice at once, the volume behind it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reader_app.state.job_signals import Jobs
from studies.imaging import volume
from studies.imaging.aids import BESIDE_A_SIDE, Beside
from studies.imaging.volume import Slice, Volume
from studies.records import SeriesRecord

BESIDE_MM = 7.5
"""Slices farther from each other show other parts of a lesion; proposals were learned from 1 to
5 mm."""


@dataclass(frozen=True)
class _Ticket:
    """One request for a volume; it is void once another series is on show."""

    series: SeriesRecord


class Slices:
    """Gives slices of one series at a time. Raises StudyError for files that cannot be read."""

    def __init__(
        self, jobs: Jobs, failed: Callable[[str], None], ready: Callable[[], None]
    ) -> None:
        self._jobs, self._failed, self._ready = jobs, failed, ready
        self._ticket: _Ticket | None = None
        self._volume: Volume | None = None
        self._single: dict[int, Slice] = {}

    @property
    def series(self) -> SeriesRecord | None:
        """The series on show."""
        return self._ticket.series if self._ticket else None

    @property
    def is_loaded(self) -> bool:
        """The whole volume is in memory."""
        return self._volume is not None

    @property
    def positions(self) -> tuple[float, ...]:
        """The mm of every slice, once the volume is in memory; () before."""
        return self._volume.positions if self._volume is not None else ()

    def show(self, series: SeriesRecord | None) -> None:
        """Make a series the one on show; its volume is loaded behind."""
        if series is not None and self.series == series:
            return
        self._volume, self._single = None, {}
        self._ticket = _Ticket(series) if series else None
        if self._ticket is not None and series is not None and series.slices > 1:
            ticket = self._ticket
            self._jobs.small(
                lambda: self._load(ticket),
                lambda result: self._take(ticket, result),
                lambda failure: self._give_up(ticket, str(failure.sentence)),
            )

    def _load(self, ticket: _Ticket) -> Volume | None:
        """In a thread: nothing to do when the user has gone on meanwhile."""
        return volume.load(ticket.series) if self._ticket is ticket else None

    def _take(self, ticket: _Ticket, result: Volume | None) -> None:
        if self._ticket is ticket and result is not None:
            self._volume, self._single = result, {}
            self._ready()

    def _give_up(self, ticket: _Ticket, sentence: str) -> None:
        if self._ticket is ticket:
            self._failed(sentence)

    def at(self, index: int) -> Slice:
        """One slice (int16 HU or float32 grey), from memory or straight from its file."""
        if self._volume is not None:
            padding = self._volume.padding
            return Slice(
                self._volume.voxels[index],
                None if padding is None else _some(padding[index]),
                self._volume.positions[index],
                self._volume.sop_uids[index],
                self._volume.orientation,
                window=self._volume.window,
            )
        if self._ticket is None:
            raise IndexError("no series is on show")
        if index not in self._single:
            self._single[index] = volume.read_slice(self._ticket.series, index)
        return self._single[index]

    def beside(self, index: int) -> tuple[Beside, ...]:
        """The slices before and after one, where they are in memory, up to a gap of BESIDE_MM."""
        held, series = self._volume, self.series
        if held is None or series is None:
            return ()
        px = math.sqrt(series.row_spacing * series.column_spacing)  # mm
        places = held.positions
        return tuple(
            Beside(held.voxels[k], (places[k] - places[index]) / px)
            for side in (-1, 1)
            for k in _unbroken(places, index, side)
        )


def _unbroken(places: Sequence[float], index: int, side: int) -> Iterator[int]:
    """The next slices on one side, BESIDE_A_SIDE at most and none beyond a gap of BESIDE_MM."""
    for k in range(index + side, index + side * (BESIDE_A_SIDE + 1), side):
        if not 0 <= k < len(places) or abs(places[k] - places[k - side]) > BESIDE_MM:
            return
        yield k


def _some(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_] | None:
    return mask if mask.any() else None
