"""A table of rows with badges, class marks, pictures and two-line cells."""

from reader_app.widgets.table.model import TableModel
from reader_app.widgets.table.painting import cell_width, paint_cell
from reader_app.widgets.table.rows import Cell, Column, Mark, Row
from reader_app.widgets.table.view import SORT_KEYS, Table

__all__ = [
    "SORT_KEYS",
    "Cell",
    "Column",
    "Mark",
    "Row",
    "Table",
    "TableModel",
    "cell_width",
    "paint_cell",
]
