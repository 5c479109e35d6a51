"""Above the slice: the tools with their keys, windows, and the whole picture again."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import label
from reader_app.widgets.slice_view import Mode
from studies.imaging.window import PRESETS

OWN, AUTO = "DICOM", "Auto"


class ToolRow(QWidget):
    """Draw, Propose, Nudge, Ruler; the window's presets; fit."""

    mode_chosen = Signal(object, bool)  # Mode, measures
    window_chosen = Signal(float, float)
    own_asked = Signal()  # the series' own window
    auto_asked = Signal()
    fit_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draw = _tool("Draw", "freehand", "D", "Draw: drag, or click points")
        self.propose = _tool(
            "Propose", "magnet", "G", "A margin follows the pointer: click or G takes it"
        )
        self.nudge = _tool("Nudge", "nudge", "N", "Push the line with a circle")
        self.ruler = _tool("Ruler", "ruler", "R", "Measure a distance")
        self.presets = QComboBox()
        self.presets.setAccessibleName("Window")
        self.presets.setToolTip("Window: width/level (keys 1 to 5, 6 = the series' own, 0 = Auto)")
        self.presets.setMinimumWidth(116)
        self.presets.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for preset in PRESETS:
            self.presets.addItem(f"{preset.name} {preset.width:g}/{_signed(preset.level)}")
        self.presets.addItems([OWN, AUTO])
        self.mark = label("Read-only", "warning")
        self.mark.setVisible(False)
        self.fit = button("", "quiet", icon="fit", tooltip="Whole slice")
        self.fit.setToolTip("Whole slice (Ctrl 0)")
        self.fit.setAccessibleName("Whole slice")
        self.fit.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._lay()
        self._connect()

    def _lay(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(4)
        for tool in (self.draw, self.propose, self.nudge, self.ruler):
            row.addWidget(tool)
        row.addStretch(1)
        row.addWidget(self.mark)
        row.addWidget(self.presets)
        row.addWidget(self.fit)

    def _connect(self) -> None:
        self.draw.clicked.connect(lambda: self.mode_chosen.emit(Mode.DRAW, False))
        self.propose.clicked.connect(lambda: self.mode_chosen.emit(Mode.PROPOSE, False))
        self.nudge.clicked.connect(lambda: self.mode_chosen.emit(Mode.NUDGE, False))
        self.ruler.clicked.connect(lambda: self.mode_chosen.emit(Mode.DRAW, True))
        self.presets.activated.connect(self._choose)
        self.fit.clicked.connect(self.fit_asked)

    def _choose(self, index: int) -> None:
        if index < len(PRESETS):
            self.window_chosen.emit(PRESETS[index].low, PRESETS[index].high)
        elif self.presets.itemText(index) == OWN:
            self.own_asked.emit()
        else:
            self.auto_asked.emit()

    def show_locked(self, reason: str) -> None:
        """Why nothing can be drawn, on a mark and the tools; "" where it can. The ruler stays."""
        for tool in (self.draw, self.propose, self.nudge):
            tool.set_enabled_because(not reason, reason)
        self.mark.setVisible(bool(reason))
        self.mark.setToolTip(reason)

    def show_mode(self, mode: Mode, rules: bool) -> None:
        """Light up the tool in hand."""
        self.draw.setChecked(mode is Mode.DRAW and not rules)
        self.propose.setChecked(mode is Mode.PROPOSE)
        self.nudge.setChecked(mode is Mode.NUDGE)
        self.ruler.setChecked(rules)

    def show_window(self, low: float, high: float) -> None:
        """Name the preset in force; none is named for another window."""
        spans = [(p.low, p.high) for p in PRESETS]
        self.presets.setCurrentIndex(spans.index((low, high)) if (low, high) in spans else -1)
        self.presets.setPlaceholderText(f"W {high - low:.0f}  L {_signed((low + high) / 2)}")


def _tool(text: str, icon: str, key: str, tooltip: str) -> Button:
    result = button(text, "quiet", icon=icon, key=key, tooltip=tooltip)
    result.setCheckable(True)
    result.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return result


def _signed(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")
