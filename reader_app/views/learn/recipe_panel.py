"""The Recipe panel: arm, profile, sizes and seeds, the forecast, and the button that queues it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.learn_data import duration
from reader_app.state.learn_state import LearnState
from reader_app.views.learn.fields_dialog import FieldsDialog
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import PALETTE, SPACE

PROFILES = ("Paper", "Quick", "Smoke")
PRECISIONS = (("float32", "float32"), ("bf16", "bf16, channels last"))
WATCHED = (
    "Patients of the training folds to hold out, by class, for a second accuracy line while it "
    "trains; nothing trains on them, generators included. The paper holds none out"
)
ARM_LETTERS = 21
"""The arm's box keeps this width; its list is as wide as its longest line."""


class RecipePanel(Panel):
    """Writes every choice into the state at once; shows what the state holds."""

    def __init__(self, state: LearnState) -> None:
        super().__init__("Recipe")
        self._state = state
        self.all = button(
            "All fields", "quiet", small=True, tooltip="Every field of what is trained, with source"
        )
        self.all.clicked.connect(lambda: FieldsDialog(self._state.field_rows, self).open())
        self.add_head(self.all)
        self._make_fields()
        self.foot = Panel()
        """Forecast and button: its owner places them where they are always seen."""
        self._make_forecast()
        self.queue = button("Queue", "primary", icon="play", key="Ctrl Enter")
        self.queue.setShortcut("Ctrl+Return")
        self.queue.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.queue.clicked.connect(state.queue)
        self.foot.body.addWidget(self.queue)
        self.why = label("", "error", wrap=True)
        self.foot.body.addWidget(self.why)
        state.recipe_changed.connect(self._refresh)
        state.data_changed.connect(self._refresh)
        self._refresh()

    def _make_fields(self) -> None:
        state = self._state
        self.body.setSpacing(SPACE[1])
        self.arm = QComboBox()
        self.arm.setProperty("dense", True)
        self.arm.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.arm.setMinimumContentsLength(ARM_LETTERS)
        for code, words in state.arm_choices:
            self.arm.addItem(words, code)
        self.arm.view().setMinimumWidth(self.arm.view().sizeHintForColumn(0) + SPACE[4])
        self.arm.setToolTip("A system of the paper, a control, or all of them in one experiment")
        self.arm.activated.connect(lambda at: state.choose_arm(self.arm.itemData(at)))
        self.profile = Segmented(PROFILES, name="Profile")
        self.profile.chosen.connect(lambda name: state.choose_profile(name.lower()))
        self.classic = _spin(0, 15000, 100, state.set_classic)
        self.synthetic = _spin(0, 4000, 50, state.set_added)
        self.synthetic_name = label("Synthetic, a class", "secondary")
        self.seeds = _spin(1, 20, 1, state.set_seeds)
        self.length = _spin(1, 100000, 10, state.set_generator_length)
        self.folds = _spin(2, 10, 1, state.set_folds)
        self.length_name = label("Generator epochs", "secondary")
        self.validation = _spin(0, state.most_validation, 5, state.set_validation)
        self.validation.setSuffix(" %")
        self.validation.setSpecialValueText("none")
        self._field(label("Arm", "secondary"), self.arm, "Training arm")
        self._field(label("Profile", "secondary"), self.profile, "")
        self._field(
            label("Classic, a fold", "secondary"),
            self.classic,
            "Classic augmentations added for each training fold",
        )
        self._field(
            self.synthetic_name,
            self.synthetic,
            "ROIs of each class added for each training fold: synthetic, or of the extra cases",
        )
        self._field(self.length_name, self.length, "How long each generator is trained")
        self.precision = QComboBox()
        self.precision.setProperty("dense", True)
        for value, words in PRECISIONS:
            self.precision.addItem(words, value)
        self.precision.activated.connect(
            lambda at: state.set_precision(self.precision.itemData(at))
        )
        self._field(
            label("Precision", "secondary"),
            self.precision,
            "Of the networks' arithmetic; part of a run's content. The same as in Settings",
        )
        self._field(label("Validation patients", "secondary"), self.validation, WATCHED)
        self._pair()

    def _field(self, words: QLabel, control: QWidget, tooltip: str) -> None:
        if tooltip:
            control.setToolTip(tooltip)
            control.setAccessibleName(words.text())
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addWidget(words)
        row.addStretch(1)
        row.addWidget(control)
        self.body.addLayout(row)

    def _pair(self) -> None:
        """Folds and seeds share a row."""
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        again = "How often everything is repeated, seeds 0, 1, …"
        for words, spin, tooltip in (
            ("Folds", self.folds, "Folds by patient; fixed once they are drawn"),
            ("Seeds", self.seeds, again),
        ):
            spin.setFixedWidth(72)
            spin.setToolTip(tooltip)
            spin.setAccessibleName(words)
            row.addWidget(label(words, "secondary"))
            row.addWidget(spin)
        row.insertStretch(2, 1)
        self.body.addLayout(row)

    def _make_forecast(self) -> None:
        box = QFrame()
        box.setObjectName("forecast")
        box.setStyleSheet(f"QFrame#forecast {{ background: {PALETTE.page}; border-radius: 6px; }}")
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE[2], SPACE[1], SPACE[2], SPACE[1])
        column.setSpacing(SPACE[0])
        head = QHBoxLayout()
        head.addWidget(label("Forecast", "body"))
        head.addStretch(1)
        self.time = label("", "study")
        self.measure = button(
            "Time it", small=True, tooltip="Run a few steps of each network to measure their time"
        )
        self.measure.clicked.connect(self._state.time_steps)
        head.addWidget(self.time)
        head.addWidget(self.measure)
        column.addLayout(head)
        self.words = label("", "hint", wrap=True)
        column.addWidget(self.words)
        self.foot.body.setContentsMargins(SPACE[2], SPACE[2], SPACE[2], SPACE[2])
        self.foot.body.setSpacing(SPACE[1])
        self.foot.body.addWidget(box)

    def _refresh(self) -> None:
        recipe, state = self._state.recipe, self._state
        self.precision.setCurrentIndex(self.precision.findData(state.precision))
        self.arm.setCurrentIndex(self.arm.findData(state.chosen_arm))
        self.profile.set_value(recipe.profile.capitalize())
        for spin, value in (
            (self.classic, recipe.classic),
            (self.synthetic, recipe.synthetic_per_class or recipe.extra_per_class),
            (self.seeds, recipe.seeds),
            (self.length, state.generator_length),
            (self.validation, 0 if state.is_whole else recipe.validation),
            (self.folds, state.data.folds if state.data else recipe.folds),
        ):
            blocked = spin.blockSignals(True)
            spin.setValue(value)
            spin.blockSignals(blocked)
        self.length_name.setText(f"Generator {state.generator_unit}")
        one_arm = not state.is_whole
        self.classic.setEnabled(one_arm and bool(recipe.classic))
        self.synthetic.setEnabled(one_arm and (recipe.adds_synthetic or recipe.adds_extra))
        self.synthetic_name.setText("Extra, a class" if recipe.adds_extra else "Synthetic, a class")
        self.length.setEnabled(one_arm and recipe.uses_generators)
        self.validation.setEnabled(one_arm and recipe.can_validate)
        self.folds.setEnabled(state.data is not None and not state.data.drawn)
        self._refresh_forecast()

    def _refresh_forecast(self) -> None:
        state, found = self._state, self._state.forecast
        self.time.setText(duration(found.seconds) if found and found.seconds else "")
        self.time.setVisible(bool(found and found.seconds))
        untimed = found is not None and found.seconds is None
        self.measure.setVisible(untimed)
        self.measure.set_enabled_because(not state.is_timing, "Steps are being timed")
        self.words.setText(found.words if found else "There is nothing to train on yet.")
        runs = found.runs if found else 0
        self.queue.setText(f"Queue {runs} run{'' if runs == 1 else 's'}" if runs else "Queue")
        self.queue.set_enabled_because(not state.hindrance, state.hindrance)
        self.why.setText(state.hindrance)
        self.why.setVisible(bool(state.hindrance))


def _spin(low: int, high: int, step: int, tell: object) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setSingleStep(step)
    spin.setGroupSeparatorShown(True)
    spin.setKeyboardTracking(False)
    spin.setAlignment(Qt.AlignmentFlag.AlignLeft)
    spin.setFixedWidth(112)
    spin.setProperty("dense", True)
    spin.valueChanged.connect(tell)
    return spin
