"""The window's few dialogs: new study, details of an error, the keys."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.opening import Opening
from reader_app.widgets.badge import KeyCap
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import label
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.table import SORT_KEYS, Table
from reader_app.widgets.theme import SPACE

_KINDS = (("CT", "ct"), ("ROI images", "roi"))


def column_of(dialog: QDialog, title: str) -> QVBoxLayout:
    """A dialog's padded column with its title at the top."""
    dialog.setWindowTitle(title)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(SPACE[4], SPACE[3], SPACE[4], SPACE[3])
    column.setSpacing(SPACE[2])
    column.addWidget(label(title, "study"))
    return column


class NewStudyDialog(QDialog):
    """Asks for name, folder and kind; makes the study through `opening` on Create."""

    def __init__(self, opening: Opening, parent: QWidget) -> None:
        super().__init__(parent)
        self._opening = opening
        column = column_of(self, "New study")
        self.setMinimumWidth(520)
        self.name = QLineEdit("Reader study")
        self.folder = QLineEdit(str(opening.new_folder(self.name.text())))
        self.kind = Segmented(tuple(text for text, _ in _KINDS), name="Kind of study")
        choose = button("Choose…", tooltip="Choose where the study's folder is made")
        choose.clicked.connect(self._choose)
        grid = QGridLayout()
        grid.setSpacing(SPACE[1])
        for row, (words, widget) in enumerate(
            (("Name", self.name), ("Folder", self.folder), ("Made from", self.kind))
        ):
            grid.addWidget(label(words, "secondary"), row, 0)
            grid.addWidget(widget, row, 1, *((1, 2) if widget is not self.folder else (1, 1)))
            widget.setAccessibleName(words)
        grid.addWidget(choose, 1, 2)
        column.addLayout(grid)
        column.addWidget(label("Everything of the study stays in this folder.", "hint"))
        column.addLayout(self._foot())
        self.name.textEdited.connect(self._suggest)
        self.name.selectAll()

    def _foot(self) -> QHBoxLayout:
        cancel = button("Cancel", "quiet", tooltip="Make nothing (Esc)")
        cancel.clicked.connect(self.reject)
        self.create_button = button("Create", "primary", key="Enter")
        self.create_button.setDefault(True)
        self.create_button.clicked.connect(self._create)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.create_button)
        return row

    def _suggest(self, name: str) -> None:
        self.folder.setText(str(self._opening.new_folder(name)))

    def _choose(self) -> None:
        found = QFileDialog.getExistingDirectory(self, "Folder for the study")
        if found:
            self.folder.setText(str(Path(found) / self._opening.new_folder(self.name.text()).name))

    def _create(self) -> None:
        kind = dict(_KINDS)[self.kind.value]
        if self._opening.create(Path(self.folder.text()), self.name.text(), kind):
            self.accept()


class DetailsDialog(QDialog):
    """An error's sentence with its technical details to copy."""

    def __init__(self, sentence: str, details: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = column_of(self, "What happened")
        self.setMinimumSize(640, 360)
        words = label(sentence, wrap=True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        column.addWidget(words)
        text = QPlainTextEdit(details or "There are no further details.")
        text.setReadOnly(True)
        text.setAccessibleName("Details")
        column.addWidget(text, 1)
        close = button("Close", "primary", key="Esc")
        close.clicked.connect(self.accept)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def keys_of(page: QWidget) -> tuple[tuple[str, str], ...]:
    """(key, what it does): what the page says of itself, else its buttons and shortcuts."""
    said = getattr(page, "keys", None)
    found = dict(said()) if callable(said) else {}
    for one in page.findChildren(Button):
        if one.key and one.isVisibleTo(page):
            found.setdefault(one.key, one.words.removesuffix(f" ({one.key})") or one.text())
    for shortcut in page.findChildren(QShortcut):
        if shortcut.whatsThis():
            found.setdefault(shortcut.key().toString().replace("+", " "), shortcut.whatsThis())
    if any(one.isSortingEnabled() for one in page.findChildren(Table)):
        found.update(SORT_KEYS)
    return tuple(found.items())


KeyWords = tuple[tuple[str, str], ...]
MOST_ROWS = 16
"""Longer lists stand in two columns where the window is wide enough."""


class KeySheet(QDialog):
    """All keys: those of the window, beside them those of the open page; never taller than it."""

    def __init__(self, groups: tuple[tuple[str, KeyWords], ...], parent: QWidget):
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = column_of(self, "Keys")
        self.setMinimumWidth(420)
        room = parent.size() - QSize(64, 64)
        content = _key_columns(groups, 2)
        if content.sizeHint().width() + 2 * SPACE[4] > room.width():
            content = _key_columns(groups, 1)
        scroll = QScrollArea()
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(content)
        column.addWidget(scroll)
        close = button("Close", "normal", key="Esc")
        close.clicked.connect(self.accept)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        around = self.sizeHint() - scroll.sizeHint() + QSize(SPACE[1], SPACE[1])
        self.resize((content.sizeHint() + around).boundedTo(room))


def _key_columns(groups: tuple[tuple[str, KeyWords], ...], most: int) -> QWidget:
    """The groups beside each other, a long one in as many columns as `most`."""
    content = QWidget()
    columns = QHBoxLayout(content)
    columns.setContentsMargins(0, 0, SPACE[2], 0)
    columns.setSpacing(SPACE[4])
    for title, keys in groups:
        rows = max(math.ceil(len(keys) / (most if len(keys) > MOST_ROWS else 1)), 1)
        for first in range(0, len(keys), rows):
            part = keys[first : first + rows]
            columns.addLayout(_key_column("" if first else title, part))
    return content


def _key_column(title: str, keys: KeyWords) -> QVBoxLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[2])
    grid.setVerticalSpacing(SPACE[0])
    grid.setColumnStretch(1, 1)
    for row, (key, words) in enumerate(keys):
        grid.addWidget(KeyCap(key), row, 0)
        grid.addWidget(label(words), row, 1)
    column = QVBoxLayout()
    column.setSpacing(SPACE[1])  # else that between the columns
    column.addWidget(label(title, "panel"))
    column.addLayout(grid)
    column.addStretch(1)
    return column
