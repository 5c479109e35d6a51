"""A table of rows with badges, class marks, pictures and two-line cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from reader_app.widgets import icons
from reader_app.widgets.badge import badge_size, paint_badge
from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.theme import PALETTE, font

_PADDING, _GAP = 12, 8
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Column:
    """`align`: left | right | center. `width` in px, 0 = takes the spare room."""

    title: str
    align: str = "left"
    width: int = 0
    tooltip: str = ""


@dataclass(frozen=True)
class Mark:
    """A class's marker with a word or number beside it."""

    marker: str
    color: str
    text: str = ""


@dataclass(frozen=True)
class Cell:
    """Text (with `below` as a second, quiet line), or a badge, or class marks.

    `badge` is a badge's role, `badges` more of them as (text, role); `sort` replaces the text for
    sorting; `strong` is for names and the numbers that matter; `progress` 0..1 draws a bar.
    """

    text: str = ""
    tooltip: str = ""
    badge: str = ""
    badges: tuple[tuple[str, str], ...] = ()
    marks: tuple[Mark, ...] = ()
    below: str = ""
    icon: str = ""
    image: QImage | None = None
    sort: float | str | None = None
    strong: bool = False
    quiet: bool = False
    progress: float | None = None


@dataclass(frozen=True)
class Row:
    """One row; `key` is what `chosen` and `activated_row` send."""

    cells: tuple[Cell, ...]
    key: object = None


class TableModel(QAbstractTableModel):
    """Rows of cells under columns."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        super().__init__()
        self.columns = columns
        self._rows: tuple[Row, ...] = ()

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows as set."""
        return self._rows

    def set_rows(self, rows: tuple[Row, ...]) -> None:
        """Replace all rows; of equal shape, the views keep scroll and choice."""
        same = len(rows) == len(self._rows) and all(
            a.key == b.key for a, b in zip(rows, self._rows, strict=False)
        )
        if same and rows:
            self._rows = rows
            self.dataChanged.emit(
                self.index(0, 0), self.index(len(rows) - 1, len(self.columns) - 1)
            )
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def cell(self, index: _Index) -> Cell:
        """The cell at an index."""
        return self._rows[index.row()].cells[index.column()]

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Rows at the root."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Columns at the root."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, tooltip, spoken text, and (UserRole) what is sorted by."""
        cell = self.cell(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell.tooltip or None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(cell)
        if role == Qt.ItemDataRole.UserRole:
            return cell.sort if cell.sort is not None else _spoken(cell).casefold()
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Column titles and their tooltips."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tooltip or f"Sort by {column.title.lower()}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column.align)
        return None


def _spoken(cell: Cell) -> str:
    words = [cell.text, cell.below, *(text for text, _ in cell.badges)]
    words += [mark.text for mark in cell.marks]
    return " ".join(word for word in words if word)


def _alignment(align: str) -> Qt.AlignmentFlag:
    sides = {
        "left": Qt.AlignmentFlag.AlignLeft,
        "right": Qt.AlignmentFlag.AlignRight,
        "center": Qt.AlignmentFlag.AlignHCenter,
    }
    return sides[align] | Qt.AlignmentFlag.AlignVCenter


class _CellPainter(QStyledItemDelegate):
    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setClipRect(rect)
        self._paint_ground(painter, rect, chosen, index)
        column = self._table.columns[index.column()]
        cell = self._table.cell_at(index)
        inner = rect.adjusted(_PADDING, 0, -_PADDING, 0)
        paint_cell(painter, inner, cell, column.align, chosen)
        if state & QStyle.StateFlag.State_HasFocus and self._table.rings_focus():
            painter.setPen(QPen(QColor(PALETTE.accent), 2))
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), 4, 4)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, chosen: bool, index: _Index) -> None:
        hovered = index.row() == self._table.hovered_row
        if chosen or hovered:
            painter.fillRect(rect, QColor(PALETTE.selected if chosen else PALETTE.raised))
        painter.setPen(QPen(QColor(PALETTE.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if chosen and self._table.is_first_column(index.column()):
            painter.fillRect(QRect(rect.x(), rect.y(), 2, rect.height()), QColor(PALETTE.accent))

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(cell_width(self._table.cell_at(index)), self._table.row_height)


def cell_width(cell: Cell) -> int:
    """Px a cell needs, padding included."""
    words = QFontMetrics(font("panel" if cell.strong else "body")).horizontalAdvance(cell.text)
    words = max(words, QFontMetrics(font("hint")).horizontalAdvance(cell.below))
    if cell.badge:
        words = badge_size(cell.text, cell.badge).width()
    words += sum(badge_size(text, role).width() + 6 for text, role in cell.badges)
    for mark in cell.marks:
        words += 24 + QFontMetrics(font("body")).horizontalAdvance(mark.text)
    return words + 2 * _PADDING + (24 if cell.icon else 0)


def paint_cell(painter: QPainter, rect: QRect, cell: Cell, align: str, chosen: bool) -> None:
    """Draw a cell's picture, icon, marks, badges, then its text."""
    painter.setRenderHints(
        QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
    )
    x = rect.x()
    if cell.image is not None:
        side = rect.height() - 8
        painter.drawImage(QRect(x, rect.y() + 4, side, side), cell.image)
        x += side + 16
    if cell.icon:
        mark = icons.pixmap(cell.icon, PALETTE.text_2, 16)
        painter.drawPixmap(x, rect.y() + (rect.height() - 16) // 2, mark)
        x += 24
    rest = QRect(x, rect.y(), rect.right() - x + 1, rect.height())
    if cell.progress is not None:
        rest = _paint_bar(painter, rest, cell.progress)
    if cell.marks:
        rest = _paint_marks(painter, rest, cell.marks)
    if cell.badge and cell.text:
        paint_badge(
            painter, _aligned(rest, badge_size(cell.text, cell.badge), align), cell.text, cell.badge
        )
        rest = rest.adjusted(badge_size(cell.text, cell.badge).width() + 6, 0, 0, 0)
    for text, role in cell.badges:
        paint_badge(painter, rest, text, role)
        rest = rest.adjusted(badge_size(text, role).width() + 6, 0, 0, 0)
    if not cell.badge:
        _paint_text(painter, rest, cell, align, chosen)


def _aligned(rect: QRect, size: QSize, align: str) -> QRect:
    spare = max(0, rect.width() - size.width())
    shift = {"left": 0, "right": spare, "center": spare // 2}[align]
    return rect.adjusted(shift, 0, 0, 0)


def _paint_bar(painter: QPainter, rect: QRect, share: float) -> QRect:
    width = min(80, rect.width())
    bar = QRect(rect.x(), rect.y() + rect.height() // 2 - 3, width, 6)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(PALETTE.line))
    painter.drawRoundedRect(bar, 3, 3)
    painter.setBrush(QColor(PALETTE.accent))
    painter.drawRoundedRect(QRect(bar.x(), bar.y(), round(width * min(max(share, 0), 1)), 6), 3, 3)
    return rect.adjusted(width + _GAP, 0, 0, 0)


def _paint_marks(painter: QPainter, rect: QRect, marks: tuple[Mark, ...]) -> QRect:
    metrics = QFontMetrics(font("body"))
    x = rect.x()
    for mark in marks:
        paint_mark(painter, QPointF(x + 6, rect.center().y() + 1), mark.marker, QColor(mark.color))
        width = metrics.horizontalAdvance(mark.text)
        painter.setFont(font("body"))
        painter.setPen(QColor(PALETTE.text))
        box = QRect(x + 18, rect.y(), width + 2, rect.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, mark.text)
        x += 18 + width + 14
    return QRect(x, rect.y(), max(0, rect.right() - x), rect.height())


def _paint_text(painter: QPainter, rect: QRect, cell: Cell, align: str, chosen: bool) -> None:
    quiet = PALETTE.hint_selected if chosen else PALETTE.text_3
    color = quiet if cell.quiet else PALETTE.strong if cell.strong else PALETTE.text
    role = "panel" if cell.strong else "body"
    if not cell.below:
        _draw_elided(painter, rect, cell.text, role, color, _alignment(align))
        return
    upper, lower = QFontMetrics(font(role)).height(), QFontMetrics(font("hint")).height()
    top = rect.y() + (rect.height() - upper - lower) // 2
    _draw_elided(
        painter,
        QRect(rect.x(), top, rect.width(), upper),
        cell.text,
        role,
        color,
        _alignment(align),
    )
    below = QRect(rect.x(), top + upper, rect.width(), lower)
    _draw_elided(painter, below, cell.below, "hint", quiet, _alignment(align))


def _draw_elided(
    painter: QPainter, rect: QRect, text: str, role: str, color: str, flags: Qt.AlignmentFlag
) -> None:
    painter.setFont(font(role))
    painter.setPen(QColor(color))
    shown = QFontMetrics(font(role)).elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, flags, shown)


class Table(QTableView):
    """`chosen(key)` when a row is selected, `activated_row(key)` on Enter or a double click."""

    chosen = Signal(object)
    activated_row = Signal(object)

    def __init__(
        self,
        columns: tuple[Column, ...],
        *,
        row_height: int = 32,
        name: str = "Table",
        sortable: bool = True,
    ) -> None:
        super().__init__()
        self.columns, self.row_height, self.hovered_row = columns, row_height, -1
        self._source = TableModel(columns)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._source)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._sorted.setFilterRole(Qt.ItemDataRole.AccessibleTextRole)
        self._sorted.setFilterKeyColumn(-1)
        self.setModel(self._sorted)
        self.setItemDelegate(_CellPainter(self))
        self.setAccessibleName(name)
        self._dress(sortable)
        self._set_widths()
        self.selectionModel().currentRowChanged.connect(self._tell_chosen)
        self.activated.connect(lambda index: self.activated_row.emit(self.key_at(index)))

    def _dress(self, sortable: bool) -> None:
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.row_height)
        self.verticalHeader().setMinimumSectionSize(self.row_height)
        header = self.horizontalHeader()
        header.setFont(font("hint"))
        header.setHighlightSections(False)
        header.setFixedHeight(max(32, QFontMetrics(font("hint")).height() + 12))
        self.setSortingEnabled(sortable)
        if sortable:
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def _set_widths(self) -> None:
        header = self.horizontalHeader()
        metrics = QFontMetrics(font("hint"))
        header.setMinimumSectionSize(24)
        for k, column in enumerate(self.columns):
            if column.width == 0:
                header.setSectionResizeMode(k, QHeaderView.ResizeMode.Stretch)
                continue
            header.setSectionResizeMode(k, QHeaderView.ResizeMode.Interactive)
            needed = metrics.horizontalAdvance(column.title) + 2 * _PADDING + 14
            header.resizeSection(k, max(column.width, needed))

    def set_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows, keeping the chosen key where it still exists."""
        held = self.chosen_key
        self._source.set_rows(rows)
        self._widen()
        if held is not None:
            self.choose(held)

    def _widen(self) -> None:
        """A fixed column grows where a cell needs more, so that no font cuts its text."""
        header = self.horizontalHeader()
        for k, column in enumerate(self.columns):
            if column.width == 0:
                continue
            cells = (row.cells[k] for row in self._source.rows[:200])
            needed = max((cell_width(cell) for cell in cells if cell.image is None), default=0)
            if header.sectionSize(k) < needed <= 2 * column.width:
                header.resizeSection(k, needed)

    def set_filter(self, text: str) -> None:
        """Show only rows with this text in any cell."""
        self._sorted.setFilterFixedString(text)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows as set, unsorted."""
        return self._source.rows

    @property
    def chosen_key(self) -> object | None:
        """Key of the selected row."""
        index = self.selectionModel().currentIndex()
        return self.key_at(index) if index.isValid() else None

    def choose(self, key: object) -> bool:
        """Select the row of a key without a signal; False when there is none."""
        for k, row in enumerate(self._source.rows):
            if row.key == key:
                target = self._sorted.mapFromSource(self._source.index(k, 0))
                if not target.isValid():
                    return False
                blocked = self.blockSignals(True)
                self.setCurrentIndex(target)
                self.blockSignals(blocked)
                self.viewport().update()
                return True
        return False

    def key_at(self, index: QModelIndex) -> object:
        """Key of the row at a view index."""
        return self._source.rows[self._sorted.mapToSource(index).row()].key

    def cell_at(self, index: _Index) -> Cell:
        """Cell at a view index."""
        return self._source.cell(self._sorted.mapToSource(index))

    def is_first_column(self, logical: int) -> bool:
        """Whether the column stands leftmost now."""
        return self.horizontalHeader().visualIndex(logical) == 0

    def rings_focus(self) -> bool:
        """Whether a key, not the mouse, moved the focus here."""
        return self.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)

    def _tell_chosen(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self.key_at(current))

    def mouseMoveEvent(self, event: Any) -> None:
        """Hover the whole row."""
        self._hover(self.indexAt(event.position().toPoint()).row())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: Any) -> None:
        """No row is hovered."""
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self.hovered_row:
            self.hovered_row = row
            self.viewport().update()
