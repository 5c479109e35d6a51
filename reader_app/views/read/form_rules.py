"""The form's third part: what every order keeps to, and what is concluded in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QComboBox, QWidget

from reader_app.state.read_preview import FormFacts
from reader_app.views.read import fields
from reader_app.views.read.form_items import section
from reader_app.widgets.panel import label
from studies.records import ProtocolDraft

ANALYSES = (
    "Class accuracy, Wilson",
    "Reader v CNN, exact McNemar",
    "Real v synthetic, equivalence of balanced accuracy",
    "Conditions, Obuchowski-Rockette",
)
STOPPING = (
    "All items are read",
    "Every planned reader has read all items",
)


class RuleFields(QWidget):
    """Order constraints, primary analysis, margin, stopping rule, readers planned."""

    def __init__(self, edit: Callable[[], None]) -> None:
        super().__init__()
        none = "0 sets no limit"
        self.class_run = fields.number("Longest run of one class", 0, 99, edit, none)
        self.synthetic_run = fields.number("Longest run of synthetic ROIs", 0, 99, edit, none)
        self.blocks = fields.number(
            "Blocks", 1, 50, edit, "Synthetic ROIs are spread evenly over parts of equal length"
        )
        self.analysis = fields.combo("Primary analysis", "Named before anyone reads", edit)
        self.margin = fields.number(
            "Margin, points", 1, 49, edit,
            "How far balanced accuracy may lie from guessing and still count as guessing",
        )  # fmt: skip
        self.stopping = fields.combo("Stop when", "The rule that ends the reading, sealed", edit)
        self.stopping.setEditable(True)
        self.stopping.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        written = self.stopping.lineEdit()
        if written is not None:
            written.setAccessibleName("Stop when, in own words")
            written.editingFinished.connect(edit)
        self.readers = fields.number("Readers planned", 1, 99, edit)
        blocks, self._block_hint = fields.row("Blocks", self.blocks, hint="of trials")
        section(
            (
                fields.row(
                    "Longest run",
                    label("class", "hint"),
                    self.class_run,
                    label("synthetic", "hint"),
                    self.synthetic_run,
                )[0],
                blocks,
                fields.wide_row("Primary analysis", self.analysis),
                fields.row("Margin", self.margin, hint="points, for equivalence")[0],
                fields.wide_row("Stop when", self.stopping),
                fields.row("Readers", self.readers, hint="planned")[0],
            ),
            self,
        )

    def show_draft(self, draft: ProtocolDraft, _facts: FormFacts) -> None:
        """Show a draft without a signal."""
        for field, value in (
            (self.class_run, draft.constraints.longest_class_run),
            (self.synthetic_run, draft.constraints.longest_synthetic_run),
            (self.blocks, draft.constraints.blocks),
            (self.margin, round(draft.margin * 100)),
            (self.readers, draft.readers_planned),
        ):
            fields.show_number(field, value)
        named = tuple((text, text) for text in ANALYSES)
        fields.show_choices(self.analysis, named, draft.primary_analysis)
        rules = tuple((text, text) for text in STOPPING)
        fields.show_choices(self.stopping, rules, draft.stopping_rule)
        counts = (*draft.real_per_category, *draft.synthetic_per_category)
        total = sum(count for _, count in counts) + draft.repeats
        size = round(total / max(1, draft.constraints.blocks))
        self._block_hint.setText(f"of about {size} trials")

    def taken(self, draft: ProtocolDraft) -> ProtocolDraft:
        """The draft with these fields as they stand."""
        return replace(
            draft,
            constraints=replace(
                draft.constraints,
                longest_class_run=self.class_run.value(),
                longest_synthetic_run=self.synthetic_run.value(),
                blocks=self.blocks.value(),
            ),
            primary_analysis=self.analysis.currentText(),
            margin=self.margin.value() / 100,
            stopping_rule=self.stopping.currentText().strip() or draft.stopping_rule,
            readers_planned=self.readers.value(),
        )
