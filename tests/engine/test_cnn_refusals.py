"""What the classifier refuses: each a sentence, and nothing is written or changed."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine.checkpoint import MODEL, CheckpointMeta, save
from engine.cnn.evaluation import features, load_network, predict
from engine.cnn.examples import gather
from engine.cnn.networks import LesionCnn
from engine.cnn.training import train
from engine.errors import CheckpointError, EngineError, OutOfMemoryError, TooFewError
from engine.patches import LesionPatches, study_folds
from engine.specs import CnnTraining, profile, to_json

SMOKE = profile("smoke")
ONE = np.zeros((1, 64, 64), np.float32)


def _spec(patches: LesionPatches, **changes: object) -> CnnTraining:
    spec = CnnTraining(SMOKE.cnn, SMOKE.augmentation, folds_of(patches), 0, 1, steps=6)
    return replace(spec, **changes)


def _refused(folder: Path, patches: LesionPatches, spec: CnnTraining) -> str:
    """The sentence; the folder holds the ROIs alone, unchanged."""
    patches.save(folder / "patches.npz")
    before = (folder / "patches.npz").read_bytes()
    with pytest.raises(EngineError) as caught:
        result_of(train(spec, (folder / "patches.npz", folder)))
    assert [path.name for path in folder.iterdir()] == ["patches.npz"]
    assert (folder / "patches.npz").read_bytes() == before
    assert str(caught.value).endswith(".")
    return str(caught.value)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    patches = blobs(5)
    folder = tmp_path / "run"
    folder.mkdir()
    patches.save(folder / "patches.npz")
    return result_of(train(_spec(patches), (folder / "patches.npz", folder))).checkpoint


# --- ROIs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [(np.nan, "values that are not numbers"), (np.inf, "not numbers"), (2.0, "outside the range")],
)
def test_bad_pixels_are_refused_by_name(tmp_path: Path, value: float, words: str):
    patches = blobs(5)
    images = patches.images.copy()
    images[3, 5, 5] = value
    sentence = _refused(tmp_path, replace(patches, images=images), _spec(patches))
    assert "lesion 3" in sentence
    assert words in sentence


def test_a_black_roi_is_refused_by_name(tmp_path: Path):
    patches = blobs(5)
    images = patches.images.copy()
    images[4] = 0
    sentence = _refused(tmp_path, replace(patches, images=images), _spec(patches))
    assert "lesion 4" in sentence
    assert "entirely black; check its margin" in sentence


def test_rois_of_another_size_are_refused(tmp_path: Path):
    patches = blobs(5)
    small = replace(patches, images=patches.images[:, ::2, ::2].copy())
    assert "64x64 px are needed" in _refused(tmp_path, small, _spec(patches))


def test_no_roi_is_refused(tmp_path: Path):
    patches = blobs(5)
    none = replace(
        patches, images=patches.images[:0], targets=patches.targets[:0], patients=(), ids=()
    )
    sentence = _refused(tmp_path, replace(none, extra=np.zeros(0, bool)), _spec(patches))
    assert "There is no ROI; draw and diagnose" in sentence


def test_a_class_with_fewer_rois_than_folds_never_comes_to_training():
    patches = blobs(5)
    rare = np.where(np.arange(15) % 3 == 2, 0, patches.targets)
    rare[[2, 5]] = 2
    with pytest.raises(TooFewError, match="only 2 ROIs for 3 folds; add at least 1 more"):
        study_folds(replace(patches, targets=rare), 3, 0)


def test_rois_of_one_patient_are_refused(tmp_path: Path):
    patches = blobs(5)
    alone = replace(patches, patients=("P0",) * 15)
    with pytest.raises(TooFewError, match="only 1 patient"):
        study_folds(alone, 3, 0)
    assert "two folds" in _refused(tmp_path, alone, _spec(patches))


def test_a_training_set_of_one_class_is_refused(tmp_path: Path):
    patches = blobs(5)
    spec = _spec(patches)
    alone = replace(patches, targets=np.zeros(15, np.int64))
    assert "fewer than two classes; add lesions" in _refused(tmp_path, alone, spec)


def test_folds_of_another_set_are_refused(tmp_path: Path):
    patches = blobs(5)
    spec = _spec(patches, folds=(0, 1, 2))
    assert "do not fit these ROIs" in _refused(tmp_path, patches, spec)


def test_an_empty_test_fold_is_refused_before_any_training(tmp_path: Path):
    patches = blobs(5)
    assert "Fold 8 holds no ROI" in _refused(tmp_path, patches, _spec(patches, test_fold=7))


def test_a_recipe_of_another_number_of_classes_is_refused(tmp_path: Path):
    patches = blobs(5)
    spec = _spec(patches, cnn=replace(SMOKE.cnn, classes=2))
    assert "tells 2 classes apart, this study has 3" in _refused(tmp_path, patches, spec)


def test_too_large_a_group_is_refused(tmp_path: Path):
    patches = blobs(5)
    sentence = _refused(tmp_path, patches, _spec(patches, classic=5000))
    assert "which give 96 each; choose a smaller group" in sentence


def test_a_missing_roi_file_is_a_sentence(tmp_path: Path):
    with pytest.raises(EngineError, match=r"absent\.npz cannot be read; make it again"):
        result_of(train(_spec(blobs(5)), (tmp_path / "absent.npz", tmp_path)))


# --- synthetic ROIs -------------------------------------------------------------------------


def test_missing_synthetic_rois_are_a_sentence(tmp_path: Path):
    patches = blobs(5)
    assert "none were drawn" in _refused(tmp_path, patches, _spec(patches, synthetic=4))


@pytest.mark.parametrize(
    ("fill", "target", "words"),
    [(0.5, 4, "other classes"), (np.nan, 1, "damaged"), (0.5, -1, "other classes")],
)
def test_synthetic_rois_of_another_study_are_refused(
    tmp_path: Path, fill: float, target: int, words: str
):
    patches = blobs(5)
    file = tmp_path / "synthetic.npz"
    np.savez(file, images=np.full((1, 64, 64), fill, np.float32), targets=np.array([target]))
    with pytest.raises(EngineError, match=words):
        gather(patches, _spec(patches, synthetic=1), file)


def test_a_pickle_dressed_as_synthetic_rois_is_not_opened(tmp_path: Path):
    patches = blobs(5)
    file = tmp_path / "synthetic.npz"
    np.savez(file, images=np.array([{"a": 1}], dtype=object), targets=np.zeros(1))
    with pytest.raises(EngineError, match="cannot be read; draw them again"):
        gather(patches, _spec(patches, synthetic=1), file)


# --- the training itself --------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1e9, 1e38])
def test_divergence_is_a_sentence(tmp_path: Path, rate: float):
    patches = blobs(5)
    wild = replace(SMOKE.cnn, learning_rate=rate)
    sentence = _refused(tmp_path, patches, _spec(patches, cnn=wild))
    assert "diverged" in sentence
    assert "smaller learning rate" in sentence


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes."),
        torch.OutOfMemoryError("CUDA out of memory."),
    ],
)
def test_too_little_memory_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
):
    patches = blobs(5)

    def full(network: LesionCnn, images: torch.Tensor) -> torch.Tensor:
        raise error

    monkeypatch.setattr(LesionCnn, "forward", full)
    patches.save(tmp_path / "patches.npz")
    with pytest.raises(OutOfMemoryError, match=r"not enough memory.*smaller batch"):
        result_of(train(_spec(patches), (tmp_path / "patches.npz", tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["patches.npz"]


def test_a_full_disk_at_the_end_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    patches = blobs(5)
    patches.save(tmp_path / "patches.npz")
    monkeypatch.setattr("engine.checkpoint.os.fsync", full)
    with pytest.raises(CheckpointError, match=r"No space left.*nothing else was changed"):
        result_of(train(_spec(patches), (tmp_path / "patches.npz", tmp_path)))
    assert [path.name for path in tmp_path.iterdir()] == ["patches.npz"]


# --- checkpoints ----------------------------------------------------------------------------


def test_images_of_another_size_are_refused(model: Path):
    for images in (np.zeros((2, 32, 32)), np.zeros((2, 5, 64, 64)), np.zeros((64, 64))):
        with pytest.raises(EngineError, match="64x64"):
            predict(model, images.astype(np.float32))


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path: Path):
    patches = blobs(5)
    wider = replace(SMOKE.cnn, dense=24)
    meta = CheckpointMeta("cnn", to_json(_spec(patches)), patches.classes, "d4", 1)
    save(tmp_path / MODEL, LesionCnn(wider).state_dict(), meta)
    with pytest.raises(CheckpointError, match=r"another architecture.*Train again"):
        load_network(tmp_path / MODEL)


def test_a_checkpoint_whose_recipe_is_foreign_is_refused(tmp_path: Path):
    meta = CheckpointMeta("cnn", '{"type":"GanTraining"}', ("a", "b"), "d4", 1)
    save(tmp_path / MODEL, LesionCnn(SMOKE.cnn).state_dict(), meta)
    with pytest.raises(EngineError, match="not one of kind CnnTraining"):
        load_network(tmp_path / MODEL)


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_checkpoint_is_refused(model: Path, kept: float):
    content = model.read_bytes()
    model.write_bytes(content[: int(kept * len(content))])
    for read in (predict, features):
        with pytest.raises(CheckpointError, match="damaged or was changed"):
            read(model, ONE)


def test_a_tampered_weight_is_refused(model: Path):
    content = bytearray(model.read_bytes())
    content[-3] ^= 0x10
    model.write_bytes(content)
    with pytest.raises(CheckpointError, match="damaged or was changed"):
        predict(model, ONE)


def test_a_pickle_is_never_opened(tmp_path: Path):
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    file = tmp_path / MODEL
    torch.save({"a": torch.zeros(1)}, file)
    with pytest.raises(CheckpointError, match="pickled"):
        predict(file, ONE)
    file.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="pickled"):
        predict(file, ONE)
    assert not (tmp_path / "ran").exists()
