"""The form's first part: which ROIs are read, how often, and what comes before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from reader_app.state.read_preview import FormFacts
from reader_app.views.read import fields
from studies.records import ProtocolDraft

EVERY_GENERATOR = "All generators, fresh draws"
AUDITS = (
    ("clear", "clear", "No training ROI looks alike"),
    ("close", "close", "The nearest training ROI is close; a person may have looked"),
    ("unchecked", "unchecked", "The copy audit has not looked at these yet"),
)


def section(parts: tuple[QWidget, ...], into: QWidget) -> None:
    """Lay the rows of a part of the form below each other."""
    column = QVBoxLayout(into)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(3)
    for part in parts:
        column.addWidget(part)


class ItemFields(QWidget):
    """Counts by class, generator, copy audit, repeats, practice and training."""

    def __init__(self, edit: Callable[[], None]) -> None:
        super().__init__()
        self.real = fields.ClassCounts("Real ROIs", edit)
        self.synthetic = fields.ClassCounts("Synthetic ROIs", edit)
        self.generator = fields.combo("Generator", "Whose accepted draws are read", edit)
        self.audits = {code: fields.check(text, tip, edit) for code, text, tip in AUDITS}
        self.repeats = fields.number(
            "Hidden repeats", 0, 200, edit,
            "Items shown twice without a word: does a reader agree with themselves?",
        )  # fmt: skip
        self.mirrored = fields.check(
            "mirrored", "One of the two presentations is mirrored left to right", edit
        )
        self.distance = fields.number("Trials between repeats", 0, 500, edit)
        self.practice = fields.number("Practice trials", 0, 50, edit)
        self.training = fields.number("Training trials", 0, 50, edit)
        self.pass_mark = fields.number("Pass mark, percent", 0, 100, edit, "0 asks for no mark")
        self._lay_out()

    def _lay_out(self) -> None:
        repeats, self._repeat_hint = fields.row("Hidden repeats", self.repeats, self.mirrored)
        training, self._training_hint = fields.row(
            "Training", self.training, self.pass_mark, hint="% right to begin"
        )
        section(
            (
                self.real,
                self.synthetic,
                fields.wide_row("Generator", self.generator),
                fields.row("Copy audit", *self.audits.values())[0],
                repeats,
                fields.row("", self.distance, hint="trials apart or more")[0],
                fields.row("Practice", self.practice, hint="trials, never from the study")[0],
                training,
            ),
            self,
        )

    def show_draft(self, draft: ProtocolDraft, facts: FormFacts) -> None:
        """Show a draft without a signal."""
        categories, have = facts.scheme.categories, facts.available
        self.real.show_counts(categories, draft.real_per_category, have.real)
        self.synthetic.show_counts(categories, draft.synthetic_per_category, have.synthetic)
        arms = tuple((f"{arm.upper()}, fresh draws", arm) for arm in have.generators)
        fields.show_choices(self.generator, ((EVERY_GENERATOR, ""), *arms), draft.generator)
        for code, box in self.audits.items():
            fields.show_check(box, code in draft.audits)
        for field, value in (
            (self.repeats, draft.repeats),
            (self.distance, draft.constraints.repeat_distance),
            (self.practice, draft.practice),
            (self.training, draft.training),
            (self.pass_mark, round(draft.pass_mark * 100)),
        ):
            fields.show_number(field, value)
        fields.show_check(self.mirrored, draft.flip_repeats)
        self._show_sense(draft)

    def _show_sense(self, draft: ProtocolDraft) -> None:
        none = "" if draft.repeats else "There are no hidden repeats."
        fields.enable_because(self.mirrored, none)
        fields.enable_because(self.distance, none)
        untrained = "" if draft.training else "There are no training trials."
        fields.enable_because(self.pass_mark, untrained)
        one = "" if self.generator.count() > 1 else "No generator has drawn anything yet."
        fields.enable_because(self.generator, one)

    def taken(self, draft: ProtocolDraft) -> ProtocolDraft:
        """The draft with these fields as they stand."""
        return replace(
            draft,
            real_per_category=self.real.counts(),
            synthetic_per_category=self.synthetic.counts(),
            generator=self.generator.currentData() or "",
            audits=tuple(code for code, box in self.audits.items() if box.isChecked()),
            repeats=self.repeats.value(),
            flip_repeats=self.mirrored.isChecked(),
            constraints=replace(draft.constraints, repeat_distance=self.distance.value()),
            practice=self.practice.value(),
            training=self.training.value(),
            pass_mark=self.pass_mark.value() / 100 if self.training.value() else draft.pass_mark,
        )
