"""The series that were found, as a list with ticks; what cannot be taken is grey."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from reader_app.state.cases_offer import Offer, OfferRow
from reader_app.widgets import icons
from reader_app.widgets.badge import badge_size, paint_badge
from reader_app.widgets.elided import write_cut
from reader_app.widgets.theme import PALETTE, SPACE, font

TICK, PICTURE = 16, 52
PAD, GAP = SPACE[2], 10
FAINT = 0.4
WRAPPED = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
LONGEST_WORD = re.compile(r"\S{22,}")
OFFER_KEYS = (
    ("Space", "Choosing what comes in: tick a series, or untick it"),
    ("Enter", "Choosing what comes in: take the ticked series"),
)
ROW = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class OfferModel(QAbstractListModel):
    """The standing offer's rows, ticked as its state says."""

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer
        self._rows: tuple[OfferRow, ...] = ()

    def refresh(self) -> None:
        """Other rows, or other ticks and pictures of the same."""
        standing = self._offer.standing
        rows = standing.rows if standing else ()
        if rows is not self._rows:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    @property
    def rows(self) -> tuple[OfferRow, ...]:
        """The rows in the order shown."""
        return self._rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows at the root."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """All can be gone through by keys; what can be taken has a tick."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        is_good = not self._rows[index.row()].refusal
        return flags | Qt.ItemFlag.ItemIsUserCheckable if is_good else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The row itself (UserRole), its tick, and its words for tooltip and screen reader."""
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.CheckStateRole and not row.refusal:
            ticked = row.at in self._offer.ticked
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tooltip
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            badges = ", ".join(one.word for one in row.remarks)
            words = (row.title, row.line, row.measures, badges, row.refusal)
            return ", ".join(word for word in words if word)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick a series, or take its tick away."""
        row = self._rows[index.row()]
        if role != Qt.ItemDataRole.CheckStateRole or row.at is None or row.refusal:
            return False
        self._offer.tick((row.at,), Qt.CheckState(value) == Qt.CheckState.Checked)
        return True


class OfferList(QListView):
    """Space or a click ticks a row; `taken` on Enter."""

    taken = Signal()

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self._offer = offer
        self.offered = OfferModel(offer)
        self.setModel(self.offered)
        self.setItemDelegate(_RowPainter(offer, self))
        self.setAccessibleName("Series found")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(self.ask_pictures)

    def refresh(self) -> None:
        """Show the standing offer; a new one from its top."""
        rows = self.offered.rows
        self.offered.refresh()
        if self.offered.rows is not rows and self.offered.rows:
            self.scrollToTop()
            self.setCurrentIndex(self.offered.index(0))
        self.ask_pictures()

    def ask_pictures(self) -> None:
        """Pictures of the rows on the screen, and of some below."""
        rows = self.offered.rows
        if not rows or not self.isVisible():
            return
        top = max(0, self.indexAt(self.viewport().rect().topLeft()).row())
        seen = self.viewport().height() // PICTURE + 2
        self._offer.want_pictures(rows[top : top + 2 * seen])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter takes what is ticked, once for each time that it is pressed."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self.taken.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Reasons wrap to the width; more rows may be seen."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()
        self.ask_pictures()


class _RowPainter(QStyledItemDelegate):
    """Tick, picture and three lines; badges below them."""

    def __init__(self, offer: Offer, view: OfferList) -> None:
        super().__init__(view)
        self._offer, self._view = offer, view

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """As high as the words need."""
        row: OfferRow = index.data(ROW)
        width = self._view.viewport().width()
        high = self._words_height(row, width - _left_of_words(row) - PAD)
        if row.at is not None:
            high = max(high, PICTURE)
        return QSize(width, high + 2 * SPACE[1])

    def _words_height(self, row: OfferRow, room: int) -> int:
        hint = QFontMetrics(font("hint"))
        high = QFontMetrics(font("panel")).height()
        high += hint.height() * sum(bool(words) for words in (row.line, row.measures))
        if row.refusal:
            words = _breakable(row.refusal)
            return high + hint.boundingRect(QRect(0, 0, room, 999), WRAPPED, words).height()
        if row.remarks:
            high += badge_size("x", "neutral").height() + SPACE[0]
        return high

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        row: OfferRow = index.data(ROW)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setClipRect(rect)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(PALETTE.selected if chosen else PALETTE.raised))
        painter.setPen(QPen(QColor(PALETTE.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        self._paint_mark(painter, rect, row)
        self._paint_picture(painter, rect, row)
        words = rect.adjusted(_left_of_words(row), SPACE[1], -PAD, -SPACE[1])
        _paint_words(painter, words, row, chosen)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(PALETTE.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -2, -2), 4, 4)
        painter.restore()

    def _paint_mark(self, painter: QPainter, rect: QRect, row: OfferRow) -> None:
        """A tick in its box; a cross where nothing can be ticked."""
        box = QRect(rect.x() + PAD, rect.y() + SPACE[1] + 1, TICK, TICK)
        if row.refusal:
            painter.drawPixmap(box, icons.pixmap("close", PALETTE.hint, TICK))
            return
        ticked = row.at in self._offer.ticked
        painter.setPen(QPen(QColor(PALETTE.accent if ticked else PALETTE.control), 1))
        painter.setBrush(QColor(PALETTE.accent if ticked else PALETTE.page))
        painter.drawRoundedRect(box, 3, 3)
        if ticked:
            mark = icons.pixmap("check", PALETTE.on_accent, TICK - 2)
            painter.drawPixmap(box.adjusted(1, 1, -1, -1), mark)

    def _paint_picture(self, painter: QPainter, rect: QRect, row: OfferRow) -> None:
        if row.at is None:
            return
        frame = QRect(rect.x() + PAD + TICK + GAP, rect.y() + SPACE[1], PICTURE, PICTURE)
        painter.fillRect(frame, QColor(PALETTE.image))
        picture = self._offer.picture(row)
        if picture is None or picture.isNull():
            return
        size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(frame.topLeft(), size)
        place.moveCenter(frame.center())
        painter.setOpacity(FAINT if row.refusal else 1.0)
        painter.drawImage(place, picture)
        painter.setOpacity(1.0)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """A click anywhere on a row ticks it, and Space."""
        is_key = isinstance(event, QKeyEvent) and event.key() in (
            Qt.Key.Key_Space,
            Qt.Key.Key_Select,
        )
        is_click = (
            isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and event.button() == Qt.MouseButton.LeftButton
        )
        if not (is_key or is_click) or not index.flags() & Qt.ItemFlag.ItemIsUserCheckable:
            return False
        role = Qt.ItemDataRole.CheckStateRole
        ticked = Qt.CheckState(index.data(role)) == Qt.CheckState.Checked
        return model.setData(
            index, Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked, role
        )


def _left_of_words(row: OfferRow) -> int:
    """Px from the row's edge to its words."""
    return PAD + TICK + GAP + (0 if row.at is None else PICTURE + PAD)


def _breakable(words: str) -> str:
    """Names of files have no blanks: zero-width ones let them wrap anywhere, and only them."""
    return LONGEST_WORD.sub(lambda found: "\u200b".join(found[0]), words)


def _paint_words(painter: QPainter, rect: QRect, row: OfferRow, chosen: bool) -> None:
    quiet = PALETTE.hint_selected if chosen else PALETTE.text_3
    high = QFontMetrics(font("panel")).height()
    box = QRect(rect.x(), rect.y(), rect.width(), high)
    write_cut(painter, box, row.title, "panel", quiet if row.refusal else PALETTE.strong)
    y, high = box.bottom() + 1, QFontMetrics(font("hint")).height()
    for words, color in ((row.line, PALETTE.text_2), (row.measures, quiet)):
        if words:
            box = QRect(rect.x(), y, rect.width(), high)
            write_cut(painter, box, words, "hint", quiet if row.refusal else color)
            y += high
    if row.refusal:
        painter.setFont(font("hint"))
        painter.setPen(QColor(PALETTE.hint_selected if chosen else PALETTE.hint))
        room = QRect(rect.x(), y, rect.width(), rect.bottom() - y)
        painter.drawText(room, WRAPPED, _breakable(row.refusal))
        return
    x = rect.x()
    for one in row.remarks:
        size = badge_size(one.word, one.role)
        place = QRect(x, y + SPACE[0], min(size.width(), rect.right() - x), size.height())
        if place.width() > size.height():
            paint_badge(painter, place, one.word, one.role)
        x += size.width() + 6
