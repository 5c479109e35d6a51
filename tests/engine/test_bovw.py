"""Bags of visual words: patches, dictionary, relevant words, and the two baselines made of them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_sets import blobs, folds_of, result_of
from sklearn.decomposition import PCA
from sklearn.metrics import mutual_info_score

from engine import checkpoint
from engine.baselines import machine, relevance, words
from engine.baselines.training import KINDS, paper_spec, predict, train
from engine.baselines.words import Dictionary
from engine.errors import CheckpointError, EngineError
from engine.files import MODEL
from engine.outcome import Outcome
from engine.patches import LesionPatches
from engine.specs import BaselineTraining

BAGS = ("bovw-single", "bovw-multi")


def _run(folder: Path, patches: LesionPatches, kind: str) -> Outcome:
    """Fold 0 tested, with a dictionary a sixth of the paper's."""
    folder.mkdir(parents=True)
    patches.save(folder / "patches.npz")
    baseline = replace(paper_spec(kind), words=120, kept=0.35 if kind == BAGS[0] else 0.08)
    spec = BaselineTraining(baseline, folds_of(patches), 0, 7)
    return result_of(train(spec, (folder / "patches.npz", folder)))


def _learnt(images: np.ndarray, count: int = 40, side: int = 11, stride: int = 4) -> Dictionary:
    return result_of(
        words.learn(images, side=side, stride=stride, components=10, count=count, seed=5)
    )


# --- patches and dictionary -----------------------------------------------------------------


def test_an_roi_has_729_patches_of_11_px_every_2_px():
    image = np.arange(64 * 64, dtype=np.float32).reshape(64, 64)

    found = words.cut(image, 11, 2)

    assert found.shape == (729, 121)
    assert np.array_equal(found[28].reshape(11, 11), image[2:13, 2:13])


def test_components_are_those_of_a_principal_component_analysis():
    images = blobs(per_class=2).images
    patches = np.concatenate([words.cut(image, 11, 4) for image in images])
    wanted = PCA(10, svd_solver="full").fit(patches)

    found = _learnt(images)

    assert np.allclose(found.mean, patches.mean(0))
    assert np.allclose(np.abs((found.components * wanted.components_).sum(1)), 1, atol=1e-6)


def test_words_lie_where_the_patches_lie():
    rng = np.random.default_rng(2)
    shades = np.repeat([0.1, 0.5, 0.9], 4)
    images = (shades[:, None, None] + rng.normal(0, 0.002, (12, 64, 64))).astype(np.float32)

    found = _learnt(images, count=3)

    centres = found.mean + found.words @ found.components
    assert np.allclose(np.sort(centres.mean(1)), [0.1, 0.5, 0.9], atol=0.01)


def test_a_patch_keeps_its_own_mean():
    images = blobs(per_class=2).images
    dictionary = _learnt(images)

    dark, bright = (dictionary.histogram(images[0] * share + 0.1) for share in (0.5, 0.9))

    assert dark.sum() == bright.sum() == 14 * 14
    assert np.minimum(dark, bright).sum() < 0.5 * dark.sum()


def test_few_patches_give_fewer_words():
    images = blobs(per_class=1).images

    found = _learnt(images, count=750, side=33, stride=16)

    assert found.words.shape == (12, 10)
    assert found.histogram(images[0]).sum() == 4


def test_more_words_than_patches_a_step_can_be_learnt():
    found = _learnt(blobs(per_class=1).images, count=2100, side=5, stride=2)

    assert found.words.shape == (2100, 10)


def test_equal_patches_give_a_dictionary_all_the_same():
    found = _learnt(np.full((3, 64, 64), 0.4, np.float32), count=20)

    assert np.isfinite(found.words).all()
    assert found.histogram(np.full((64, 64), 0.4, np.float32)).max() == 14 * 14


def test_sizes_that_cannot_be_are_refused_in_words():
    with pytest.raises(EngineError, match="cannot be learnt"):
        _learnt(blobs(per_class=1).images, side=65)
    with pytest.raises(EngineError, match="cannot be learnt"):
        _learnt(blobs(per_class=1).images, stride=0)
    with pytest.raises(EngineError, match="not numbers"):
        words.cut(np.full((64, 64), np.inf, np.float32), 11, 2)


# --- relevant words -------------------------------------------------------------------------


def test_information_is_that_of_the_patches_with_one_added_to_each_cell():
    counts = np.array([[5.0, 1.0], [3.0, 4.0], [0.0, 9.0]])
    targets = np.array([0, 1, 1])
    shown, owner = [], []
    for target, cells in ((0, (5, 1)), (1, (3, 13))):
        shown += [1] * (cells[0] + 1) + [0] * (cells[1] + 1)
        owner += [target] * (sum(cells) + 2)

    found = relevance.information(counts, targets)

    assert found[0] == pytest.approx(mutual_info_score(shown, owner) / np.log(2))
    assert found[0] == pytest.approx(found[1])  # of two words, one is shown where the other is not


def test_a_word_of_every_class_tells_nothing():
    counts = np.array([[90.0, 10.0, 0.0], [90.0, 0.0, 10.0]] * 4)
    targets = np.array([0, 1] * 4)

    found = relevance.information(counts, targets)

    assert found[0] < 1e-9
    assert found[1:].min() > 0.03


def test_of_750_words_262_are_kept_together_and_23_for_each_class():
    rng = np.random.default_rng(4)
    counts, targets = rng.poisson(1.0, (30, 750)).astype(float), np.arange(30) % 3

    together = relevance.single(counts, targets, 3, paper_spec("bovw-single").kept)
    apart = relevance.multi(counts, targets, 3, paper_spec("bovw-multi").kept)

    assert together.sum(1).tolist() == [262, 262, 262]
    assert np.array_equal(together[0], together[2])
    assert apart.sum(1).tolist() == [23, 23, 23]
    assert not np.array_equal(apart[0], apart[1])


def test_each_class_keeps_the_words_of_its_own_task():
    counts = np.full((9, 6), 10.0)
    targets = np.arange(9) % 3
    for name in range(3):
        counts[targets == name, name] = 60

    found = relevance.multi(counts, targets, 3, 1 / 6)

    assert found.tolist() == np.eye(3, 6, dtype=bool).tolist()


# --- baselines ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", BAGS)
def test_a_bag_learns_and_reads_the_same_from_its_file(kind: str, tmp_path: Path):
    patches = blobs()

    found = _run(tmp_path / "a", patches, kind)

    assert found.accuracy is not None
    assert found.accuracy > 0.6
    chosen = [patches.ids.index(one) for one in found.ids]
    assert np.array_equal(predict(found.checkpoint, patches.images[chosen]), found.probabilities)
    assert np.allclose(found.probabilities.sum(1), 1, atol=1e-6)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path):
    first, again = (_run(tmp_path / name, blobs(6), "bovw-multi") for name in ("a", "b"))

    assert first.checkpoint.read_bytes() == again.checkpoint.read_bytes()


@pytest.mark.parametrize("kind", BAGS)
def test_nothing_of_the_held_back_folds_is_learnt(kind: str, tmp_path: Path):
    patches = blobs(8)
    away = np.isin(folds_of(patches), (0, 1))
    images, targets = patches.images.copy(), patches.targets.copy()
    images[away] = np.random.default_rng(3).random((int(away.sum()), 64, 64))
    targets[away] = (targets[away] + 1) % 3
    other = replace(patches, images=images, targets=targets)

    plain, poisoned = (
        checkpoint.load(_trained(tmp_path / name, one, kind, patches).checkpoint).tensors
        for name, one in (("a", patches), ("b", other))
    )

    assert all(np.array_equal(plain[name], poisoned[name]) for name in plain)


def _trained(folder: Path, patches: LesionPatches, kind: str, dealt: LesionPatches) -> Outcome:
    """Fold 0 tested and fold 1 held back, by the folds of `dealt`."""
    folder.mkdir(parents=True)
    patches.save(folder / "patches.npz")
    baseline = replace(paper_spec(kind), words=60)
    spec = BaselineTraining(baseline, folds_of(dealt), 0, 7, without=(1,))
    return result_of(train(spec, (folder / "patches.npz", folder)))


def test_a_class_with_one_patient_gets_the_usual_machine(tmp_path: Path):
    patches = blobs(4)
    alone = patches.targets == 2
    owners = tuple("P" if one else name for one, name in zip(alone, patches.patients, strict=True))
    folds = tuple(int(fold) for fold in np.where(alone, 1, folds_of(patches)))
    patches = replace(patches, patients=owners)
    patches.save(tmp_path / "patches.npz")
    spec = BaselineTraining(replace(paper_spec("bovw-single"), words=60), folds, 0, 1)

    found = result_of(train(spec, (tmp_path / "patches.npz", tmp_path)))

    assert dict(checkpoint.load(found.checkpoint).meta.facts)["C"] == machine.USUAL[0]


def test_cancelling_leaves_no_checkpoint(tmp_path: Path):
    patches = blobs(4)
    patches.save(tmp_path / "patches.npz")
    spec = BaselineTraining(paper_spec("bovw-single"), folds_of(patches), 0, 1)
    running = train(spec, (tmp_path / "patches.npz", tmp_path))
    while next(running).message != "Learning words":
        pass
    running.close()

    assert not (tmp_path / MODEL).exists()


def test_a_checkpoint_without_its_words_is_refused(tmp_path: Path):
    found = _run(tmp_path / "a", blobs(4), "bovw-single")
    held = checkpoint.load(found.checkpoint)
    kept = {name: array for name, array in held.tensors.items() if name != "words"}
    checkpoint.save(found.checkpoint, kept, held.meta)

    with pytest.raises(CheckpointError, match="not whole"):
        predict(found.checkpoint, blobs(1).images)


def test_rois_are_read_without_scikit_learn(tmp_path: Path):
    found = _run(tmp_path / "a", blobs(4), "bovw-multi")
    np.save(tmp_path / "images.npy", blobs(1).images)
    lines = (
        "import sys; sys.modules['sklearn'] = None",
        "import numpy as np; from pathlib import Path",
        "from engine.baselines.training import predict",
        "print(predict(Path(sys.argv[1]), np.load(sys.argv[2])).argmax(1).tolist())",
    )
    told = subprocess.run(
        [sys.executable, "-c", "; ".join(lines), found.checkpoint, tmp_path / "images.npy"],
        capture_output=True,
        text=True,
        check=True,
    )

    wanted = predict(found.checkpoint, blobs(1).images).argmax(1).tolist()
    assert told.stdout.strip() == str(wanted)


def test_the_papers_numbers_stand_for_every_kind():
    assert [paper_spec(kind).kept for kind in BAGS] == [0.35, 0.03]
    assert all(paper_spec(kind, 4).classes == 4 for kind in KINDS)
    with pytest.raises(EngineError, match="no baseline"):
        paper_spec("laws")
