"""Writes to the study and their undo; each is on the disk when its method returns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from reader_app.state.annotate_state.history import (
    DiagnosisStep,
    History,
    KeySliceStep,
    LesionStep,
    MarginStep,
    Step,
)
from reader_app.widgets.slice_view import Finished
from studies import cases
from studies.records import ContourRecord, LesionRecord
from studies.store import Store


class Edits:
    """Every write of the page. `store` gives the open Store; StudyError passes through."""

    def __init__(self, store: Callable[[], Store], author: Callable[[], str]) -> None:
        self._store, self._author = store, author
        self._histories: defaultdict[str, History] = defaultdict(History)

    @property
    def history(self) -> History:
        """This session's steps of the author who sits here now."""
        return self._histories[self._author()]

    def forget(self, author: str) -> None:
        """Drop the steps of a name that is no author any more: the study itself keeps them."""
        self._histories.pop(author, None)

    def save_margin(
        self, lesion_id: int, sop_uid: str, index: int, line: Finished, *, made_lesion: bool = False
    ) -> ContourRecord:
        """The author's margin on a slice; `made_lesion`: undoing it takes the lesion along."""
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
        self.history.add(MarginStep(lesion_id, index, made_lesion))
        return saved

    def save_margins(self, lesion_id: int, lines: Sequence[cases.PlacedLine], tool: str) -> None:
        """The author's margins on many slices, all or none; each is a step of its own."""
        cases.save_contours(self._store(), lesion_id, lines, self._author(), tool)
        for line in lines:
            self.history.add(MarginStep(lesion_id, line.slice_index))

    def delete_margin(self, margin: ContourRecord) -> None:
        """Take one of the author's margins away."""
        cases.delete_contour(self._store(), margin.id)
        self.history.add(MarginStep(margin.lesion_id, margin.slice_index))

    def add_lesion(self, series_id: int) -> LesionRecord:
        """A new lesion on a series, to be drawn later."""
        lesion = self.new_lesion(series_id)
        self.history.add(LesionStep(lesion.id, True))
        return lesion

    def new_lesion(self, series_id: int) -> LesionRecord:
        """A new lesion on a series, for the margin that makes it: no step of its own."""
        return cases.add_lesion(self._store(), series_id, author=self._author())

    def remove_lesion(self, lesion_id: int) -> None:
        """Take a lesion out of the list."""
        cases.remove_lesion(self._store(), lesion_id, author=self._author())
        self.history.add(LesionStep(lesion_id, False))

    def diagnose(self, lesion: LesionRecord, category: str, basis: str) -> LesionRecord:
        """Store a diagnosis or a half of it; also the first can be undone."""
        saved = cases.confirm_diagnosis(self._store(), lesion.id, category, basis, self._author())
        before = (lesion.category, lesion.basis)
        self.history.add(DiagnosisStep(lesion.id, before, (category, basis)))
        return saved

    def choose_key_slice(self, lesion: LesionRecord, index: int | None) -> LesionRecord:
        """The slice whose ROI is used; None = the largest margin again."""
        found = cases.choose_key_slice(self._store(), lesion.id, index)
        self.history.add(KeySliceStep(lesion.id, lesion.chosen_slice, index))
        return found

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
            self._turn_margin(step, back=back)
        elif isinstance(step, KeySliceStep):
            index = step.before if back else step.after
            cases.choose_key_slice(self._store(), step.lesion_id, index)
        elif isinstance(step, LesionStep):
            self._turn_lesion(step, back=back)
        else:
            category, basis = step.before if back else step.after
            cases.confirm_diagnosis(self._store(), step.lesion_id, category, basis, self._author())

    def _turn_margin(self, step: MarginStep, *, back: bool) -> None:
        store, author = self._store(), self._author()
        if back:
            cases.undo_contour(store, step.lesion_id, step.slice_index, author)
            if step.made_lesion and not cases.contours(store, lesion_id=step.lesion_id):
                cases.remove_lesion(store, step.lesion_id)
        else:
            if step.made_lesion:
                cases.restore_lesion(store, step.lesion_id)
            cases.redo_contour(store, step.lesion_id, step.slice_index, author)

    def _turn_lesion(self, step: LesionStep, *, back: bool) -> None:
        """A removal is somebody's edit; an adding that is undone is nobody's."""
        if step.added != back:
            cases.restore_lesion(self._store(), step.lesion_id)
        else:
            author = "" if step.added else self._author()
            cases.remove_lesion(self._store(), step.lesion_id, author=author)


def _step(edit: cases.Edit | None) -> Step | None:
    """An edit that the study keeps, as a step of the history."""
    if edit is None:
        return None
    if edit.kind == "diagnosed":
        return DiagnosisStep(edit.lesion_id, edit.before, edit.after)
    if edit.kind in ("added", "removed"):
        return LesionStep(edit.lesion_id, edit.kind == "added")
    return MarginStep(edit.lesion_id, edit.slice_index or 0, edit.made_lesion)
