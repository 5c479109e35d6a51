"""The walk through the worklist: which case, lesion, series and slice come on the desk."""

from __future__ import annotations

from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state import worklist
from reader_app.state.annotate_state.desk import Desk
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies.records import SeriesRecord


class Walk(Desk):
    """The desk with feet: choosing by list, by key and when the study changes."""

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__(study, jobs, messages, settings)
        study.opened.connect(self._on_opened)
        study.changed.connect(self._on_changed)
        self._on_opened()

    # --- choosing ---------------------------------------------------------------------------

    def choose_lesion(self, lesion_id: int) -> None:
        """Show a lesion: its series, on its key slice."""
        lesion = self._all.lesion(lesion_id)
        if lesion is None:
            return
        self._remind()
        self._lesion_id, self._case_id = lesion.id, lesion.case_id
        series = self._all.series(lesion.series_id)
        same = series is not None and self.series is not None and series.id == self.series.id
        start = self._index if same else None
        self._show_series(series, lesion.key_slice if lesion.key_slice is not None else start)

    def choose_here(self, lesion_id: int) -> None:
        """Choose a lesion whose margin lies on the slice on show, and stay there."""
        index = self._index
        self.choose_lesion(lesion_id)
        self.go_to(index)

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
        """The next lesion of the list."""
        following = worklist.next_lesion(self.groups, self._case_id, self._lesion_id)
        if following is not None and following != self._lesion_id:
            self.choose_lesion(following)
        elif self.lesion is None:
            self.noticed.emit("info", "There is no lesion yet. Draw the first.")
        elif any(g.is_open and g.case.id != self._case_id for g in self._all.groups):
            self.next_case()
            self.noticed.emit("info", "No other lesion yet: the next case with something missing.")
        else:
            self.noticed.emit("info", f"{self.lesion.name} is the only lesion.")

    def next_case(self) -> None:
        """The next case with something missing."""
        following = worklist.next_case(self._all.groups, self._case_id)
        if following is not None:
            self.choose_case(following)
        if self._all.groups and not any(group.is_open for group in self._all.groups):
            self.noticed.emit("ok", "No case misses anything.")

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
