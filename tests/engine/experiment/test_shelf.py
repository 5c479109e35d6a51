"""Inputs of a run that reach a worker without a shared disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from learning_sets import result_of
from small_plans import seeds_plan

from engine.errors import CheckpointError, EngineError
from engine.experiment import record, shelf
from engine.experiment.shelf import Input, Missing
from engine.experiment.worker import Order, Parcel, executing
from engine.files import MODEL


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A worker's own temporary folder."""
    folder = tmp_path / "worker"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_bytes_travel_once_and_nothing_else_stays(tmp_path: Path, temporary: Path) -> None:
    plan = seeds_plan(tmp_path / "home", 1, steps=4)
    order, rois = Order(plan.runs[0], plan.data_hash), Input.of("patches.npz", plan.patches)
    assert result_of(executing(order, (rois.far(),), "")) == Missing((rois.sha256,))
    first = result_of(executing(order, (rois.filled().far(),), ""))
    second = result_of(executing(order, (rois.far(),), ""))
    assert isinstance(first, Parcel)
    assert isinstance(second, Parcel)
    assert first.record.file_hash(MODEL) == second.record.file_hash(MODEL)
    assert [path.name for path in temporary.iterdir()] == [shelf.shelf_folder().name]


def test_a_shelved_file_that_was_changed_is_asked_for_again(tmp_path: Path) -> None:
    (tmp_path / "one.npz").write_bytes(b"rois")
    rois = Input.of("one.npz", tmp_path / "one.npz")
    room = tmp_path / "room"
    room.mkdir()
    assert isinstance(shelf.gather((rois.filled().far(),), room), dict)
    (shelf.shelf_folder() / rois.sha256).write_bytes(b"lies")
    (room / rois.sha256).unlink()
    assert shelf.gather((rois.far(),), room) == Missing((rois.sha256,))


def test_an_input_that_changed_at_home_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "one.npz").write_bytes(b"rois")
    rois = Input.of("one.npz", tmp_path / "one.npz")
    (tmp_path / "one.npz").write_bytes(b"others")
    with pytest.raises(EngineError, match="was changed while the experiment ran"):
        rois.filled()


@pytest.mark.skipif(os.name == "nt", reason="Windows gives each user a temporary folder")
def test_a_shelf_that_others_can_read_is_refused() -> None:
    shelf.shelf_folder().chmod(0o755)
    with pytest.raises(EngineError, match="can be read by others"):
        shelf.shelf_folder()


def test_a_parcel_damaged_on_its_way_is_not_kept(tmp_path: Path) -> None:
    plan = seeds_plan(tmp_path / "home", 1, steps=4)
    rois = Input.of("patches.npz", plan.patches)
    found = result_of(executing(Order(plan.runs[0], plan.data_hash), (rois,), ""))
    assert isinstance(found, Parcel)
    cut = tuple(record.PackedFile(one.name, one.sha256, one.content[:-1]) for one in found.files)
    with pytest.raises(CheckpointError, match="damaged on their way"):
        record.keep(tmp_path / "runs", found.record, cut)
    assert not (tmp_path / "runs").exists()
