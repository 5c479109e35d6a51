"""What Cases shows and does: the study's series, lesions and patients, and imports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.cases_import import ImportSummary
from reader_app.state.cases_importing import Importing
from reader_app.state.cases_pictures import Thumbnails
from reader_app.state.cases_reading import Contents, contents_of, is_large
from reader_app.state.cases_rows import (
    PatientRow,
    SeriesRow,
    Tables,
    counted,
)
from reader_app.state.job_signals import Jobs, JobView
from reader_app.state.margins_exchange import MarginsExchange
from reader_app.state.study_state import Pointer, StudyState
from studies import cases
from studies.errors import StudyError
from studies.records import ClassScheme
from studies.store import Store


class CasesState(QObject):
    """`changed` with the rows, `pictures_changed` with thumbnails, `import_changed` with imports.

    `asked` names a page to be shown; `importing` takes pictures in, `margins` takes margins in and
    hands them on.
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
        self.importing = Importing(study, jobs, messages, settings)
        self.margins = MarginsExchange(study, jobs, messages, settings)
        self.last_import: ImportSummary | None = None
        self.last_outcome: ImportSummary | None = None  # the newest, of margins, too
        self._contents = Contents()
        self._reading: Store | None = None
        self._pictures = Thumbnails(jobs, messages)
        self._seen, self._stale = False, True
        self._pictures.changed.connect(self.pictures_changed)
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)
        self.importing.changed.connect(self.import_changed)
        self.importing.ended.connect(self._import_ended)
        self.importing.margins_found.connect(self.margins.ask)
        self.margins.changed.connect(self.import_changed)
        self.margins.ended.connect(self._margins_ended)
        self._opened()

    # --- what is shown ----------------------------------------------------------------------

    @property
    def contents(self) -> Contents:
        """The study as read last."""
        return self._contents

    @property
    def tables(self) -> Tables:
        """The rows of the three tabs."""
        return self._contents.tables

    @property
    def has_study(self) -> bool:
        """Whether a study is open."""
        return self._study.store is not None

    @property
    def scheme(self) -> ClassScheme | None:
        """The open study's classes; None without a study."""
        return self._study.scheme

    @property
    def hindrance(self) -> str:
        """Why nothing can be imported, as a sentence; "" when it can."""
        return self._unless_writable("nothing can be imported")

    @property
    def no_edit(self) -> str:
        """Why notes and words on HU cannot be changed, as a sentence; "" when they can."""
        return self._unless_writable("nothing can be changed")

    def _unless_writable(self, what: str) -> str:
        if self._study.store is None:
            return "Open or make a study on Home first."
        if not self._study.read_only:
            return ""
        holder = self._study.study.lock_holder if self._study.study else ""
        why = f": {holder} is working in it" if holder else ""
        return f"This study is open read-only{why}, so {what}."

    @property
    def no_export(self) -> str:
        """Why no margins can be handed on, as a sentence; "" when they can."""
        if self.margins.hindrance or not self.has_study:
            return self.margins.hindrance or "Open or make a study on Home first."
        if not any(lesion.contours for lesion in self._contents.lesions):
            return "This study has no margins yet. Draw one in Annotate, then export."
        return ""

    @property
    def author(self) -> str:
        """Who vouches for HU here."""
        return self._settings.author

    @property
    def is_importing(self) -> bool:
        """Whether an import runs or waits."""
        return self.importing.is_busy

    @property
    def deed(self) -> str:
        """What the page is busy with, in words; "" when with nothing."""
        return "Importing" if self.is_importing else self.margins.deed

    @property
    def deed_progress(self) -> JobView | None:
        """How far that is."""
        return self.importing.progress if self.is_importing else self.margins.progress

    def picture(self, row: SeriesRow) -> QImage | None:
        """A series' thumbnail; None until it is read."""
        return self._pictures.picture(row)

    def want_pictures(self, rows: tuple[SeriesRow, ...]) -> None:
        """These rows are on the screen: their thumbnails are read, a few at a time."""
        if self._seen:
            self._pictures.want(rows)

    @property
    def start_folder(self) -> str:
        """Where the last import came from."""
        return self.importing.start_folder

    # --- importing --------------------------------------------------------------------------

    def import_from(self, paths: tuple[Path, ...]) -> bool:
        """Queue an import of files, folders, zips, a manifest or margins, told by their content.

        False (and why) when nothing can be imported.
        """
        store = self._study.store
        if not paths:
            return False
        if store is None or self.hindrance:
            self._messages.warning(self.hindrance)
            return False
        self.importing.begin(store, paths)
        return True

    def cancel_imports(self) -> None:
        """Stop what the page is busy with; series and files that are in their place stay."""
        self.importing.cancel()
        self.margins.cancel()

    def say_copied(self) -> None:
        """The list of the last import lies on the clipboard."""
        if self.last_outcome is not None:
            self._messages.info(f"Copied a list of {counted(self.last_outcome.files, 'file')}.")

    def _import_ended(self, told: ImportSummary | None) -> None:
        """A failed or cancelled import may have stored series, too."""
        self.last_import = told or self.last_import
        self.last_outcome = told or self.last_outcome
        self._tell()

    def _margins_ended(self, told: ImportSummary | None) -> None:
        self.last_outcome = told or self.last_outcome
        is_export = told is not None and told.folder is not None
        if self._study.store is None or is_export:  # an export changes nothing of the study
            self.import_changed.emit()
        else:
            self._tell()

    def _tell(self) -> None:
        self.import_changed.emit()
        self._study.notify("cases")
        self._study.notify("lesions")

    # --- notes and words on HU --------------------------------------------------------------

    def set_note(self, case_id: int, note: str) -> bool:
        """Keep a case's clinical note; False (and a sentence) when it cannot be kept."""
        return self._written(lambda store: cases.set_clinical_note(store, case_id, note), "cases")

    def confirm_hu(self, series_id: int) -> bool:
        """Record this author's word that a series' stored values are HU."""
        return self._written(lambda store: cases.confirm_hu(store, series_id, self.author), "cases")

    def withdraw_hu(self, series_id: int) -> bool:
        """Take that word back; the series' lesions wait again."""
        return self._written(lambda store: cases.withdraw_hu(store, series_id), "cases")

    def _written(self, write: Callable[[Store], object], topic: str) -> bool:
        store = self._study.store
        if store is None:
            return False
        try:
            write(store)
        except StudyError as error:
            self._messages.error(str(error))
            return False
        self._study.notify(topic)
        self._study.notify("lesions")
        return True

    # --- going to Annotate ------------------------------------------------------------------

    def open_series(self, series_id: object) -> None:
        """Show a series in Annotate, on its first lesion with something missing."""
        row = next((row for row in self.tables.series if row.key == series_id), None)
        if row is None:
            return
        own = [one for one in self._contents.lesions if one.series_id == series_id]
        own.sort(key=lambda one: one.is_ready)
        lesion = own[0].id if own else None
        self._go(Pointer(row.series.case_id, row.series.id, lesion))

    def open_lesion(self, lesion_id: object) -> None:
        """Show a lesion in Annotate."""
        lesion = next((one for one in self._contents.lesions if one.id == lesion_id), None)
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
        self._seen = self.importing.is_seen = seen
        if seen:
            self._look()

    def _opened(self) -> None:
        self.importing.forget()
        self.margins.cancel()
        self.last_import = self.last_outcome = None
        self._pictures.clear()
        self._contents, self._reading, self._stale = Contents(), None, True
        self._look()
        self.import_changed.emit()

    def _changed(self, topic: str) -> None:
        if topic in ("cases", "lesions", "study"):
            self._stale = True
        if self._seen:
            self._look()

    def _look(self) -> None:
        """Read what has changed; while a reading is under way, once more after it."""
        if not self._stale or self._reading:
            return
        self._stale = False
        store, scheme, author = self._study.store, self.scheme, self.author
        if store is None or scheme is None:
            self._show(Contents())
        elif is_large(store):
            self._reading = store
            self._jobs.small(
                lambda: contents_of(store, scheme, author),
                lambda found: self._take(store, found),
                lambda failure: self._missed(store, failure),
            )
        else:
            try:
                self._show(contents_of(store, scheme, author))
            except StudyError as error:
                self._messages.error(str(error))
                self._show(Contents())

    def _take(self, store: Store, found: Contents) -> None:
        if store is self._reading:  # else another study is open by now
            self._reading = None
            self._show(found)
            self._look()

    def _missed(self, store: Store, failure: Failure) -> None:
        if store is self._reading:
            self._reading = None
            self._messages.error(failure.sentence, failure.details)

    def _show(self, found: Contents) -> None:
        self._contents = found
        self.changed.emit()
