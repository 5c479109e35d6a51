"""A classifier's training that is cancelled or killed goes on to the very same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine import resume
from engine.checkpoint import MODEL, read_facts
from engine.cnn.training import train
from engine.errors import OutOfMemoryError
from engine.patches import LesionPatches
from engine.resume import FILE, Every
from engine.specs import CnnTraining, profile, to_json

SMOKE = profile("smoke")
ROOT = Path(__file__).resolve().parents[2]
STEPS = 7
CHILD = """
import os, signal, sys
from pathlib import Path
from engine import checkpoint, resume
from engine.cnn import training
from engine.specs import CnnTraining, from_json

folder, stop, moment = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
training.TELL_EVERY = 0.0
write = checkpoint.write_tensors
saved = []

def dying(arrays, metadata):
    saved.append(1)
    if len(saved) > stop:
        (folder / ".resume.safetensors.half").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    return write(arrays, metadata)

if moment == "saving":
    checkpoint.write_tensors = dying
spec = from_json((folder / "spec.json").read_text(), CnnTraining)
for progress in training.train(spec, (folder / "patches.npz", folder), resume.Every(0)):
    if moment == "step" and progress.done > stop:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def patches() -> LesionPatches:
    return blobs(6)


def _spec(patches: LesionPatches, **changes: object) -> CnnTraining:
    spec = CnnTraining(SMOKE.cnn, SMOKE.augmentation, folds_of(patches), 0, 1, 20, steps=STEPS)
    return replace(spec, **changes)


def _folder(path: Path, patches: LesionPatches) -> tuple[Path, Path]:
    path.mkdir()
    patches.save(path / "patches.npz")
    return path / "patches.npz", path


def _whole(path: Path, patches: LesionPatches, spec: CnnTraining) -> bytes:
    return result_of(train(spec, _folder(path, patches))).checkpoint.read_bytes()


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("changes", [{}, {"on_the_fly": True, "classic": 0}])
@pytest.mark.parametrize("stop", [0, 1, 3, 6])
def test_closed_at_any_step_it_goes_on_to_the_same_bytes(
    tmp_path: Path,
    patches: LesionPatches,
    monkeypatch: pytest.MonkeyPatch,
    stop: int,
    changes: dict[str, object],
):
    spec = _spec(patches, **changes)
    whole = _whole(tmp_path / "whole", patches, spec)
    monkeypatch.setattr("engine.cnn.training.TELL_EVERY", 0.0)
    paths = _folder(tmp_path / "run", patches)
    running = train(spec, paths)
    for progress in running:
        if progress.done > stop:
            running.close()
    assert _names(paths[1]) == ["patches.npz", FILE]
    torch.manual_seed(4)
    again = train(spec, paths)
    assert [next(again).done, next(again).done] == [0, stop + 1]  # the step at hand was ended
    assert result_of(again).checkpoint.read_bytes() == whole
    assert _names(paths[1]) == [MODEL, "patches.npz", "run.json"]


def test_closed_within_a_batch_it_ends_the_batch_and_goes_on_from_there(
    tmp_path: Path, patches: LesionPatches, monkeypatch: pytest.MonkeyPatch
):
    spec = _spec(patches, cnn=replace(SMOKE.cnn, micro_batch=5))
    whole = _whole(tmp_path / "whole", patches, spec)
    monkeypatch.setattr("engine.cnn.training.TELL_EVERY", 0.0)
    paths = _folder(tmp_path / "run", patches)
    running = train(spec, paths, Every(0))
    for _ in range(2 + 4 + 4 + 2):  # two batches of four parts, and half of the third
        next(running)
    running.close()
    again = train(spec, paths)
    assert [next(again).done, next(again).done] == [0, 3]
    assert result_of(again).checkpoint.read_bytes() == whole


@pytest.mark.parametrize(("stop", "moment"), [(4, "step"), (3, "saving"), (6, "saving")])
def test_killed_at_any_moment_it_goes_on_to_the_same_bytes(
    tmp_path: Path, patches: LesionPatches, stop: int, moment: str
):
    """The seventh write is the checkpoint's own."""
    spec = _spec(patches)
    whole = _whole(tmp_path / "whole", patches, spec)
    paths = _folder(tmp_path / "run", patches)
    (paths[1] / "spec.json").write_text(to_json(spec))
    ended = subprocess.run(
        [sys.executable, "-c", CHILD, str(paths[1]), str(stop), moment],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert FILE in _names(paths[1])
    assert MODEL not in _names(paths[1])
    again = train(spec, paths)
    assert [next(again).done, next(again).done] == [0, stop]
    assert result_of(again).checkpoint.read_bytes() == whole
    assert _names(paths[1]) == [MODEL, "patches.npz", "run.json", "spec.json"]


def test_memory_that_ran_out_loses_no_saved_step(
    tmp_path: Path, patches: LesionPatches, monkeypatch: pytest.MonkeyPatch
):
    spec = _spec(patches)
    whole = _whole(tmp_path / "whole", patches, spec)
    paths = _folder(tmp_path / "run", patches)
    real = torch.optim.SGD.step
    taken = []

    def step(self: torch.optim.SGD) -> None:
        taken.append(1)
        if len(taken) == 5:
            raise MemoryError
        real(self)

    with monkeypatch.context() as patched:
        patched.setattr(torch.optim.SGD, "step", step)
        with pytest.raises(OutOfMemoryError, match="not enough memory"):
            result_of(train(spec, paths, Every(0)))
    assert _names(paths[1]) == ["patches.npz", FILE]
    assert result_of(train(spec, paths)).checkpoint.read_bytes() == whole


def test_a_cancelled_training_leaves_no_checkpoint(tmp_path: Path, patches: LesionPatches):
    paths = _folder(tmp_path / "run", patches)
    running = train(_spec(patches, steps=500), paths)
    next(running)
    next(running)
    running.close()
    assert _names(paths[1]) == ["patches.npz"]


@pytest.mark.parametrize("changed", ["recipe", "images", "synthetic", "file"])
def test_a_state_of_something_else_is_passed_over_and_said(
    tmp_path: Path, patches: LesionPatches, monkeypatch: pytest.MonkeyPatch, changed: str
):
    monkeypatch.setattr("engine.cnn.training.TELL_EVERY", 0.0)
    spec = _spec(patches, synthetic=1, classic=0)
    paths = (*_folder(tmp_path / "run", patches), tmp_path / "synthetic.npz")
    grey = np.full((3, 64, 64), 0.5, np.float32)
    np.savez(paths[2], images=grey, targets=np.arange(3))
    running = train(spec, paths, Every(0))
    while not (paths[1] / FILE).exists():
        next(running)
    running.close()
    if changed == "recipe":
        spec = replace(spec, seed=2)
    elif changed == "images":
        replace(patches, images=patches.images[:, ::-1].copy()).save(paths[0])
    elif changed == "synthetic":
        np.savez(paths[2], images=grey * 0.9, targets=np.arange(3))
    else:
        (paths[1] / FILE).write_bytes(b"\x80\x04 a pickle")
    again = train(spec, paths)
    next(again)
    begun = next(again)
    assert begun.done == 0
    assert begun.message.endswith("it starts anew.")


def test_the_time_of_all_sittings_is_told(
    tmp_path: Path, patches: LesionPatches, monkeypatch: pytest.MonkeyPatch
):
    spec, paths = _spec(patches), _folder(tmp_path / "run", patches)
    now = [0.0]
    monkeypatch.setattr("engine.cnn.training.time.monotonic", lambda: now[0])
    running = train(spec, paths, Every(0))
    next(running)
    next(running)
    now[0] = 100.0
    next(running)  # the meter is due after the first step's backward pass
    now[0] = 130.0
    next(running)  # the first step is saved
    running.close()
    result = result_of(train(spec, paths))
    assert result.seconds == read_facts(paths[1]).seconds == 130.0


def test_a_state_is_not_saved_before_its_time(tmp_path: Path, patches: LesionPatches):
    paths = _folder(tmp_path / "run", patches)
    for _ in train(_spec(patches), paths):
        assert resume.FILE not in _names(paths[1])
