"""What of the margins is handed on, in which formats, and where to."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)

from reader_app.state.cases_rows import counted
from reader_app.state.margins_exchange import (
    FORMATS,
    NEED_VOLUME,
    ExportOffer,
    ExportWish,
    refers,
)
from reader_app.views.cases.dialogs import asking, foot
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import SPACE

WHY = (
    "Every file is read back and compared with what was drawn before it takes its place. Files of "
    "the same name are replaced."
)
NAMED = (
    "SEG, SR and RTSTRUCT will refer to the original series and hold the patient's name as those "
    "files do."
)
PSEUDONYM = "Empty: files refer to the stored series and name the pseudonym only."
NO_REFERENCE = "Only SEG, SR and RTSTRUCT refer to DICOM files. Choose one of them."
NO_ROWS = "Choose rows of a table first to hand on only those."
NO_COCO = "The pictures go with COCO, which names them."


class ExportDialog(QDialog):
    """`answered` with an ExportWish when Export is pressed."""

    answered = Signal(object)

    def __init__(self, offer: ExportOffer, parent: QWidget) -> None:
        super().__init__(parent)
        self._offer = offer
        self.setMinimumWidth(680)
        column = asking(self, "Export margins", WHY)
        self.formats = {one.kind: _box(one.name, one.kind in offer.kinds) for one in FORMATS}
        self.pictures = _box("with the slices as PNG", False)
        column.addLayout(self._formats())
        self.series, self.author = QComboBox(), QComboBox()
        self.folder, self.original = QLineEdit(str(offer.folder)), QLineEdit()
        self.choose, self.choose_original = button("Choose…"), button("Choose…")
        self.hint = label(PSEUDONYM, "hint", wrap=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.hint.setMinimumHeight(2 * self.hint.fontMetrics().height() + SPACE[0])
        column.addLayout(self._fields())
        self.deed = button("Export", "primary", icon="export")
        self.deed.clicked.connect(self._answer)
        column.addLayout(foot(self, self.deed))
        self._fill()
        self._wire()
        self._check()

    # --- layout -----------------------------------------------------------------------------

    def _formats(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[3])
        grid.setVerticalSpacing(SPACE[0])
        grid.setColumnStretch(1, 1)
        for row, one in enumerate(FORMATS):
            grid.addWidget(self.formats[one.kind], row, 0)
            if one.kind != "coco":
                grid.addWidget(label(one.words, "hint"), row, 1)
                continue
            beside = QHBoxLayout()
            beside.setSpacing(SPACE[2])
            beside.addWidget(label(one.words, "hint"))
            beside.addWidget(self.pictures)
            beside.addStretch(1)
            grid.addLayout(beside, row, 1)
        return grid

    def _fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[2])
        grid.setVerticalSpacing(SPACE[1])
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget, Button | None], ...] = (
            ("Series", self.series, None),
            ("Margins of", self.author, None),
            ("Folder", self.folder, self.choose),
            ("Original files", self.original, self.choose_original),
        )
        for row, (words, field, more) in enumerate(rows):
            grid.addWidget(label(words, "secondary"), row, 0)
            grid.addWidget(field, row, 1, 1, 1 if more else 2)
            field.setAccessibleName(words)
            if more is not None:
                more.setAutoDefault(False)
                more.setToolTip(f"Choose the folder: {words.lower()}")
                grid.addWidget(more, row, 2)
        self.original.setPlaceholderText("Folder with the original DICOM files (optional)")
        grid.addWidget(self.hint, len(rows), 1, 1, 2)
        return grid

    def _fill(self) -> None:
        offer = self._offer
        self.series.addItem(f"All {len(offer.drawn)} with margins", None)
        if offer.chosen:
            self.series.addItem(
                f"Chosen rows: {counted(len(offer.chosen), 'series')}", offer.chosen
            )
            self.series.setCurrentIndex(1 if len(offer.chosen) > 1 else 0)
        self.series.setEnabled(bool(offer.chosen))
        self.series.setToolTip("" if offer.chosen else NO_ROWS)
        for kind in NEED_VOLUME if offer.no_volume else ():
            self.formats[kind].setChecked(False)
            self.formats[kind].setEnabled(False)
            self.formats[kind].setToolTip(offer.no_volume)
        self._fill_authors()

    def _fill_authors(self) -> None:
        """Who drew on the series chosen."""
        self.author.clear()
        found = self._offer.authors(self._ids)
        if len(found) > 1:
            self.author.addItem("Everyone, a file each", None)
        for name, margins in found:
            self.author.addItem(f"{name} ({counted(margins, 'margin')})", name)
        self.author.setEnabled(len(found) > 1)
        self.author.setToolTip("" if len(found) > 1 else "One author drew all of them.")

    def _wire(self) -> None:
        for box in self.formats.values():
            box.toggled.connect(self._check)
        for line in (self.folder, self.original):
            line.textChanged.connect(self._check)
        self.series.currentIndexChanged.connect(self._fill_authors)
        self.choose.clicked.connect(lambda: self._choose(self.folder, "Folder for the files"))
        self.choose_original.clicked.connect(
            lambda: self._choose(self.original, "Folder with the original DICOM files")
        )

    # --- what is asked for ------------------------------------------------------------------

    @property
    def kinds(self) -> tuple[str, ...]:
        """The formats chosen."""
        return tuple(kind for kind, box in self.formats.items() if box.isChecked())

    @property
    def _ids(self) -> tuple[int, ...] | None:
        found: tuple[int, ...] | None = self.series.currentData()
        return found

    def _choose(self, line: QLineEdit, title: str) -> None:
        found = QFileDialog.getExistingDirectory(self, title, line.text() or str(Path.home()))
        if found:
            line.setText(found)

    def _check(self) -> None:
        """What can be had with what is chosen, and why not."""
        kinds = self.kinds
        coco = "coco" in kinds
        self.pictures.setEnabled(coco)
        self.pictures.setToolTip("" if coco else NO_COCO)
        why = self._offer.no_original or ("" if refers(kinds) else NO_REFERENCE)
        for one in (self.original, self.choose_original):
            one.setEnabled(not why)
        self.hint.setText(why or (NAMED if self._original else PSEUDONYM))
        self.hint.setProperty("role", "warning" if self._original else "hint")
        self.hint.style().polish(self.hint)
        reason = "" if kinds else "Choose a format."
        reason = reason or ("" if self.folder.text().strip() else "Choose a folder.")
        self.deed.set_enabled_because(not reason, reason)

    @property
    def _original(self) -> Path | None:
        text = self.original.text().strip()
        return Path(text) if text and self.original.isEnabled() else None

    def _answer(self) -> None:
        author: str | None = self.author.currentData()
        ids = self._offer.series_of(author, self._ids) if author else self._ids
        wish = ExportWish(
            kinds=self.kinds,
            folder=Path(self.folder.text().strip()),
            series_ids=ids,
            author=author,
            original=self._original,
            pictures=self.pictures.isChecked() and self.pictures.isEnabled(),
        )
        self.answered.emit(wish)
        self.accept()


def _box(words: str, checked: bool) -> QCheckBox:
    box = QCheckBox(words)
    box.setChecked(checked)
    box.setCursor(Qt.CursorShape.PointingHandCursor)
    return box
