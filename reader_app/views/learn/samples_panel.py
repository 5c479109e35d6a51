"""Samples of each class's generator: the same seeds at every epoch, newest on show."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from reader_app.state.learn_state import LearnState
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import FloatImage, to_image
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import Category

SIZE, SMALL, GAP = 52, 38, 5


class SampleStrip(QWidget):
    """As many square pictures as fit; dashed frames where there is none yet."""

    def __init__(self, size: int, name: str) -> None:
        super().__init__()
        self._size = size
        self._images: tuple[QImage, ...] = ()
        self.setAccessibleName(f"Samples of {name}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_images(self, images: FloatImage | None) -> None:
        """Show (n, h, w) grey values 0..1, or empty frames."""
        self._images = () if images is None else tuple(to_image(image) for image in images)
        self.update()

    def sizeHint(self) -> QSize:
        """Fourteen pictures."""
        return QSize(14 * (self._size + GAP) - GAP, self._size)

    def minimumSizeHint(self) -> QSize:
        """Three pictures."""
        return QSize(3 * (self._size + GAP) - GAP, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw pictures or frames from the left."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        fitting = (self.width() + GAP) // (self._size + GAP)
        count = min(fitting, len(self._images)) if self._images else fitting
        for k in range(count):
            box = QRectF(k * (self._size + GAP), 0, self._size, self._size)
            if self._images:
                _paint_picture(painter, box, self._images[k])
            else:
                painter.setPen(QPen(QColor(PALETTE.edge), 1, Qt.PenStyle.DashLine))
                painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)


def _paint_picture(painter: QPainter, box: QRectF, image: QImage) -> None:
    frame = QPainterPath()
    frame.addRoundedRect(box, 3, 3)
    painter.save()
    painter.setClipPath(frame)
    painter.drawImage(box, image)
    painter.restore()


class SamplesPanel(Panel):
    """One row a class."""

    def __init__(self, state: LearnState) -> None:
        super().__init__("Samples", "same seeds at every epoch")
        self._state = state
        self._rows: dict[str, tuple[SampleStrip, object]] = {}
        self._shown: tuple[Category, ...] = ()
        self._holder = QWidget()
        self._column = QVBoxLayout()
        self._column.addWidget(self._holder)
        self.body.addLayout(self._column)
        state.data_changed.connect(self._rebuild)
        state.runs.live_changed.connect(self._refresh)
        self._rebuild()

    def _rebuild(self) -> None:
        """New rows when the study's classes are others."""
        scheme = self._state.scheme
        categories = scheme.categories if scheme else ()
        if categories == self._shown:
            return
        self._shown = categories
        fresh = QWidget()
        grid = QGridLayout(fresh)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE[3])
        grid.setVerticalSpacing(GAP)
        grid.setColumnStretch(1, 1)
        self._rows = {}
        for at, category in enumerate(categories):
            words = label("", "hint")
            names = QVBoxLayout()
            names.setSpacing(0)
            names.addWidget(ClassMark(category))
            names.addWidget(words)
            words.setContentsMargins(20, 0, 0, 0)
            strip = SampleStrip(SIZE if len(categories) <= 3 else SMALL, category.name)
            grid.addLayout(names, at, 0)
            grid.addWidget(strip, at, 1)
            self._rows[category.code] = (strip, words)
        self._column.replaceWidget(self._holder, fresh)
        self._holder.deleteLater()
        self._holder = fresh
        self._refresh()

    def _refresh(self) -> None:
        for code, (strip, words) in self._rows.items():
            grid = self._state.runs.samples.get(code)
            strip.set_images(grid.images if grid else None)
            words.setText(self._state.runs.sample_words(code))  # type: ignore[attr-defined]
