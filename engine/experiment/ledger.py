"""Which runs of a plan are kept and which are still to do, whoever does them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.errors import CheckpointError, EngineError
from engine.experiment import record
from engine.experiment.record import RunRecord
from engine.experiment.run import Need, Plan, Run
from engine.experiment.shelf import Input, Missing
from engine.experiment.worker import Parcel
from engine.jobs import Progress

SCRATCH = ".scratch-"
ROIS = "patches.npz"


@dataclass(frozen=True)
class ExperimentProgress(Progress):
    """Progress of a plan in forecast steps; `finished` is the run that was just kept, if any."""

    finished: RunRecord | None = None
    runs_done: int = 0
    runs_total: int = 0


def opened(plan: Plan, folder: Path) -> Generator[Progress, None, Ledger]:
    """The plan's ledger as its folder stands; says which records cannot be believed.

    EngineError where the ROIs have changed, or a run is built on one that is not planned.
    """
    finished = yield from _finished(plan, folder)
    queue = yield from _unfinished(plan, folder, finished)
    return Ledger(plan, folder, finished, queue)


class Ledger:
    """The plan's records by hash, the runs that nobody has begun (`queue`), and what is open."""

    def __init__(
        self, plan: Plan, folder: Path, finished: dict[str, RunRecord], queue: list[Run]
    ) -> None:
        self.plan, self.queue = plan, queue
        self._folder = folder
        self._records = finished
        self._runs = {one.hash: one for one in plan.runs}
        self._open = {one.hash: one for one in queue}
        self._rois = _checked_rois(plan) if queue else None

    def ready(self) -> Iterator[Run]:
        """The queue's runs whose needs are finished, in its order."""
        return (one for one in self.queue if self._is_ready(one))

    def inputs(self, one: Run) -> tuple[Input, ...]:
        """The ROIs, then each needed file once."""
        assert self._rois is not None
        needed = tuple(dict.fromkeys(one.needs))
        return (self._rois, *(self._input(need) for need in needed))

    def keep(self, one: Run, brought: Parcel) -> RunRecord:
        """Write a finished run into the folder; CheckpointError where it cannot be kept."""
        record.check(brought.record, one, self.plan.data_hash)
        record.keep(self._folder, brought.record, brought.files)
        self._records[one.hash] = brought.record
        del self._open[one.hash]
        return brought.record

    def told(
        self, titles: tuple[str, ...] = (), at_once: int = 1, finished: RunRecord | None = None
    ) -> ExperimentProgress:
        """How far the plan is while the runs `titles` are under way, `at_once` side by side."""
        total = steps_of(self._runs.values())
        done, count = total - steps_of(self._open.values()), len(self._runs) - len(self._open)
        if finished is not None:
            titles = (self._runs[finished.hash].title,)
        return ExperimentProgress(
            done,
            total,
            self._words(count, titles, at_once),
            _metrics(finished),
            finished=finished,
            runs_done=count,
            runs_total=len(self._runs),
        )

    def records(self) -> tuple[RunRecord, ...]:
        """The record of every run that is finished, once, in the plan's order."""
        return tuple(self._records[name] for name in self._runs if name not in self._open)

    def _is_ready(self, one: Run) -> bool:
        return all(need.run not in self._open for need in one.needs)

    def _input(self, need: Need) -> Input:
        """The file as its run's record names it; the worker looks whether it is still so."""
        made = self._records.get(need.run) or record.read(self._folder / need.run)
        path = (self._folder / need.run / need.file).resolve()
        return Input(f"{need.run}/{need.file}", made.file_hash(need.file), str(path))

    def _words(self, count: int, titles: tuple[str, ...], at_once: int) -> str:
        words = f"{count} of {len(self._runs)} runs"
        left = _seconds_left(self._open.values(), self._records, self._runs)
        if left is not None and self._open:
            words += f", {_in_words(left / min(at_once, len(self._open)))} left"
        title = "; ".join(titles[:2])
        return f"{words}: {title}" if title else words


def _finished(plan: Plan, folder: Path) -> Generator[Progress, None, dict[str, RunRecord]]:
    """The record of each finished run by hash; says which records cannot be believed."""
    found: dict[str, RunRecord] = {}
    for at, one in enumerate(plan.runs):
        if at % 50 == 0:
            yield Progress(at, len(plan.runs), "Reading finished runs")
        try:
            held = record.find(folder, one, plan.data_hash)
        except CheckpointError as error:
            yield Progress(at, len(plan.runs), str(error))
        else:
            found.update({one.hash: held} if held else {})
    return found


def _unfinished(
    plan: Plan, folder: Path, finished: dict[str, RunRecord]
) -> Generator[Progress, None, list[Run]]:
    """The runs to do: those without a record, and those whose lost files these are built on."""
    runs = {one.hash: one for one in plan.runs}
    wanted = {name: name not in finished for name in runs}
    looked: set[Need] = set()
    for one in reversed(_in_order(runs)):
        for need in one.needs if wanted[one.hash] else ():
            if wanted.get(need.run) or need in looked:
                continue
            yield Progress(0, 1, f"Checking the files of {one.title}")
            looked.add(need)
            if not record.is_there(folder, need):
                _check_planned(one, need, runs)
                wanted[need.run] = True
    return [one for name, one in runs.items() if wanted[name]]


def _in_order(runs: dict[str, Run]) -> list[Run]:
    """Each run after those it needs, whatever the order of the plan."""
    placed: dict[str, Run] = {}

    def place(one: Run) -> None:
        for need in one.needs:
            if need.run in runs and need.run not in placed:
                place(runs[need.run])
        placed[one.hash] = one

    for one in runs.values():
        if one.hash not in placed:
            place(one)
    return list(placed.values())


def _check_planned(one: Run, need: Need, runs: dict[str, Run]) -> None:
    if need.run not in runs:
        raise EngineError(
            f"“{one.title}” is built on a run that is neither finished nor planned. Plan the "
            "experiment again."
        )


def _checked_rois(plan: Plan) -> Input:
    """The ROIs' file, if it holds what the plan was made for."""
    from engine.patches import LesionPatches

    if LesionPatches.load(plan.patches).data_hash() != plan.data_hash:
        raise EngineError("The ROIs have changed since this experiment was planned; plan it again.")
    return Input.of(ROIS, plan.patches)


def filled(inputs: tuple[Input, ...], missing: Missing) -> tuple[Input, ...]:
    """The inputs, those that the worker lacks with their bytes; EngineError for a changed file."""
    return tuple(one.filled() if one.sha256 in missing.hashes else one for one in inputs)


def named(one: Run, error: BaseException) -> BaseException:
    """The failure with its run's title; an unexpected one stays as it is."""
    if isinstance(error, OSError):
        told: BaseException = CheckpointError(
            f"{one.title}: a file could not be written or read ({error.strerror or error}). Free "
            "some space, then start the experiment again; finished runs are kept."
        )
        told.__cause__ = error
        return told
    if not isinstance(error, EngineError):
        return error
    named = type(error)(f"{one.title}: {error}")
    named.__cause__ = error
    return named


def steps_of(runs: Iterable[Run]) -> int:
    """Forecast steps of runs; one without steps counts as one."""
    return sum(max(1, one.steps) for one in runs)


def _seconds_left(
    remaining: Iterable[Run], records: dict[str, RunRecord], runs: dict[str, Run]
) -> float | None:
    """Worker seconds of what remains, at the rate of its like so far; None with nothing to go by.

    Like are runs of the same arm; where none is finished, all runs.
    """
    known = [(runs[one.hash], one.seconds) for one in records.values()]
    if not known:
        return None
    spent: dict[str, float] = {"": sum(seconds for _, seconds in known)}
    steps: dict[str, int] = {"": steps_of(one for one, _ in known)}
    for one, seconds in known:
        spent[one.arm] = spent.get(one.arm, 0.0) + seconds
        steps[one.arm] = steps.get(one.arm, 0) + max(1, one.steps)
    rate = {arm: spent[arm] / steps[arm] for arm in spent}
    return sum(rate.get(one.arm, rate[""]) * max(1, one.steps) for one in remaining)


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"about {max(1, round(seconds))} s"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min"
    return f"about {seconds / 3600:.1f} h"


def _metrics(finished: RunRecord | None) -> tuple[tuple[str, float], ...]:
    if finished is None:
        return ()
    numbers = (("accuracy", finished.accuracy), ("kid", finished.kid))
    return tuple((name, value) for name, value in numbers if value is not None)


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """The folder that runs are done in; what a killed program left of its own goes first."""
    record.drop_partial(folder)
    for left in sorted(folder.glob(SCRATCH + "*")):
        shutil.rmtree(left, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=folder)).resolve()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
