"""The line of runs that wait to be trained: put in, moved, taken out, and which one is next."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine import frames
from engine.errors import EngineError
from engine.experiment import orders
from engine.experiment.data import TrainingData
from engine.experiment.orders import KeptOrder
from engine.experiment.run import Run
from engine.files import ORDER, RESUME
from engine.halted import can_go_on, saved_step
from reader_app.workflows.recording import new_run
from studies import learning
from studies.errors import StudyError
from studies.records import TrainingRunRecord
from studies.store import Store

ENDED_WITH_PROGRAM = "The program ended during this run."
NOT_BEGUN = "Stopped before it began."
NEEDS_ANOTHER = "It needs a run that did not finish."


class Line:
    """Ids of the runs that wait, in order. One thread writes it; the one that trains only reads.

    `is_paused` asks the training to stop after its step and to begin no other run; `stopping`
    names a run that is to stop for good.
    """

    def __init__(self, ids: Iterable[int] = ()) -> None:
        self.ids = tuple(ids)
        self.is_paused = False
        self.stopping = 0

    def add(self, ids: Iterable[int], *, first: bool = False) -> None:
        """Put runs at the end, or before all others."""
        new = tuple(one for one in ids if one not in self.ids)
        self.ids = new + self.ids if first else self.ids + new

    def take_out(self, run_id: int) -> None:
        """A run waits no longer."""
        self.ids = tuple(one for one in self.ids if one != run_id)

    def move(self, run_id: int, by: int) -> None:
        """A run changes place with its neighbour, -1 up, 1 down; nothing beyond the ends."""
        at = self.ids.index(run_id) if run_id in self.ids else -1
        if at < 0 or not 0 <= at + by < len(self.ids):
            return
        moved = list(self.ids)
        moved[at], moved[at + by] = moved[at + by], moved[at]
        self.ids = tuple(moved)


@dataclass(frozen=True)
class Waiting:
    """A run whose turn it is: its record and its order."""

    record: TrainingRunRecord
    order: KeptOrder


def put_in(store: Store, runs: Iterable[Run], data: TrainingData) -> tuple[int, ...]:
    """Record runs as queued, each with its order in its folder; an ended one of the same content
    gives way to it. StudyError where the folder cannot be written to."""
    ended = _ended(store)
    return tuple(_queued(store, run, data, ended) for run in runs)


def put_back(store: Store, run_id: int) -> int:
    """Queue a run again that was paused, stopped or failed; returns its new number.

    It goes on from its saved state. Where the same content waits already, that run's number is
    returned. EngineError where its folder no longer says what it was to do; StudyError where it
    has not ended, stands finished or cannot be written.
    """
    record = learning.run(store, run_id)
    if record.state not in ("cancelled", "failed"):
        raise StudyError("Only a run that was paused, stopped or failed can go on.")
    same = learning.find_run(store, record.run_hash)
    if same is not None and same.state in ("queued", "running"):
        return same.id
    if same is not None and same.state == "finished":
        raise StudyError(f"This run stands finished already, as run {same.id}.")
    order = orders.read(record.folder)
    return _recorded(store, order.run, _ended(store))


@dataclass(frozen=True)
class PutBack:
    """Numbers of the runs that wait again, in turn; a sentence for each that cannot."""

    ids: tuple[int, ...]
    refused: tuple[str, ...]


def put_back_all(store: Store, run_ids: Iterable[int]) -> PutBack:
    """`put_back` of each run that is still listed; one that cannot go on holds up no other."""
    listed = {run.id for run in learning.runs(store)}
    ids, refused = [], []
    for run_id in dict.fromkeys(run_ids):
        if run_id not in listed:
            continue  # taken out, or put back under another number meanwhile
        try:
            ids.append(put_back(store, run_id))
        except (EngineError, StudyError) as error:
            refused.append(str(error))
    return PutBack(tuple(dict.fromkeys(ids)), tuple(dict.fromkeys(refused)))


def take_out_all(store: Store, run_ids: Iterable[int]) -> None:
    """Runs that wait are not done; they can be put back."""
    states = {run.id: run.state for run in learning.runs(store)}
    for run_id in run_ids:
        if states.get(run_id) == "queued":
            end(store, run_id, NOT_BEGUN)


def _ended(store: Store) -> dict[str, tuple[int, ...]]:
    """Ids of the runs that ended unfinished, by content."""
    found: dict[str, tuple[int, ...]] = {}
    for run in learning.runs(store):
        if run.state in ("cancelled", "failed"):
            found[run.run_hash] = (*found.get(run.run_hash, ()), run.id)
    return found


def _queued(store: Store, run: Run, data: TrainingData, ended: dict[str, tuple[int, ...]]) -> int:
    try:
        orders.write(store.runs_folder / run.hash, run, data)
    except OSError as error:
        raise StudyError(
            f"The study's folder cannot be written to ({error.strerror}). Free some space, or "
            "open it on a computer that may write to it."
        ) from error
    return _recorded(store, run, ended)


def _recorded(store: Store, run: Run, ended: dict[str, tuple[int, ...]]) -> int:
    """A new queued run; ended ones of the same content leave the lists."""
    for before in ended.get(run.hash, ()):
        learning.delete_run(store, before)
    return learning.start_run(store, new_run(run)).id


def next_run(store: Store, line: Line, begun: set[int]) -> Waiting | None:
    """The first run of the line whose needs are there; None where nothing can begin.

    Runs whose needs cannot come any more are cancelled on the way, with a word why.
    """
    states = {run.id: run for run in learning.runs(store)}
    waiting = [
        states[one]
        for one in line.ids
        if one not in begun and one in states and states[one].state == "queued"
    ]
    coming = {run.run_hash for run in waiting}
    for record in waiting:
        try:
            order = orders.read(record.folder)
        except EngineError as error:
            learning.update_run(store, record.id, state="failed", message=str(error))
            continue
        missing = [
            need.run
            for need in order.run.needs
            if not (store.runs_folder / need.run / need.file).exists()
        ]
        if not missing:
            return Waiting(record, order)
        if not set(missing) <= coming:
            end(store, record.id, NEEDS_ANOTHER)
            coming.discard(record.run_hash)
    return None


def end(store: Store, run_id: int, why: str) -> TrainingRunRecord:
    """A run ends before it is finished; what it can go on from stays, an empty folder goes."""
    record = learning.update_run(store, run_id, state="cancelled", message=why)
    tidy(record.folder)
    return record


def tidy(folder: Path) -> None:
    """Of a run without a saved state only its order stays."""
    if not (folder / RESUME).exists():
        _empty(folder)


def begin(folder: Path) -> None:
    """Make a folder ready for its run: what a sitting that was cut off left is cut back."""
    folder.mkdir(parents=True, exist_ok=True)
    step = saved_step(folder)
    if step is None:
        _empty(folder)
        folder.mkdir(exist_ok=True)
    else:
        frames.cut(folder, step)


def _empty(folder: Path) -> None:
    if folder.is_symlink() or not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.name == ORDER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not can_go_on(folder):
        folder.rmdir()


def halt_words(folder: Path, steps: int, verb: str) -> str:
    """ "Paused at step 240 of 600." by the saved state; without one, that it begins anew."""
    step = saved_step(folder)
    if step is None:
        return f"{verb} before its first step was kept; it begins anew."
    return f"{verb} at step {step:,} of {steps:,}."


def fitted(data: TrainingData, order: KeptOrder) -> TrainingData:
    """The ROIs, where they are those the order names; EngineError where they have changed."""
    if data.data_hash != order.data_hash:
        raise EngineError(
            "The study's ROIs have changed since this run was queued, so it cannot go on. Queue "
            "its recipe again to train on the present ones."
        )
    return data


def steps_of(store: Store, run_id: int) -> int:
    """Steps of a waiting run by its order; 0 where that cannot be read."""
    try:
        return orders.read(learning.run(store, run_id).folder).run.steps
    except EngineError:
        return 0


def resumable(record: TrainingRunRecord) -> bool:
    """Whether a run that ended unfinished can be queued again from where it stood."""
    return record.state in ("cancelled", "failed") and can_go_on(record.folder)
