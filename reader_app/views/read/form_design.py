"""The form's second part: what is asked, in which stages and conditions, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from reader_app.state.read_preview import FormFacts
from reader_app.views.read import fields
from reader_app.views.read.form_items import section
from reader_app.widgets.panel import label
from reader_app.widgets.segmented import Segmented
from studies.protocols import parts
from studies.records import ProtocolDraft

QUESTIONS = (
    ("diagnosis", "Which class?", "1 2 …"),
    ("origin", "Real or synthetic?", "R S"),
    ("confidence", "Confidence, 5 steps", "6 to 0"),
)
LOCKED, LOGGED = "Locked", "Logged"
NO_ARM = "No network yet"
_AID_TIP = "It must read the sealed version before the first reader is added"
_AID_NOTE = f"{_AID_TIP}."
_NO_CT = "These ROIs come from images without a CT: only the ROI itself can be shown."


class DesignFields(QWidget):
    """Questions, stages, conditions, washout, window, breaks, what comes before a sitting."""

    def __init__(self, edit: Callable[[], None]) -> None:
        super().__init__()
        self._edit = edit
        self._make_tasks()
        self._make_conditions()
        self._make_sitting()
        self.caution = label("", "warning", wrap=True)
        self._lay_out()

    def _make_tasks(self) -> None:
        edit = self._edit
        self.questions = {
            code: fields.check(text, f"{text} (keys {keys})", edit)
            for code, text, keys in QUESTIONS
        }
        self.at_once = QRadioButton("Both at once, as in the paper")
        self.staged = QRadioButton("Stage A class, then stage B origin")
        self.at_once.setToolTip("Class and origin are asked in the same trial (Space)")
        self.staged.setToolTip("The origin is asked in a second part; readers learn of it there")
        stages = QButtonGroup(self)  # the two stand in rows of their own
        stages.addButton(self.at_once)
        stages.addButton(self.staged)
        self.staged.toggled.connect(edit)
        self.stage_b_waits = fields.check(
            "before stage B too", "Else stage B follows stage A at once", edit
        )
        self.unusual = fields.check(
            "A ends with “anything unusual?”",
            "Once, after its last trial, in own words",
            edit,
        )
        self.tasks_rotate = fields.check(
            "questions rotate", "Every second reader is asked the origin before the class", edit
        )

    def _make_conditions(self) -> None:
        edit = self._edit
        self.roi = fields.check("ROI", "The square crop, as in the paper", edit)
        self.slice = fields.check("Full slice", "The lesion is ringed on its whole slice", edit)
        self.volume = fields.check("Volume, ±", "The reader scrolls through the slices", edit)
        self.aided = fields.check(
            "Aided by", "Own answer, then the network's opinion, then a second answer", edit
        )
        self.reach = fields.number("Slices on each side", 1, 99, edit)
        self.arm = fields.combo("Arm whose opinion is shown", _AID_TIP, edit)
        self.aid_note = fields.wide_row("", label(_AID_NOTE, "hint", wrap=True))
        self.rotate = fields.check(
            "conditions rotate", "Their order is balanced over readers (Latin square)", edit
        )
        self.washout = fields.number(
            "Washout, days", 0, 365, edit, "Between two parts that show the same items"
        )

    def _make_sitting(self) -> None:
        edit = self._edit
        self.window_level = Segmented((LOCKED, LOGGED), name="Window and level")
        self.window_level.setToolTip("Logged: readers may change it, and each change is kept")
        self.window_level.chosen.connect(edit)
        self.breaks = fields.number("Trials between breaks", 5, 500, edit)
        self.display = fields.check(
            "display check, questionnaire", "Asked before the first trial of a sitting", edit
        )

        self.notes = fields.check(
            "clinical notes",
            "Each case's note below its picture; only where no synthetic ROI is shown",
            edit,
        )

    def _lay_out(self) -> None:
        hints = tuple(keys for _, _, keys in QUESTIONS)
        asked = tuple(
            fields.row("Questions" if k == 0 else "", box, hint=hints[k])[0]
            for k, box in enumerate(self.questions.values())
        )
        section(
            (
                *asked,
                fields.plain_row("When", self.at_once),
                fields.plain_row("", self.staged),
                fields.row("", self.unusual)[0],
                fields.row("Conditions", self.roi, self.slice, self.notes)[0],
                fields.row("", self.volume, self.reach, hint="slices")[0],
                fields.wide_row("", self.aided, self.arm),
                self.aid_note,
                fields.row("Rotation", self.rotate, self.tasks_rotate)[0],
                fields.row("Washout", self.washout, label("days", "hint"), self.stage_b_waits)[0],
                fields.row("Window, level", self.window_level)[0],
                fields.row("Break every", self.breaks, hint="trials")[0],
                fields.row("Beforehand", self.display)[0],
                self.caution,
            ),
            self,
        )

    def show_draft(self, draft: ProtocolDraft, facts: FormFacts) -> None:
        """Show a draft without a signal."""
        for code, box in self.questions.items():
            fields.show_check(box, code in draft.questions)
        # Choosing one clears the other, which would speak of it.
        chosen = self.staged if draft.staged else self.at_once
        fields.silently(self.staged, lambda: chosen.setChecked(True))
        for box, value in (
            (self.stage_b_waits, draft.stage_b_waits),
            (self.unusual, draft.ask_unusual),
            (self.tasks_rotate, draft.tasks_rotate),
            (self.rotate, draft.counterbalanced),
            (self.display, draft.display_check),
            (self.roi, "roi" in draft.conditions),
            (self.slice, "slice" in draft.conditions),
            (self.volume, "volume" in draft.conditions),
            (self.aided, "aided" in draft.conditions),
            (self.notes, draft.show_notes),
        ):
            fields.show_check(box, value)
        fields.show_number(self.reach, draft.volume_reach)
        fields.show_number(self.washout, draft.washout_days)
        fields.show_number(self.breaks, draft.break_every)
        self.window_level.set_value(LOCKED if draft.window_locked else LOGGED)
        arms = tuple((arm.upper(), arm) for arm in facts.arms) or ((NO_ARM, ""),)
        known = draft.aid_arm or arms[0][1]
        fields.show_choices(self.arm, arms, known)
        words = parts.caution(draft)
        self.caution.setText(words)
        self.caution.setVisible(bool(words))
        self._show_sense(draft, facts)

    def _show_sense(self, draft: ProtocolDraft, facts: FormFacts) -> None:
        """Disable what has no effect, and say why."""
        no_ct = "" if facts.has_ct else _NO_CT
        for box, name in ((self.slice, "slice"), (self.volume, "volume")):
            fields.enable_because(box, "" if name in draft.conditions else no_ct)
        fields.enable_because(
            self.reach, "" if "volume" in draft.conditions else "No volume is shown."
        )
        untrained = "" if facts.arms else "Train a network first: Learn."
        fields.enable_because(self.aided, "" if "aided" in draft.conditions else untrained)
        self.aid_note.setVisible("aided" in draft.conditions)
        fields.enable_because(self.arm, "" if "aided" in draft.conditions else "Nobody is aided.")
        one_stage = "" if draft.staged else "There is one stage only."
        fields.enable_because(self.stage_b_waits, one_stage)
        alone = "" if len(draft.conditions) > 1 else "There is one condition only."
        fields.enable_because(self.rotate, alone)
        both = {"diagnosis", "origin"} <= set(draft.questions) and not draft.staged
        fields.enable_because(
            self.tasks_rotate, "" if both else "Class and origin are not asked in one trial."
        )
        several = len(draft.conditions) > 1 or (draft.staged and draft.stage_b_waits)
        fields.enable_because(self.washout, "" if several else "There is one part only.")
        wide = {"slice", "volume"} & set(draft.conditions)
        fields.enable_because(
            self.window_level, "" if wide else "An ROI is shown in one window only."
        )

    def taken(self, draft: ProtocolDraft) -> ProtocolDraft:
        """The draft with these fields as they stand."""
        boxes = (("roi", self.roi), ("slice", self.slice), ("volume", self.volume))
        chosen = [name for name, box in (*boxes, ("aided", self.aided)) if box.isChecked()]
        kept = [name for name in draft.conditions if name in chosen]
        aided = "aided" in chosen
        return replace(
            draft,
            questions=tuple(code for code, box in self.questions.items() if box.isChecked()),
            staged=self.staged.isChecked(),
            stage_b_waits=self.stage_b_waits.isChecked(),
            ask_unusual=self.unusual.isChecked(),
            conditions=tuple(kept + [name for name in chosen if name not in kept]),
            counterbalanced=self.rotate.isChecked(),
            tasks_rotate=self.tasks_rotate.isChecked(),
            aid_arm=(self.arm.currentData() or "") if aided else draft.aid_arm,
            volume_reach=self.reach.value(),
            washout_days=self.washout.value(),
            window_locked=self.window_level.value == LOCKED,
            break_every=self.breaks.value(),
            display_check=self.display.isChecked(),
            show_notes=self.notes.isChecked(),
        )
