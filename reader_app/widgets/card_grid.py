"""A grid of cards with pictures, chosen by click or arrow keys; its owner fills the cards."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QWidget

from reader_app.widgets.theme import PALETTE

_Index = QModelIndex | QPersistentModelIndex


class CardPainter(QStyledItemDelegate):
    """The frame of a card of `card` px in cells of `step` px; `paint_content` fills it."""

    def __init__(self, card: QSize, step: QSize, parent: QWidget) -> None:
        super().__init__(parent)
        self._card, self._step = card, step

    def fit(self, _room: int) -> QSize:
        """The cell where a row has so many px; cards that grow with the room say how."""
        return self._step

    def sizeHint(self, _option: object, _index: _Index) -> QSize:
        """One cell."""
        return self._step

    def paint(self, painter: QPainter, option: object, index: _Index) -> None:
        """The frame, in the accent where the card is chosen, and its content."""
        rect: QRect = option.rect  # type: ignore[attr-defined]
        state: QStyle.StateFlag = option.state  # type: ignore[attr-defined]
        width, height = self._card.width() - 1, self._card.height() - 1
        box = QRectF(rect.x() + 0.5, rect.y() + 0.5, width, height)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        edge = PALETTE.accent if chosen else self.edge(index)
        painter.setPen(QPen(QColor(edge), 2 if chosen else 1))
        painter.setBrush(QColor(PALETTE.panel))
        painter.drawRoundedRect(box, 6, 6)
        self.paint_content(painter, box, index)
        painter.restore()

    def edge(self, _index: _Index) -> str:
        """Colour of the frame of a card that is not chosen."""
        return PALETTE.line

    def paint_content(self, painter: QPainter, box: QRectF, index: _Index) -> None:
        """What stands on the card `box`."""
        raise NotImplementedError


class CardGrid(QListView):
    """Arrow keys and clicks choose a card of `model`; `set_painter` says how cards look."""

    def __init__(
        self, model: QAbstractItemModel, step: QSize, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setGridSize(step)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName(name)
        self._cards: CardPainter | None = None

    def set_painter(self, painter: CardPainter) -> None:
        """Have cards painted, and fitted to the width, by it."""
        self._cards = painter
        self.setItemDelegate(painter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cards share the width beside the scroll bar, whether it is there or not."""
        if self._cards is not None:
            bar = self.verticalScrollBar().sizeHint().width()
            self.setGridSize(self._cards.fit(self.width() - bar))
        super().resizeEvent(event)


def paint_picture(painter: QPainter, spot: QRectF, image: QImage | None) -> None:
    """A picture with rounded corners, or a dashed frame where there is none."""
    if image is None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(PALETTE.edge), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(spot, 3, 3)
        return
    frame = QPainterPath()
    frame.addRoundedRect(spot, 3, 3)
    painter.save()
    painter.setClipPath(frame)
    painter.drawImage(spot, image)
    painter.restore()
