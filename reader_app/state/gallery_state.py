"""The synthetic gallery: what was drawn, the real ROIs nearest to it, and what is decided on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.gallery_decisions import GalleryDecisions, decided_words
from reader_app.state.gallery_loading import (
    Detail,
    LoadedGallery,
    Pair,
    generator_name,
    load,
)
from reader_app.state.gallery_sight import ORDERS, Filters, Sight, sight
from reader_app.state.job_signals import Jobs
from reader_app.state.self_test import SelfTest
from reader_app.state.study_state import GalleryPointer, StudyState
from reader_app.workflows.neighbours import Neighbour, Yardstick, neighbours, yardstick
from reader_app.workflows.synthesise import FIRST_SEED, draws, generators, synthesise
from studies.records import Category, SyntheticRoiRecord, TrainingRunRecord
from studies.store import Store

_Key = tuple[int, str]


class GalleryState(QObject):
    """The only writer of what the gallery shows."""

    changed = Signal()  # the pairs, filters, counts
    chosen_changed = Signal()  # the detail, and which are selected
    called = Signal()  # another page wants the gallery to be seen

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
        self._seen = sight((), Filters(), ())
        self._yardsticks: dict[_Key, Yardstick] = {}
        self._decisions = GalleryDecisions(study, jobs, messages)
        self._reading = self._looking = 0
        self._is_read = self._telling = False
        self._wanted: int | None = None  # asked for before it was read
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)
        study.gallery_pointed.connect(self._turn_to)
        self._opened()

    # --- what is shown ----------------------------------------------------------------------

    @property
    def categories(self) -> tuple[Category, ...]:
        """The study's classes."""
        return self._study.categories

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
        return self._sight.shown

    def count(self, verdict: str = "") -> int:
        """How many of the chosen class, generator and decision have this verdict; "" for all."""
        return self._sight.count(verdict)

    @property
    def standings(self) -> tuple[tuple[str, int], ...]:
        """How many of all pairs are undecided, accepted, kept out."""
        return self._sight.standings

    @property
    def chosen(self) -> tuple[Pair, ...]:
        """The selected pairs that are shown, oldest first."""
        held = self._sight.ids.intersection(self.selected)
        return tuple(pair for pair in self.pairs if pair.roi.id in held) if held else ()

    @property
    def _sight(self) -> Sight:
        """All that is shown asks for it: it is made anew when pairs or filters are others."""
        filters = Filters(self.verdict, self.category, self.run_id, self.standing, self.order)
        if self._seen.of is not self.pairs or self._seen.filters != filters:
            self._seen = sight(self.pairs, filters, self.categories)
        return self._seen

    @property
    def can_undo(self) -> bool:
        """Whether a decision of this sitting can be taken back."""
        return self._decisions.can_undo

    @property
    def is_writing(self) -> bool:
        """Whether decisions on many are being written: the next one waits for them."""
        return self._decisions.is_writing

    # --- choices ----------------------------------------------------------------------------

    def choose_one(self) -> None:
        """Where no pair that is shown is chosen, choose the first; none where none is shown."""
        if self._is_read and not self.chosen:
            shown = self.shown
            if shown or self.detail is not None:
                self.choose(shown[0].roi.id if shown else None)

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
        before = self.shown
        self._decisions.decide(
            tuple(pair.roi for pair in self.chosen),
            accepted,
            reason,
            lambda found: self._decided(found, before, accepted),
        )
        self._say_writing()

    def _decided(
        self, found: tuple[SyntheticRoiRecord, ...], before: tuple[Pair, ...], accepted: bool
    ) -> None:
        if found:
            self._put(found)
            self._go_on(before)
            self._messages.ok(decided_words(len(found), accepted), "Undo", self.undo)
        else:
            self.chosen_changed.emit()

    def undo(self) -> None:
        """Take back the newest decision of this sitting."""
        self._decisions.undo(self._show_restored)
        self._say_writing()

    def redo(self) -> None:
        """Decide again what was taken back last."""
        self._decisions.redo(self._show_restored)
        self._say_writing()

    def _say_writing(self) -> None:
        if self.is_writing:
            self.chosen_changed.emit()

    def _show_restored(self, found: tuple[SyntheticRoiRecord, ...]) -> None:
        if found:
            self._put(found)
            self.select([record.id for record in found], found[0].id)
        else:
            self.chosen_changed.emit()

    def _put(self, records: tuple[SyntheticRoiRecord, ...]) -> None:
        """Take over changed records at once; the pictures are not read again for them."""
        known = {record.id: record for record in records}
        self.pairs = tuple(
            replace(p, roi=known[p.roi.id]) if p.roi.id in known else p for p in self.pairs
        )
        held = self.detail
        if held is not None and held.pair.roi.id in known:
            self.detail = replace(held, pair=replace(held.pair, roi=known[held.pair.roi.id]))
        self.changed.emit()
        self.chosen_changed.emit()
        self._telling = True
        self._study.notify("synthetic")
        self._telling = False

    def _go_on(self, before: tuple[Pair, ...]) -> None:
        """Where the filters hide what was decided, choose the pair that stood next in `before`."""
        held, shown = set(self.selected), {pair.roi.id for pair in self.shown}
        if held & shown:
            return
        places = [at for at, pair in enumerate(before) if pair.roi.id in held]
        last = places[-1] if places else 0
        order = (*before[last:], *reversed(before[:last]))
        self.choose(next((pair.roi.id for pair in order if pair.roi.id in shown), None))

    # --- another page asks ------------------------------------------------------------------

    def _turn_to(self, pointer: GalleryPointer) -> None:
        """Show what another page asks for, as soon as it is read."""
        self.verdict, self.standing = "", ""
        self.run_id, self.category = pointer.run_id, pointer.category
        self._wanted = pointer.synthetic_id
        self.called.emit()
        self.changed.emit()
        if self._is_read:
            self._choose_wanted()

    def _choose_wanted(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            self.choose(wanted)

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
            self._messages.warning(
                "No generator of this class has finished. Choose CNN-AUG-GAN on Train, queue it, "
                "and draw when it is done."
            )
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
        self._yardsticks = {}
        self._decisions.forget()
        self._is_read, self._wanted = False, None
        self.changed.emit()
        self.chosen_changed.emit()
        self._read()

    def _changed(self, topic: str) -> None:
        if topic in ("lesions", "study"):
            self._yardsticks = {}
        if topic == "synthetic" and self._telling and self._is_read:
            return
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
        self._is_read = False
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
            others = {run.id for run in self.runs} != {run.id for run in runs}
            self.runs = runs
            self.changed.emit()
            if others:  # taken out, with its ROIs, or put back with them
                self._read()

    def _loaded(self, number: int, loaded: LoadedGallery) -> None:
        if number != self._reading:
            return  # a later reading is on its way
        self.pairs, self.runs = loaded.pairs, loaded.runs
        if self.run_id not in {run.id for run in self.runs}:
            self.run_id = 0
        held = self.detail.pair.roi.id if self.detail else None
        self._is_read = True
        self.changed.emit()
        self.select(self.selected, held)
        self._choose_wanted()


def _look_at(
    store: Store, roi: SyntheticRoiRecord, known: Yardstick | None
) -> tuple[Yardstick, tuple[Neighbour, ...]]:
    among = known or yardstick(store, roi.run_id, roi.category)
    return among, neighbours(roi, among)
