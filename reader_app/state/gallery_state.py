"""The synthetic gallery: what was drawn, its nearest training ROI and verdict, and decisions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.audit import nearest, turned
from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.workflows.synthesise import FIRST_SEED, draws, generators, synthesise
from studies import cases, learning
from studies.errors import StudyError
from studies.records import (
    Category,
    FloatArray,
    LesionRecord,
    SyntheticRoiRecord,
    TrainingRunRecord,
)
from studies.store import Store

VERDICTS = ("clear", "close", "copy")
ORDERS = ("Least clear first", "Newest first", "By class")


@dataclass(frozen=True)
class Pair:
    """A synthetic ROI beside its nearest training ROI; `lesion` names that one."""

    roi: SyntheticRoiRecord
    category: Category
    nearest: FloatArray | None = field(repr=False, compare=False, default=None)
    lesion: str = ""

    @property
    def state(self) -> str:
        """Verdict, or "kept out" where someone decided so."""
        if not self.roi.accepted and self.roi.audit != "copy":
            return "kept out"
        return self.roi.audit


@dataclass(frozen=True)
class Detail:
    """The chosen pair aligned: nearest turned onto the synthetic one, and their difference."""

    pair: Pair
    aligned: FloatArray | None = field(repr=False, compare=False)
    difference: FloatArray | None = field(repr=False, compare=False)
    placement: str  # "turned 90°, mirrored, 1 px right"
    generator: str


@dataclass(frozen=True)
class _Loaded:
    """One reading of the store."""

    pairs: tuple[Pair, ...]
    runs: tuple[TrainingRunRecord, ...]


class GalleryState(QObject):
    """The only writer of what the gallery shows."""

    changed = Signal()  # the pairs, filters, counts
    chosen_changed = Signal()  # the detail

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self.pairs: tuple[Pair, ...] = ()
        self.runs: tuple[TrainingRunRecord, ...] = ()
        self.verdict, self.category, self.order = "", "", ORDERS[0]
        self.detail: Detail | None = None
        self._reading = 0
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)
        self._opened()

    # --- what is shown ----------------------------------------------------------------------

    @property
    def categories(self) -> tuple[Category, ...]:
        """The study's classes."""
        return self._study.study.scheme.categories if self._study.study else ()

    @property
    def drawable(self) -> tuple[Category, ...]:
        """Classes with a finished generator."""
        return tuple(
            category
            for category in self.categories
            if any(draws(run, category.code) for run in self.runs)
        )

    @property
    def shown(self) -> tuple[Pair, ...]:
        """Pairs that pass the filters, in the chosen order."""
        passing = [pair for pair in self.of_class if self.verdict in ("", pair.roi.audit)]
        codes = [category.code for category in self.categories]
        orders = {
            ORDERS[0]: lambda pair: (
                -_SEVERITY.get(pair.roi.audit, 0),
                -(pair.roi.similarity or 0.0),
            ),
            ORDERS[1]: lambda pair: (-pair.roi.id, 0.0),
            ORDERS[2]: lambda pair: (codes.index(pair.roi.category), float(pair.roi.id)),
        }
        return tuple(sorted(passing, key=orders[self.order]))

    @property
    def of_class(self) -> tuple[Pair, ...]:
        """Pairs of the chosen class, whatever their verdict."""
        return tuple(p for p in self.pairs if self.category in ("", p.roi.category))

    def count(self, verdict: str = "") -> int:
        """How many of the chosen class have this verdict."""
        return sum(verdict in ("", pair.roi.audit) for pair in self.of_class)

    # --- choices ----------------------------------------------------------------------------

    def filter_verdict(self, verdict: str) -> None:
        """Only one verdict; "" for all."""
        self.verdict = verdict
        self.changed.emit()

    def filter_category(self, code: str) -> None:
        """Only one class; "" for all."""
        self.category = code
        self.changed.emit()

    def sort(self, order: str) -> None:
        """One of ORDERS."""
        self.order = order
        self.changed.emit()

    def choose(self, synthetic_id: int | None) -> None:
        """Show one pair in detail."""
        pair = next((one for one in self.pairs if one.roi.id == synthetic_id), None)
        self.detail = _detail(pair, self.runs) if pair else None
        self.chosen_changed.emit()

    def decide(self, accepted: bool) -> None:
        """Let the chosen ROI into reading, or keep it out."""
        store = self._study.store
        if store is None or self.detail is None:
            return
        reason = "allowed in the gallery" if accepted else "kept out in the gallery"
        try:
            record = learning.accept_synthetic(store, self.detail.pair.roi.id, accepted, reason)
        except StudyError as error:
            self._messages.error(str(error))
            return
        self._put(record)
        self._study.notify("synthetic")

    def _put(self, record: SyntheticRoiRecord) -> None:
        """Take over a changed record at once; the store is read again behind it."""
        self.pairs = tuple(
            replace(pair, roi=record) if pair.roi.id == record.id else pair for pair in self.pairs
        )
        self.choose(record.id)
        self.changed.emit()

    def draw(self, category: str, count: int) -> None:
        """Draw fresh ROIs of a class from its newest generator, and audit them."""
        store = self._study.store
        run = next((one for one in reversed(self.runs) if draws(one, category)), None)
        if store is None or run is None:
            self._messages.warning("There is no finished generator of this class yet.")
            return
        used = [pair.roi.seed for pair in self.pairs if pair.roi.run_id == run.id]
        seed = max(used, default=FIRST_SEED - 1) + 1 - FIRST_SEED
        self._jobs.run(
            f"Drawing {count} ROIs",
            lambda: synthesise(store, run.id, count, max(0, seed), category),
            self._drawn,
            self._failed,
        )

    def _drawn(self, records: tuple[SyntheticRoiRecord, ...]) -> None:
        copies = sum(record.audit == "copy" for record in records)
        one = len(records) == 1
        words = f"{len(records)} synthetic ROI{' was' if one else 's were'} drawn and audited"
        kept_out = "1 is a copy and stays" if copies == 1 else f"{copies} are copies and stay"
        words += f"; {kept_out} out." if copies else "; none is a copy."
        self._messages.ok(words)
        self._study.notify("synthetic")

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)

    # --- reading the study ------------------------------------------------------------------

    def _opened(self) -> None:
        self.pairs, self.runs, self.detail = (), (), None
        self.verdict, self.category = "", ""
        self.changed.emit()
        self.chosen_changed.emit()
        self._read()

    def _changed(self, topic: str) -> None:
        if topic in ("synthetic", "lesions", "study"):
            self._read()
        elif topic == "runs":
            self._read_runs()

    def _read(self) -> None:
        """Read in a thread: the pictures of some hundred ROIs are many MB."""
        store = self._study.store
        if store is None:
            return
        self._reading += 1
        number, categories = self._reading, self.categories
        self._jobs.small(
            lambda: _load(store, categories),
            lambda loaded: self._loaded(number, loaded),
            self._failed,
        )

    def _read_runs(self) -> None:
        """Only the generators: a run ends every few seconds, and the pictures are many."""
        store = self._study.store
        if store is not None:
            number = self._reading
            self._jobs.small(lambda: generators(store), lambda runs: self._runs_read(number, runs))

    def _runs_read(self, number: int, runs: tuple[TrainingRunRecord, ...]) -> None:
        if number == self._reading and runs != self.runs:
            taken_out = {run.id for run in self.runs} - {run.id for run in runs}
            self.runs = runs
            self.changed.emit()
            if taken_out:
                self._read()

    def _loaded(self, number: int, loaded: _Loaded) -> None:
        if number != self._reading:
            return  # a later reading is on its way
        self.pairs, self.runs = loaded.pairs, loaded.runs
        held = self.detail.pair.roi.id if self.detail else None
        self.changed.emit()
        self.choose(held)


_SEVERITY = {"copy": 2, "close": 1}


def _load(store: Store, categories: tuple[Category, ...]) -> _Loaded:
    rois = learning.synthetic_rois(store)
    by_code = {category.code: category for category in categories}
    images = {roi.lesion_id: roi.image for roi in cases.rois(store)} if rois else {}
    names = {lesion.id: _name(lesion) for lesion in cases.lesions(store)} if rois else {}
    pairs = tuple(
        Pair(
            roi,
            by_code[roi.category],
            images.get(roi.nearest_lesion_id or -1),
            names.get(roi.nearest_lesion_id or -1, ""),
        )
        for roi in rois
        if roi.category in by_code
    )
    return _Loaded(pairs, generators(store))


def _name(lesion: LesionRecord) -> str:
    fold = f", fold {lesion.fold + 1}" if lesion.fold is not None else ""
    return f"{lesion.patient} · {lesion.name}{fold}"


def _detail(pair: Pair, runs: tuple[TrainingRunRecord, ...]) -> Detail:
    run = next((one for one in runs if one.id == pair.roi.run_id), None)
    generator = f"{run.arm.upper()} {run.run_hash[:6]}" if run else pair.roi.run_hash[:6]
    if run is not None and run.fold is not None:
        generator += f", fold {run.fold + 1}"
    if pair.nearest is None:
        return Detail(pair, None, None, "", generator)
    found = nearest(pair.nearest[None], pair.roi.image[None])
    turn, (x, y) = int(found.turn[0]), (int(v) for v in found.shift[0])
    aligned = np.roll(turned(pair.nearest, turn), (-y, -x), (0, 1))
    return Detail(
        pair, aligned, _difference(pair.roi.image, aligned), _placed(turn, x, y), generator
    )


def _difference(synthetic: FloatArray, aligned: FloatArray) -> FloatArray:
    """Synthetic less aligned after equalling mean and contrast, grey .5 = no difference."""
    spread = float(aligned.std()) or 1.0
    level = (aligned - aligned.mean()) / spread * synthetic.std() + synthetic.mean()
    return np.asarray(np.clip(0.5 + (synthetic - level) / 2, 0, 1), dtype=np.float32)


def _placed(turn: int, x: int, y: int) -> str:
    parts = ["mirrored"] if turn >= 4 else []
    if turn % 4:
        parts.append(f"turned {90 * (turn % 4)}°")
    if x or y:
        parts.append(f"{max(abs(x), abs(y))} px")
    return ", ".join(parts) or "none"
