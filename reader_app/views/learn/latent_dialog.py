"""What lies between seeds of a finished generator: a row of two, or a field of four corners."""

from __future__ import annotations

import random
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.learn_latent import STEPS, LatentState, Walk
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.roi_view import to_image
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import PALETTE, SPACE

TWO, FOUR = "Two seeds", "Four corners"
SIDE, ROW_SIDE, FIELD_SIDE, GAP, SCALE = 64, 86, 57, 4, 4
"""Px of a picture in a file (SCALE times larger), in a row, in a field of rows, and between two."""
WIDE = 8 * (ROW_SIDE + GAP) - GAP
WHY = (
    "Neighbours that change little by little are a sign of a generator that has learnt the class; "
    "jumps between a few like pictures are a sign of one that repeats its examples."
)


class WalkView(QWidget):
    """Pictures in rows of eight; dashed frames while they are drawn."""

    def __init__(self) -> None:
        super().__init__()
        self._images: tuple[QImage, ...] = ()
        self._count = STEPS
        self.setAccessibleName("ROIs between the seeds")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_walk(self, walk: Walk | None, count: int) -> None:
        """Show a walk, or so many frames."""
        images = walk.images if walk is not None else None
        self._images = () if images is None else tuple(to_image(one) for one in images)
        self._count = count
        self.updateGeometry()
        self.update()

    @property
    def side(self) -> int:
        """Px of a picture: in a field smaller, so that eight rows stand on a small screen."""
        return ROW_SIDE if self._count == STEPS else FIELD_SIDE

    def sizeHint(self) -> QSize:
        """A row of two seeds, a square of four."""
        return self._size(self.side)

    def _size(self, side: int) -> QSize:
        rows = -(-self._count // STEPS)
        return QSize(STEPS * (side + GAP) - GAP, rows * (side + GAP) - GAP)

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def picture(self) -> QImage:
        """The walk, four times as large, for a file."""
        found = QImage(self._size(SIDE) * SCALE, QImage.Format.Format_RGB32)
        found.fill(QColor("#ffffff"))
        painter = QPainter(found)
        painter.scale(SCALE, SCALE)
        self._paint(painter, SIDE)
        painter.end()
        return found

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw pictures or frames."""
        self._paint(QPainter(self), self.side)

    def _paint(self, painter: QPainter, side: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for at in range(self._count):
            x, y = (at % STEPS) * (side + GAP), (at // STEPS) * (side + GAP)
            if at < len(self._images):
                painter.drawImage(QRectF(x, y, side, side), self._images[at])
            else:
                painter.setPen(QPen(QColor(PALETTE.edge), 1, Qt.PenStyle.DashLine))
                painter.drawRect(QRectF(x + 0.5, y + 0.5, side - 1, side - 1))


class LatentDialog(QDialog):
    """Stays open over the page; every change draws anew. Pictures are offered to go to `folder`."""

    def __init__(self, state: LatentState, parent: QWidget, folder: Path | None = None) -> None:
        super().__init__(parent)
        self._state, self._folder = state, folder or Path.home()
        self.setWindowTitle("Between seeds")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._runs = state.generators
        self._make_choices()
        self.view = WalkView()
        self.words = label("", "hint")
        self.save = button("Save picture", small=True, icon="save", tooltip="Save as PNG")
        self.save.clicked.connect(self._ask)
        self.leave = button("Close", small=True, key="Esc", tooltip="Back to the page")
        self.leave.clicked.connect(self.reject)
        self._lay_out()
        state.changed.connect(self._refresh)
        state.forgotten.connect(self.close)
        self._draw()

    def _make_choices(self) -> None:
        self.run = QComboBox()
        self.run.setAccessibleName("Generator")
        self.run.setToolTip("A finished generator")
        for one in self._runs:
            self.run.addItem(f"{self._state.title(one)}, {one.profile}", one.id)
        self.category = QComboBox()
        self.category.setAccessibleName("Class")
        self.category.setToolTip("The class it draws")
        self.kind = Segmented((TWO, FOUR), name="Ends")
        self.seeds = tuple(_spin(f"Seed {at + 1}", at) for at in range(4))
        self.other = button("Other seeds", small=True, icon="refresh", tooltip="Draw other ends")
        self.run.activated.connect(self._chose_run)
        self.category.activated.connect(self._draw)
        self.kind.chosen.connect(self._draw)
        self.other.clicked.connect(self._throw)
        for spin in self.seeds:
            spin.valueChanged.connect(self._draw)
        self._fill_classes()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        column.setSpacing(SPACE[2])
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)  # follows the rows
        why = label(WHY, "hint", wrap=True)
        why.setFixedWidth(WIDE)  # also of the dialog: what is chosen stays where it is
        column.addWidget(why)
        upper, lower, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        self.run.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        upper.addWidget(self.run, 1)
        upper.addWidget(self.category)
        upper.addWidget(self.kind)
        for widget in (label("Seeds", "secondary"), *self.seeds, self.other):
            lower.addWidget(widget)
        lower.addStretch(1)
        foot.addWidget(self.words, 1)
        foot.addWidget(self.save)
        foot.addWidget(self.leave)
        for row in (upper, lower):
            row.setSpacing(SPACE[1])
            column.addLayout(row)
        column.addWidget(self.view, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addLayout(foot)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A field is much higher than a row: in the middle of the window all of it is seen."""
        super().resizeEvent(event)
        over = self.parentWidget()
        if over is not None:
            place = over.window().frameGeometry().center() - self.rect().center()
            self.move(max(0, place.x()), max(0, place.y()))

    def _chose_run(self) -> None:
        self._fill_classes()
        self._draw()

    def _fill_classes(self) -> None:
        self.category.clear()
        if self._runs:
            for one in self._state.classes_of(self._runs[max(0, self.run.currentIndex())]):
                self.category.addItem(one.name, one.code)
        self.category.setEnabled(self.category.count() > 1)

    def _throw(self) -> None:
        """Other seeds in all four places; they stand beside the picture, so it can be had again."""
        for spin, value in zip(self.seeds, random.sample(range(10_000), 4), strict=True):
            blocked = spin.blockSignals(True)
            spin.setValue(value)
            spin.blockSignals(blocked)
        self._draw()

    def _draw(self) -> None:
        count = 2 if self.kind.value == TWO else 4
        for at, spin in enumerate(self.seeds):
            spin.setVisible(at < count)
        if self._runs and self.category.count():
            run = self._runs[self.run.currentIndex()]
            seeds = tuple(spin.value() for spin in self.seeds[:count])
            self._state.draw(run, self.category.currentData(), seeds)
        self._refresh()

    def _refresh(self) -> None:
        walk = self._state.walk
        drawn = walk is not None and walk.images is not None
        count = STEPS if self.kind.value == TWO else STEPS * STEPS
        self.view.show_walk(walk, count)
        self.save.set_enabled_because(drawn, "Nothing is drawn yet")
        words = "Drawing …"
        if not self._runs:
            words = "No generator has finished yet. Train one first."
        elif walk is None:
            words = "Nothing was drawn. Choose seeds to draw again."
        elif drawn:
            words = "From the generator's own noise: great circle for normal, straight for uniform."
        self.words.setText(words)

    def _ask(self) -> None:
        walk = self._state.walk
        if walk is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, "Save picture", str(self._folder / f"{walk.words}.png"), "PNG (*.png)"
        )
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Write the picture; the state says where it cannot be."""
        picture, walk = self.view.picture(), self._state.walk
        if walk is not None:
            picture.setText("Description", f"Drawn by a generator, not real: {walk.words}")
        self._state.wrote(picture.save(str(path)), path)


def _spin(name: str, value: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(0, 99_999)
    spin.setValue(value)
    spin.setAccessibleName(name)
    spin.setToolTip("Draw number 0 of this seed")
    spin.setKeyboardTracking(False)
    spin.setFixedWidth(88)
    return spin
