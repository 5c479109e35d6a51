"""All fields of a recipe: what is trained, the full-size value beside it, and its source."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.learn_fields import FieldRow
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.table import Cell, Column, Row, Table
from reader_app.widgets.theme import SPACE

COLUMNS = (
    Column("Part", width=110),
    Column("Field", width=150),
    Column("Value", width=130, tooltip="As the chosen profile and Settings train it"),
    Column("Full size", width=110, tooltip="The paper profile's value where it differs"),
    Column("Source"),
)
WHY = (
    "Every value that the paper leaves unsaid is a field, stored with each run and printed in the "
    "report. Profile, lengths and precision change them."
)


class FieldsDialog(QDialog):
    """A list to read."""

    def __init__(self, rows: tuple[FieldRow, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("All fields of this recipe")
        self.resize(1080, 620)
        self.table = Table(COLUMNS, row_height=28, name="Fields of the recipe", sortable=False)
        self.table.set_rows(tuple(_row(one) for one in rows))
        close = button("Close", key="Esc")
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        column.setSpacing(SPACE[2])
        column.addWidget(label(WHY, "hint", wrap=True))
        column.addWidget(self.table, 1)
        column.addLayout(foot)


def _row(one: FieldRow) -> Row:
    cells = (
        Cell(one.part, quiet=True),
        Cell(one.name, strong=True),
        Cell(one.value, tooltip=one.value),
        Cell(one.default or "–", quiet=not one.default),
        Cell(one.source, quiet=True, tooltip=one.source),
    )
    return Row(cells, f"{one.part} {one.name}")
