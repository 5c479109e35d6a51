"""Doing a plan in this process on its one device: classifiers side by side, all else in turn.

For a machine with one GPU (ENGINE section 3.8): one work at a time on the device, its data
resident. Generators come first, since classifiers wait for them; then the plan's order holds.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine import journal
from engine.errors import CheckpointError, EngineError
from engine.experiment import lock, record, shelf
from engine.experiment.grouping import Allowance, device_of_group, memory_of, next_group, work_in
from engine.experiment.ledger import (
    ExperimentProgress,
    Ledger,
    filled,
    named,
    opened,
    scratch_in,
)
from engine.experiment.record import RunRecord
from engine.experiment.run import Plan, Run
from engine.experiment.shelf import Input, Missing
from engine.experiment.worker import Order, Parcel, executing, mapped, with_threads
from engine.files import SYNTHETIC
from engine.jobs import Progress, passed_on
from engine.outcome import Outcome
from engine.specs import CnnTraining, to_json

if TYPE_CHECKING:
    from engine.accelerate.resident import ResidentCrops
    from engine.cnn.training import CnnResult
    from engine.device import Device
    from engine.patches import LesionPatches

T = TypeVar("T")

NOTHING_YET = Progress(0, 1, "")


def run_on_device(
    plan: Plan, folder: Path, *, pieces_s: float | None = None, threads: int = 1
) -> Generator[Progress, None, tuple[RunRecord, ...]]:
    """Do what is not finished of the plan; returns the finished runs' records, in its order.

    The folder, the lock, the records and the failures are those of `engine.experiment.run`.
    Classifiers of one network and about as many steps train together, as many as the device's
    memory is estimated to hold (engine.accelerate.memory); the weights are those of a run by itself
    but for rounding and dropout's draws, and the record's device says how many there were. A group
    that fails is halved, down to a run by itself, whose failure is then the plan's.

    With `pieces_s`, nothing is begun after so many seconds, and groups are of a size to end by then
    at the rate of those before: the records are then fewer than the plan's runs, and calling it
    again goes on. At least one run or group is done a call.

    Yields ExperimentProgress; on a CPU no sooner than after a step of the whole group.
    """
    ends = None if pieces_s is None else time.monotonic() + pieces_s
    folder.mkdir(parents=True, exist_ok=True)
    with lock.held(folder), scratch_in(folder) as scratch, with_threads(threads):
        ledger = yield from opened(plan, folder)
        yield ledger.told()
        if ledger.queue:
            desk = _Desk(ledger, scratch, threads)
            yield from desk.done(ends)
            while ledger.queue and (ends is None or time.monotonic() < ends):
                yield from desk.done(ends)
        return ledger.records()


@dataclass(frozen=True)
class _Place:
    """A run of a group, the folder it is done in, and the files it needs."""

    run: Run
    spec: CnnTraining
    folder: Path
    needed: tuple[Path, ...]

    @property
    def synthetic(self) -> Path | None:
        """Its D_synth, where it has one."""
        return self.folder / SYNTHETIC if self.run.draws else None


class _Desk:
    """The device, the ROIs beside it, and how much a group may still take."""

    def __init__(self, ledger: Ledger, scratch: Path, threads: int) -> None:
        from engine.accelerate.memory import room_on
        from engine.device import best_device
        from engine.patches import LesionPatches

        self._ledger, self._scratch, self._threads = ledger, scratch, threads
        self._patches: LesionPatches = LesionPatches.load(ledger.plan.patches)
        self._device: Device = best_device()
        self._room = room_on(self._device)
        self._crops = self._resident()

    def done(self, ends: float | None) -> Generator[Progress, None, None]:
        """Do the next run or group, of a size to be done by `ends` (time.monotonic).

        One that fails is left, to be halved, to the next call. EngineError, named, where a run by
        itself fails.
        """
        from engine.accelerate.memory import release

        runs = next_group(tuple(self._ledger.ready()), self._allowed(ends))
        if len(runs) == 1:
            yield from self._alone(runs[0])
            return
        try:
            yield from self._together(runs)
        except CheckpointError as error:  # a disk that is full is full for the halves too
            raise named(runs[0], error) from error
        except EngineError:
            self._room = memory_of(runs) // 2
        release(self._device)

    def _allowed(self, ends: float | None) -> Allowance:
        if ends is None:
            return Allowance(self._room)
        seconds, plan = ends - time.monotonic(), self._ledger.plan
        records = self._ledger.records()
        return Allowance(self._room, work_in(seconds, plan.runs, records, self._device.name))

    def _resident(self) -> ResidentCrops | None:
        """The native crops, where D_aug is drawn on the device."""
        from engine.accelerate.resident import ResidentCrops

        if self._device.kind != "cuda" or self._patches.slices > 1:
            return None
        return ResidentCrops.of(self._patches, self._device.torch)

    def _alone(self, one: Run) -> Generator[Progress, None, None]:
        try:
            parcel = yield from self._told((one,), self._performed(one, self._ledger.inputs(one)))
            yield self._kept(one, parcel)
        except EngineError as error:
            raise named(one, error) from error

    def _performed(self, one: Run, inputs: tuple[Input, ...]) -> Generator[Progress, None, Parcel]:
        """As on a worker; an input that was changed is said as there."""
        order = Order(one, self._ledger.plan.data_hash, self._threads)
        brought = yield from executing(order, inputs, str(self._scratch))
        if isinstance(brought, Missing):
            brought = yield from executing(order, filled(inputs, brought), str(self._scratch))
        if not isinstance(brought, Parcel):
            raise EngineError(
                "The folder of this experiment was removed while it ran. Start it again; what is "
                "still there of finished runs is kept."
            )
        return brought

    def _together(self, runs: tuple[Run, ...]) -> Generator[Progress, None, None]:
        """Train the runs as one network; each is kept as soon as it has its steps."""
        started = datetime.now(UTC).isoformat(timespec="seconds")
        with tempfile.TemporaryDirectory(dir=self._scratch, ignore_cleanup_errors=True) as room:
            places = []
            for one in runs:
                places.append(self._place(one, Path(room)))
                yield self._share(runs, NOTHING_YET)
                yield from self._told(runs, self._drawn(places[-1]), NOTHING_YET)
            with closing(self._trained(places)) as training:
                for progress in training:
                    yield self._share(runs, progress)
                    for number, result in _ended(progress):
                        place = places[number]
                        outcome = _outcome(result, len(runs))
                        if place.run.is_mapped:
                            mapping = self._mapped(place.run, outcome)
                            outcome = yield from self._told(runs, mapping, progress)
                        yield self._kept(place.run, self._packed(place, outcome, started))

    def _place(self, one: Run, room: Path) -> _Place:
        """A folder with the run's spec, its needed files looked up."""
        assert isinstance(one.spec, CnnTraining)
        _, *others = self._ledger.inputs(one)  # the ROIs are in memory
        inputs = tuple(others)
        held = shelf.gather(inputs, room)
        if isinstance(held, Missing):
            held = shelf.gather(filled(inputs, held), room)
            assert not isinstance(held, Missing)
        folder = room / one.hash
        folder.mkdir()
        (folder / "spec.json").write_text(to_json(one.spec), "utf-8")
        needed = tuple(held[f"{need.run}/{need.file}"] for need in one.needs)
        return _Place(one, one.spec, folder, needed)

    def _drawn(self, place: _Place) -> Generator[Progress, None, None]:
        """D_synth of a run that has one, beside its spec."""
        from engine.draws import draw_file

        if place.run.draws and place.synthetic:
            yield from draw_file(place.run.draws, (place.synthetic, *place.needed))

    def _trained(self, places: Sequence[_Place]) -> Generator[Progress, None, None]:
        """The group's training; each run's own numbers go into its folder."""
        from engine.accelerate.group import train_batched

        by_spec = {place.spec: place for place in places}
        running = train_batched(
            tuple(by_spec),
            self._patches,
            lambda spec: by_spec[spec].folder,
            lambda spec: by_spec[spec].synthetic,
            self._device,
            self._crops,
        )
        with closing(running):
            for progress in running:
                _note(places, progress)
                yield progress

    def _mapped(self, one: Run, outcome: Outcome) -> Generator[Progress, None, Outcome]:
        order = Order(one, self._ledger.plan.data_hash, self._threads)
        return mapped(order, self._ledger.plan.patches, outcome)

    def _packed(self, place: _Place, outcome: Outcome, started: str) -> Parcel:
        """A finished run of a group as a worker would send it; D_synth is not among its files."""
        data_hash = self._ledger.plan.data_hash
        found = record.record_of(place.run, data_hash, outcome, place.folder, started)
        return Parcel(found, record.pack(found, place.folder))

    def _told(
        self,
        runs: tuple[Run, ...],
        running: Generator[Progress, None, T],
        beside: Progress | None = None,
    ) -> Generator[Progress, None, T]:
        """A work with its progress as the plan's; or that of the training it is done `beside`."""
        return (yield from passed_on(running, lambda inner: self._share(runs, beside or inner)))

    def _share(self, runs: tuple[Run, ...], inner: Progress) -> Progress:
        """Progress of some runs as the plan's: those under way count by their steps so far."""
        title, *more = (one.title for one in runs)
        words = f"{title} and {len(more)} more together" if more else title
        told = self._ledger.told((words,))
        share = min(1.0, inner.done / inner.total) if inner.total > 1 else 0.0
        longest = share * max(one.steps for one in runs)
        under_way = (one for one in runs if one in self._ledger.queue)
        return replace(
            told, done=told.done + sum(int(min(longest, one.steps)) for one in under_way)
        )

    def _kept(self, one: Run, parcel: Parcel) -> ExperimentProgress:
        """Keep a run; nobody needs to begin it any more."""
        kept = self._ledger.keep(one, parcel)
        self._ledger.queue.remove(one)
        return self._ledger.told(finished=kept)


def _outcome(result: CnnResult, count: int) -> Outcome:
    return Outcome(
        result.checkpoint,
        result.seconds,
        result.steps,
        device_of_group(result.device, count),
        accuracy=result.accuracy,
        correct=result.correct,
        n=result.n,
        ids=result.ids,
        probabilities=result.probabilities,
    )


def _ended(progress: Progress) -> tuple[tuple[int, CnnResult], ...]:
    """The runs of a group that have had their steps, by their number in it."""
    from engine.accelerate.group import GroupProgress

    return progress.ended if isinstance(progress, GroupProgress) else ()


def _note(places: Sequence[_Place], progress: Progress) -> None:
    """Each run's own loss and accuracy into its folder, as long as it trains."""
    from engine.accelerate.group import GroupProgress

    for number, numbers in progress.each if isinstance(progress, GroupProgress) else ():
        place = places[number]
        journal.note(place.folder, Progress(progress.done, place.run.steps, "", numbers))
