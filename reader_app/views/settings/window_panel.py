"""Who sits at the window, how it looks and what it remembers: name, size, tour, recent studies."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit

from reader_app.settings import SCALES
from reader_app.state.settings_state import SettingsState
from reader_app.views.settings.setting_row import add_setting, settings_grid
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel
from reader_app.widgets.segmented import Segmented

NAME = "On margins, diagnoses and seals from now on."
TOUR = "Five steps beside the pages, on the demo where no study is open."
SIZE = "Of all text and controls, on top of the screen's own scale. From the next start on."


class WindowPanel(Panel):
    """Size for everybody; tour and recent studies for all but a reader."""

    def __init__(self, state: SettingsState) -> None:
        super().__init__("You and the window")
        self._state = state
        self.scale = Segmented(tuple(f"{one} %" for one in SCALES), name="Size")
        self.scale.setToolTip("Size of text and controls (Left and Right arrow keys choose)")
        self.name = QLineEdit()
        self.name.setAccessibleName("Your name")
        self.name.setToolTip("Your name (Enter keeps it)")
        self.name.setMaximumWidth(280)
        self.tour = button("Show the tour", small=True, tooltip="Five steps through the program")
        self.recent = button(
            "Forget recent studies", small=True, tooltip="Home and the study menu offer none then"
        )
        grid = settings_grid()
        add_setting(grid, "Size", self.scale, SIZE)
        add_setting(grid, "Your name", self.name, NAME)
        add_setting(grid, "Tour", self.tour, TOUR)
        self.count = add_setting(grid, "Recent studies", self.recent)
        self._grid = grid
        self.body.addLayout(grid)
        self.scale.chosen.connect(lambda text: state.set_scale(int(text.split()[0])))
        self.name.editingFinished.connect(lambda: state.give_name(self.name.text()))
        self.tour.clicked.connect(state.tour_asked)
        self.recent.clicked.connect(state.forget_recent)
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is set."""
        state = self._state
        self.scale.set_value(f"{state.scale} %")
        if not self.name.hasFocus():
            self.name.setText(state.name)
        self.count.setText(_counted(state.recent))
        self.recent.set_enabled_because(state.recent > 0, "None is remembered.")
        for row in range(3, self._grid.rowCount()):  # below the size
            for column in range(2):
                self._hide_for_reader(row, column)

    def _hide_for_reader(self, row: int, column: int) -> None:
        item = self._grid.itemAtPosition(row, column)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.setVisible(not self._state.is_reader)


def _counted(recent: int) -> str:
    if not recent:
        return "None is remembered."
    words = "One study is" if recent == 1 else f"{recent} studies are"
    return f"{words} remembered. Forgetting removes no study."
