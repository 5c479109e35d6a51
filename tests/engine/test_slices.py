"""2.5-D ROIs: a lesion's neighbouring slices in one set, placed alike, and who refuses them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine.accelerate.group import train_batched
from engine.accelerate.resident import ResidentCrops
from engine.audit import AuditSpec, audit_file
from engine.augment import draw, draw_folds
from engine.baselines import training as baselines
from engine.cnn.evaluation import predict
from engine.cnn.examples import gather
from engine.cnn.fresh import Fresh
from engine.cnn.training import train
from engine.errors import EngineError
from engine.gan import examples as generators
from engine.map import MapSpec, map_file
from engine.outcome import read_discriminator
from engine.panel import PanelSpec, read_file
from engine.patches import LesionPatches, Native, test_indices
from engine.specs import (
    BaselineSpec,
    BaselineTraining,
    CnnTraining,
    DiscriminatorReading,
    GanTraining,
    profile,
)

SIZES = profile("smoke")
SLICES, KEY = 5, 2


def _flat(per_class: int = 4) -> LesionPatches:
    """ROIs with native crops of 90 px, larger than the ROI."""
    patches = blobs(per_class)
    return replace(patches, native=tuple(_native(image, 0) for image in patches.images))


def _native(image: np.ndarray, away: int) -> Native:
    """A crop of HU around an image, fainter the farther away its slice is."""
    pixels = np.pad(image, 13, mode="edge") * (1 - 0.15 * away) * 350 - 100
    return Native(pixels.astype(np.float32), (45.0, 44.0), 0.8, 0.7, 28.0, -100.0, 250.0)


def _stacked(per_class: int = 4) -> LesionPatches:
    """The same with five slices each; the key slice is that of `_flat`."""
    flat = _flat(per_class)
    away = [abs(at - KEY) for at in range(SLICES)]
    fading = np.array([1 - 0.15 * one for one in away], np.float32)
    return replace(
        flat,
        images=flat.images[:, None] * fading[None, :, None, None],
        native=tuple(_native(image, one) for image in flat.images for one in away),
    )


def _spec(patches: LesionPatches, **fields: object) -> CnnTraining:
    cnn = replace(SIZES.cnn, slices=patches.slices)
    spec = CnnTraining(cnn, SIZES.augmentation, folds_of(patches), 0, 3, steps=4)
    return replace(spec, **fields)  # type: ignore[arg-type]


def _trained(patches: LesionPatches, folder: Path, **fields: object) -> Path:
    folder.mkdir()
    patches.save(folder / "patches.npz")
    return result_of(train(_spec(patches, **fields), (folder / "patches.npz", folder))).checkpoint


# --- the set ------------------------------------------------------------------------------------


def test_a_file_gives_back_every_slice_with_its_crop(tmp_path: Path):
    patches = _stacked()
    patches.check(SLICES)
    patches.save(tmp_path / "patches.npz")
    again = LesionPatches.load(tmp_path / "patches.npz")

    assert (again.slices, len(again), len(again.native)) == (SLICES, 12, 60)
    assert again.data_hash() == patches.data_hash()
    np.testing.assert_array_equal(
        again.native_of(7, 4).pixels, _native(_flat().images[7], 2).pixels
    )
    assert [one.pixels.max() for one in again.natives_of(3)] == [
        one.pixels.max() for one in patches.native[15:20]
    ]


def test_without_crops_each_slice_stands_for_its_own():
    patches = replace(_stacked(), native=())
    patches.check(SLICES)
    np.testing.assert_array_equal(patches.native_of(3, 1).pixels, patches.images[3, 1])
    flat = replace(_flat(), native=())
    np.testing.assert_array_equal(flat.native_of(3).pixels, flat.images[3])


def test_single_slices_keep_the_hash_that_runs_were_named_by():
    images = (np.arange(4 * 64 * 64, dtype=np.float32) % 97 / 96).reshape(4, 64, 64)
    crop = np.arange(600, dtype=np.float32).reshape(20, 30)
    native = tuple(Native(crop - at, (15, 10), 0.75, 0.5, 12, -100, 250) for at in range(4))
    patches = LesionPatches(
        images, np.array([0, 1, 0, 1]), tuple("abcd"), tuple("1234"), ("x", "y"), native
    )
    plain = replace(patches, native=())
    assert plain.data_hash().startswith("8eec457267df54bc665624be76e71230")
    assert patches.data_hash().startswith("9f00cb81a9b866b1e652355d3f51061b")


def test_a_changed_neighbour_is_another_set():
    patches = _stacked()
    images = patches.images.copy()
    images[0, 4, 0, 0] = 0.25
    hashes = {one.data_hash() for one in (patches, replace(patches, images=images), _flat())}
    assert len(hashes) == 3


def _with_slice(value: float, at: int) -> LesionPatches:
    patches = _stacked()
    images = patches.images.copy()
    images[1, at] = value
    return replace(patches, images=images)


def test_only_the_key_slice_must_show_something():
    _with_slice(0.0, 0).check(SLICES)
    with pytest.raises(EngineError, match=r"lesion 1 .*entirely black"):
        _with_slice(0.0, KEY).check(SLICES)


@pytest.mark.parametrize(
    ("wrong", "slices", "words"),
    [
        (lambda: _stacked(), 1, r"reads one slice .*hold 5"),
        (lambda: _flat(), 5, r"reads 5 neighbouring slices .*hold 1"),
        (lambda: replace(_stacked(), native=_flat().native), 5, "inconsistent"),
        (lambda: replace(_flat(), images=_flat().images[:, None], native=()), 1, "64x64"),
        (lambda: _with_slice(np.nan, 0), 5, "not numbers"),
        (lambda: _with_slice(1.5, 4), 5, "outside the range"),
    ],
)
def test_other_sets_are_refused_in_words(
    wrong: Callable[[], LesionPatches], slices: int, words: str
):
    with pytest.raises(EngineError, match=words):
        wrong().check(slices)


# --- augmentation -------------------------------------------------------------------------------


def test_every_slice_is_placed_alike():
    flat, deep = _flat(), _stacked()
    same = replace(deep, native=tuple(one for one in flat.native for _ in range(SLICES)))
    indices = np.arange(12)
    drawn = draw(same, indices, 30, SIZES.augmentation, 1)

    assert drawn.images.shape == (30, SLICES, 64, 64)
    for at in range(SLICES):
        np.testing.assert_array_equal(drawn.images[:, at], drawn.images[:, KEY])
    assert (
        np.ptp(draw(deep, indices, 30, SIZES.augmentation, 1).images.mean((2, 3)), 1).min() > 0.02
    )


def test_the_key_slice_is_augmented_as_it_is_alone():
    flat, deep = _flat(), _stacked()
    folds, chosen = folds_of(flat), np.flatnonzero(np.array(folds_of(flat)) != 0)
    alone = draw_folds(flat, chosen, folds, 20, SIZES.augmentation, 1)
    drawn = draw_folds(deep, chosen, folds, 20, SIZES.augmentation, 1)

    np.testing.assert_array_equal(drawn.images[:, KEY], alone.images)
    np.testing.assert_array_equal(drawn.targets, alone.targets)
    np.testing.assert_array_equal(drawn.sources, alone.sources)


def test_groups_of_stacks_are_nested():
    deep, indices = _stacked(), np.arange(12)
    small = draw(deep, indices, 18, SIZES.augmentation, 1)
    large = draw(deep, indices, 40, SIZES.augmentation, 1)
    np.testing.assert_array_equal(large.images[:18], small.images)
    assert draw(deep, indices, 0, SIZES.augmentation, 1).images.shape == (0, SLICES, 64, 64)


def test_on_the_fly_the_key_slice_is_drawn_as_it_is_alone():
    batch = np.array([5, 0, 3])
    shown = []
    for patches in (_flat(), _stacked()):
        examples = gather(patches, _spec(patches, on_the_fly=True), None)
        shown.append(Fresh(patches, examples, SIZES.augmentation, 1).images(batch, 2))
    alone, drawn = shown
    assert drawn.shape == (3, SLICES, 64, 64)
    np.testing.assert_array_equal(drawn[:, KEY], alone)
    assert np.abs(drawn[:, 0] - drawn[:, KEY]).max() > 0.02


# --- training -----------------------------------------------------------------------------------


def test_no_slice_of_the_test_fold_is_learnt(tmp_path: Path):
    patches = _stacked()
    tested = test_indices(patches, folds_of(patches), 0)
    images, native = patches.images.copy(), list(patches.native)
    images[tested] = images[tested, :, ::-1]
    for index in tested:
        for at in range(SLICES):
            native[index * SLICES + at] = patches.native_of(int(index), SLICES - 1 - at)
    other = replace(patches, images=images, native=tuple(native))

    first, second = (gather(one, _spec(one, classic=20), None) for one in (patches, other))
    assert first.images.shape == (8 + 2 * 20, SLICES, 64, 64)
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(first.mean_image(), second.mean_image())
    assert not set(first.originals) & set(tested)


@pytest.mark.parametrize("added", [{"classic": 20}, {"on_the_fly": True}])
def test_equal_seeds_give_equal_bytes(tmp_path: Path, added: dict[str, object]):
    first, again = (_trained(_stacked(), tmp_path / name, **added) for name in "ab")
    assert first.read_bytes() == again.read_bytes()
    assert first.read_bytes() != _trained(_stacked(), tmp_path / "c", seed=4, **added).read_bytes()


def test_a_network_learns_what_only_the_neighbours_show(tmp_path: Path):
    plain = blobs(12)
    images = np.repeat(plain.images[:, None], SLICES, axis=1)
    images[:, KEY] = np.random.default_rng(0).random(plain.images.shape, dtype=np.float32)
    patches = replace(plain, images=images)
    patches.save(tmp_path / "patches.npz")
    spec = _spec(patches, cnn=replace(SIZES.cnn, slices=SLICES, learning_rate=0.01), steps=120)
    found = result_of(train(spec, (tmp_path / "patches.npz", tmp_path)))
    assert (found.accuracy or 0) >= 0.75


def test_a_trained_network_reads_maps_and_refuses_single_slices(tmp_path: Path):
    patches = _stacked()
    network = _trained(patches, tmp_path / "run")
    assert predict(network, patches.images).shape == (12, 3)
    with pytest.raises(EngineError, match="64x64 px in 5 slices"):
        predict(network, _flat().images)
    tested = tuple(int(one) for one in test_indices(patches, folds_of(patches), 0))
    spec = MapSpec(tested, 8, SIZES.augmentation, perplexity=5)
    found = result_of(map_file(spec, (tmp_path / "run/patches.npz", network)))
    assert found.embedding.xy.shape == (9 * len(tested), 2)


def test_a_panel_reads_stacks_and_names_a_network_of_single_slices(tmp_path: Path):
    deep = _trained(_stacked(), tmp_path / "deep")
    flat = _trained(_flat(), tmp_path / "flat")
    panel, stacks = PanelSpec(blobs().classes), tmp_path / "deep/patches.npz"
    found = result_of(read_file(panel, (stacks, deep)))
    np.testing.assert_array_equal(found[0], predict(deep, _stacked().images))
    with pytest.raises(EngineError, match="reads ROIs of 64x64 px, these have shape"):
        result_of(read_file(panel, (stacks, flat)))


# --- who reads single slices only ---------------------------------------------------------------


def _generator(patches: LesionPatches) -> GanTraining:
    return GanTraining(SIZES.gan, SIZES.augmentation, folds_of(patches), 0, 0, 0, steps=2)


@pytest.mark.parametrize(
    "work",
    [
        lambda patches, paths: generators.gather(patches, _generator(patches)),
        lambda patches, paths: result_of(
            baselines.train(BaselineTraining(BaselineSpec("glcm"), folds_of(patches), 0, 0), paths)
        ),
        lambda patches, paths: result_of(audit_file(AuditSpec((0, 3)), paths)),
        lambda patches, paths: result_of(
            read_discriminator(DiscriminatorReading(_generator(patches)), paths)
        ),
        lambda patches, paths: result_of(
            train_batched((_spec(patches, cnn=SIZES.cnn),), patches, lambda spec: paths[1])
        ),
        lambda patches, paths: ResidentCrops.of(patches, torch.device("cpu")),
    ],
    ids=["generator", "baseline", "audit", "discriminator", "batched", "resident"],
)
def test_what_reads_single_slices_says_so(
    tmp_path: Path, work: Callable[[LesionPatches, tuple[Path, ...]], object]
):
    patches = _stacked()
    patches.save(tmp_path / "patches.npz")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(EngineError, match=r"reads one slice of each lesion, these ROIs hold 5"):
        work(patches, (tmp_path / "patches.npz", tmp_path))
    assert sorted(tmp_path.iterdir()) == before
