"""The lesions marked on the maps: their ROIs in a row, and the list as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QFileDialog, QListView, QListWidget, QListWidgetItem

from reader_app.state.results_map import PICTURES
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import mark_pixmap
from reader_app.widgets.panel import Panel
from reader_app.widgets.roi_view import to_pixmap
from reader_app.widgets.theme import PALETTE, font
from studies.records import Category, ClassScheme, LesionRecord

Image = npt.NDArray[np.float32]
_PICTURE, _CELL, _HEIGHT = 52, QSize(92, 78), 138


class MarkedList(Panel):
    """`chosen` with a lesion on a click, or where the arrow keys lead.

    `export_asked` with the file's path, `cleared` when none shall be marked.
    """

    chosen = Signal(int)
    cleared = Signal()
    export_asked = Signal(Path)

    def __init__(self) -> None:
        super().__init__("Marked", " ", flush=True)
        self.setFixedHeight(_HEIGHT)
        self.export = button(
            "CSV…", "normal", icon="export", small=True,
            tooltip="Write the marked lesions with their places, classes and errors as CSV",
        )  # fmt: skip
        self.clear = button("Clear", "normal", small=True, key="Esc", tooltip="Mark no lesion")
        for widget in (self.export, self.clear):
            self.add_head(widget)
        self.list = _Row()
        self.body.addWidget(self.list, 1)
        self.export_folder = Path.home()
        self._lesions: tuple[int, ...] = ()
        self.export.clicked.connect(self._ask)
        self.clear.clicked.connect(self.cleared)
        self.list.currentItemChanged.connect(self._choose)
        self.list.itemClicked.connect(self._choose)

    def show_lesions(self, lesions: tuple[LesionRecord, ...], scheme: ClassScheme) -> None:
        """List these; a long list shows the first of them."""
        blocked = self.list.blockSignals(True)
        self.list.clear()
        categories = {one.code: one for one in scheme.categories}
        for one in lesions[:PICTURES]:
            self.list.addItem(_item(one, categories.get(one.category)))
        self.list.blockSignals(blocked)
        self._lesions = tuple(one.id for one in lesions)
        word = "lesion" if len(lesions) == 1 else "lesions"
        more = f", the first {PICTURES} listed" if len(lesions) > PICTURES else ""
        counts = [
            f"{sum(one.category == code for one in lesions)} {category.name}"
            for code, category in categories.items()
        ]
        self.set_hint(f"{len(lesions)} {word}: {', '.join(counts)}{more}")

    def show_pictures(self, pictures: Mapping[int, Image], scheme: ClassScheme) -> None:
        """Put ROIs (64, 64), 0..1, on the lesions that are listed, each with its class mark."""
        categories = {one.code: one for one in scheme.categories}
        for row in range(self.list.count()):
            item = self.list.item(row)
            image = pictures.get(item.data(Qt.ItemDataRole.UserRole))
            if image is not None:
                code = item.data(Qt.ItemDataRole.UserRole + 1)
                item.setIcon(QIcon(_picture(image, categories.get(code))))

    def _choose(self, item: QListWidgetItem | None, _before: object = None) -> None:
        if item is not None:
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def _ask(self) -> None:
        start = str(self.export_folder / "marked_lesions.csv")
        path, _ = QFileDialog.getSaveFileName(
            self, "Write the marked lesions as CSV", start, "CSV (*.csv)"
        )
        if path:
            self.export_asked.emit(Path(path if path.lower().endswith(".csv") else path + ".csv"))


class _Row(QListWidget):
    """One row of pictures that scrolls sideways."""

    def __init__(self) -> None:
        super().__init__()
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(_PICTURE, _PICTURE))
        self.setGridSize(_CELL)
        self.setFont(font("tick"))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Marked lesions")
        self.setToolTip("Left and Right arrow keys choose a lesion")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go along the row."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self.count():
            super().keyPressEvent(event)
            return
        self.setCurrentRow(min(max(self.currentRow() + step, 0), self.count() - 1))


def _item(lesion: LesionRecord, category: Category | None) -> QListWidgetItem:
    name = f"{lesion.patient} · {lesion.name}"
    item = QListWidgetItem(QIcon(_picture(None, category)), name)
    item.setData(Qt.ItemDataRole.UserRole, lesion.id)
    item.setData(Qt.ItemDataRole.UserRole + 1, lesion.category)
    told = f"{name}, {category.name}" if category else name
    item.setData(Qt.ItemDataRole.AccessibleTextRole, told)
    return item


def _picture(image: Image | None, category: Category | None) -> QPixmap:
    """A ROI, or its empty place, with the class mark in the corner."""
    if image is None:
        picture = QPixmap(_PICTURE, _PICTURE)
        picture.fill(PALETTE.line)
    else:
        picture = to_pixmap(image, _PICTURE)
    if category is not None:
        ratio = picture.devicePixelRatio()
        side = picture.width() / ratio
        painter = QPainter(picture)
        painter.fillRect(round(side - 17), round(side - 17), 17, 17, PALETTE.image)
        painter.drawPixmap(round(side - 15), round(side - 15), mark_pixmap(category, 13))
        painter.end()
    return picture
