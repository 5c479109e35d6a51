"""Where and how networks train: device, precision, threads."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox

from reader_app.settings import AUTOMATIC, PROCESSOR
from reader_app.state.settings_state import SettingsState
from reader_app.views.settings.setting_row import add_setting, settings_grid
from reader_app.widgets.panel import Panel
from reader_app.widgets.segmented import Segmented

DEVICES = (("Automatic", AUTOMATIC), ("Processor only", PROCESSOR))
THREADS = (
    "Of one training. More threads are faster, but leave less to the window; with another number "
    "the last digits of weights differ."
)


class ComputingPanel(Panel):
    """Three settings that the next training takes; one that runs keeps its own."""

    def __init__(self, state: SettingsState) -> None:
        super().__init__("Computing", "for the next training")
        self._state = state
        self.device = Segmented(tuple(words for words, _ in DEVICES), name="Device")
        self.device.setToolTip("Where networks train and draw (Left and Right arrow keys choose)")
        self.precision = Segmented(state.precisions, name="Precision")
        self.precision.setToolTip("Numbers in training (Left and Right arrow keys choose)")
        self.threads = QSpinBox()
        self.threads.setRange(1, state.cores)
        self.threads.setAccessibleName("Threads of a training")
        self.threads.setToolTip("Processor threads of a training (Up and Down arrow keys)")
        self.threads.setFixedWidth(96)
        grid = settings_grid()
        self.found = add_setting(grid, "Device", self.device)
        self.meaning = add_setting(grid, "Precision", self.precision)
        add_setting(grid, "Threads", self.threads, THREADS)
        self.body.addLayout(grid)
        self.device.chosen.connect(lambda _text: self._keep())
        self.precision.chosen.connect(lambda _text: self._keep())
        self.threads.valueChanged.connect(lambda _count: self._keep())
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is set and found."""
        state = self._state
        self.device.set_value(next(words for words, value in DEVICES if value == state.device))
        self.precision.set_value(state.precision)
        blocked = self.threads.blockSignals(True)
        self.threads.setValue(state.threads)
        self.threads.blockSignals(blocked)
        self.found.setText(state.found_words)
        self.meaning.setText(state.precision_words)

    def _keep(self) -> None:
        device = dict(DEVICES)[self.device.value]
        self._state.compute(device, self.precision.value, self.threads.value())
