"""Results: what readers and networks achieved, the maps, and the report."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from engine.jobs import Failure, Progress
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.figure_files import FigureFiles
from reader_app.state.job_signals import Jobs
from reader_app.state.reader_details import ReaderDetails
from reader_app.state.results_cases import ResultsCases
from reader_app.state.results_map import MapSelection
from reader_app.state.results_quality import ResultsQuality
from reader_app.state.study_state import StudyState
from studies.store import Store

if TYPE_CHECKING:
    from reader_app.state.results_loading import LesionDetail, LoadedResults, NetworkMap
    from studies.report import RatingFiles

_TOPICS = ("runs", "protocol", "readers", "results", "lesions", "study")


class ResultsState(QObject):
    """`changed` when results were read anew or begin to be; `lesion_changed` with a choice.

    Nothing is read before `activate()`: the page calls it when it is shown. Times and the gallery
    have a `details` of their own, read when their part of the page is shown.
    """

    changed = Signal()
    lesion_changed = Signal()
    asked = Signal(str)

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._jobs = study, jobs
        self._messages, self._settings = messages, settings
        self._loaded: LoadedResults | None = None
        self._lesion: LesionDetail | None = None
        self._active = self._stale = self._loading = False
        self._turn = self._lesion_turn = 0
        self._version: int | None = None
        self._trouble = ""
        self.figures = FigureFiles(study, jobs, messages, settings)
        self.details = ReaderDetails(study, jobs, self._say_failure)
        self.cases = ResultsCases(study, jobs, self._say_failure, self.go)
        self.quality = ResultsQuality(study, jobs, messages)
        self.marks = MapSelection(study, jobs, self._written, self._say_failure)
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)

    @property
    def has_study(self) -> bool:
        """Whether a study is open."""
        return self._study.store is not None

    @property
    def loading(self) -> bool:
        """Whether results are being read."""
        return self._loading

    @property
    def trouble(self) -> str:
        """Why results could not be read, else empty."""
        return self._trouble

    @property
    def loaded(self) -> LoadedResults | None:
        """The results as last read; None without a study or before they are read."""
        return self._loaded

    @property
    def lesion(self) -> LesionDetail | None:
        """The lesion chosen on a map."""
        return self._lesion

    @property
    def exports_folder(self) -> Path:
        """Where exports are offered to go."""
        store = self._study.store
        return self._settings.exports_of(store.exports_folder) if store else Path.home()

    def choose_version(self, protocol_id: int) -> None:
        """Show another unblinded version of the protocol."""
        if protocol_id != self._version:
            self._version = protocol_id
            self._load()

    def activate(self) -> None:
        """The page is shown: read what has changed since."""
        self._active = True
        if self._stale or (self._loaded is None and not self._loading):
            self._load()

    def deactivate(self) -> None:
        """The page is hidden: changes wait."""
        self._active = False

    def go(self, page: str) -> None:
        """Ask for another page of the window."""
        self.asked.emit(page)

    def choose_lesion(self, lesion_id: int, shown: NetworkMap) -> None:
        """Read what is known of a lesion on a map."""
        store = self._study.store
        if store is None:
            return
        self._lesion_turn += 1
        turn = self._lesion_turn
        self._jobs.small(
            lambda: _load_lesion(store, lesion_id, shown, self._version),
            lambda detail: self._lesion_read(turn, detail),
            self._say_failure,
        )

    def write_html(self, path: Path) -> None:
        """Write the report as HTML in the background."""
        self._run(
            "Report as HTML", lambda store: _write_html(store, path, self._version), self._written
        )

    def write_pdf(self, path: Path) -> None:
        """Compute and print the report in the background."""
        self._run(
            "Report as PDF", lambda store: _write_pdf(store, path, self._version), self._written
        )

    def write_figures(self, folder: Path) -> None:
        """Write every figure as SVG, PNG and CSV in the background."""
        self._run("Figures", lambda store: _figures(store, folder, self._version), self._exported)

    def export_csv(self, folder: Path) -> None:
        """Write tables, answers and predictions as CSV in the background."""
        self._run(
            "Results as CSV",
            lambda store: _export(store, folder, self._version),
            self._exported,
        )

    def export_ratings(self, folder: Path) -> None:
        """Write ratings for iMRMC, RJafroc and MRMCaov in the background."""
        self._run("Ratings", lambda store: _ratings(store, folder, self._version), self._rated)

    def _opened(self) -> None:
        self.details.forget()
        self.cases.forget()
        self._turn += 1
        self._lesion_turn += 1
        self._loaded = self._lesion = self._version = None
        self._loading, self._stale, self._trouble = False, True, ""
        self.lesion_changed.emit()
        self._refresh()

    def _changed(self, topic: str) -> None:
        if topic in _TOPICS:
            self._stale = True
            self._refresh()

    def _refresh(self) -> None:
        if self._active:
            self._load()
        else:
            self.changed.emit()

    def _load(self) -> None:
        store = self._study.store
        self._stale = False
        if store is None:
            self.changed.emit()
            return
        self._turn += 1
        turn, version = self._turn, self._version
        self._loading = True
        self.changed.emit()
        self._jobs.small(
            lambda: _load(store, version),
            lambda loaded: self._read(turn, loaded),
            lambda failure: self._not_read(turn, failure),
        )

    def _read(self, turn: int, loaded: LoadedResults) -> None:
        if turn == self._turn:
            self.details.forget(loaded.protocol.id if loaded.protocol else None)
            self._loaded, self._loading, self._trouble = loaded, False, ""
            self.changed.emit()

    def _not_read(self, turn: int, failure: Failure) -> None:
        if turn == self._turn:
            self._loading, self._trouble = False, failure.sentence
            self._say_failure(failure)
            self.changed.emit()

    def _lesion_read(self, turn: int, detail: LesionDetail) -> None:
        if turn == self._lesion_turn:
            self._lesion = detail
            self.lesion_changed.emit()

    def _say_failure(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)

    def _run(
        self,
        title: str,
        factory: Callable[[Store], Generator[Progress, None, Any]],
        done: Callable[[Any], None],
    ) -> None:
        store = self._study.store
        if store is not None:
            self._jobs.run(title, lambda: factory(store), done, self._say_failure)

    def _written(self, path: Path) -> None:
        self._messages.ok(f"Wrote {path.name} to {path.parent}.", "Open", lambda: open_file(path))

    def _exported(self, paths: tuple[Path, ...]) -> None:
        folder, is_csv = paths[0].parent, all(one.suffix == ".csv" for one in paths)
        words = f"Wrote {len(paths)} {'CSV files' if is_csv else 'files'} to {folder}."
        self._messages.ok(words, "Open folder", lambda: open_file(folder))

    def _rated(self, files: RatingFiles) -> None:
        notes = " ".join(files.notes)
        if not files.paths:
            self._messages.error(notes or "There is no answer to write.")
            return
        folder = files.paths[0].parent
        words = f"Wrote {len(files.paths)} files to {folder}. {notes}".strip()
        self._messages.ok(words, "Open folder", lambda: open_file(folder))


def open_file(path: Path) -> None:
    """Show a file or folder with the computer's own program."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


# Statistics and templates are imported when first asked for, never on the way to the window.


def _load(store: Store, protocol_id: int | None) -> LoadedResults:
    from reader_app.state.results_loading import load

    return load(store, protocol_id)


def _load_lesion(
    store: Store, lesion_id: int, shown: NetworkMap, protocol_id: int | None
) -> LesionDetail:
    from reader_app.state.results_loading import load_lesion

    return load_lesion(store, lesion_id, shown, protocol_id)


def _write_html(
    store: Store, path: Path, protocol_id: int | None
) -> Generator[Progress, None, Path]:
    from reader_app.workflows.write_report import write_report

    return (yield from write_report(store, path, protocol_id))


def _write_pdf(
    store: Store, path: Path, protocol_id: int | None
) -> Generator[Progress, None, Path]:
    from reader_app.printing import printing_job
    from reader_app.workflows.write_report import report_html

    page = yield from report_html(store, protocol_id)
    return (yield from printing_job(page, path))


def _figures(
    store: Store, folder: Path, protocol_id: int | None
) -> Generator[Progress, None, tuple[Path, ...]]:
    from reader_app.state.figures_folder import write_figures

    return (yield from write_figures(store, folder, protocol_id))


def _export(
    store: Store, folder: Path, protocol_id: int | None
) -> Generator[Progress, None, tuple[Path, ...]]:
    from reader_app.workflows.export import export_results

    return (yield from export_results(store, folder, protocol_id))


def _ratings(
    store: Store, folder: Path, protocol_id: int | None
) -> Generator[Progress, None, RatingFiles]:
    from reader_app.workflows.export import export_ratings

    return (yield from export_ratings(store, folder, protocol_id))
