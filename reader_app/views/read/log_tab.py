"""The log as the coordinator may see it, and Verify; no answers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.table import Cell, Column, Row, Table
from studies.reading import JournalRow, VerifyReport

_KINDS = {"response": "answer saved", "shown": "ROI shown"}


class LogTab(QWidget):
    """`verify_asked` when seals and chains are to be checked."""

    verify_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        panel = Panel("Log", "append-only, hash-chained; newest first")
        self.verify = button(
            "Verify", icon="shield", small=True, tooltip="Check seals, pictures, chains, receipts"
        )
        panel.add_head(self.verify)
        self.outcome = label("", "body", wrap=True)
        self.outcome.hide()
        self.table = Table(
            (
                Column("Reader", width=180),
                Column("Row", "right", 80),
                Column("Time, UTC", width=220),
                Column("Event", width=180),
                Column("SHA-256"),
            )
        )
        self.none = label(
            "No reader of this version has answered yet. Each answer and each pause becomes a row.",
            "hint",
            wrap=True,
        )
        panel.body.addWidget(self.outcome)
        panel.body.addWidget(self.none)
        panel.body.addWidget(self.table, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        self.verify.clicked.connect(self.verify_asked)

    def show_log(self, rows: tuple[JournalRow, ...], verified: VerifyReport | None) -> None:
        """Show events and, once asked for, what Verify found."""
        self.table.set_rows(tuple(_row(row) for row in rows))
        self.none.setVisible(not rows)
        self.outcome.setVisible(verified is not None)
        if verified is not None:
            self.outcome.setText(" ".join((verified.sentence, *verified.notes)))
            self.outcome.setProperty("role", "body" if verified.ok else "error")
            self.outcome.style().polish(self.outcome)


def _row(row: JournalRow) -> Row:
    cells = (
        Cell(row.reader, strong=True),
        Cell(str(row.sequence), sort=row.sequence),
        Cell(row.at.replace("T", " ")[:23]),
        Cell(_KINDS.get(row.kind, row.kind)),
        Cell(row.hash[:16], tooltip=row.hash, quiet=True),
    )
    return Row(cells, (row.reader, row.sequence))
