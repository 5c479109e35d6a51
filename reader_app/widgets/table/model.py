"""The rows as a Qt model."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from reader_app.widgets.table.rows import Cell, Column, Row

Index = QModelIndex | QPersistentModelIndex


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

    def cell(self, index: Index) -> Cell:
        """The cell at an index."""
        return self._rows[index.row()].cells[index.column()]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Rows at the root."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Columns at the root."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
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
            return alignment(column.align)
        return None


def _spoken(cell: Cell) -> str:
    words = [cell.text, cell.below, *(text for text, _ in cell.badges)]
    words += [mark.text for mark in cell.marks]
    return " ".join(word for word in words if word)


def alignment(align: str) -> Qt.AlignmentFlag:
    """left | right | center as Qt says it, vertically centred."""
    sides = {
        "left": Qt.AlignmentFlag.AlignLeft,
        "right": Qt.AlignmentFlag.AlignRight,
        "center": Qt.AlignmentFlag.AlignHCenter,
    }
    return sides[align] | Qt.AlignmentFlag.AlignVCenter
