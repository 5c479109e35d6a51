"""The gallery's grid: an ROI a card, its truth and who said what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QWidget

from reader_app.widgets import icons
from reader_app.widgets.card_grid import CardGrid, CardPainter, paint_picture
from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.roi_view import to_image
from reader_app.widgets.theme import PALETTE, font
from studies.records import Category, ClassScheme
from studies.report.gallery import GalleryItem, Said

_Index = QModelIndex | QPersistentModelIndex
Image = npt.NDArray[np.float32]

PICTURE, PAD, LINE, LINES, GAP = 112, 9, 18, 4, 10
CARD = QSize(PICTURE + 2 * PAD + 26, PICTURE + 2 * PAD + (LINES + 1) * LINE + 6)
STEP = QSize(CARD.width() + GAP, CARD.height() + GAP)


class GalleryModel(QAbstractListModel):
    """Items in order, their pictures as far as they were read."""

    def __init__(self) -> None:
        super().__init__()
        self.items: tuple[GalleryItem, ...] = ()
        self.categories: dict[str, Category] = {}
        self._images: dict[int, QImage] = {}

    def set_items(self, items: tuple[GalleryItem, ...], scheme: ClassScheme) -> None:
        """Show these."""
        self.beginResetModel()
        self.items = items
        self.categories = {category.code: category for category in scheme.categories}
        self.endResetModel()

    def set_pictures(self, pictures: tuple[tuple[int, Image], ...]) -> None:
        """Pictures (64, 64), 0..1, by item; none forgets those that were there."""
        self._images = {item: to_image(image) for item, image in pictures}
        if self.items:
            self.dataChanged.emit(self.index(0), self.index(len(self.items) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """One row an item."""
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a screen reader says."""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(self.items[index.row()], self.categories)
        return None

    def picture(self, row: int) -> QImage | None:
        """The item's picture, None before it was read."""
        return self._images.get(self.items[row].item)


def spoken(one: GalleryItem, categories: dict[str, Category]) -> str:
    """An item in words: truth, and what everybody said."""
    told = ", ".join(
        f"{said.reader} says {categories[said.diagnosis].name}, "
        f"{'right' if said.right else 'wrong'}"
        for said in one.said
    )
    truth = categories[one.category].name
    return f"Item {one.item}, truth {truth}, {one.origin}. {told}. {', '.join(one.kinds)}."


class _CardPainter(CardPainter):
    def fit(self, room: int) -> QSize:
        """Share `room` px among as many cards as fit; returns the cell."""
        room -= 1  # Qt keeps one px
        cell = max(STEP.width(), room // max(1, room // STEP.width()))
        self._card = QSize(cell - GAP, CARD.height())
        self._step = QSize(cell, STEP.height())
        return self._step

    def paint_content(self, painter: QPainter, box: QRectF, index: _Index) -> None:
        model = index.model()
        assert isinstance(model, GalleryModel)
        x = box.center().x() - PICTURE / 2
        spot = QRectF(x, box.y() + PAD, PICTURE, PICTURE)
        paint_picture(painter, spot, model.picture(index.row()))
        _paint_words(painter, box, model.items[index.row()], model.categories)


def _paint_words(
    painter: QPainter, box: QRectF, one: GalleryItem, categories: dict[str, Category]
) -> None:
    top = box.y() + PAD + PICTURE + 5
    truth = categories[one.category]
    _line(painter, box, top, truth, f"Truth {truth.short}, {one.origin}", PALETTE.strong)
    shown = one.said if len(one.said) <= LINES else one.said[: LINES - 1]
    for k, said in enumerate(shown, 1):
        y = top + k * LINE
        _line(painter, box, y, categories[said.diagnosis], said.reader, PALETTE.text_2, room=16)
        _verdict(painter, box, y, said)
    if len(one.said) > len(shown):
        words = f"and {len(one.said) - len(shown)} more"
        _line(painter, box, top + LINES * LINE, None, words, PALETTE.text_3)


def _verdict(painter: QPainter, box: QRectF, y: float, said: Said) -> None:
    """A tick or a cross at the right end."""
    name, color = ("check", PALETTE.ok) if said.right else ("close", PALETTE.error_text)
    mark = icons.pixmap(name, color, 12)
    painter.drawPixmap(round(box.right() - PAD - 12), round(y + (LINE - 12) / 2), mark)


def _line(
    painter: QPainter,
    box: QRectF,
    y: float,
    category: Category | None,
    words: str,
    color: str,
    *,
    room: float = 0,
) -> None:
    """A class mark and words, cut at the end; `room` px are kept free at the right."""
    if category is not None:
        middle = QPointF(box.x() + PAD + 6, y + LINE / 2)
        paint_mark(painter, middle, category.marker, QColor(category.color), 10)
    painter.setFont(font("hint"))
    painter.setPen(QColor(color))
    place = QRectF(box.x() + PAD + 17, y, box.width() - 2 * PAD - 17 - room, LINE)
    metrics = QFontMetrics(font("hint"))
    cut = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(place.width()))
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, cut)


class GalleryList(CardGrid):
    """Arrow keys and clicks choose; `chosen` tells the row."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.gallery = GalleryModel()
        name = "ROIs on which readers disagree or all are wrong"
        super().__init__(self.gallery, STEP, name, parent)
        self.set_painter(_CardPainter(CARD, STEP, self))
        self.setMinimumWidth(STEP.width() + 24)
        self.setToolTip("Arrow keys choose an ROI")
        self.selectionModel().currentChanged.connect(self._tell)

    def _tell(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.row())
