"""A page with one calm column in its middle, below a mark: for what stands in a study's way."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from reader_app.widgets import icons
from reader_app.widgets.theme import PALETTE, SPACE

WIDTH = 420


def calm_column(page: QWidget, icon: str) -> QVBoxLayout:
    """Lay `page` out and give the column to fill, at most 420 px wide, the icon at its top."""
    mark = QLabel()
    mark.setPixmap(icons.pixmap(icon, PALETTE.control, 28))
    box = QWidget()
    box.setMaximumWidth(WIDTH)
    column = QVBoxLayout(box)
    column.setSpacing(SPACE[2])
    column.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
    outer = QVBoxLayout(page)
    outer.addStretch(2)
    middle = QHBoxLayout()
    middle.addStretch(1)
    middle.addWidget(box, 4)
    middle.addStretch(1)
    outer.addLayout(middle)
    outer.addStretch(3)
    return column
