"""Text fields of the pages around a reading: grey, with a white edge where the keyboard is."""

from __future__ import annotations

from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from reader_app.widgets.theme import PALETTE, font

_SHEET = (
    f"QLineEdit:focus {{ border: 2px solid {PALETTE.strong}; }}"
    f"QLineEdit {{ selection-background-color: {PALETTE.edge}; }}"
)


def text_field(name: str, parent: QWidget, *, hint: str = "", longest: int = 200) -> QLineEdit:
    """A line of text; the program's accent would colour a grey page."""
    field = QLineEdit(parent)
    field.setAccessibleName(name)
    field.setPlaceholderText(hint)
    field.setMaxLength(longest)
    field.setStyleSheet(_SHEET)
    field.setProperty("focusRing", False)
    return field


def number_field(name: str, most: int, parent: QWidget) -> QLineEdit:
    """A whole number from 0 to `most`."""
    field = text_field(name, parent)
    field.setValidator(QIntValidator(0, most, field))
    return field


def words(text: str, role: str, parent: QWidget, *, level: str = "") -> QLabel:
    """A plain text of a role; `level` is a tone of the style sheet ("hint", "secondary")."""
    label = QLabel(text, parent)
    label.setFont(font(role))
    label.setWordWrap(True)
    if level:
        label.setProperty("role", level)
    return label
