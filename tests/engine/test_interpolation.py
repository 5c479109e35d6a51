"""Walks between seeds: ends are the seeds' own draws, arcs keep their length."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine.errors import EngineError
from engine.gan.interpolation import latents, spherical, straight, walk
from engine.gan.synthesis import synthesise
from engine.gan.training import train
from engine.specs import ALL_CLASSES, GanTraining, profile
from engine.walk import WalkSpec

SMOKE = profile("smoke")


@pytest.fixture(scope="module")
def generators(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    patches = blobs(4)
    found = {}
    for kind, gan, target in (("dcgan", SMOKE.gan, 0), ("cda", SMOKE.cda, ALL_CLASSES)):
        folder = tmp_path_factory.mktemp(kind)
        patches.save(folder / "patches.npz")
        spec = GanTraining(gan, SMOKE.augmentation, folds_of(patches), 0, 1, target, steps=2)
        found[kind] = result_of(train(spec, (folder / "patches.npz", folder))).checkpoint
    return found


@pytest.mark.parametrize("kind", ["dcgan", "cda"])
def test_the_ends_of_a_walk_are_the_draws_of_its_seeds(
    generators: dict[str, Path], kind: str
) -> None:
    path = generators[kind]
    drawn = [result_of(synthesise(path, 1, seed, 1))[0] for seed in (3, 4, 5, 6)]
    row = result_of(walk(WalkSpec((3, 4), 5, 1), (path,)))
    assert row.shape == (5, 64, 64)
    np.testing.assert_allclose(row[[0, -1]], drawn[:2], atol=2e-6)
    field = result_of(walk(WalkSpec((3, 4, 5, 6), 4, 1), (path,)))
    np.testing.assert_allclose(field[[0, 3, 12, 15]], drawn, atol=2e-6)
    assert np.abs(row[2] - row[0]).max() > 5e-6  # two steps of training vary little


def test_normal_noise_is_walked_on_an_arc_and_uniform_noise_on_a_line() -> None:
    start, end = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    middle = spherical(start, end, 0.5)
    np.testing.assert_allclose(middle, [2**-0.5, 2**-0.5], atol=1e-6)
    np.testing.assert_allclose(straight(start, end, 0.5), [0.5, 0.5])
    np.testing.assert_allclose(spherical(start, 2 * start, 0.25), [1.25, 0.0], atol=1e-6)
    spec = WalkSpec((0, 1), 9)
    uniform = latents(replace(SMOKE.gan, sampling="uniform"), spec)
    np.testing.assert_allclose(uniform[4], (uniform[0] + uniform[8]) / 2, atol=1e-6)
    normal = latents(replace(SMOKE.gan, sampling="normal", latent=400), spec)
    lengths = normal.norm(dim=1)
    assert lengths.min() > 0.97 * min(lengths[0], lengths[8])
    assert (normal[0] + normal[8]).norm() / 2 < 0.8 * lengths.min()  # the straight line's middle


@pytest.mark.parametrize("spec", [WalkSpec((1,)), WalkSpec((1, 2), 1), WalkSpec((1, 2), 17)])
def test_other_walks_are_sentences(spec: WalkSpec, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="two or four seeds"):
        result_of(walk(spec, (tmp_path / "none",)))


def test_a_conditional_generator_wants_a_class(generators: dict[str, Path]) -> None:
    with pytest.raises(EngineError, match="choose the class"):
        result_of(walk(WalkSpec((1, 2), 2, 7), (generators["cda"],)))
