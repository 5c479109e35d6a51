"""Edits of the Annotate page: each is on the disk when its method returns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from PySide6.QtCore import QTimer

from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state.edits import Edits
from reader_app.state.annotate_state.history import MarginStep, Step
from reader_app.state.annotate_state.ownership import Drawn, Steps, whose
from reader_app.state.annotate_state.walk import Walk
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.widgets.slice_view import Finished
from studies import cases
from studies.errors import StudyError
from studies.records import LesionRecord, Points, SeriesRecord

REST_MS = 150
LAST_NAME = "annotate/author"
CHANGES = ("nudge", "redraw")
"""Tools that change the margin under the hand."""


@dataclass(frozen=True)
class Diagnosis:
    """What is chosen for a lesion; a half may still be missing."""

    category: str = ""
    basis: str = ""


class Editing(Walk):
    """The desk with its hands: margins, lesions, diagnoses, undo."""

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__(study, jobs, messages, settings)
        self._tell_others = QTimer(self)
        self._tell_others.setSingleShot(True)
        self._tell_others.setInterval(REST_MS)
        self._tell_others.timeout.connect(self._notify)

    def _reset(self) -> None:
        super()._reset()
        self._edits = Edits(self._store, lambda: self._settings.author)

    @property
    def diagnosis(self) -> Diagnosis:
        """What is chosen for the chosen lesion."""
        lesion = self.lesion
        return Diagnosis(lesion.category, lesion.basis) if lesion else Diagnosis()

    # --- editing ----------------------------------------------------------------------------

    def save_margin(self, line: Finished) -> None:
        """Save a finished margin of the chosen lesion; without one, of a new lesion.

        A line apart from the lesion's margins (`ownership`) is another lesion's, unless it
        `is_edit`: the lesion's margin itself, changed or continued.
        """
        series, shown = self.series, self._shown
        if series is None or shown is None or not self._may_draw():
            return
        with self._write():
            before, stays = self.lesion, line.is_edit or line.tool in CHANGES
            known = before if stays else self._owner(before, line.points, series)
            lesion = known or self._edits.new_lesion(series.id)
            self._lesion_id, self._case_id = lesion.id, lesion.case_id
            saved = self._edits.save_margin(
                lesion.id, shown.sop_uid, self._index, line, made_lesion=known is None
            )
            self._sight.keep_gap(saved.id, line.gap)
            self._draft = ()
            self._reload_lesions(lesion.id)
            self._say_saved(lesion, before, is_new=known is None)

    def _owner(
        self, chosen: LesionRecord | None, points: Points, series: SeriesRecord
    ) -> LesionRecord | None:
        """The lesion that a line is of; None for a new one."""
        if chosen is None:
            return None
        drawn = tuple(
            Drawn(one.lesion.id, one.margin.slice_index, one.margin.points)
            for one in self._margins
            if not one.is_other
        )
        steps = Steps(series.row_spacing, series.column_spacing, series.slice_spacing)
        return self._all.lesion(whose(Drawn(chosen.id, self._index, points), drawn, steps))

    def _may_draw(self) -> bool:
        """Whether anything can be drawn; if not, it is said."""
        if self.cannot_draw_because:
            self.noticed.emit("warning", self.cannot_draw_because)
        return not self.cannot_draw_because

    def delete_margin(self) -> None:
        """Delete the chosen lesion's margin on this slice (one's own)."""
        shown = self.chosen_margin
        if shown is None:
            self.noticed.emit("info", "There is no margin of this lesion on this slice.")
        elif not shown.is_own:
            self.noticed.emit("warning", "Only your own margins can be deleted. Draw over it.")
        else:
            with self._write():
                self._edits.delete_margin(shown.margin)
                self._reload_lesions(shown.lesion.id)
                self.noticed.emit("ok", f"{shown.lesion.name}: margin deleted. Ctrl Z undoes it.")

    def add_lesion(self) -> None:
        """A new lesion on the series on show; it becomes the chosen one."""
        series = self.series
        if series is None:
            return
        with self._write():
            lesion = self._edits.add_lesion(series.id)
            self._lesion_id, self._case_id = lesion.id, lesion.case_id
            self._reload_lesions(lesion.id)
            self.noticed.emit("ok", f"{lesion.name} added. Draw its margin.")

    def remove_lesion(self) -> None:
        """Take the chosen lesion out; undo brings it back with all its margins."""
        lesion = self.lesion
        if lesion is None:
            return
        with self._write():
            self._edits.remove_lesion(lesion.id)
            self._lesion_id = None
            self._reload_lesions(lesion.id)
            self.noticed.emit("ok", f"{lesion.name} removed. Ctrl Z brings it back.")

    def diagnose(self, category: str) -> None:
        """Choose a class."""
        self._confirm(replace(self.diagnosis, category=category))

    def set_basis(self, basis: str) -> None:
        """Choose the basis."""
        self._confirm(replace(self.diagnosis, basis=basis))

    def _confirm(self, wanted: Diagnosis) -> None:
        lesion = self.lesion
        if lesion is None:
            self.noticed.emit("info", "Choose or draw a lesion first.")
            return
        if wanted != self.diagnosis:
            with self._write():
                self._edits.diagnose(lesion, wanted.category, wanted.basis)
                self._reload_lesions(lesion.id)
                self._say_diagnosed(lesion, wanted)
        self.diagnosis_changed.emit()

    def _say_diagnosed(self, lesion: LesionRecord, said: Diagnosis) -> None:
        category = self.category(said.category)
        name = category.name if category else said.category
        if said.category and said.basis:
            self.noticed.emit("ok", f"{lesion.name}: {name}, {said.basis}. Saved.")
        else:
            missing = "basis" if said.category else "class"
            self.noticed.emit("info", f"{lesion.name}: now choose the {missing}.")

    def undo(self) -> None:
        """Undo the newest edit of this author, anywhere in the study, and show it."""
        with self._write():
            self._after_turn(self._edits.undo(), "undo")

    def redo(self) -> None:
        """Take the edit undone last again."""
        with self._write():
            self._after_turn(self._edits.redo(), "redo")

    def _after_turn(self, step: Step | None, turn: str) -> None:
        if step is None:
            self.noticed.emit("info", f"Nothing to {turn}.")
            return
        lesion = cases.lesion(self._store(), step.lesion_id)
        self.noticed.emit("info", f"{turn.capitalize()}: {lesion.name}, {step.words}.")
        self._draft = ()
        self._reload_lesions(step.lesion_id)
        if self._all.lesion(step.lesion_id) is None:
            self._show_without(step.lesion_id)
            return
        if step.lesion_id != self._lesion_id:
            self.choose_lesion(step.lesion_id)
        if isinstance(step, MarginStep):
            self.go_to(step.slice_index)

    def _show_without(self, lesion_id: int) -> None:
        """The case of a lesion that is gone, on the slice on show where it is there already."""
        case_id = cases.lesion(self._store(), lesion_id).case_id
        if case_id != self._case_id:
            self.choose_case(case_id)
        elif self._lesion_id == lesion_id:
            self._lesion_id = None
            self._show_series(self.series, self._index)

    @contextmanager
    def _write(self) -> Iterator[None]:
        """Writes within: expected failures become a sentence, the other pages hear of it soon."""
        try:
            yield
            self._keep_name()
            self._tell_others.start()
        except StudyError as error:
            self._messages.error(str(error))
            with self._reading():
                self._reload()

    def _keep_name(self) -> None:
        """Under which name somebody drew here last."""
        if self._settings.text(LAST_NAME) != self.author:
            self._settings.set(LAST_NAME, self.author)

    def _notify(self) -> None:
        """Once the hand rests: the other pages' work must not delay the next stroke."""
        self._writing = True
        try:
            self._study.notify("lesions")
        finally:
            self._writing = False

    def _say_saved(
        self, lesion: LesionRecord, before: LesionRecord | None, *, is_new: bool
    ) -> None:
        text = f"{lesion.name} saved"
        if before is not None and before.id != lesion.id:
            what = "a new lesion" if is_new else "which is drawn here"
            text = f"{lesion.name}, {what} apart from {before.name}, saved: Ctrl Z undoes"
        if self.warnings:
            self.noticed.emit("warning", f"{text}. {self.warnings[0]}")
        else:
            self.noticed.emit("ok", f"{text}, no warning")

    def _remind(self) -> None:
        """A diagnosis left half is said."""
        lesion, said = self.lesion, self.diagnosis
        if lesion is not None and bool(said.category) != bool(said.basis):
            missing = "basis" if said.category else "class"
            self.noticed.emit("warning", f"{lesion.name} still needs its {missing}.")
