"""Writes to the study and their undo; each is on the disk when its method returns. No Qt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from reader_app.state.annotate_state.history import (
    DiagnosisStep,
    History,
    LesionStep,
    MarginStep,
    Step,
)
from studies import cases
from studies.records import ContourRecord, LesionRecord, Points
from studies.store import Store


@dataclass(frozen=True)
class Line:
    """A finished margin, px: how it was drawn, and by what it re-opens."""

    points: Points
    tool: str
    anchors: Points = ()
    seeds: Points = ()


class Edits:
    """Every write of the page. `store` gives the open Store; StudyError passes through."""

    def __init__(self, store: Callable[[], Store], author: Callable[[], str]) -> None:
        self._store, self._author = store, author
        self._histories: defaultdict[str, History] = defaultdict(History)

    @property
    def history(self) -> History:
        """This session's steps of the author who sits here now."""
        return self._histories[self._author()]

    def save_margin(self, lesion_id: int, sop_uid: str, index: int, line: Line) -> ContourRecord:
        """The author's margin on a slice."""
        saved = cases.save_contour(
            self._store(),
            lesion_id,
            sop_uid,
            index,
            line.points,
            self._author(),
            line.tool,
            anchors=line.anchors,
            seeds=line.seeds,
        )
        self.history.add(MarginStep(lesion_id, index))
        return saved

    def delete_margin(self, margin: ContourRecord) -> None:
        """Take one of the author's margins away."""
        cases.delete_contour(self._store(), margin.id)
        self.history.add(MarginStep(margin.lesion_id, margin.slice_index))

    def add_lesion(self, series_id: int) -> LesionRecord:
        """A new lesion on a series."""
        lesion = cases.add_lesion(self._store(), series_id, author=self._author())
        self.history.add(LesionStep(lesion.id, True))
        return lesion

    def remove_lesion(self, lesion_id: int) -> None:
        """Take a lesion out of the list."""
        cases.remove_lesion(self._store(), lesion_id)
        self.history.add(LesionStep(lesion_id, False))

    def diagnose(self, lesion: LesionRecord, category: str, basis: str) -> LesionRecord:
        """Confirm a diagnosis with its basis; a change of an earlier one can be undone."""
        saved = cases.confirm_diagnosis(self._store(), lesion.id, category, basis, self._author())
        if lesion.category and lesion.basis:
            before = (lesion.category, lesion.basis)
            self.history.add(DiagnosisStep(lesion.id, before, (category, basis)))
        return saved

    def choose_key_slice(self, lesion_id: int, index: int | None) -> LesionRecord:
        """The slice whose ROI is used; None = the largest margin again."""
        return cases.choose_key_slice(self._store(), lesion_id, index)

    def undo(self) -> Step | None:
        """Undo the newest step; before those of this session, what the study itself keeps."""
        step = self.history.to_undo() or _step(cases.newest_edit(self._store(), self._author()))
        if step is not None:
            self._apply(step, back=True)
            self.history.undid(step)
        return step

    def redo(self) -> Step | None:
        """Take the step undone last again, also one undone before a restart."""
        step = self.history.to_redo()
        if step is None:
            step = _step(cases.newest_undone(self._store(), self._author()))
        if step is not None:
            self._apply(step, back=False)
            self.history.redid(step)
        return step

    def _apply(self, step: Step, *, back: bool) -> None:
        if isinstance(step, MarginStep):
            turn = cases.undo_contour if back else cases.redo_contour
            turn(self._store(), step.lesion_id, step.slice_index, self._author())
        elif isinstance(step, LesionStep):
            turn_lesion = cases.remove_lesion if step.added == back else cases.restore_lesion
            turn_lesion(self._store(), step.lesion_id)
        else:
            category, basis = step.before if back else step.after
            cases.confirm_diagnosis(self._store(), step.lesion_id, category, basis, self._author())


def _step(edit: cases.Edit | None) -> Step | None:
    """An edit that the study keeps, as a step of the history."""
    if edit is None:
        return None
    if edit.kind == "diagnosed":
        return DiagnosisStep(edit.lesion_id, edit.before, edit.after)
    if edit.kind in ("added", "removed"):
        return LesionStep(edit.lesion_id, edit.kind == "added")
    return MarginStep(edit.lesion_id, edit.slice_index or 0)
