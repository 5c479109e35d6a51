"""The synthetic gallery: what was drawn, the real ROIs nearest to it, and what is decided on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.gallery_loading import (
    STANDINGS,
    Detail,
    LoadedGallery,
    Pair,
    generator_name,
    load,
)
from reader_app.state.job_signals import Jobs
from reader_app.state.self_test import SelfTest
from reader_app.state.study_state import StudyState
from reader_app.workflows.neighbours import Neighbour, Yardstick, neighbours, yardstick
from reader_app.workflows.synthesise import FIRST_SEED, draws, generators, synthesise
from studies import learning
from studies.errors import StudyError
from studies.records import Category, SyntheticRoiRecord, TrainingRunRecord
from studies.store import Store

VERDICTS = ("clear", "close", "copy")
ORDERS = ("Least clear first", "Newest first", "By class")
_Key = tuple[int, str]


class GalleryState(QObject):
    """The only writer of what the gallery shows."""

    changed = Signal()  # the pairs, filters, counts
    chosen_changed = Signal()  # the detail, and which are selected

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self.self_test = SelfTest(study, jobs, messages)
        self.pairs: tuple[Pair, ...] = ()
        self.runs: tuple[TrainingRunRecord, ...] = ()
        self.verdict, self.category, self.order = "", "", ORDERS[0]
        self.run_id, self.standing = 0, ""
        self.detail: Detail | None = None
        self.selected: tuple[int, ...] = ()
        self._yardsticks: dict[_Key, Yardstick] = {}
        self._undo: list[tuple[SyntheticRoiRecord, ...]] = []
        self._reading = self._looking = 0
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
    def generators(self) -> tuple[tuple[int, str], ...]:
        """Number and name of every finished generator, oldest first."""
        return tuple((run.id, generator_name(run)) for run in self.runs)

    @property
    def shown(self) -> tuple[Pair, ...]:
        """Pairs that pass the filters, in the chosen order."""
        passing = [pair for pair in self.filtered if self.verdict in ("", pair.roi.audit)]
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
    def filtered(self) -> tuple[Pair, ...]:
        """Pairs of the chosen class, generator and decision, whatever their verdict."""
        return tuple(
            pair
            for pair in self.pairs
            if self.category in ("", pair.roi.category)
            and self.run_id in (0, pair.roi.run_id)
            and self.standing in ("", pair.standing)
        )

    def count(self, verdict: str = "") -> int:
        """How many of those have this verdict."""
        return sum(verdict in ("", pair.roi.audit) for pair in self.filtered)

    @property
    def standings(self) -> tuple[tuple[str, int], ...]:
        """How many of all pairs are undecided, accepted, kept out."""
        found = [pair.standing for pair in self.pairs]
        return tuple((standing, found.count(standing)) for standing in STANDINGS)

    @property
    def chosen(self) -> tuple[Pair, ...]:
        """The selected pairs that are shown."""
        held = set(self.selected)
        return tuple(pair for pair in self.shown if pair.roi.id in held)

    @property
    def can_undo(self) -> bool:
        """Whether a decision of this sitting can be taken back."""
        return bool(self._undo)

    # --- choices ----------------------------------------------------------------------------

    def filter_verdict(self, verdict: str) -> None:
        """Only one verdict; "" for all."""
        self.verdict = verdict
        self.changed.emit()

    def filter_category(self, code: str) -> None:
        """Only one class; "" for all."""
        self.category = code
        self.changed.emit()

    def filter_run(self, run_id: int) -> None:
        """Only one generator's; 0 for all."""
        self.run_id = run_id
        self.changed.emit()

    def filter_standing(self, standing: str) -> None:
        """Only those undecided, accepted or kept out; "" for all."""
        self.standing = standing
        self.changed.emit()

    def sort(self, order: str) -> None:
        """One of ORDERS."""
        self.order = order
        self.changed.emit()

    def choose(self, synthetic_id: int | None) -> None:
        """Show one pair in detail, and select it alone."""
        self.select(() if synthetic_id is None else (synthetic_id,), synthetic_id)

    def select(self, synthetic_ids: Iterable[int], current: int | None) -> None:
        """Select these pairs; `current` is shown in detail."""
        there = {pair.roi.id: pair for pair in self.pairs}
        self.selected = tuple(one for one in synthetic_ids if one in there)
        held = self.detail
        if current is None or current not in there:
            self.detail = None
        elif held is None or held.pair != there[current]:
            self.detail = Detail(there[current], self._generator(there[current]))
        self.chosen_changed.emit()
        if self.detail is not None and not self.detail.near:
            self._look()

    def decide(self, accepted: bool, reason: str = "") -> None:
        """Let the selected ROIs into reading, or keep them out for a reason.

        Copies stay out whatever is decided, and that is said.
        """
        store, chosen = self._study.store, self.chosen
        wanted = tuple(p.roi for p in chosen if not (accepted and p.roi.audit == "copy"))
        copies = len(chosen) - len(wanted)
        if copies:
            self._messages.warning(_copies_words(copies))
        if store is None or not wanted:
            return
        try:
            ids = tuple(roi.id for roi in wanted)
            found = learning.decide_synthetic(store, ids, accepted, reason)
        except StudyError as error:
            self._messages.error(str(error))
            return
        self._undo.append(wanted)
        self._put(found)
        self._messages.ok(_decided_words(len(found), accepted), "Undo", self.undo)

    def undo(self) -> None:
        """Take back the newest decision of this sitting."""
        store = self._study.store
        if store is None or not self._undo:
            return
        try:
            found = learning.take_back_decisions(store, self._undo[-1])
        except StudyError as error:
            self._messages.error(str(error))
            return
        self._undo.pop()
        self._put(found)

    def _put(self, records: tuple[SyntheticRoiRecord, ...]) -> None:
        """Take over changed records at once; the store is read again behind it."""
        known = {record.id: record for record in records}
        self.pairs = tuple(replace(p, roi=known.get(p.roi.id, p.roi)) for p in self.pairs)
        held = self.detail
        if held is not None and held.pair.roi.id in known:
            self.detail = replace(held, pair=replace(held.pair, roi=known[held.pair.roi.id]))
        self.changed.emit()
        self.chosen_changed.emit()
        self._study.notify("synthetic")

    # --- the nearest real ROIs ----------------------------------------------------------------

    def _look(self) -> None:
        """Find the real ROIs most like the chosen one, in the background."""
        store = self._study.store
        if store is None or self.detail is None:
            return
        self._looking += 1
        number, roi = self._looking, self.detail.pair.roi
        key = (roi.run_id, roi.category)
        known = self._yardsticks.get(key)
        self._jobs.small(
            lambda: _look_at(store, roi, known),
            lambda found: self._looked(number, key, found),
            lambda failure: self._not_looked(number, failure),
        )

    def _looked(
        self, number: int, key: _Key, found: tuple[Yardstick, tuple[Neighbour, ...]]
    ) -> None:
        if number == self._looking and self.detail is not None:
            self._yardsticks[key] = found[0]
            self.detail = replace(self.detail, yardstick=found[0], near=found[1])
            self.chosen_changed.emit()

    def _not_looked(self, number: int, failure: Failure) -> None:
        if number == self._looking and self.detail is not None:
            self.detail = replace(self.detail, trouble=failure.sentence)
            self.chosen_changed.emit()

    def _generator(self, pair: Pair) -> str:
        run = next((one for one in self.runs if one.id == pair.roi.run_id), None)
        return generator_name(run) if run else pair.roi.run_hash[:6]

    # --- drawing ------------------------------------------------------------------------------

    def draw(self, category: str, count: int) -> None:
        """Draw fresh ROIs of a class and audit them.

        From the generator that the filter names, where it draws the class, else from its newest.
        """
        store = self._study.store
        able = [one for one in self.runs if draws(one, category)]
        named = [one for one in able if one.id == self.run_id]
        run = next(reversed(named or able), None)
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
        self.pairs, self.runs, self.detail, self.selected = (), (), None, ()
        self.verdict, self.category, self.run_id, self.standing = "", "", 0, ""
        self._yardsticks, self._undo = {}, []
        self.changed.emit()
        self.chosen_changed.emit()
        self._read()

    def _changed(self, topic: str) -> None:
        if topic in ("lesions", "study"):
            self._yardsticks = {}
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
            lambda: load(store, categories),
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

    def _loaded(self, number: int, loaded: LoadedGallery) -> None:
        if number != self._reading:
            return  # a later reading is on its way
        self.pairs, self.runs = loaded.pairs, loaded.runs
        if self.run_id not in {run.id for run in self.runs}:
            self.run_id = 0
        held = self.detail.pair.roi.id if self.detail else None
        self.changed.emit()
        self.select(self.selected, held)


_SEVERITY = {"copy": 2, "close": 1}


def _look_at(
    store: Store, roi: SyntheticRoiRecord, known: Yardstick | None
) -> tuple[Yardstick, tuple[Neighbour, ...]]:
    among = known or yardstick(store, roi.run_id, roi.category)
    return among, neighbours(roi, among)


def _copies_words(copies: int) -> str:
    if copies == 1:
        return "A copy of a real ROI stays out: it can neither train nor be read."
    return f"{copies} copies of real ROIs stay out: they can neither train nor be read."


def _decided_words(count: int, accepted: bool) -> str:
    rois = "1 synthetic ROI" if count == 1 else f"{count} synthetic ROIs"
    return f"{rois} accepted for reading." if accepted else f"{rois} kept out of reading."
