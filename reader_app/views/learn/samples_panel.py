"""Samples of each class's generator: the same seeds at every epoch, newest on show."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeySequence,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.learn_samples import MODES, OVER_TIME
from reader_app.state.learn_state import LearnState
from reader_app.views.learn.latent_dialog import LatentDialog
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import FloatImage, to_image
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import Category

SIZE, SMALL, GAP = 52, 38, 5
MANY = 14
"""Pictures in a grid of samples; a wide strip makes them larger, not more."""
FRAME_MS = 150
"""A moment stays this long while the training is played."""
PLAY, HALT = "Play the training (Space)", "Halt here (Space)"


class SampleStrip(QWidget):
    """Square pictures of about `size` px that fill the width; dashed frames where is none yet."""

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

    def fit(self) -> tuple[int, float]:
        """How many pictures stand in the row, and their side, px; larger in a high window."""
        most = max(self._size, min(1.8 * self._size, 0.085 * self.window().height()))
        least = 0.88 * self._size
        count = max(1, min(MANY, int((self.width() + GAP) / (least + GAP))))
        return count, min(most, (self.width() + GAP) / count - GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as its pictures."""
        super().resizeEvent(event)
        self.setFixedHeight(math.ceil(self.fit()[1]))

    def sizeHint(self) -> QSize:
        """Fourteen pictures."""
        return QSize(MANY * (self._size + GAP) - GAP, self._size)

    def minimumSizeHint(self) -> QSize:
        """Three pictures."""
        return QSize(3 * (self._size + GAP) - GAP, self._size)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw pictures or frames from the left."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        fitting, side = self.fit()
        count = min(fitting, len(self._images)) if self._images else fitting
        for k in range(count):
            box = QRectF(k * (side + GAP), 0, side, side)
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
    """One row a class; newest, best, or any moment by the slider, its arrow keys or Play."""

    def __init__(self, state: LearnState) -> None:
        super().__init__("Samples", "same seeds at every epoch")
        self._state = state
        self._rows: dict[str, tuple[SampleStrip, QLabel]] = {}
        self._shown: tuple[Category, ...] = ()
        self._holder = QWidget()
        self._make_head()
        self._make_scrubber()
        self._column = QVBoxLayout()
        self._column.addWidget(self._holder)
        self.body.setSpacing(SPACE[1])
        self.body.addLayout(self._column)
        self.body.addWidget(self.scrubber)
        state.data_changed.connect(self._rebuild)
        state.samples.changed.connect(self._refresh)
        self._rebuild()

    def _make_head(self) -> None:
        self.modes = Segmented(MODES, name="Which samples")
        self.modes.setToolTip("The newest samples, those with the least KID, or any moment")
        self.modes.chosen.connect(self._state.samples.choose_mode)
        self.between = button(
            "Between seeds",
            small=True,
            icon="grid",
            tooltip="Walk between the draws of seeds of a finished generator",
        )
        self.between.clicked.connect(self._walk)
        self.add_head(self.modes)
        self.add_head(self.between)

    def _make_scrubber(self) -> None:
        self.play = button("", small=True, icon="play", tooltip=PLAY)
        self.play.clicked.connect(self._toggle)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Moment of the training")
        self.slider.setToolTip("A moment of the training (Left and Right)")
        self.slider.valueChanged.connect(self._sought)
        self.moment = label("", "hint")
        self.scrubber = QWidget()
        row = QHBoxLayout(self.scrubber)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[2])
        for widget in (self.play, self.slider, self.moment):
            row.addWidget(widget, int(widget is self.slider))
        self._clock = QTimer(self)
        self._clock.setInterval(FRAME_MS)
        self._clock.timeout.connect(self._advance)
        key = QShortcut(QKeySequence("Space"), self.scrubber)
        key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        key.setWhatsThis("Play the samples over time, or halt")
        key.activated.connect(self.play.click)

    def _walk(self) -> None:
        LatentDialog(self._state.latent, self, self._state.bin.exports_folder).open()

    @property
    def is_playing(self) -> bool:
        """Whether one moment follows the other by itself."""
        return self._clock.isActive()

    def _toggle(self) -> None:
        """Play from where the slider stands, from the start at its end; or halt."""
        if self.is_playing:
            self._halt()
            return
        if self.slider.value() >= self.slider.maximum():
            self.slider.setValue(0)
        self._clock.start()
        self._say_play()

    def _halt(self) -> None:
        self._clock.stop()
        self._say_play()

    def _say_play(self) -> None:
        """The button says what it does next."""
        self.play.icon_name = "pause" if self.is_playing else "play"
        words = HALT if self.is_playing else PLAY
        self.play.setAccessibleName(words)
        self.play.setToolTip(words)
        self.play.update()

    def _advance(self) -> None:
        if self.slider.value() >= self.slider.maximum():
            self._halt()
        else:
            self.slider.setValue(self.slider.value() + 1)

    def _sought(self, at: int) -> None:
        self._state.samples.seek(at / max(1, self.slider.maximum()))

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
            names.addStretch(1)
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
        samples = self._state.samples
        for code, (strip, words) in self._rows.items():
            grid = samples.grids.get(code)
            strip.set_images(grid.images if grid else None)
            words.setText(samples.words(code))
        self.modes.set_value(samples.mode)
        is_over_time, last = samples.mode == OVER_TIME, max(0, samples.moments - 1)
        self.scrubber.setVisible(is_over_time)
        if not is_over_time:
            self._halt()
        elif last != self.slider.maximum():
            blocked = self.slider.blockSignals(True)
            self.slider.setMaximum(last)
            self.slider.setValue(round(samples.place * last))
            self.slider.blockSignals(blocked)
        self.slider.setEnabled(last > 0)
        self.play.set_enabled_because(last > 0, "No moments of this training were kept")
        place = f"{self.slider.value() + 1} of {last + 1}" if last else "no moments kept"
        self.moment.setText(place)
