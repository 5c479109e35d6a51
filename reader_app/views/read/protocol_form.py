"""The protocol as one form; every field changes the draft, and with it order and audit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from reader_app.views.read import fields
from reader_app.widgets.badge import Badge
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE
from studies.reading import Available
from studies.records import ClassScheme, OrderConstraints, ProtocolDraft

ANALYSES = (
    "Class accuracy, Wilson",
    "Reader v CNN, exact McNemar",
    "Real v synthetic, equivalence of balanced accuracy",
)
EVERY_GENERATOR = "All generators, fresh draws"
QUESTIONS = (
    ("diagnosis", "Which class?", "keys 1, 2, …"),
    ("origin", "Real or synthetic?", "keys R, S"),
    ("confidence", "Confidence, 5 steps", "keys 6 to 0"),
)


class ProtocolForm(Panel):
    """`edited` with the new draft after every change."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__("Protocol", flush=True)
        self._draft: ProtocolDraft | None = None
        self.badge = Badge("", "running")
        self.add_head(self.badge)
        self._make_fields()
        column = QVBoxLayout()
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[2], SPACE[2])
        column.setSpacing(SPACE[1])
        for part in self._parts():
            column.addWidget(part)
        column.addStretch(1)
        inner = QWidget()
        inner.setLayout(column)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        self.body.addWidget(scroll)

    def show_draft(
        self, draft: ProtocolDraft, available: Available, scheme: ClassScheme, version: int
    ) -> None:
        """Show a draft without a signal."""
        self._draft = draft
        self.badge.set(f"draft of version {version}", "running")
        self.real.show_counts(scheme.categories, draft.real_per_category, available.real)
        self.synthetic.show_counts(
            scheme.categories, draft.synthetic_per_category, available.synthetic
        )
        self._show_generators(available.generators, draft.generator)
        for code, box in self.questions.items():
            _silently(box, partial(box.setChecked, code in draft.questions))
        values = (
            (self.class_run, draft.constraints.longest_class_run),
            (self.synthetic_run, draft.constraints.longest_synthetic_run),
            (self.blocks, draft.constraints.blocks),
            (self.repeats, draft.repeats),
            (self.distance, draft.constraints.repeat_distance),
            (self.practice, draft.practice),
            (self.margin, round(draft.margin * 100)),
        )
        for field, value in values:
            _silently(field, partial(field.setValue, value))
        _silently(self.mirrored, lambda: self.mirrored.setChecked(draft.flip_repeats))
        _silently(self.analysis, lambda: self._show_analysis(draft.primary_analysis))
        if self.stopping.text() != draft.stopping_rule:
            self.stopping.setText(draft.stopping_rule)
        self._show_hints(draft)

    def _make_fields(self) -> None:
        edit = self._edit
        self.real = fields.ClassCounts("Real ROIs", edit)
        self.synthetic = fields.ClassCounts("Synthetic ROIs", edit)
        self.generator = _combo("Generator", "Whose accepted draws are read")
        self.generator.currentIndexChanged.connect(edit)
        self.questions = {code: QCheckBox(text) for code, text, _ in QUESTIONS}
        for code, text, keys in QUESTIONS:
            self.questions[code].setToolTip(f"{text} ({keys})")
            self.questions[code].toggled.connect(edit)
        none = "0 sets no limit"
        self.class_run = fields.number("Longest run of one class", 0, 99, edit, none)
        self.synthetic_run = fields.number("Longest run of synthetic ROIs", 0, 99, edit, none)
        self.blocks = fields.number("Blocks", 1, 50, edit)
        self.repeats = fields.number("Hidden repeats", 0, 200, edit)
        self.distance = fields.number("Trials between repeats", 0, 500, edit)
        self.mirrored = QCheckBox("mirrored")
        self.mirrored.setToolTip("One of the two presentations is mirrored left to right")
        self.mirrored.toggled.connect(edit)
        self.practice = fields.number("Practice trials", 0, 50, edit)
        self.analysis = _combo("Primary analysis", "Named before anyone reads")
        self.analysis.addItems(ANALYSES)
        self.analysis.currentIndexChanged.connect(edit)
        self.margin = fields.number("Margin, points", 1, 50, edit)
        self.stopping = QLineEdit()
        self.stopping.setProperty("dense", True)
        self.stopping.setAccessibleName("Stop when")
        self.stopping.setToolTip("The rule that ends the reading, sealed with the protocol")
        self.stopping.editingFinished.connect(edit)

    def _parts(self) -> list[QWidget]:
        keys = {code: hint for code, _, hint in QUESTIONS}
        rows = [
            fields.row("Questions" if k == 0 else "", self.questions[code], hint=keys[code])[0]
            for k, code in enumerate(self.questions)
        ]
        blocks, self._block_hint = fields.row("Blocks", self.blocks)
        repeats = fields.row("Hidden repeats", self.repeats, self.mirrored)[0]
        distance = fields.row("", self.distance, hint="trials apart or more")[0]
        practice = fields.row("Practice", self.practice, hint="trials, never from the study")[0]
        runs = fields.row("Longest run", self.class_run, hint="of one class")[0]
        synthetic = fields.row("", self.synthetic_run, hint="of synthetic ROIs")[0]
        margin = fields.row("Margin", self.margin, hint="points, for equivalence")[0]
        return [
            self.real,
            self.synthetic,
            fields.wide_row("Generator", self.generator),
            fields.line(),
            *rows,
            fields.line(),
            runs,
            synthetic,
            blocks,
            repeats,
            distance,
            practice,
            fields.line(),
            fields.wide_row("Primary analysis", self.analysis),
            margin,
            fields.wide_row("Stop when", self.stopping),
        ]

    def _show_generators(self, generators: tuple[str, ...], chosen: str) -> None:
        self.generator.blockSignals(True)
        self.generator.clear()
        self.generator.addItem(EVERY_GENERATOR, "")
        for arm in generators:
            self.generator.addItem(f"{arm}, fresh draws", arm)
        self.generator.setCurrentIndex(max(0, self.generator.findData(chosen)))
        self.generator.blockSignals(False)

    def _show_analysis(self, chosen: str) -> None:
        if self.analysis.findText(chosen) < 0:
            self.analysis.addItem(chosen)
        self.analysis.setCurrentText(chosen)

    def _show_hints(self, draft: ProtocolDraft) -> None:
        counts = (*draft.real_per_category, *draft.synthetic_per_category)
        total = sum(count for _, count in counts) + draft.repeats
        size = round(total / max(1, draft.constraints.blocks))
        self._block_hint.setText(f"of about {size} trials")
        self.set_hint(f"{total} trials")
        self.mirrored.setEnabled(draft.repeats > 0)
        self.distance.setEnabled(draft.repeats > 0)
        self.generator.setEnabled(self.generator.count() > 1)

    def _edit(self, *_: object) -> None:
        if self._draft is None:
            return
        constraints = OrderConstraints(
            longest_class_run=self.class_run.value(),
            longest_synthetic_run=self.synthetic_run.value(),
            blocks=self.blocks.value(),
            repeat_distance=self.distance.value(),
        )
        draft = replace(
            self._draft,
            real_per_category=self.real.counts(),
            synthetic_per_category=self.synthetic.counts(),
            generator=self.generator.currentData() or "",
            questions=tuple(code for code, box in self.questions.items() if box.isChecked()),
            constraints=constraints,
            repeats=self.repeats.value(),
            flip_repeats=self.mirrored.isChecked(),
            practice=self.practice.value(),
            primary_analysis=self.analysis.currentText(),
            margin=self.margin.value() / 100,
            stopping_rule=self.stopping.text().strip() or self._draft.stopping_rule,
        )
        if draft != self._draft:
            self.edited.emit(draft)


def _combo(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setProperty("dense", True)
    box.setAccessibleName(name)
    box.setToolTip(f"{tip} (Up and Down arrow keys choose)")
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    return box


def _silently(widget: QWidget, act: Callable[[], object]) -> None:
    widget.blockSignals(True)
    act()
    widget.blockSignals(False)
