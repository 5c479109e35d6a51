"""What a reader sees of this window: the place to open the reading package they were given."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.theme import SPACE

PACKAGE_FILE, PACKAGE_FOLDER, LOG = ".reading.zip", ".reading", "reading.sqlite"


class PackageDoor(QWidget):
    """`opened` with the chosen or dropped package."""

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)
        self.setAccessibleName("Open a reading package")
        self.words = EmptyPage(
            "read",
            "Open the reading you were given",
            "A file that ends in .reading.zip, or a folder that ends in .reading. It opens in a "
            "window of its own, and every answer is saved as you give it. It can be dropped here.",
        )
        self.file = button("Open a file…", "primary", icon="open")
        self.folder = button("Open a folder…", icon="folder")
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addStretch(1)
        row.addWidget(self.file)
        row.addWidget(self.folder)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addStretch(2)
        column.addWidget(self.words)
        column.addLayout(row)
        column.addStretch(3)
        self.file.clicked.connect(self._choose_file)
        self.folder.clicked.connect(self._choose_folder)

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Open a reading package", "", f"Reading packages (*{PACKAGE_FILE})"
        )
        if path:
            self.opened.emit(Path(path))

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(self, "Open a reading package")
        if path:
            self.opened.emit(Path(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A package may be dropped."""
        if _package(event) is not None:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open it."""
        found = _package(event)
        if found is not None:
            self.opened.emit(found)


def _package(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    is_folder = path.is_dir() and (path / LOG).is_file()
    return path if is_folder or path.name.lower().endswith(PACKAGE_FILE) else None
