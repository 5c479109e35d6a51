"""Who drew the margins of other programs' files, and on which series."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QGridLayout, QLineEdit, QWidget

from reader_app.state.cases_rows import counted
from reader_app.state.margins_exchange import MarginFiles, TakeWish
from reader_app.views.cases.dialogs import asking, foot
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE

WHY = (
    "Each file is taken in whole or not at all. The margins become lesions of the series they were "
    "drawn on, without a diagnosis, under the name of whoever drew them."
)
NAMES_SHOWN = 3


class MarginsDialog(QDialog):
    """`answered` with a TakeWish when the files are to be taken in."""

    answered = Signal(object)

    def __init__(self, files: MarginFiles, parent: QWidget) -> None:
        super().__init__(parent)
        self._files = files
        self.setMinimumWidth(560)
        column = asking(self, f"Take in {counted(len(files.paths), 'file')} of margins", WHY)
        column.addWidget(label(_names(files), "hint", wrap=True))
        self.author = QLineEdit()
        self.author.setPlaceholderText("Empty: whom the file names")
        self.series = QComboBox()
        self.series.addItem("Told by the file, or by the grid of a mask", None)
        for one in files.series:
            self.series.addItem(f"{one.patient}, {one.description}".rstrip(", "), one.id)
        self.series.setEnabled(bool(files.series))
        self.series.setToolTip("" if files.series else "Import the CT they were drawn on first.")
        self.apart = QCheckBox("Each part of a mask is a lesion of its own")
        column.addLayout(self._fields())
        self.deed = button("Take in", "primary", icon="import")
        self.deed.setDefault(True)
        self.deed.clicked.connect(self._answer)
        column.addLayout(foot(self, self.deed))
        reason = "" if files.series else "Import the CT they were drawn on first."
        self.deed.set_enabled_because(not reason, reason)

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[2])
        grid.setVerticalSpacing(SPACE[1])
        grid.setColumnStretch(1, 1)
        fields: tuple[tuple[str, QWidget], ...] = (
            ("Drawn by", self.author),
            ("Series", self.series),
            ("", self.apart),
        )
        for row, (words, field) in enumerate(fields):
            grid.addWidget(label(words, "secondary"), row, 0)
            grid.addWidget(field, row, 1)
            field.setAccessibleName(words or self.apart.text())
        return grid

    def _answer(self) -> None:
        series_id: int | None = self.series.currentData()
        author = self.author.text().strip()
        self.answered.emit(TakeWish(self._files.paths, author, series_id, self.apart.isChecked()))
        self.accept()


def _names(files: MarginFiles) -> str:
    names = [path.name for path in files.paths[:NAMES_SHOWN]]
    more = len(files.paths) - NAMES_SHOWN
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")
