"""The walk through the worklist: which case, lesion, series and slice come on the desk."""

from __future__ import annotations

from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state import worklist
from reader_app.state.annotate_state.lines import Lines
from reader_app.state.annotate_state.worklist import Group
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies.records import LesionRecord, SeriesRecord


class Walk(Lines):
    """The desk with feet: choosing by list, by key and when the study changes."""

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__(study, jobs, messages, settings)
        study.opened.connect(self._on_opened)
        study.changed.connect(self._on_changed)
        self._on_opened()

    def _reset(self) -> None:
        super()._reset()
        self._ended_at: int | None = None  # the last lesion of a case, at which its end was said

    # --- choosing ---------------------------------------------------------------------------

    def choose_lesion(self, lesion_id: int) -> None:
        """Show a lesion: its series, on its key slice."""
        lesion = self._all.lesion(lesion_id)
        if lesion is None:
            return
        series = self._all.series(lesion.series_id)
        same = series is not None and self.series is not None and series.id == self.series.id
        start = self._index if same else None
        self._choose(lesion, lesion.key_slice if lesion.key_slice is not None else start)

    def choose_here(self, lesion_id: int) -> None:
        """Choose a lesion whose margin lies on the slice on show, and stay there."""
        lesion = self._all.lesion(lesion_id)
        if lesion is not None:
            self._choose(lesion, self._index)

    def _choose(self, lesion: LesionRecord, index: int | None) -> None:
        self._remind()
        self._lesion_id, self._case_id, self._ended_at = lesion.id, lesion.case_id, None
        self._show_series(self._all.series(lesion.series_id), index)

    def choose_case(self, case_id: int) -> None:
        """Show a case: its first lesion with something missing, else its first, else its series."""
        group = self._all.group(case_id)
        if group is None:
            return
        open_ones = [e for e in group.entries if e.state != "done"] or list(group.entries)
        if open_ones:
            self.choose_lesion(open_ones[0].lesion.id)
            return
        self._remind()
        self._lesion_id, self._case_id = None, case_id
        self._show_series(max(group.case.series, key=_slices_of), None)

    def choose_series(self, series_id: int) -> None:
        """Show another series of the chosen case; lesions of other series are let go."""
        group = self.group
        series = next((s for s in group.case.series if s.id == series_id), None) if group else None
        if series is None:
            return
        lesion = self.lesion
        if lesion is not None and lesion.series_id != series_id:
            self._lesion_id = None
        self._show_series(series, None)

    def next_lesion(self) -> None:
        """The next lesion of the case; after the last what is missing is said, then the first."""
        group = self._listed
        following = worklist.next_lesion(group, self._lesion_id)
        if following is not None:
            self.choose_lesion(following)
        elif group is None or self.lesion is None:
            self.noticed.emit("info", "There is no lesion yet. Draw the first.")
        elif self._ended_at == self._lesion_id and len(group.entries) > 1:
            first = worklist.again(group)
            self.choose_lesion(first if first is not None else self.lesion.id)
        else:
            self._ended_at = self._lesion_id
            whole = self._all.group(group.case.id) or group
            self.noticed.emit("info", worklist.at_end(self._all.groups, whole))

    @property
    def _listed(self) -> Group | None:
        """The chosen case as it is listed."""
        return next((g for g in self.groups if g.case.id == self._case_id), None)

    def next_case(self) -> None:
        """The next case with something missing."""
        found, here = self._all.groups, self._case_id
        following = worklist.next_case(found, here)
        if following is None:
            return
        self.choose_case(following)
        order = [group.case.id for group in found]
        if not any(group.is_open for group in found):
            self.noticed.emit("ok", "No case misses anything.")
        elif here in order and order.index(following) <= order.index(here):
            self.noticed.emit("info", worklist.still_missing(found))

    def go_to(self, index: int) -> None:
        """Show a slice, the nearest there is."""
        series = self.series
        if series is None:
            return
        wanted = min(max(index, 0), series.slices - 1)
        if wanted != self._index or self._shown is None:
            self._index = wanted
            self._show_slice()

    def go_to_end(self, last: bool) -> None:
        """Show the first or the last slice."""
        if self.series is not None:
            self.go_to(self.series.slices - 1 if last else 0)

    def step(self, slices: int) -> None:
        """Show a slice so many further."""
        self.go_to(self._index + slices)

    # --- when the study changes --------------------------------------------------------------

    def _on_opened(self) -> None:
        self._slices.show(None)
        self._reset()
        self._load_groups()
        self.noticed.emit("info", "")
        first = worklist.next_case(self._all.groups, None)
        if first is not None:
            self.choose_case(first)
        else:
            self._tell_all()

    def _on_changed(self, topic: str) -> None:
        if self._writing or topic not in ("cases", "lesions", "study"):
            return
        if self._all.groups:
            self._reload()
        else:
            self._on_opened()

    def _remind(self) -> None:
        """The lesion on show is left; edits say what it still needs."""


def _slices_of(series: SeriesRecord) -> int:
    return series.slices
