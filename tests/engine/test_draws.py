"""D_synth drawn from generators of one class each, or of all classes at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_sets import blobs, folds_of, result_of

from engine.draws import DrawSpec, draw_file
from engine.errors import EngineError
from engine.gan.synthesis import synthesise
from engine.gan.training import train
from engine.specs import ALL_CLASSES, GanTraining, profile

SMOKE = profile("smoke")


@pytest.fixture(scope="module")
def conditional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    patches, folder = blobs(6), tmp_path_factory.mktemp("acgan")
    patches.save(folder / "patches.npz")
    gan = replace(SMOKE.gan, kind="acgan-dcgan")
    spec = GanTraining(gan, SMOKE.augmentation, folds_of(patches), 0, 1, ALL_CLASSES, steps=2)
    return result_of(train(spec, (folder / "patches.npz", folder))).checkpoint


def test_one_generator_gives_each_class_its_draws(conditional: Path, tmp_path: Path):
    paths = (tmp_path / "drawn.npz", conditional, conditional, conditional)
    assert result_of(draw_file(DrawSpec(4, 9, (0, 1, 2)), paths)) == paths[0]
    with np.load(paths[0], allow_pickle=False) as file:
        images, targets = file["images"], file["targets"]
    assert targets.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    for target in range(3):
        wanted = result_of(synthesise(conditional, 4, 9, target))
        np.testing.assert_array_equal(images[targets == target], wanted)


def test_the_first_of_a_larger_draw_are_the_smaller_draw(conditional: Path):
    many, few = (result_of(synthesise(conditional, count, 9, 1)) for count in (20, 5))
    np.testing.assert_allclose(many[:5], few, atol=1e-6)


def test_classes_and_generators_must_be_as_many(conditional: Path, tmp_path: Path):
    paths = (tmp_path / "drawn.npz", conditional)
    for targets in ((0, 1), ()):
        with pytest.raises(EngineError, match="A generator is needed for each class"):
            result_of(draw_file(DrawSpec(4, 9, targets), paths))
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_draw_leaves_no_file(conditional: Path, tmp_path: Path):
    running = draw_file(DrawSpec(40, 9, (1,)), (tmp_path / "drawn.npz", conditional))
    next(running)
    next(running)
    running.close()
    assert list(tmp_path.iterdir()) == []
