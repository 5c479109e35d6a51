"""What is asked of a plan: a small form for each of the four kinds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QFileDialog, QWidget

from reader_app.state.planning_state import Ask, MrmcAsk
from reader_app.views.read import fields
from reader_app.views.read.form_items import section
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.segmented import Segmented
from reader_app.workflows.plan_study import EquivalenceRequest, McNemarRequest, WidthRequest

PERCENT = 100.0
_ASSUMED = "assumed, by Obuchowski's conventions"


def decimal(
    name: str,
    bounds: tuple[float, float],
    value: float,
    changed: Callable[[], None],
    *,
    places: int = 3,
) -> QDoubleSpinBox:
    """A dense field for a share or a ratio."""
    field = QDoubleSpinBox()
    field.setProperty("dense", True)
    field.setDecimals(places)
    field.setRange(*bounds)
    field.setSingleStep(10**-places * (10 if places > 1 else 1))
    field.setValue(value)
    field.setFixedWidth(84)
    field.setAccessibleName(name)
    field.setToolTip(f"{name} (Up and Down arrow keys change it)")
    field.setKeyboardTracking(False)
    field.valueChanged.connect(lambda _value: changed())
    return field


def _power(changed: Callable[[], None]) -> QDoubleSpinBox:
    return decimal("Power wanted", (0.5, 0.99), 0.80, changed, places=2)


class PlanFields(QWidget):
    """`asked` when any field has changed; `ask` is what the fields say."""

    asked = Signal()

    def ask(self) -> Ask:
        """What is to be planned."""
        raise NotImplementedError

    def _changed(self, *_: object) -> None:
        self.asked.emit()


class MrmcFields(PlanFields):
    """Readers, cases or power, the difference to see, and where the components come from."""

    def __init__(self) -> None:
        super().__init__()
        self._pilot: Path | None = None
        self.readers = fields.number("Readers", 2, 99, self._changed)
        self.readers.setValue(5)
        self.effect = decimal("Difference of AUCs", (0.005, 0.4), 0.05, self._changed)
        self.by = Segmented(("power", "cases"), name="Given")
        self.power = _power(self._changed)
        self.cases = fields.number("Cases", 10, 5000, self._changed)
        self.cases.setValue(150)
        self.auc = decimal("AUC assumed", (0.55, 0.99), 0.85, self._changed, places=2)
        self.spread = decimal("Best less worst reader's AUC", (0.0, 0.4), 0.06, self._changed)
        self.ratio = decimal("Negative to positive cases", (0.1, 20), 1.0, self._changed, places=1)
        self.choose = button("Pilot file…", small=True, tooltip="Ratings: CSV or .imrmc")
        self.forget = button("Assume", small=True, tooltip="Plan without the pilot file")
        self.source = ElidedLabel(_ASSUMED, "hint", least=10)
        self._lay_out()
        self.choose.clicked.connect(self._choose)
        self.forget.clicked.connect(lambda: self.use_pilot(None))
        self.by.chosen.connect(lambda _text: self._given())
        self.use_pilot(None)
        self._given()

    def _lay_out(self) -> None:
        section(
            (
                fields.row("Readers", self.readers)[0],
                fields.row("Difference", self.effect, hint="of AUCs, to be seen")[0],
                fields.row("Given", self.by)[0],
                fields.row("Power", self.power)[0],
                fields.row("Cases", self.cases)[0],
                fields.line(),
                fields.row("Components", self.choose, self.forget)[0],
                fields.wide_row("", self.source),
                fields.row("AUC", self.auc, hint="of both conditions")[0],
                fields.row("Reader range", self.spread, hint="best less worst AUC")[0],
                fields.row("Case ratio", self.ratio, hint="negative to a positive")[0],
            ),
            self,
        )

    def use_pilot(self, file: Path | None) -> None:
        """Take the components from a file of ratings, or assume them."""
        self._pilot = file
        self.source.show_whole(f"from {file.name}" if file else _ASSUMED)
        self.forget.setVisible(file is not None)
        why = "The pilot's ratings tell this." if file else ""
        for field in (self.auc, self.spread, self.ratio):
            fields.enable_because(field, why)
        self._changed()

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Ratings of a pilot", "", "Ratings (*.csv *.imrmc)"
        )
        if path:
            self.use_pilot(Path(path))

    def _given(self) -> None:
        seeks = self.by.value == "power"
        fields.enable_because(self.power, "" if seeks else "The power is told for these cases.")
        fields.enable_because(self.cases, "The cases are sought for this power." if seeks else "")
        self._changed()

    def ask(self) -> MrmcAsk:
        """Readers, cases, difference, power, and components."""
        return MrmcAsk(
            readers=self.readers.value(),
            effect=self.effect.value(),
            cases=None if self.by.value == "power" else self.cases.value(),
            power=self.power.value(),
            pilot=self._pilot,
            auc=self.auc.value(),
            reader_range=self.spread.value(),
            ratio=self.ratio.value(),
        )


class WidthFields(PlanFields):
    """A proportion and half the width of its interval, in percent."""

    def __init__(self) -> None:
        super().__init__()
        self.proportion = decimal("Proportion, %", (1, 99), 85.0, self._changed, places=1)
        self.half = decimal("Half width, points", (0.5, 25), 5.0, self._changed, places=1)
        self.exact = QCheckBox("Clopper-Pearson")
        self.exact.setToolTip("The exact interval in place of Wilson's (Space)")
        self.exact.toggled.connect(self._changed)
        section(
            (
                fields.row("Proportion", self.proportion, hint="% expected, as an accuracy")[0],
                fields.row("Half width", self.half, hint="points on each side")[0],
                fields.row("Interval", self.exact, hint="else Wilson")[0],
            ),
            self,
        )

    def ask(self) -> WidthRequest:
        """Items for this interval."""
        return WidthRequest(
            self.proportion.value() / PERCENT,
            self.half.value() / PERCENT,
            exact=self.exact.isChecked(),
        )


class McNemarFields(PlanFields):
    """What one of two readers alone gets right."""

    def __init__(self) -> None:
        super().__init__()
        self.first = decimal("Only the first right, %", (0.1, 60), 12.0, self._changed, places=1)
        self.second = decimal("Only the second right, %", (0, 60), 5.0, self._changed, places=1)
        self.power = _power(self._changed)
        section(
            (
                fields.row("First alone", self.first, hint="% of items only they get right")[0],
                fields.row("Second alone", self.second, hint="% of items only they get right")[0],
                fields.row("Power", self.power)[0],
            ),
            self,
        )

    def ask(self) -> McNemarRequest:
        """Items for this comparison."""
        first, second = self.first.value() / PERCENT, self.second.value() / PERCENT
        return McNemarRequest(first, second, power=self.power.value())


class EquivalenceFields(PlanFields):
    """The margin around guessing, and how many real items stand beside a synthetic one."""

    def __init__(self) -> None:
        super().__init__()
        self.margin = decimal("Margin, points", (1, 40), 10.0, self._changed, places=1)
        self.ratio = decimal("Real to a synthetic", (0.2, 5), 182 / 120, self._changed)
        self.accuracy = decimal("True balanced accuracy", (0.4, 0.6), 0.5, self._changed)
        self.power = _power(self._changed)
        section(
            (
                fields.row("Margin", self.margin, hint="points of balanced accuracy")[0],
                fields.row("Ratio", self.ratio, hint="real items to a synthetic one")[0],
                fields.row("Truth", self.accuracy, hint="balanced accuracy")[0],
                fields.row("Power", self.power)[0],
            ),
            self,
        )

    def ask(self) -> EquivalenceRequest:
        """Items for this margin."""
        return EquivalenceRequest(
            margin=self.margin.value() / PERCENT,
            power=self.power.value(),
            ratio=self.ratio.value(),
            accuracy=self.accuracy.value(),
        )
