"""Asks before the bin is emptied: nothing brings its runs back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE

WHY = (
    "The weights, curves and samples of the runs that were taken out are removed from the disk. "
    "They cannot be put back after that."
)


class BinDialog(QDialog):
    """`accepted` when the bin is to be emptied; the focus is on the way back."""

    def __init__(self, size: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Empty the bin")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        self.keep = button("Keep them", key="Esc")
        self.empty = button(f"Remove {size}", "danger")
        self.keep.clicked.connect(self.reject)
        self.empty.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[4], SPACE[4], SPACE[4], SPACE[3])
        column.setSpacing(SPACE[2])
        column.addWidget(label("Empty the bin?", "study"))
        column.addWidget(label(WHY, "secondary", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addStretch(1)
        for one in (self.keep, self.empty):
            one.setAutoDefault(False)
            row.addWidget(one)
        column.addLayout(row)
        self.keep.setDefault(True)
        self.keep.setFocus()
