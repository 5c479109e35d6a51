"""The annotator's desk: which case, lesion, series and slice are on show, and what lies there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal

from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state import measures, worklist
from reader_app.state.annotate_state.margins import ShownMargin, category_of, shown_margins
from reader_app.state.annotate_state.measures import Measures, Twin
from reader_app.state.annotate_state.slices import Slices
from reader_app.state.annotate_state.worklist import Group
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies import cases
from studies.errors import StudyError
from studies.imaging import volume, window
from studies.imaging.volume import Slice
from studies.records import (
    CaseRecord,
    Category,
    ClassScheme,
    FloatArray,
    LesionRecord,
    Points,
    SeriesRecord,
)
from studies.store import Store


class Desk(QObject):
    """Lesion list, slice, window, margins, ROI twin and measures: everything but the edits."""

    list_changed = Signal()  # groups, counts, choice
    slice_changed = Signal()  # another picture
    window_changed = Signal()
    margins_changed = Signal()  # lines and marks
    twin_changed = Signal()  # ROI twin, measures
    diagnosis_changed = Signal()
    noticed = Signal(str, str)  # ok | warning | info, sentence
    asked = Signal(str)  # a page by name

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._messages, self._settings = study, messages, settings
        self._slices = Slices(jobs, messages.error)
        self._writing = False
        self._reset()
        study.opened.connect(self._on_opened)
        study.changed.connect(self._on_changed)
        self._on_opened()

    def _reset(self) -> None:
        self._cases: tuple[CaseRecord, ...] = ()
        self._lesions: tuple[LesionRecord, ...] = ()
        self._groups: tuple[Group, ...] = ()
        self._lesion_id: int | None = None
        self._case_id: int | None = None
        self._index = 0
        self._shown: Slice | None = None
        self._margins: tuple[ShownMargin, ...] = ()
        self._window = (window.PRESETS[0].low, window.PRESETS[0].high)
        self._hu_window = self._window
        self._draft: Points = ()
        self.extent: tuple[float, float, float, float] | None = None
        """The body's box on the first slice seen of the series (px); None without HU."""
        self.twin: Twin | None = None
        self.measures: Measures | None = None

    # --- what is there ----------------------------------------------------------------------

    @property
    def groups(self) -> tuple[Group, ...]:
        """Cases with their lesions."""
        return self._groups

    @property
    def is_empty(self) -> bool:
        """No study, or one without a series."""
        return not self._groups

    @property
    def scheme(self) -> ClassScheme | None:
        """The study's classes."""
        return self._study.study.scheme if self._study.study else None

    @property
    def is_read_only(self) -> bool:
        """Nothing can be drawn."""
        return self._study.read_only

    @property
    def lesion(self) -> LesionRecord | None:
        """The chosen lesion."""
        found = (
            e.lesion for g in self._groups for e in g.entries if e.lesion.id == self._lesion_id
        )
        return next(found, None)

    @property
    def group(self) -> Group | None:
        """The chosen case."""
        return next((g for g in self._groups if g.case.id == self._case_id), None)

    @property
    def series(self) -> SeriesRecord | None:
        """The series on show."""
        return self._slices.series

    @property
    def shown(self) -> Slice | None:
        """The slice on show."""
        return self._shown

    @property
    def is_loaded(self) -> bool:
        """The whole series is in memory."""
        return self._slices.is_loaded

    @property
    def index(self) -> int:
        """The slice's place in the series, from 0."""
        return self._index

    @property
    def window(self) -> tuple[float, float]:
        """Display window (low, high)."""
        return self._window

    @property
    def margins(self) -> tuple[ShownMargin, ...]:
        """Margins of the whole series."""
        return self._margins

    @property
    def slice_margins(self) -> tuple[ShownMargin, ...]:
        """Margins of the slice on show."""
        return tuple(m for m in self._margins if m.margin.slice_index == self._index)

    @property
    def chosen_margin(self) -> ShownMargin | None:
        """The chosen lesion's margin on the slice on show."""
        return next((m for m in self.slice_margins if m.is_chosen), None)

    @property
    def progress(self) -> tuple[int, int]:
        """Lesions with nothing missing, and all lesions."""
        return sum(g.done for g in self._groups), sum(len(g.entries) for g in self._groups)

    def thumbnail(self, series: SeriesRecord) -> FloatArray | None:
        """The middle slice, 0..1 in the liver window (an image in its own); None if damaged."""
        with self._reading():
            pixels = volume.load_slice(series, series.slices // 2)[::4, ::4]
            low, high = self._hu_window if series.has_hu else window.auto(pixels)
            return window.apply(pixels, low, high)
        return None

    def category(self, code: str) -> Category | None:
        """A class of the scheme by its code."""
        return category_of(self.scheme, code)

    # --- choosing ---------------------------------------------------------------------------

    def choose_lesion(self, lesion_id: int) -> None:
        """Show a lesion: its series, on its key slice."""
        found = [e.lesion for g in self._groups for e in g.entries if e.lesion.id == lesion_id]
        if not found:
            return
        lesion = found[0]
        self._remind()
        self._lesion_id, self._case_id = lesion.id, lesion.case_id
        series = next(
            (s for g in self._groups for s in g.case.series if s.id == lesion.series_id), None
        )
        same = series is not None and self.series is not None and series.id == self.series.id
        start = self._index if same else None
        self._show_series(series, lesion.key_slice if lesion.key_slice is not None else start)

    def choose_case(self, case_id: int) -> None:
        """Show a case: its first lesion with something missing, else its first, else its series."""
        group = next((g for g in self._groups if g.case.id == case_id), None)
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
        following = worklist.next_lesion(self._groups, self._case_id, self._lesion_id)
        if following is not None:
            self.choose_lesion(following)

    def next_case(self) -> None:
        """The next case with something missing."""
        following = worklist.next_case(self._groups, self._case_id)
        if following is not None:
            self.choose_case(following)

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

    def set_window(self, low: float, high: float) -> None:
        """The display window; ROIs keep the study's."""
        self._window = (low, high)
        if self.series is not None and self.series.has_hu:
            self._hu_window = self._window
        self.window_changed.emit()

    def auto_window(self) -> None:
        """The slice's 1-99 percentile."""
        if self._shown is not None:
            self.set_window(*window.auto(self._shown.pixels, self._shown.padding))

    def set_draft(self, points: Points) -> None:
        """The line under the hand; ROI twin and measures follow it."""
        if points != self._draft:
            self._draft = points
            self._update_twin()

    # --- keeping up -------------------------------------------------------------------------

    def _store(self) -> Store:
        store = self._study.store
        if store is None:
            raise StudyError("Open a study first.")
        return store

    def _on_opened(self) -> None:
        self._slices.show(None)
        self._reset()
        self._load_groups()
        self.noticed.emit("info", "")
        if self._groups:
            self.choose_case(worklist.next_case(self._groups, None) or self._groups[0].case.id)
        else:
            self._tell_all()

    def _on_changed(self, topic: str) -> None:
        if self._writing or topic not in ("cases", "lesions", "study"):
            return
        if self._groups:
            self._reload()
        else:
            self._on_opened()

    def _load_groups(self) -> None:
        """Read cases and lesions."""
        store = self._study.store
        self._cases = cases.cases(store) if store else ()
        self._lesions = cases.lesions(store) if store else ()
        self._groups = worklist.groups(self._cases, self._lesions)

    def _reload(self) -> None:
        """Read everything again and tell everyone."""
        self._load_groups()
        self._tell_edited()

    def _reload_lesions(self, changed: int | None = None) -> None:
        """Read the lesions again after an edit, only one where the others stand as they were."""
        if changed is None:
            self._lesions = cases.lesions(self._store())
        else:
            fresh = cases.lesion(self._store(), changed)
            self._lesions = tuple(fresh if old.id == changed else old for old in self._lesions)
        self._groups = worklist.groups(self._cases, self._lesions)
        self._tell_edited()

    def _tell_edited(self) -> None:
        self._load_margins()
        self.list_changed.emit()
        self.margins_changed.emit()
        self.diagnosis_changed.emit()
        self._update_twin()

    def _load_margins(self) -> None:
        series = self.series
        if series is None:
            self._margins = ()
            return
        self._margins = shown_margins(
            cases.contours(self._store(), series_id=series.id),
            self._lesions,
            self._settings.author,
            self._lesion_id,
            self.scheme,
        )

    def _show_series(self, series: SeriesRecord | None, index: int | None) -> None:
        before = self.series
        self._slices.show(series)
        if series is None:
            self._shown = None
        else:
            middle = series.slices // 2 if index is None else index
            self._index = min(max(middle, 0), series.slices - 1)
        self._draft = ()
        with self._reading():
            self._load_margins()
        self.list_changed.emit()
        self.diagnosis_changed.emit()
        is_new = series is not None and (before is None or before.id != series.id)
        self._show_slice(look_for_body=is_new)
        if series is not None and is_new:
            self._adopt_window(series)

    def _adopt_window(self, series: SeriesRecord) -> None:
        """CT keeps the window from series to series; an image gets its own percentiles."""
        if series.has_hu:
            self.set_window(*self._hu_window)
        else:
            self.auto_window()

    def _show_slice(self, look_for_body: bool = False) -> None:
        self._shown = None
        if self.series is not None:
            with self._reading():
                self._shown = self._slices.at(self._index)
        if look_for_body and self._shown is not None and self.series is not None:
            self.extent = measures.body_box(self._shown) if self.series.has_hu else None
        self.slice_changed.emit()
        self.margins_changed.emit()
        self._update_twin()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except StudyError as error:
            self._messages.error(str(error))

    def _update_twin(self) -> None:
        series, shown, study = self.series, self._shown, self._study.study
        chosen = self.chosen_margin
        points = self._draft if len(self._draft) >= 3 else chosen.margin.points if chosen else ()
        self.twin = self.measures = None
        if series is not None and shown is not None and study is not None and points:
            low, high = study.window_low, study.window_high
            self.twin = measures.twin(points, series, shown, low, high)
            self.measures = measures.measure(points, series, shown)
        self.twin_changed.emit()

    def _remind(self) -> None:
        """The lesion on show is left; edits say what it still needs."""

    def _tell_all(self) -> None:
        for signal in (
            self.list_changed,
            self.slice_changed,
            self.margins_changed,
            self.twin_changed,
            self.diagnosis_changed,
        ):
            signal.emit()


def _slices_of(series: SeriesRecord) -> int:
    return series.slices
