"""The gallery's grid: each synthetic ROI with its nearest real ROI beside it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from reader_app.state.gallery_loading import ACCEPTED, KEPT_OUT, Pair
from reader_app.widgets import icons
from reader_app.widgets.badge import badge_size, paint_badge
from reader_app.widgets.card_grid import CardGrid, CardPainter, paint_picture
from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.roi_view import to_image
from reader_app.widgets.theme import PALETTE, font

_Index = QModelIndex | QPersistentModelIndex

PICTURE, PAD, HEAD, GAP, BETWEEN = 84, 9, 30, 5, 10
"""PICTURE is the least side of a picture; cards grow with the room for them."""

ROLES = {"clear": "done", "close": "warning", "copy": "error", "kept out": "neutral"}
EDGES = {"close": PALETTE.warning, "copy": PALETTE.error}


class PairModel(QAbstractListModel):
    """Pairs in order; their pictures are made once."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs: tuple[Pair, ...] = ()
        self._pictures: dict[tuple[int, bool], QImage] = {}

    def set_pairs(self, pairs: tuple[Pair, ...]) -> None:
        """Show these."""
        self.beginResetModel()
        if {p.roi.id for p in pairs} - {p.roi.id for p in self.pairs}:
            self._pictures = {}
        self.pairs = pairs
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """One row a pair."""
        return 0 if parent.isValid() else len(self.pairs)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a screen reader says, and the tooltip."""
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            pair = self.pairs[index.row()]
            likeness = (
                f"{pair.roi.similarity:.2f}" if pair.roi.similarity is not None else "unknown"
            )
            return (
                f"Synthetic {pair.roi.id}, {pair.category.name}: {pair.state}. "
                f"Correlation with its nearest real ROI ({pair.lesion or 'none'}): {likeness}"
                f"{_decided(pair)}"
            )
        return None

    def picture(self, row: int, *, nearest: bool) -> QImage | None:
        """The synthetic picture or its nearest real one."""
        pair = self.pairs[row]
        array = pair.nearest if nearest else pair.roi.image
        if array is None:
            return None
        key = (pair.roi.id, nearest)
        if key not in self._pictures:
            self._pictures[key] = to_image(array)
        return self._pictures[key]


def card_of(picture: int) -> QSize:
    """The card of two pictures with such a side."""
    return QSize(2 * picture + GAP + 2 * PAD, HEAD + picture + PAD + 4)


class _CardPainter(CardPainter):
    """Cards that fill a row: the first begins at its left edge, the last ends at its right."""

    def __init__(self, parent: QWidget) -> None:
        card = card_of(PICTURE)
        super().__init__(card, card, parent)
        self.fit(card.width())

    def fit(self, room: int) -> QSize:
        """Share `room` px among as many cards as fit; returns the cell."""
        least = card_of(PICTURE).width()
        self._columns = max(1, (room + BETWEEN) // (least + BETWEEN))
        width = max(least, (room + BETWEEN) // self._columns - BETWEEN)
        self.picture = (width - GAP - 2 * PAD) // 2
        self._card = QSize(width, card_of(self.picture).height())
        cell = max(1, room - 1) // self._columns if room > least else least  # Qt keeps one px
        self._step = QSize(cell, self._card.height() + BETWEEN)
        return self._step

    @property
    def row_width(self) -> int:
        """Px from the first card's left edge to the last one's right edge."""
        return self._columns * (self._card.width() + BETWEEN) - BETWEEN

    def paint(self, painter: QPainter, option: object, index: _Index) -> None:
        """Cells have no gap of their own: a card stands the further right, the later its column."""
        assert isinstance(option, QStyleOptionViewItem)
        column = index.row() % self._columns
        moved = QStyleOptionViewItem(option)
        late = self._card.width() + BETWEEN - self._step.width()
        moved.rect = option.rect.translated(column * late, 0)
        super().paint(painter, moved, index)

    def edge(self, index: _Index) -> str:
        return EDGES.get(_pair(index).state, PALETTE.line)

    def paint_content(self, painter: QPainter, box: QRectF, index: _Index) -> None:
        pair = _pair(index)
        _paint_head(painter, box, pair)
        if pair.standing == KEPT_OUT:
            painter.setOpacity(0.35)
        for at, nearest in enumerate((False, True)):
            side = self.picture
            x = box.x() + PAD + at * (box.width() - 2 * PAD - side)
            spot = QRectF(x, box.y() + HEAD + 3, side, side)
            paint_picture(painter, spot, _model(index).picture(index.row(), nearest=nearest))
        painter.setOpacity(1.0)
        if pair.decision is not None:
            _paint_decision(painter, box, pair)


def _model(index: _Index) -> PairModel:
    model = index.model()
    assert isinstance(model, PairModel)
    return model


def _pair(index: _Index) -> Pair:
    return _model(index).pairs[index.row()]


def _decided(pair: Pair) -> str:
    """A sentence on the decision; "" where nobody has decided."""
    found = pair.decision
    if found is None:
        return ""
    by = f" by {found.by}" if found.by else ""
    why = f": {found.reason}" if found.reason else ""
    return f". {pair.standing.capitalize()}{by}{why}"


def _paint_decision(painter: QPainter, box: QRectF, pair: Pair) -> None:
    """A sign in the corner of the synthetic picture: somebody has looked at it."""
    accepted = pair.standing == ACCEPTED
    spot = QRectF(box.x() + PAD + 3, box.bottom() - PAD - 20, 17, 17)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.ok_ground if accepted else PALETTE.error_ground))
    painter.drawEllipse(spot)
    color = PALETTE.ok if accepted else PALETTE.error_text
    sign = icons.pixmap("check" if accepted else "close", color, 11)
    painter.drawPixmap(QPointF(spot.x() + 3, spot.y() + 3), sign)


def _paint_head(painter: QPainter, box: QRectF, pair: Pair) -> None:
    middle = box.y() + HEAD / 2 + 2
    mark = QPointF(box.x() + PAD + 6, middle)
    paint_mark(painter, mark, pair.category.marker, QColor(pair.category.color))
    painter.setFont(font("body"))
    painter.setPen(QColor(PALETTE.text))
    words = QRectF(box.x() + PAD + 18, box.y() + 3, box.width(), HEAD)
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, str(pair.roi.id))
    size = badge_size(pair.state, ROLES.get(pair.state, "neutral"))
    left = box.right() - PAD - size.width()
    place = QRect(round(left), round(box.y() + 3), size.width(), HEAD)
    paint_badge(painter, place, pair.state, ROLES.get(pair.state, "neutral"))
    if pair.roi.similarity is not None:
        painter.setFont(font("hint"))
        painter.setPen(QColor(PALETTE.text_2))
        number = QRectF(box.x(), box.y() + 3, left - box.x() - 7, HEAD)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(number, flags, f"{pair.roi.similarity:.2f}")


class PairGrid(CardGrid):
    """Arrow keys and clicks choose, with Shift and Ctrl many.

    `picked` with the ids of the selected synthetic ROIs and the one that is current, 0 for none.
    """

    picked = Signal(tuple, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.pairs = PairModel()
        name = "Synthetic ROIs, each beside its nearest real ROI"
        super().__init__(self.pairs, card_of(PICTURE), name, parent)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._painter = _CardPainter(self)
        self.set_painter(self._painter)
        self.setStyleSheet(f"QListView {{ background: {PALETTE.panel}; border: none; }}")
        self.selectionModel().selectionChanged.connect(self._tell)

    def row_width(self) -> int:
        """Px that a row of cards takes."""
        return self._painter.row_width

    def set_pairs(
        self, pairs: tuple[Pair, ...], selected: tuple[int, ...], current: int | None
    ) -> None:
        """Show these, keeping selection and scroll position."""
        place = self.verticalScrollBar().value()
        blocked = self.blockSignals(True)
        self.pairs.set_pairs(pairs)
        self._select(selected, current)
        self.verticalScrollBar().setValue(place)
        self.blockSignals(blocked)

    def show_selected(self, selected: tuple[int, ...], current: int | None) -> None:
        """Ring the pairs that were chosen elsewhere."""
        if set(selected) != set(self._ids()):
            blocked = self.blockSignals(True)
            self._select(selected, current)
            self.scrollTo(self.currentIndex())
            self.blockSignals(blocked)

    def _select(self, selected: tuple[int, ...], current: int | None) -> None:
        held, found = set(selected), QItemSelection()
        model = self.selectionModel()
        ids = [pair.roi.id for pair in self.pairs.pairs]
        for first, last in _runs([row for row, one in enumerate(ids) if one in held]):
            found.select(self.pairs.index(first), self.pairs.index(last))
        if current in ids:
            index = self.pairs.index(ids.index(current))
            model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        model.select(found, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _ids(self) -> tuple[int, ...]:
        """Of the selected pairs, in order; by ranges, since thousands may be selected."""
        chosen = self.selectionModel().selection()
        rows = sorted(row for one in chosen.toList() for row in range(one.top(), one.bottom() + 1))
        return tuple(self.pairs.pairs[row].roi.id for row in rows)

    def _tell(self, *_changes: QItemSelection) -> None:
        ids, current = self._ids(), self.currentIndex()
        if self.signalsBlocked():
            return
        at = self.pairs.pairs[current.row()].roi.id if ids and current.isValid() else 0
        self.picked.emit(ids, at if at in ids else next(iter(ids), 0))


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """First and last of the rows that follow on each other; `rows` ascending."""
    for _, run in groupby(enumerate(rows), lambda at: at[1] - at[0]):
        found = [row for _, row in run]
        yield found[0], found[-1]
