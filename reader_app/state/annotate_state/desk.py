"""The annotator's desk: the case, lesion, series and slice on show, and the display window."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal

from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state import measures, worklist
from reader_app.state.annotate_state.catalogue import Catalogue
from reader_app.state.annotate_state.display_window import DisplayWindow
from reader_app.state.annotate_state.margins import category_of
from reader_app.state.annotate_state.slices import Slices
from reader_app.state.annotate_state.worklist import Entry, Group
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies.errors import StudyError
from studies.imaging import volume, window
from studies.imaging.volume import Slice
from studies.records import (
    Category,
    ClassScheme,
    FloatArray,
    LesionRecord,
    SeriesRecord,
)
from studies.store import Store

OPEN_ONLY = "annotate/open_only"


class Desk(QObject):
    """Lesion list, slice and window; what is drawn on them is `Lines`'."""

    list_changed = Signal()  # groups, counts, choice, diagnosis
    slice_changed = Signal()  # another picture, with all that lies on it
    window_changed = Signal()
    margins_changed = Signal()  # lines, marks, ROI twin and measures of the picture on show
    twin_changed = Signal()  # ROI twin and measures alone: of the line under the hand
    diagnosis_changed = Signal()
    loaded = Signal()  # the whole series is in memory
    noticed = Signal(str, str)  # ok | warning | info, sentence
    asked = Signal(str)  # a page by name

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._messages, self._settings = study, messages, settings
        self._slices = Slices(jobs, messages.error, self.loaded.emit)
        self._writing = False
        self._reset()

    def _reset(self) -> None:
        self._all = Catalogue()
        self._lesion_id: int | None = None
        self._case_id: int | None = None
        self._index = 0
        self._shown: Slice | None = None
        self._window = DisplayWindow()
        self.extent: tuple[float, float, float, float] | None = None
        """The body's box on the first slice seen of the series (px); None without HU."""

    # --- what is there ----------------------------------------------------------------------

    @property
    def groups(self) -> tuple[Group, ...]:
        """Cases with their lesions: all, or only what is open."""
        if self.shows_open_only:
            return worklist.open_ones(self._all.groups, self._case_id, self._lesion_id)
        return self._all.groups

    @property
    def shows_open_only(self) -> bool:
        """The list leaves out what is done."""
        return self._settings.flag(OPEN_ONLY)

    def show_open_only(self, on: bool) -> None:
        """Leave out what is done, or list everything."""
        if on != self.shows_open_only:
            self._settings.set(OPEN_ONLY, on)
            self.list_changed.emit()

    @property
    def is_empty(self) -> bool:
        """No study, or one without a series."""
        return not self._all.groups

    @property
    def author(self) -> str:
        """Who draws."""
        return self._settings.author

    @property
    def scheme(self) -> ClassScheme | None:
        """The study's classes."""
        return self._study.scheme

    @property
    def is_read_only(self) -> bool:
        """Nothing can be drawn."""
        return self._study.read_only

    @property
    def cannot_draw_because(self) -> str:
        """Why nothing can be drawn, in words; empty where it can."""
        if not self.is_read_only:
            return ""
        store = self._study.store
        if store is not None and not store.read_only:
            return "The study is open to an analyst, who draws nothing."
        return "The study is open read-only."

    @property
    def _eyes(self) -> str:
        """For whom lesions are shown: this author; "" = who cannot draw and so sees everything."""
        return "" if self.is_read_only else self.author

    @property
    def lesion(self) -> LesionRecord | None:
        """The chosen lesion."""
        return self._all.lesion(self._lesion_id)

    @property
    def entry(self) -> Entry | None:
        """The chosen lesion's row."""
        return self._all.entry(self._lesion_id)

    @property
    def is_blinded(self) -> bool:
        """Another person drew the chosen lesion, and this author has not been shown it yet."""
        entry = self.entry
        return entry is not None and entry.is_blinded

    @property
    def group(self) -> Group | None:
        """The chosen case."""
        return self._all.group(self._case_id)

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
    def positions(self) -> tuple[float, ...]:
        """The mm of every slice of a CT, once the series is in memory; () before."""
        series = self.series
        return self._slices.positions if series and series.kind == "dicom" else ()

    @property
    def index(self) -> int:
        """The slice's place in the series, from 0."""
        return self._index

    @property
    def window(self) -> tuple[float, float]:
        """Display window (low, high)."""
        return self._window.span

    @property
    def progress(self) -> tuple[int, int]:
        """Lesions with nothing missing, and all lesions."""
        return self._all.progress

    def thumbnail(self, series: SeriesRecord) -> FloatArray | None:
        """The middle slice, 0..1 in the liver window (an image in its own); None if damaged."""
        with self._reading():
            pixels = volume.load_slice(series, series.slices // 2)[::4, ::4]
            low, high = self._window.hu_span if series.has_hu else window.auto(pixels)
            return window.apply(pixels, low, high)
        return None

    def category(self, code: str) -> Category | None:
        """A class of the scheme by its code."""
        return category_of(self.scheme, code)

    # --- window -----------------------------------------------------------------------------

    def set_window(self, low: float, high: float) -> None:
        """The display window; ROIs keep the study's."""
        series = self.series
        self._window.set(low, high, has_hu=series is not None and series.has_hu)
        self.window_changed.emit()

    def auto_window(self) -> None:
        """The slice's 1-99 percentile."""
        if self._shown is not None:
            self.set_window(*window.auto(self._shown.pixels, self._shown.padding))

    def own_window(self) -> None:
        """The window that the scanner wrote into the series; said where there is none."""
        if self._shown is None:
            return
        if self._shown.window is None:
            self.noticed.emit("info", "This series names no window of its own. Press 0 for Auto.")
        else:
            self.set_window(*self._shown.window)

    # --- keeping up -------------------------------------------------------------------------

    def _store(self) -> Store:
        store = self._study.store
        if store is None:
            raise StudyError("Open a study first.")
        return store

    def _load_groups(self) -> None:
        """Read cases and lesions."""
        self._all.load(self._study.store, self._eyes)

    def _reload(self) -> None:
        """Read everything again and tell everyone."""
        self._load_groups()
        self._tell_edited()

    def _reload_lesions(self, changed: int | None = None) -> None:
        """Read the lesions again after an edit, only one where the others stand as they were."""
        if changed is None:
            self._all.load_lesions(self._store(), self._eyes)
        else:
            self._all.load_lesion(self._store(), changed, self._eyes)
        self._tell_edited()

    def _tell_edited(self) -> None:
        """Cases, lesions or margins were read again, or have to be."""
        self._load_margins()
        self.list_changed.emit()
        self._tell_margins()

    def _load_margins(self) -> None:
        """Read what is drawn on the series on show."""

    def _look(self) -> None:
        """Look at what lies on the slice on show."""

    def _tell_margins(self) -> None:
        """One signal for the lines and all that is said of them."""
        self._look()
        self.margins_changed.emit()

    def _show_series(self, series: SeriesRecord | None, index: int | None) -> None:
        before = self.series
        self._slices.show(series)
        if series is None:
            self._shown = None
        else:
            middle = series.slices // 2 if index is None else index
            self._index = min(max(middle, 0), series.slices - 1)
        with self._reading():
            self._load_margins()
        self.list_changed.emit()
        is_new = series is not None and (before is None or before.id != series.id)
        self._show_slice(look_for_body=is_new)
        if series is not None and is_new and self._shown is not None:
            self.set_window(*self._window.of(series, self._shown))

    def _show_slice(self, look_for_body: bool = False) -> None:
        self._shown = None
        if self.series is not None:
            with self._reading():
                self._shown = self._slices.at(self._index)
        if look_for_body and self._shown is not None and self.series is not None:
            self.extent = measures.body_box(self._shown) if self.series.has_hu else None
        self._look()
        self.slice_changed.emit()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except StudyError as error:
            self._messages.error(str(error))

    def _tell_all(self) -> None:
        self._look()
        self.list_changed.emit()
        self.slice_changed.emit()
