"""Handing margins on and taking them in from the window: what is offered, asked and done.

The formats' libraries are imported by the job, in its thread: the page opens without them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure, Progress
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state import cases_outcomes
from reader_app.state.cases_import import ImportSummary
from reader_app.state.job_signals import Jobs, JobView
from reader_app.state.study_state import StudyState
from studies import cases
from studies.access import ANALYST
from studies.errors import StudyError
from studies.imaging.exchange.kinds import KINDS, PER_AUTHOR
from studies.imaging.study_key import NAME_FILE, open_key
from studies.records import SeriesRecord
from studies.store import Store

FIRST_CHOICE = "seg,sr,rtstruct"
ON_PICTURES = "These margins lie on pictures, which have no place in a patient."
"""Why there is no DICOM or NIfTI of them."""
NEED_VOLUME = (*PER_AUTHOR, "nifti")


@dataclass(frozen=True)
class Format:
    """A kind of file: its name and, in a line, what it holds and who reads it."""

    kind: str
    name: str
    words: str


FORMATS = (
    Format("seg", "DICOM SEG", "Masks with codes, one a series and author. 3D Slicer, OHIF"),
    Format("sr", "DICOM SR", "Measures with outlines (TID 1500). Reporting, highdicom"),
    Format("rtstruct", "RTSTRUCT", "Outlines in mm. 3D Slicer, planning systems, plastimatch"),
    Format("nifti", "NIfTI + JSON", "Label masks with their names. ITK-SNAP, nibabel"),
    Format("json", "JSON", "Every point as drawn. Blindread takes it in unchanged"),
    Format("coco", "COCO", "Polygons of the whole study. Training of detectors"),
    Format("csv", "CSV", "Measures and points as two tables. Spreadsheets, R"),
)


@dataclass(frozen=True)
class Drawn:
    """A series with margins: how many by whom."""

    series: SeriesRecord
    authors: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ExportOffer:
    """What can be exported. `chosen` are the drawn series of the selected rows.

    `no_volume`, `no_original`: why DICOM and NIfTI, or references to original files, are not to
    be had; "" where they are. `kinds` are those of the last time.
    """

    drawn: tuple[Drawn, ...]
    chosen: tuple[int, ...]
    no_volume: str
    no_original: str
    kinds: tuple[str, ...]
    folder: Path

    def authors(self, series_ids: tuple[int, ...] | None) -> tuple[tuple[str, int], ...]:
        """Who drew on these series (None: all), with how many margins each."""
        found: Counter[str] = Counter()
        for one in self.drawn:
            if series_ids is None or one.series.id in series_ids:
                found.update(dict(one.authors))
        return tuple(sorted(found.items()))

    def series_of(self, author: str, series_ids: tuple[int, ...] | None) -> tuple[int, ...]:
        """Those of these series (None: all) that this author drew on."""
        return tuple(
            one.series.id
            for one in self.drawn
            if author in dict(one.authors) and (series_ids is None or one.series.id in series_ids)
        )


@dataclass(frozen=True)
class ExportWish:
    """What to export: `series_ids` and `author` None for all, `original` None for none."""

    kinds: tuple[str, ...]
    folder: Path
    series_ids: tuple[int, ...] | None = None
    author: str | None = None
    original: Path | None = None
    pictures: bool = False


@dataclass(frozen=True)
class MarginFiles:
    """Files of margins that wait for a word on their author; `series` are those they may fit."""

    paths: tuple[Path, ...]
    series: tuple[SeriesRecord, ...]


@dataclass(frozen=True)
class TakeWish:
    """How to take files in: `author` "" for whom they name, `series_id` None where they tell it."""

    paths: tuple[Path, ...]
    author: str = ""
    series_id: int | None = None
    apart: bool = False


class MarginsExchange(QObject):
    """`offered` and `asked` want a dialog, `changed` tells progress, `ended` what came of it."""

    offered = Signal(object)  # ExportOffer
    asked = Signal(object)  # MarginFiles
    changed = Signal()
    ended = Signal(object)  # ImportSummary | None

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages, self._settings = study, jobs, messages, settings
        self._running: dict[int, str] = {}
        self.progress: JobView | None = None
        jobs.changed.connect(self._job_changed)

    @property
    def deed(self) -> str:
        """What is being done, in two words; "" when nothing is."""
        return next(iter(self._running.values()), "")

    @property
    def hindrance(self) -> str:
        """Why this person hands nothing on; "" when they may."""
        if self._study.access.role == ANALYST:
            return "Margins are for the coordinator and truth authors: they tell where lesions are."
        return ""

    def cancel(self) -> None:
        """Stop what is being done; files in their place stay."""
        for job in self._running:
            self._jobs.cancel(job)

    # --- handing on -------------------------------------------------------------------------

    def offer(self, series_ids: tuple[int, ...]) -> None:
        """Find out what can be exported, these series being selected; `offered` follows."""
        store = self._study.store
        if store is None or self.hindrance:
            return
        kinds = tuple(self._settings.text("export/kinds", FIRST_CHOICE).split(","))
        usual = self._settings.exports_of(store.exports_folder) / "margins"
        folder = Path(self._settings.text("export/folder", "") or usual)
        self._jobs.small(
            lambda: _offer(store, series_ids, kinds, folder),
            lambda found: self._offered(store, found),
            lambda failure: self._messages.error(failure.sentence, failure.details),
        )

    def _offered(self, store: Store, found: ExportOffer) -> None:
        if store is not self._study.store:
            return
        if found.drawn:
            self.offered.emit(found)
        else:
            self._messages.warning("This study has no margins yet. Draw one, then export.")

    def export(self, wish: ExportWish) -> None:
        """Queue the export; `ended` follows."""
        store, start = self._study.store, time.monotonic()
        if store is None:
            return
        self._settings.set("export/kinds", ",".join(wish.kinds))
        if wish.folder.parent.parent != store.folder:  # another study has a folder of its own
            self._settings.set("export/folder", str(wish.folder))

        def work() -> Generator[Progress, None, tuple[ImportSummary, str, bool]]:
            from reader_app.workflows.export_margins import export_margins

            ended = yield from export_margins(
                store,
                wish.kinds,
                wish.folder,
                author=wish.author,
                original=wish.original,
                pictures=wish.pictures,
                series_ids=wish.series_ids,
            )
            told = cases_outcomes.of_export(ended, wish.folder, time.monotonic() - start)
            return told, cases_outcomes.export_sentence(ended), ended.is_clean

        self._run(store, "Exporting margins", "Export margins", work)

    # --- taking in --------------------------------------------------------------------------

    def ask(self, paths: tuple[Path, ...]) -> None:
        """Ask who drew what lies in these files; `asked` follows."""
        store = self._study.store
        if store is None or not paths:
            return
        try:
            known = tuple(one for one in cases.all_series(store) if one.kind == "dicom")
        except StudyError as error:
            self._messages.error(str(error))
            return
        self._settings.set("import/folder", str(paths[0].parent))
        self.asked.emit(MarginFiles(paths, known))

    def take(self, wish: TakeWish) -> None:
        """Queue the import of margins; `ended` follows."""
        store, start = self._study.store, time.monotonic()
        if store is None:
            return
        first = wish.paths[0]
        source = str(first if len(wish.paths) == 1 else first.parent)

        def work() -> Generator[Progress, None, tuple[ImportSummary, str, bool]]:
            from reader_app.workflows.import_margins import import_margins

            taken = yield from import_margins(
                store, wish.paths, wish.author, series_id=wish.series_id, apart=wish.apart
            )
            told = cases_outcomes.of_margins(taken, source, time.monotonic() - start)
            clean = not any(one.refused for one in taken)
            return told, cases_outcomes.margins_sentence(taken), clean

        self._run(store, "Taking margins in", "Import margins", work)

    # --- both -------------------------------------------------------------------------------

    def _run(
        self,
        store: Store,
        deed: str,
        title: str,
        work: Callable[[], Generator[Progress, None, tuple[ImportSummary, str, bool]]],
    ) -> None:
        job = self._jobs.run(
            title,
            work,
            lambda end: self._done(store, *end),
            lambda failure: self._failed(store, failure),
            cancelled=lambda: self._cancelled(store, deed),
        )
        self._running[job] = deed
        self.changed.emit()

    def _done(self, store: Store, told: ImportSummary, sentence: str, clean: bool) -> None:
        if store is not self._study.store:
            return
        (self._messages.ok if clean else self._messages.warning)(sentence)
        self._tell(store, told)

    def _failed(self, store: Store, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)
        self._tell(store, None)

    def _cancelled(self, store: Store, deed: str) -> None:
        self._messages.info(f"{deed} was cancelled. What was done by then stays.")
        self._tell(store, None)

    def _tell(self, store: Store, told: ImportSummary | None) -> None:
        if store is self._study.store:
            self.ended.emit(told)

    def _job_changed(self, view: JobView) -> None:
        if view.id not in self._running:
            return
        if view.is_final:
            del self._running[view.id]
        self.progress = None if view.is_final else view
        self.changed.emit()


def _offer(
    store: Store, series_ids: tuple[int, ...], kinds: tuple[str, ...], folder: Path
) -> ExportOffer:
    """Reads the study; in a thread."""
    counts: dict[int, Counter[str]] = {}
    for margin in cases.contours(store):
        counts.setdefault(margin.series_id, Counter())[margin.author] += 1
    drawn = tuple(
        Drawn(one, tuple(sorted(counts[one.id].items())))
        for one in cases.all_series(store)
        if one.id in counts
    )
    is_volume = any(one.series.kind == "dicom" for one in drawn)
    return ExportOffer(
        drawn=drawn,
        chosen=tuple(one.series.id for one in drawn if one.series.id in series_ids),
        no_volume="" if is_volume else ON_PICTURES,
        no_original=_no_original(store) if is_volume else ON_PICTURES,
        kinds=tuple(kind for kind in kinds if kind in KINDS),
        folder=folder,
    )


def _no_original(store: Store) -> str:
    """Why DICOM files cannot refer to original series; "" where they can."""
    if not (store.folder / NAME_FILE).exists():
        return "The series of this study were not imported, so there are no original files."
    try:
        open_key(store.folder)
    except StudyError as error:
        return str(error)
    return ""


def refers(kinds: tuple[str, ...]) -> bool:
    """Whether any of these formats refers to DICOM slices."""
    return any(kind in PER_AUTHOR for kind in kinds)
