"""The Cases page: what was imported, how far it is, and the ways in and out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QHideEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.cases_state import CasesState
from reader_app.state.margins_exchange import ExportOffer, MarginFiles
from reader_app.views.cases.drop_zone import DropZone
from reader_app.views.cases.export_dialog import ExportDialog
from reader_app.views.cases.import_panel import ImportPanel
from reader_app.views.cases.margins_dialog import MarginsDialog
from reader_app.views.cases.offer_list import OFFER_KEYS
from reader_app.views.cases.tables_panel import TABS, TablesPanel
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.page import PageTitle, page_column
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE

SIDE_SHARE, TABLE_SHARE = 4, 10
MARGINS = "Margins (*.dcm *.seg *.nii *.nii.gz *.json);;All files, told by their content (*)"
MANIFESTS = "CSV manifest (*.csv);;All files (*)"
NO_CASES = (
    "No cases yet",
    "Blindread needs abdominal CT (DICOM), or lesion images with a CSV manifest. Files are "
    "de-identified on the way in.",
)


class CasesPage(QWidget):
    """Takes drops anywhere; a dropped study is left to the window, which opens it."""

    def __init__(self, state: CasesState) -> None:
        super().__init__()
        self._state = state
        self.setAccessibleName("Cases")
        self.setAcceptDrops(True)
        self.title = PageTitle("Cases", TABS)
        self.importing = button("Import…", "primary", icon="import", key="Ctrl I", shortcut=True)
        self.importing.clicked.connect(self._show_menu)
        self.menu = self._import_menu()
        self.exporting = button("Export…", icon="export", tooltip="Hand margins on")
        self.exporting.clicked.connect(self._ask_export)
        self.title.add(self.exporting)
        self.title.add(self.importing)
        self.zone = DropZone(state)
        self.zone.choose.clicked.connect(self.choose_files)
        self.tables = TablesPanel(state)
        self.title.tab_chosen.connect(self.tables.show_tab)
        self.no_study = EmptyPage(
            "cases", "No study is open", "Open or make a study on Home first.", "Go to Home"
        )
        self.no_study.acted.connect(lambda: state.asked.emit("home"))
        self.pages = QStackedWidget()
        self.pages.addWidget(self.no_study)
        self.pages.addWidget(self._columns())
        page_column(self, self.title).addWidget(self.pages, 1)
        state.changed.connect(self.refresh)
        state.import_changed.connect(self.refresh)
        state.margins.offered.connect(self._show_offer)
        state.margins.asked.connect(self._show_files)
        self.refresh()

    def _import_menu(self) -> QMenu:
        menu = QMenu(self)
        entries: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("folder", "&Folder…", self.choose_folder),
            ("import", "Fi&les, zips or a DICOMDIR…", self.choose_files),
            ("list", "ROI &manifest (CSV)…", self.choose_manifest),
            ("polygon", "Mar&gins (SEG, RTSTRUCT, NIfTI, JSON)…", self.choose_margins),
        )
        for icon, text, call in entries:
            menu.addAction(icons.icon(icon), text, call)
        menu.addSeparator()
        self.asks = menu.addAction("&Choose series before they are taken")
        self.asks.setCheckable(True)
        self.asks.toggled.connect(lambda on: self._state.importing.set_takes_all(not on))
        return menu

    def _columns(self) -> QWidget:
        frame, left = QWidget(), QVBoxLayout()
        row = QHBoxLayout(frame)
        for layout in (row, left):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(SPACE[3])
        left.setSpacing(SPACE[2])
        self.content = QStackedWidget()
        self.empty = EmptyPage("cases", *NO_CASES, "Import a folder…")
        self.empty.acted.connect(self.choose_folder)
        framed = Panel()
        framed.body.addWidget(self.empty)
        self.content.addWidget(framed)
        self.content.addWidget(self.tables)
        left.addWidget(self.zone)
        left.addWidget(self.content, 1)
        self.last = ImportPanel(self._state)
        row.addLayout(left, TABLE_SHARE)
        row.addWidget(self.last, SIDE_SHARE)
        return frame

    def refresh(self) -> None:
        """Tables, what is missing, or no study; and whether anything can be imported."""
        state = self._state
        filled = bool(state.tables.series)
        self.pages.setCurrentIndex(1 if state.has_study else 0)
        self.content.setCurrentIndex(1 if filled else 0)
        self.title.tabs.setVisible(filled)
        self.importing.setVisible(state.has_study)
        self.asks.setChecked(not state.importing.takes_all)
        self.exporting.setVisible(state.has_study)
        busy = "An export or import is under way." if state.deed else ""
        why = state.no_export or busy
        self.exporting.set_enabled_because(not why, why)
        for one in (self.importing, self.empty.button):
            if one is not None:
                one.set_enabled_because(not state.hindrance, state.hindrance)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """(key, what it does) for the key sheet; buttons tell their own."""
        return OFFER_KEYS

    # --- choosing what to import ------------------------------------------------------------

    def _show_menu(self) -> None:
        below = self.importing.mapToGlobal(QPoint(0, self.importing.height() + SPACE[0]))
        self.menu.popup(below)

    def choose_folder(self) -> None:
        """Ask for a folder and import it."""
        start = self._state.start_folder
        found = QFileDialog.getExistingDirectory(self, "Import a folder", start)
        self._state.import_from((Path(found),) if found else ())

    def choose_files(self) -> None:
        """Ask for files and import them."""
        start = self._state.start_folder
        found, _ = QFileDialog.getOpenFileNames(self, "Import files", start)
        self._state.import_from(tuple(Path(one) for one in found))

    def choose_manifest(self) -> None:
        """Ask for a CSV and import the ROIs it lists."""
        start = self._state.start_folder
        found, _ = QFileDialog.getOpenFileName(self, "Import ROIs of a manifest", start, MANIFESTS)
        self._state.import_from((Path(found),) if found else ())

    def choose_margins(self) -> None:
        """Ask for files of margins, then who drew them."""
        start = self._state.start_folder
        found, _ = QFileDialog.getOpenFileNames(self, "Import margins", start, MARGINS)
        self._state.margins.ask(tuple(Path(one) for one in found))

    # --- margins ----------------------------------------------------------------------------

    def _ask_export(self) -> None:
        self._state.margins.offer(self.tables.chosen_series)

    def _show_offer(self, offer: ExportOffer) -> None:
        dialog = ExportDialog(offer, self)
        dialog.answered.connect(self._state.margins.export)
        dialog.open()

    def _show_files(self, files: MarginFiles) -> None:
        dialog = MarginsDialog(files, self)
        dialog.answered.connect(self._state.margins.take)
        dialog.open()

    # --- drops ------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take local files and folders; a study goes to the window."""
        if _dropped(event):
            event.acceptProposedAction()
            self.zone.set_hot(not self._state.hindrance)
        else:
            event.ignore()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Nothing is above the page now."""
        self.zone.set_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Import what was dropped."""
        self.zone.set_hot(False)
        paths = _dropped(event)
        if paths:
            event.acceptProposedAction()
            self._state.import_from(paths)

    # --- on screen or not -------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Rows and pictures are read only while they are seen."""
        super().showEvent(event)
        self._state.watch(True)
        self.tables.ask_pictures()

    def hideEvent(self, event: QHideEvent) -> None:
        """No need to follow the study now."""
        super().hideEvent(event)
        self._state.watch(False)


def _dropped(event: QDropEvent) -> tuple[Path, ...]:
    """The local paths of a drop; none where it is a study to be opened."""
    urls = event.mimeData().urls()
    paths = tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
    if len(paths) == 1:
        path = paths[0]
        if path.name == "study.sqlite" or (path / "study.sqlite").is_file():
            return ()
    return paths
