"""What Cases shows and does: the study's series, lesions and patients, and imports."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from engine.jobs import Failure, Progress
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.cases_import import Imported, ImportSummary, import_any, summary
from reader_app.state.cases_rows import PatientRow, SeriesRow, Tables, counted, tables
from reader_app.state.job_signals import Jobs, JobView
from reader_app.state.study_state import Pointer, StudyState
from reader_app.widgets.roi_view import to_image
from studies import cases
from studies.errors import StudyError
from studies.imaging import contour, volume, window
from studies.records import ClassScheme, FloatArray, LesionRecord
from studies.store import Store

PICTURE_SIDE = 104  # px, twice the thumbnail's side
PICTURES_AT_ONCE = 8
WIDER = 1.2
"""A thumbnail's square is at most this much wider than the body is high."""
_Picture = tuple[int, int]  # series id, slice


class CasesState(QObject):
    """`changed` with the rows, `pictures_changed` with thumbnails, `import_changed` with imports.

    `asked` names a page to be shown.
    """

    changed = Signal()
    pictures_changed = Signal()
    import_changed = Signal()
    asked = Signal(str)

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages, self._settings = study, jobs, messages, settings
        self.tables = Tables()
        self.last_import: ImportSummary | None = None
        self.progress: JobView | None = None
        self._lesions: tuple[LesionRecord, ...] = ()
        self._pictures: dict[_Picture, QImage] = {}
        self._imports: dict[int, Store] = {}
        self._seen, self._stale, self._reading = False, True, False
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)
        jobs.changed.connect(self._job_changed)
        self._opened()

    # --- what is shown ----------------------------------------------------------------------

    @property
    def has_study(self) -> bool:
        """Whether a study is open."""
        return self._study.store is not None

    @property
    def scheme(self) -> ClassScheme | None:
        """The open study's classes; None without a study."""
        return self._study.study.scheme if self._study.study else None

    @property
    def hindrance(self) -> str:
        """Why nothing can be imported, as a sentence; "" when it can."""
        if self._study.store is None:
            return "Open or make a study on Home first."
        if not self._study.read_only:
            return ""
        holder = self._study.study.lock_holder if self._study.study else ""
        why = f": {holder} is working in it" if holder else ""
        return f"This study is open read-only{why}, so nothing can be imported."

    @property
    def is_importing(self) -> bool:
        """Whether an import runs or waits."""
        return bool(self._imports)

    def picture(self, row: SeriesRow) -> QImage | None:
        """A series' thumbnail; None until it is read."""
        return self._pictures.get(_picture_of(row))

    @property
    def start_folder(self) -> str:
        """Where the last import came from."""
        return self._settings.text("import/folder", str(Path.home()))

    # --- importing --------------------------------------------------------------------------

    def import_from(self, paths: tuple[Path, ...]) -> bool:
        """Queue an import of files, folders, zips or a manifest; False (and why) when it cannot."""
        store = self._study.store
        if not paths:
            return False
        if store is None or self.hindrance:
            self._messages.warning(self.hindrance)
            return False
        self._settings.set("import/folder", str(paths[0].parent))

        def work() -> Generator[Progress, None, Imported]:
            return import_any(store, paths)

        job = self._jobs.run(
            f"Import {paths[0].name or paths[0]}",
            work,
            lambda done: self._imported(store, done),
            lambda failure: self._failed(store, failure),
            cancelled=lambda: self._cancelled(store),
        )
        self._imports[job] = store
        self.import_changed.emit()
        return True

    def cancel_imports(self) -> None:
        """Stop imports; series that are in stay in."""
        for job in self._imports:
            self._jobs.cancel(job)

    def say_copied(self) -> None:
        """The list of the last import lies on the clipboard."""
        if self.last_import is not None:
            self._messages.info(f"Copied a list of {counted(self.last_import.files, 'file')}.")

    def _imported(self, store: Store, done: Imported) -> None:
        if store is not self._study.store:
            return
        self.last_import = summary(done)
        if done.report.series:
            self._messages.ok(_sentence(done))
        else:
            left = done.report.left_out
            self._messages.warning(
                f"Nothing was imported. {left[0].reason if left else ''}".strip()
            )
        self._tell(store)

    def _failed(self, store: Store, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)
        self._tell(store)

    def _cancelled(self, store: Store) -> None:
        self._messages.info("Import cancelled. Series that were in already stay in.")
        self._tell(store)

    def _tell(self, store: Store) -> None:
        """A failed or cancelled import may have stored series, too."""
        if store is self._study.store:
            self.import_changed.emit()
            self._study.notify("cases")
            self._study.notify("lesions")

    def _job_changed(self, view: JobView) -> None:
        if view.id not in self._imports:
            return
        if view.is_final:
            del self._imports[view.id]
        self.progress = None if view.is_final else view
        self.import_changed.emit()

    # --- going to Annotate ------------------------------------------------------------------

    def open_series(self, series_id: object) -> None:
        """Show a series in Annotate, on its first lesion with something missing."""
        row = next((row for row in self.tables.series if row.key == series_id), None)
        if row is None:
            return
        own = [one for one in self._lesions if one.series_id == series_id]
        own.sort(key=lambda one: one.is_ready)
        lesion = own[0].id if own else None
        self._go(Pointer(row.series.case_id, row.series.id, lesion))

    def open_lesion(self, lesion_id: object) -> None:
        """Show a lesion in Annotate."""
        lesion = next((one for one in self._lesions if one.id == lesion_id), None)
        if lesion is not None:
            self._go(Pointer(lesion.case_id, lesion.series_id, lesion.id))

    def open_patient(self, patient: object) -> None:
        """Show a patient's first case in Annotate."""
        row: PatientRow | None = next(
            (row for row in self.tables.patients if row.key == patient), None
        )
        if row is not None:
            self._go(Pointer(row.case_ids[0]))

    def _go(self, pointer: Pointer) -> None:
        """The page first: it and its state are made when it is first shown."""
        self.asked.emit("annotate")
        self._study.pointed.emit(pointer)

    # --- reading the study ------------------------------------------------------------------

    def watch(self, seen: bool) -> None:
        """Cases is on screen, or not: rows and pictures are read only for eyes."""
        self._seen = seen
        if seen:
            self._look()

    def _opened(self) -> None:
        self.cancel_imports()
        self.last_import = None
        self._pictures.clear()
        self._stale, self._reading = True, False
        self._look()
        self.import_changed.emit()

    def _changed(self, topic: str) -> None:
        if topic in ("cases", "lesions", "study"):
            self._stale = True
        if self._seen:
            self._look()

    def _look(self) -> None:
        if self._stale:
            self._stale = False
            self._read()
            self.changed.emit()
        if self._seen:
            self._read_pictures()

    def _read(self) -> None:
        store, scheme = self._study.store, self.scheme
        self.tables, self._lesions = Tables(), ()
        if store is None or scheme is None:
            return
        try:
            self._lesions = cases.lesions(store)
            self.tables = tables(cases.cases(store), self._lesions, scheme)
        except StudyError as error:
            self._messages.error(str(error))

    def _read_pictures(self) -> None:
        """The next few thumbnails, in a thread; one batch at a time."""
        missing = [row for row in self.tables.series if _picture_of(row) not in self._pictures]
        if self._reading or not missing:
            return
        self._reading, store = True, self._study.store
        batch = tuple(missing[:PICTURES_AT_ONCE])
        self._jobs.small(
            lambda: tuple((_picture_of(row), _drawn(row)) for row in batch),
            lambda found: self._take_pictures(store, found),
            self._missed_pictures,
        )

    def _missed_pictures(self, failure: Failure) -> None:
        self._reading = False
        self._messages.error(failure.sentence, failure.details)

    def _take_pictures(
        self, store: Store | None, found: tuple[tuple[_Picture, QImage], ...]
    ) -> None:
        if store is not self._study.store:
            return
        self._reading = False
        self._pictures.update(found)
        self.pictures_changed.emit()
        if self._seen:
            self._read_pictures()


def _picture_of(row: SeriesRow) -> _Picture:
    return row.series.id, row.picture


def _drawn(row: SeriesRow) -> QImage:
    """The slice as a thumbnail; null where its file is missing (Annotate says what is wrong)."""
    try:
        pixels = volume.load_slice(row.series, min(row.picture, row.series.slices - 1))
    except StudyError:
        return QImage()
    liver = window.PRESETS[0]
    low, high = (liver.low, liver.high) if row.series.has_hu else window.auto(pixels)
    shown = body_square(pixels) if row.series.has_hu else pixels
    return to_image(window.apply(shown, low, high)).scaled(
        PICTURE_SIDE,
        PICTURE_SIDE,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def body_square(pixels: FloatArray) -> FloatArray:
    """The square of a slice in HU around the body, without table and air; all without a body."""
    inside = contour.body(pixels)
    if not inside.any() or inside.all():
        return pixels
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    high, wide = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    side = min(int(min(wide, WIDER * high)), *pixels.shape)
    corner = [
        min(max((at[0] + at[-1] + 1 - side) // 2, 0), whole - side)
        for at, whole in zip((rows, columns), pixels.shape, strict=True)
    ]
    return pixels[corner[0] : corner[0] + side, corner[1] : corner[1] + side]


def _sentence(done: Imported) -> str:
    stored, left = len(done.report.series), len(done.report.left_out)
    what = counted(stored, "ROI") if done.of_rois else f"{stored:,} series"
    return f"{what} imported" + (f"; {counted(left, 'file')} left out." if left else ".")
