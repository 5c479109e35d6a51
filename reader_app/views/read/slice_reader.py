"""A slice or a volume under the reader's hands: scrolling, the ring, the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPixmap

from reader_app.state.reading_session import ReadingSession
from reader_app.views.read.enlarge import enlarged, fitted, is_roi, roi_of, windowed
from reader_app.views.read.trial_picture import TrialPicture
from studies.package import HU, PackageTrial, Picture, PixelArray

RING_KEY = Qt.Key.Key_H
_STEPS = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -5,
    Qt.Key.Key_PageDown: 5,
}
_WINDOW_STEPS = {  # share of the width: (level, width)
    Qt.Key.Key_Up: (0.05, 0.0),
    Qt.Key.Key_Down: (-0.05, 0.0),
    Qt.Key.Key_Left: (0.0, -0.1),
    Qt.Key.Key_Right: (0.0, 0.1),
}
_GREY_STEP = 1 / 256
"""Share of the width that a px of drag is worth in grey levels; in HU a px is one."""


class SliceReader(QObject):
    """Shows a trial's pixels in a TrialPicture; an ROI has neither ring nor window nor slices."""

    def __init__(self, view: TrialPicture, session: ReadingSession) -> None:
        super().__init__(view)
        self._view, self._session = view, session
        self._pixels: PixelArray | None = None
        self._picture = Picture()
        self._index = 0
        self._ring_hidden = False
        view.scrolled.connect(self.scroll)
        view.dragged.connect(self._drag)
        view.released.connect(self._finish)
        session.windowed.connect(self._redraw)

    @property
    def index(self) -> int:
        """The slice shown, from 0."""
        return self._index

    def prepared(self, trial: PackageTrial, pixels: PixelArray) -> QPixmap:
        """The first look at a trial's picture, as it would be shown."""
        picture, size, scale = trial.picture, self._view.width(), self._view.devicePixelRatioF()
        if is_roi(picture):
            return enlarged(roi_of(pixels), size, scale)
        return windowed(pixels[picture.key], picture, picture.window, size, scale)

    def show_trial(self, trial: PackageTrial, pixels: PixelArray, ready: QPixmap | None) -> None:
        """Show a trial from its key slice; `ready` is what was prepared of it."""
        self._pixels, self._picture, self._index = pixels, trial.picture, trial.picture.key
        self._ring_hidden = False
        as_packed = self._session.window == trial.picture.window
        if ready is None or not as_packed:
            ready = self.prepared(trial, pixels) if as_packed else self._rendered()
        self._view.show_picture(ready)
        self._mark()

    def resized(self) -> None:
        """The view has another size: render anew."""
        if self._pixels is not None and not is_roi(self._picture):
            self._redraw()
        elif self._pixels is not None:
            image = roi_of(self._pixels)
            scale = self._view.devicePixelRatioF()
            self._view.show_picture(enlarged(image, self._view.width(), scale), fresh=False)

    def let_go(self) -> None:
        """The ring's key was let go, or the keyboard went elsewhere."""
        self._hide_ring(hidden=False)

    def press(self, event: QKeyEvent) -> bool:
        """Take a key of the picture; False where it is none of its keys."""
        key = Qt.Key(event.key())
        if self._pixels is None or is_roi(self._picture):
            return False
        if key == RING_KEY:
            if not event.isAutoRepeat():
                self._hide_ring(hidden=True)
            return True
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and key in _WINDOW_STEPS:
            self._step_window(*_WINDOW_STEPS[key])
            return True
        if key in _STEPS:
            self.scroll(_STEPS[key])
            return True
        if key == Qt.Key.Key_Home:
            self.scroll(self._picture.key - self._index)
            return True
        return False

    def release(self, event: QKeyEvent) -> None:
        """The ring comes back when its key is let go."""
        if event.key() == RING_KEY and not event.isAutoRepeat():
            self.let_go()

    def scroll(self, by: int) -> None:
        """Go some slices on; stops at both ends."""
        if self._pixels is None:
            return
        index = min(max(self._index + by, 0), self._picture.slices - 1)
        if index != self._index:
            self._index = index
            self._session.looked()
            self._redraw()

    def _hide_ring(self, *, hidden: bool) -> None:
        if self._pixels is not None and hidden != self._ring_hidden:
            self._ring_hidden = hidden
            self._session.looked()
            self._mark()

    def _drag(self, by: QPointF) -> None:
        """Right wider, left narrower, down a higher level, as where margins are drawn."""
        low, high = self._session.window
        unit = 1.0 if self._picture.values == HU else (high - low) * _GREY_STEP
        self._change_window(by.y() * unit, by.x() * unit, finished=False)

    def _finish(self) -> None:
        self._change_window(0.0, 0.0, finished=True)

    def _step_window(self, level: float, width: float) -> None:
        low, high = self._session.window
        wide = high - low
        self._change_window(level * wide, width * wide, finished=True)

    def _change_window(self, level: float, width: float, *, finished: bool) -> None:
        if self._pixels is None or is_roi(self._picture):
            return
        low, high = self._session.window
        middle, half = (low + high) / 2 + level, max(high - low + width, 1.0) / 2
        self._session.set_window(middle - half, middle + half, finished=finished)

    def _redraw(self) -> None:
        if self._pixels is not None and not is_roi(self._picture):
            self._view.show_picture(self._rendered(), fresh=False)
            self._mark()

    def _rendered(self) -> QPixmap:
        assert self._pixels is not None
        size, scale = self._view.width(), self._view.devicePixelRatioF()
        values = self._pixels[self._index]
        return windowed(values, self._picture, self._session.window, size, scale)

    def _mark(self) -> None:
        slices = self._picture.slices
        corner = f"Slice {self._index + 1} of {slices}" if slices > 1 else ""
        on_key = self._index == self._picture.key and not self._ring_hidden
        self._view.mark(self._ring() if on_key else None, corner)

    def _ring(self) -> QRectF | None:
        x, y, radius = self._picture.ring or (0.0, 0.0, 0.0)
        if radius <= 0:
            return None
        place = fitted(self._picture, self._view.width())
        across = place.width() / self._picture.columns
        down = place.height() / self._picture.rows
        box = QRectF(0, 0, 2 * radius * across, 2 * radius * down)
        box.moveCenter(QPointF(place.left() + x * across, place.top() + y * down))
        return box
