"""One run of an experiment, done in a folder: by a live child process or by any executor."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import numpy as np

from engine import journal
from engine import outcome as doing
from engine.draws import draw_file
from engine.errors import TooFewError
from engine.experiment import maps, record, shelf
from engine.experiment.record import PackedFile, RunRecord
from engine.experiment.run import Run
from engine.experiment.shelf import Input, Missing
from engine.files import SYNTHETIC
from engine.jobs import Progress, passed_on
from engine.map import AUGMENTED
from engine.outcome import Outcome
from engine.specs import (
    BaselineTraining,
    CnnTraining,
    DiscriminatorReading,
    to_json,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Order:
    """A run to do on ROIs of this hash; `augmented` images of each ROI on its map."""

    run: Run
    data_hash: str
    threads: int = 1
    augmented: int = AUGMENTED


@dataclass(frozen=True)
class Parcel:
    """A finished run on its way home: its record and its files, as bytes with their hashes."""

    record: RunRecord
    files: tuple[PackedFile, ...]


def perform(order: Order, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    """Do the run in the folder paths[1]; paths (patches.npz, folder, *files of `run.needs`).

    Draws D_synth where the run has `draws`, trains, tests, and maps the test fold where asked.
    The folder then holds spec.json, model.safetensors, run.json and, of a map, map.npz. Raises
    EngineError with a sentence; closing the generator leaves no checkpoint.
    """
    run, patches, folder = order.run, paths[0], paths[1]
    (folder / "spec.json").write_text(to_json(run.spec), "utf-8")
    try:
        given = list(paths[2:])
        if run.draws is not None:
            drawing = draw_file(run.draws, (folder / SYNTHETIC, *given))
            given = [(yield from _beside(drawing, 0, run.steps))]
        found = yield from _trained(run, (patches, folder, *given))
    finally:
        (folder / SYNTHETIC).unlink(missing_ok=True)
    if run.is_mapped:
        found = yield from mapped(order, patches, found)
    return found


def executing(
    order: Order, inputs: tuple[Input, ...], scratch: str
) -> Generator[Progress, None, Parcel | Missing | None]:
    """The same away from home: in a temporary folder, with what `inputs` bring or name.

    inputs[0] is the ROIs' npz, the others are the files of `run.needs`. The work is done inside
    the folder `scratch`, and given up (None) as soon as that is gone; "" is the system's temporary
    folder. Returns `Missing` at once where an input is not at hand.
    """
    if scratch and not Path(scratch).is_dir():
        return None  # given up before it began
    with _room(scratch) as room, with_threads(order.threads):
        held = shelf.gather(inputs, room)
        if isinstance(held, Missing):
            return held
        folder, started = room / "run", datetime.now(UTC).isoformat(timespec="seconds")
        folder.mkdir()
        needed = (held[f"{need.run}/{need.file}"] for need in order.run.needs)
        running = perform(order, (held[inputs[0].name], folder, *needed))
        try:
            while room.exists():
                progress = next(running)
                journal.note(folder, progress)
                yield progress
        except StopIteration as stop:
            found = record.record_of(order.run, order.data_hash, stop.value, folder, started)
            return Parcel(found, record.pack(found, folder))
        finally:
            running.close()
        return None


def _trained(run: Run, paths: tuple[Path, ...]) -> Generator[Progress, None, Outcome]:
    spec = run.spec
    if isinstance(spec, CnnTraining):
        return doing.classify(spec, paths)
    if isinstance(spec, BaselineTraining):
        return doing.baseline(spec, paths)
    if isinstance(spec, DiscriminatorReading):
        return doing.read_discriminator(spec, paths)
    return doing.generate(spec, paths)


def mapped(order: Order, patches: Path, found: Outcome) -> Generator[Progress, None, Outcome]:
    """The outcome with its map, laid beside the checkpoint too; a small fold has none."""
    from engine.map import MapSpec, map_file

    spec = order.run.spec
    assert isinstance(spec, CnnTraining)
    wanted = MapSpec(_shown(patches, spec), order.augmented, spec.augmentation, spec.seed)
    mapping = map_file(wanted, (patches, found.checkpoint))
    try:
        drawn = yield from _beside(mapping, order.run.steps, order.run.steps)
    except TooFewError:
        return found
    maps.save(found.checkpoint.parent, drawn)
    return replace(found, map=drawn)


def _shown(patches: Path, spec: CnnTraining) -> tuple[int, ...]:
    """The ROIs of the test fold; all but extra cases where every fold was trained on."""
    from engine.patches import LesionPatches, test_indices

    rois = LesionPatches.load(patches)
    if spec.test_fold is None:
        own = (np.asarray(spec.folds) >= 0) & ~rois.extra
        return tuple(int(at) for at in np.flatnonzero(own))
    return tuple(int(at) for at in test_indices(rois, spec.folds, spec.test_fold))


def _beside(
    running: Generator[Progress, None, T], done: int, total: int
) -> Generator[Progress, None, T]:
    """A work beside the training: its words, the training's steps."""
    return passed_on(running, lambda told: replace(told, done=done, total=total, metrics=()))


@contextmanager
def _room(scratch: str) -> Iterator[Path]:
    """A folder of one's own, gone afterwards."""
    room = Path(tempfile.mkdtemp(prefix="blindread-", dir=scratch or None))
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


@contextmanager
def with_threads(count: int) -> Iterator[None]:
    """Torch's threads, part of what makes results equal; the caller's number comes back."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(max(1, count))
    try:
        yield
    finally:
        torch.set_num_threads(before)
