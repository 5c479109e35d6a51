"""Where studies, exports, keys and the log lie."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from reader_app.state.settings_state import SettingsState
from reader_app.views.settings.setting_row import add_setting, settings_grid
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE

INSIDE = "Inside each study"


class FolderRow(QWidget):
    """A folder's path and what can be done with it."""

    def __init__(self, *buttons: Button) -> None:
        super().__init__()
        self.path = ElidedLabel("", "body", least=16)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[1])
        row.addWidget(self.path, 1)
        for one in buttons:
            row.addWidget(one)


class FoldersPanel(Panel):
    """Two folders to choose, two to look at."""

    def __init__(self, state: SettingsState) -> None:
        super().__init__("Folders")
        self._state = state
        grid = settings_grid()
        self.studies, self.usual_studies = self._choosable("studies", "New studies")
        self.exports, self.usual_exports = self._choosable("exports", "Exports")
        self.keys = FolderRow(self._shower("Show the keys' folder", lambda: state.keys_folder))
        self.log = FolderRow(self._shower("Show the log's folder", lambda: state.log_folder))
        add_setting(grid, "New studies", self.studies, "Offered for a new study, and by Open…")
        add_setting(grid, "Exports", self.exports, "Offered for reports, tables and margins.")
        add_setting(
            grid, "Key files", self.keys,
            "They lead from a pseudonym back to the patient. They lie outside every study: never "
            "hand them on, and back them up.",
        )  # fmt: skip
        add_setting(grid, "Log", self.log, "Faults of the program; send it when you ask for help.")
        self.body.addLayout(grid)
        state.changed.connect(self.refresh)
        self.refresh()

    def _choosable(self, name: str, words: str) -> tuple[FolderRow, Button]:
        usual = button("Usual", "quiet", small=True, tooltip=f"{words}: back to the usual folder")
        choose = button("Choose…", small=True, tooltip=f"{words}: choose a folder")
        usual.setAccessibleName(f"{words}: usual folder")
        choose.setAccessibleName(f"{words}: choose a folder")
        usual.clicked.connect(lambda: self._state.set_folder(name, None))
        choose.clicked.connect(lambda: self._choose(name, words))
        return FolderRow(usual, choose), usual

    def _shower(self, tooltip: str, folder: object) -> Button:
        show = button("Show", small=True, tooltip=tooltip)
        show.setAccessibleName(tooltip)
        show.clicked.connect(lambda: _show(folder()))  # type: ignore[operator]
        return show

    def refresh(self) -> None:
        """Show the paths."""
        state = self._state
        self.studies.path.show_whole(str(state.studies_folder))
        self.exports.path.show_whole(str(state.exports_folder or INSIDE))
        self.keys.path.show_whole(str(state.keys_folder))
        self.log.path.show_whole(str(state.log_folder))
        self.usual_studies.set_enabled_because(state.has_own_studies, "It is the usual folder now.")
        self.usual_exports.set_enabled_because(
            state.exports_folder is not None, "They go into each study's own folder now."
        )

    def _choose(self, name: str, words: str) -> None:
        start = self._state.exports_folder if name == "exports" else self._state.studies_folder
        found = QFileDialog.getExistingDirectory(self, words, str(start or Path.home()))
        if found:
            self._state.set_folder(name, Path(found))


def _show(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
