"""What the child process gives back: outcomes of trainings, draws for D_synth, feature maps."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learning_sets import blobs, folds_of, result_of

from engine.cnn.evaluation import features, predict
from engine.cnn.examples import gather
from engine.draws import DrawSpec, draw_file
from engine.errors import TooFewError
from engine.gan.synthesis import synthesise
from engine.map import MapSpec, map_file
from engine.outcome import Outcome, classify, generate
from engine.patches import LesionPatches
from engine.specs import CnnTraining, GanTraining, profile

SMOKE = profile("smoke")
PATCHES = blobs(6)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome, CnnTraining]:
    folder = tmp_path_factory.mktemp("classifier")
    PATCHES.save(folder / "patches.npz")
    spec = CnnTraining(SMOKE.cnn, SMOKE.augmentation, folds_of(PATCHES), 1, 3, steps=5)
    return folder, result_of(classify(spec, (folder / "patches.npz", folder))), spec


@pytest.fixture(scope="module")
def generators(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, ...]:
    made = []
    for target in range(2):
        folder = tmp_path_factory.mktemp(f"generator{target}")
        PATCHES.save(folder / "patches.npz")
        spec = GanTraining(SMOKE.gan, SMOKE.augmentation, folds_of(PATCHES), 1, 3, target, steps=3)
        made.append(result_of(generate(spec, (folder / "patches.npz", folder))))
    return tuple(made)


def test_a_classifiers_outcome_is_its_test_folds(classifier: tuple[Path, Outcome, CnnTraining]):
    _, outcome, spec = classifier
    tested = [at for at, fold in enumerate(spec.folds) if fold == 1]
    assert outcome.ids == tuple(PATCHES.ids[at] for at in tested)
    assert outcome.probabilities.shape == (len(tested), 3)
    np.testing.assert_allclose(outcome.probabilities.sum(1), 1, atol=1e-5)
    right = outcome.probabilities.argmax(1) == PATCHES.targets[tested]
    assert (outcome.correct, outcome.n) == (right.sum(), len(tested))
    assert outcome.accuracy == outcome.correct / outcome.n
    assert outcome.kid is None
    again = predict(outcome.checkpoint, PATCHES.images[tested])
    np.testing.assert_allclose(again, outcome.probabilities, atol=1e-5)


def test_a_run_on_all_folds_has_no_accuracy(tmp_path: Path):
    PATCHES.save(tmp_path / "patches.npz")
    spec = CnnTraining(SMOKE.cnn, SMOKE.augmentation, folds_of(PATCHES), None, 3, steps=2)
    outcome = result_of(classify(spec, (tmp_path / "patches.npz", tmp_path)))
    assert outcome.accuracy is outcome.correct is outcome.n is None
    assert outcome.ids == ()
    assert len(outcome.probabilities) == 0


def test_a_generators_outcome_has_its_distance(generators: tuple[Outcome, ...]):
    for outcome in generators:
        assert outcome.steps == 3
        assert outcome.accuracy is None
        assert outcome.kid is None or np.isfinite(outcome.kid)


def test_an_outcome_is_received_without_torch(generators: tuple[Outcome, ...], tmp_path: Path):
    (tmp_path / "outcome").write_bytes(pickle.dumps(generators[0]))
    program = (
        "import pickle, pathlib, sys\n"
        f"found = pickle.loads(pathlib.Path({str(tmp_path / 'outcome')!r}).read_bytes())\n"
        "assert found.steps == 3\n"
        "assert 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2])


# --- draws --------------------------------------------------------------------------------------


def test_draws_of_all_generators_lie_in_one_file(generators: tuple[Outcome, ...], tmp_path: Path):
    paths = (tmp_path / "synthetic.npz", *(one.checkpoint for one in generators))
    assert result_of(draw_file(DrawSpec(5, 11, (0, 2)), paths)) == paths[0]
    with np.load(paths[0], allow_pickle=False) as file:
        images, targets = file["images"], file["targets"]
    assert targets.tolist() == [0] * 5 + [2] * 5
    assert images.dtype == np.float32
    for part, path in zip((images[:5], images[5:]), paths[1:], strict=True):
        np.testing.assert_array_equal(part, result_of(synthesise(path, 5, 11)))
    assert list(tmp_path.iterdir()) == [paths[0]]


def test_progress_of_draws_never_goes_back(generators: tuple[Outcome, ...], tmp_path: Path):
    paths = (tmp_path / "synthetic.npz", *(one.checkpoint for one in generators))
    told = list(draw_file(DrawSpec(40, 11, (0, 1)), paths))
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert {one.total for one in told} == {80}
    assert told[-1].done == 80


def test_drawn_rois_join_training_as_many_as_asked(
    generators: tuple[Outcome, ...], classifier: tuple[Path, Outcome, CnnTraining], tmp_path: Path
):
    path = result_of(
        draw_file(
            DrawSpec(4, 1, (0, 1)),
            (tmp_path / "synthetic.npz", *(one.checkpoint for one in generators)),
        )
    )
    plain = replace(classifier[2], classic=9)
    alone = gather(PATCHES, plain, None)
    joined = gather(PATCHES, replace(plain, synthetic=2), path)
    originals = sum(fold != 1 for fold in plain.folds)
    assert len(alone.targets) == originals + 2 * 9  # D_aug counts per training fold
    assert len(joined.targets) == len(alone.targets) + 8
    np.testing.assert_array_equal(joined.images[: len(alone.images)], alone.images)


# --- maps ---------------------------------------------------------------------------------------


def _map(classifier: tuple[Path, Outcome, CnnTraining], indices: tuple[int, ...], augmented: int):
    folder, outcome, _ = classifier
    spec = MapSpec(indices, augmented, SMOKE.augmentation, perplexity=5.0)
    return result_of(map_file(spec, (folder / "patches.npz", outcome.checkpoint)))


def test_a_map_shows_rois_and_then_their_augmentations(
    classifier: tuple[Path, Outcome, CnnTraining],
):
    indices = (1, 4, 7, 10, 13)
    found = _map(classifier, indices, 3)
    assert found.embedding.xy.shape == (20, 2)
    assert np.isfinite(found.embedding.xy).all()
    assert found.sources[:5].tolist() == list(indices)
    assert np.unique(found.sources[5:], return_counts=True)[1].tolist() == [3] * 5
    assert set(found.sources) == set(indices)
    assert found.augmented.tolist() == [False] * 5 + [True] * 15
    np.testing.assert_array_equal(found.embedding.xy, _map(classifier, indices, 3).embedding.xy)


def test_a_map_of_too_few_rois_is_a_sentence(classifier: tuple[Path, Outcome, CnnTraining]):
    with pytest.raises(TooFewError, match="at least 10"):
        _map(classifier, (1, 2, 3), 2)


def test_features_are_of_the_dense_layer(classifier: tuple[Path, Outcome, CnnTraining]):
    _, outcome, spec = classifier
    found = features(outcome.checkpoint, PATCHES.images[:4])
    assert found.shape == (4, spec.cnn.dense)
    assert found.min() >= 0


def test_the_set_of_blobs_is_what_these_tests_take_it_for():
    assert isinstance(PATCHES, LesionPatches)
    assert np.bincount(PATCHES.targets).tolist() == [6, 6, 6]
