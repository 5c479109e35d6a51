"""Edits of the Annotate page: each is on the disk when its method returns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtCore import QTimer

from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state.edits import Edits, Line
from reader_app.state.annotate_state.history import LesionStep, MarginStep, Step
from reader_app.state.annotate_state.walk import Walk
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies import cases
from studies.errors import StudyError
from studies.records import ContourRecord, LesionRecord, Points

REST_MS = 150
CHANGES = ("nudge", "redraw")
"""Tools that change the margin under the hand."""


@dataclass(frozen=True)
class Diagnosis:
    """What is chosen for a lesion; stored once both halves are."""

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
        self._halves: dict[int, Diagnosis] = {}

    @property
    def diagnosis(self) -> Diagnosis:
        """What is chosen for the chosen lesion, stored or not yet."""
        lesion = self.lesion
        if lesion is None:
            return Diagnosis()
        return self._halves.get(lesion.id) or Diagnosis(lesion.category, lesion.basis)

    # --- editing ----------------------------------------------------------------------------

    def save_margin(
        self,
        points: Points,
        tool: str,
        gap_px: float = 0.0,
        *,
        anchors: Points = (),
        seeds: Points = (),
        is_edit: bool = False,
    ) -> None:
        """Save a finished margin of the chosen lesion; without one, of a new lesion.

        A line apart from the lesion's margin on this slice is another lesion's, unless it
        `is_edit`: the margin itself, changed.
        """
        series, shown = self.series, self._shown
        if series is None or shown is None:
            return
        with self._write():
            lesion = self.lesion
            standing = self.chosen_margin
            changed = is_edit or tool in CHANGES
            other = standing is not None and not changed and _apart(standing.margin, points)
            is_new = lesion is None or other
            if lesion is None or other:
                lesion = self._edits.add_lesion(series.id)
                self._lesion_id, self._case_id = lesion.id, lesion.case_id
            line = Line(points, tool, anchors, seeds)
            saved = self._edits.save_margin(lesion.id, shown.sop_uid, self._index, line)
            self._gaps_px[saved.id] = gap_px
            self._draft = ()
            self._reload_lesions(None if is_new else lesion.id)
            self._say_saved(lesion)

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
            self._reload_lesions()
            self.noticed.emit("ok", f"{lesion.name} added. Draw its margin.")

    def remove_lesion(self) -> None:
        """Take the chosen lesion out; undo brings it back with all its margins."""
        lesion = self.lesion
        if lesion is None:
            return
        with self._write():
            self._edits.remove_lesion(lesion.id)
            self._lesion_id = None
            self._reload_lesions()
            self.noticed.emit("ok", f"{lesion.name} removed. Ctrl Z brings it back.")

    def diagnose(self, category: str) -> None:
        """Choose a class; stored once the basis is chosen too."""
        self._confirm(replace(self.diagnosis, category=category))

    def set_basis(self, basis: str) -> None:
        """Choose the basis; stored once the class is chosen too."""
        self._confirm(replace(self.diagnosis, basis=basis))

    def _confirm(self, wanted: Diagnosis) -> None:
        lesion = self.lesion
        if lesion is None:
            self.noticed.emit("info", "Choose or draw a lesion first.")
            return
        if not (wanted.category and wanted.basis):
            self._halves[lesion.id] = wanted
            missing = "basis" if wanted.category else "class"
            self.noticed.emit("info", f"{lesion.name}: now choose the {missing}.")
        elif wanted != Diagnosis(lesion.category, lesion.basis):
            with self._write():
                self._edits.diagnose(lesion, wanted.category, wanted.basis)
                self._halves.pop(lesion.id, None)
                self._reload_lesions(lesion.id)
                category = self.category(wanted.category)
                name = category.name if category else wanted.category
                self.noticed.emit("ok", f"{lesion.name}: {name}, {wanted.basis}. Saved.")
        self.diagnosis_changed.emit()

    def undo(self) -> None:
        """Undo the newest edit of this author, anywhere in the study, and show it."""
        with self._write():
            self._after_turn(self._edits.undo(), "Nothing to undo.")

    def redo(self) -> None:
        """Take the edit undone last again."""
        with self._write():
            self._after_turn(self._edits.redo(), "Nothing to redo.")

    def _after_turn(self, step: Step | None, nothing: str) -> None:
        if step is None:
            self.noticed.emit("info", nothing)
            return
        self._draft = ()
        self._reload_lesions(None if isinstance(step, LesionStep) else step.lesion_id)
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
            self._tell_others.start()
        except StudyError as error:
            self._messages.error(str(error))
            with self._reading():
                self._reload()

    def _notify(self) -> None:
        """Once the hand rests: the other pages' work must not delay the next stroke."""
        self._writing = True
        try:
            self._study.notify("lesions")
        finally:
            self._writing = False

    def _say_saved(self, lesion: LesionRecord) -> None:
        if self.warnings:
            self.noticed.emit("warning", f"{lesion.name} saved. {self.warnings[0]}")
        else:
            self.noticed.emit("ok", f"{lesion.name} saved, no warning")

    def _remind(self) -> None:
        """A half diagnosis left behind is said, not lost."""
        lesion = self.lesion
        if lesion is not None and lesion.id in self._halves:
            missing = "basis" if self._halves[lesion.id].category else "class"
            self.noticed.emit("warning", f"{lesion.name} still needs its {missing}.")


def _apart(margin: ContourRecord, points: Points) -> bool:
    """Whether the two lines' boxes have nothing in common."""
    ours, theirs = np.asarray(margin.points), np.asarray(points)
    apart = (ours.max(axis=0) < theirs.min(axis=0)) | (theirs.max(axis=0) < ours.min(axis=0))
    return bool(apart.any())
