"""The table itself: hover by row, keys for rows, sorting and filtering."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QRect, QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from reader_app.widgets.table.model import Index, TableModel
from reader_app.widgets.table.painting import PADDING, cell_width, paint_cell
from reader_app.widgets.table.rows import Cell, Column, Row
from reader_app.widgets.theme import PALETTE, font

_CTRL = Qt.KeyboardModifier.ControlModifier
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
SORT_KEYS = (
    ("Ctrl Left Right", "Sort the table by another column; with Shift the other way round"),
)


class _CellPainter(QStyledItemDelegate):
    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._table = table

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setClipRect(rect)
        self._paint_ground(painter, rect, chosen, index)
        column = self._table.columns[index.column()]
        cell = self._table.cell_at(index)
        inner = rect.adjusted(PADDING, 0, -PADDING, 0)
        paint_cell(painter, inner, cell, column.align, chosen)
        if state & QStyle.StateFlag.State_HasFocus and self._table.rings_focus():
            painter.setPen(QPen(QColor(PALETTE.accent), 2))
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -2), 4, 4)
        painter.restore()

    def _paint_ground(self, painter: QPainter, rect: QRect, chosen: bool, index: Index) -> None:
        hovered = index.row() == self._table.hovered_row
        if chosen or hovered:
            painter.fillRect(rect, QColor(PALETTE.selected if chosen else PALETTE.raised))
        painter.setPen(QPen(QColor(PALETTE.line), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if chosen and self._table.is_first_column(index.column()):
            painter.fillRect(QRect(rect.x(), rect.y(), 2, rect.height()), QColor(PALETTE.accent))

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(cell_width(self._table.cell_at(index)), self._table.row_height)


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
            self.setAccessibleDescription("Ctrl Left and Ctrl Right sort by another column")

    def _set_widths(self) -> None:
        header = self.horizontalHeader()
        metrics = QFontMetrics(font("hint"))
        header.setMinimumSectionSize(24)
        for k, column in enumerate(self.columns):
            if column.width == 0:
                header.setSectionResizeMode(k, QHeaderView.ResizeMode.Stretch)
                continue
            header.setSectionResizeMode(k, QHeaderView.ResizeMode.Interactive)
            needed = metrics.horizontalAdvance(column.title) + 2 * PADDING + 14
            header.resizeSection(k, max(column.width, needed))

    def set_rows(self, rows: tuple[Row, ...]) -> None:
        """Show these rows, keeping the chosen key where it still exists."""
        held, known = self.chosen_key, {id(row) for row in self._source.rows}
        self._widen(tuple(row for row in rows[:200] if id(row) not in known))
        self._source.set_rows(rows)
        if held is not None:
            self.choose(held)

    def _widen(self, rows: tuple[Row, ...]) -> None:
        """A fixed column grows where a cell needs more, so that no font cuts its text."""
        header = self.horizontalHeader()
        for k, column in enumerate(self.columns):
            if column.width == 0:
                continue
            cells = {row.cells[k].words: row.cells[k] for row in rows}.values()
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

    def cell_at(self, index: Index) -> Cell:
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl Left and Ctrl Right sort by another column, with Shift the other way round."""
        step = _STEPS.get(Qt.Key(event.key()), 0)
        if not (step and self.isSortingEnabled() and event.modifiers() & _CTRL):
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._turn_order()
        else:
            self._sort_by(step)

    def _sort_by(self, step: int) -> None:
        """Sort by the column `step` places from the one in force, as the columns stand."""
        header = self.horizontalHeader()
        shown = [k for k in map(header.logicalIndex, range(header.count()))
                 if not header.isSectionHidden(k)]  # fmt: skip
        at = header.sortIndicatorSection()
        start = -1 if step > 0 else 0
        place = (shown.index(at) if at in shown else start) + step
        self.sortByColumn(shown[place % len(shown)], Qt.SortOrder.AscendingOrder)
        self._follow()

    def _turn_order(self) -> None:
        header = self.horizontalHeader()
        falls = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
        order = Qt.SortOrder.AscendingOrder if falls else Qt.SortOrder.DescendingOrder
        self.sortByColumn(max(0, header.sortIndicatorSection()), order)
        self._follow()

    def _follow(self) -> None:
        """Keep the chosen row in sight."""
        if self.currentIndex().isValid():
            self.scrollTo(self.currentIndex())

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
