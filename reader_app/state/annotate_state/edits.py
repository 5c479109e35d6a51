"""Writes to the study and their undo; each is on the disk when its method returns. No Qt."""

from __future__ import annotations

from collections.abc import Callable

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


class Edits:
    """Every write of the page. `store` gives the open Store; StudyError passes through."""

    def __init__(self, store: Callable[[], Store], author: Callable[[], str]) -> None:
        self._store, self._author = store, author
        self.history = History()

    def save_margin(
        self, lesion_id: int, sop_uid: str, index: int, points: Points, tool: str
    ) -> ContourRecord:
        """The author's margin on a slice."""
        saved = cases.save_contour(
            self._store(), lesion_id, sop_uid, index, points, self._author(), tool
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

    def undo(self, here: MarginStep | None) -> Step | None:
        """Undo the newest step; without one, what was drawn `here` in an earlier session."""
        step = self.history.to_undo() or here
        if step is not None:
            self._apply(step, back=True)
            self.history.undid(step)
        return step

    def redo(self) -> Step | None:
        """Take the step undone last again."""
        step = self.history.to_redo()
        if step is not None:
            self._apply(step, back=False)
            self.history.redid()
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
