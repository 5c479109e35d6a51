"""The series' thumbnails: one slice each, for CT the square around the body, Liver window."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.cases_rows import SeriesRow
from reader_app.state.job_signals import Jobs
from reader_app.widgets.roi_view import to_image
from studies.errors import StudyError
from studies.imaging import contour, volume, window
from studies.records import FloatArray

AT_ONCE = 8
PICTURE_SIDE = 104  # px, twice the thumbnail's side
WIDER = 1.2
"""A thumbnail's square is at most this much wider than the body is high."""

_Key = tuple[int, int, bool]  # series id, slice, whether it is shown in HU


class Thumbnails(QObject):
    """Reads the pictures of the rows on the screen in a thread; `changed` after each batch."""

    changed = Signal()

    def __init__(self, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._jobs, self._messages = jobs, messages
        self._known: dict[_Key, QImage] = {}
        self._wanted: tuple[SeriesRow, ...] = ()
        self._reading = 0  # which reading is under way; 0 for none
        self._readings = 0

    def picture(self, row: SeriesRow) -> QImage | None:
        """A series' thumbnail; None until it is read."""
        return self._known.get(_key(row))

    def clear(self) -> None:
        """Forget all: another study is open."""
        self._known.clear()
        self._wanted, self._reading = (), 0

    def want(self, rows: tuple[SeriesRow, ...]) -> None:
        """These rows are seen now; those wanted before and not read yet are not wanted any more."""
        self._wanted = rows
        self._read()

    def _read(self) -> None:
        """One batch at a time: whoever hears of pictures that came asks for those that are left."""
        if self._reading:
            return
        batch = tuple(row for row in self._wanted if _key(row) not in self._known)[:AT_ONCE]
        if not batch:
            return
        self._readings += 1
        self._reading = number = self._readings
        self._jobs.small(
            lambda: tuple((_key(row), thumbnail(row)) for row in batch),
            lambda found: self._take(number, found),
            lambda failure: self._missed(number, failure),
        )

    def _take(self, number: int, found: tuple[tuple[_Key, QImage], ...]) -> None:
        if number != self._reading:  # of a study that is closed by now
            return
        self._reading = 0
        self._known.update(found)
        self.changed.emit()
        self._read()

    def _missed(self, number: int, failure: Failure) -> None:
        if number == self._reading:
            self._reading = 0
            self._messages.error(failure.sentence, failure.details)


def _key(row: SeriesRow) -> _Key:
    return row.series.id, row.picture, row.series.has_hu


def thumbnail(row: SeriesRow) -> QImage:
    """The slice as a thumbnail; null where its file is missing (Annotate says what is wrong)."""
    try:
        pixels = volume.load_slice(row.series, min(row.picture, row.series.slices - 1))
    except StudyError:
        return QImage()
    return drawn(pixels, has_hu=row.series.has_hu)


def drawn(pixels: FloatArray, *, has_hu: bool) -> QImage:
    """A slice (rows, columns) as a thumbnail: HU in the Liver window around the body, else all."""
    liver = window.PRESETS[0]
    low, high = (liver.low, liver.high) if has_hu else window.auto(pixels)
    shown = body_square(pixels) if has_hu else pixels
    return to_image(window.apply(shown, low, high)).scaled(
        PICTURE_SIDE,
        PICTURE_SIDE,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def body_square(pixels: FloatArray) -> FloatArray:
    """The square of a slice in HU around the body, without table and air; all without a body."""
    inside = contour.body(pixels)
    if not inside.any() or inside.all():
        return pixels
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    side = min(int(min(wide, WIDER * high)), *pixels.shape)
    corner = [
        min(max((at[0] + at[-1] + 1 - side) // 2, 0), whole - side)
        for at, whole in zip((rows, columns), pixels.shape, strict=True)
    ]
    return pixels[corner[0] : corner[0] + side, corner[1] : corner[1] + side]
