"""2.5-D ROIs from the study to a trained network: CT is needed, folds are shared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from learn_study import make_study
from learning_sets import result_of

from engine.errors import EngineError
from engine.experiment.grid import Experiment
from engine.experiment.recipe import Recipe
from engine.specs import CnnTraining, from_json
from reader_app.workflows.assess_model import assess_model, model_names
from reader_app.workflows.embed import embed
from reader_app.workflows.experiment_runs import experiment_runs
from reader_app.workflows.external import external_set, read_external
from reader_app.workflows.forecast import forecast_words
from reader_app.workflows.judge_generators import judge_generators
from reader_app.workflows.measure import measure
from reader_app.workflows.patches import training_data
from reader_app.workflows.phantom_study import simulate
from reader_app.workflows.run_experiment import experiment_status, run_experiment
from reader_app.workflows.train import train
from studies import cases, learning
from studies.errors import StudyError
from studies.phantom.plan import CasePlan, small_plan
from studies.store import Store

PLAIN = replace(Recipe.of("cnn-25d", "smoke"), folds=3)
AUGMENTED = Experiment(("cnn-aug-25d",), "smoke")


def _plans() -> tuple[CasePlan, ...]:
    """The three smallest patients of each class."""
    single = [plan for plan in small_plan() if len(plan.lesions) == 1]
    single.sort(key=lambda plan: (plan.slices, plan.patient))
    classes = sorted({plan.lesions[0].category for plan in single})
    return tuple(
        plan
        for code in classes
        for plan in [one for one in single if one.lesions[0].category == code][:3]
    )


@pytest.fixture(scope="module")
def ct(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Nine simulated patients with a lesion each."""
    folder = tmp_path_factory.mktemp("ct") / "ct.blindread"
    with Store.create(folder, "CT", simulated=True) as made:
        result_of(simulate(made, _plans()))
        yield made


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[Store]:
    """A study of single pictures."""
    with make_study(tmp_path / "p.blindread", per_class=4) as made:
        yield made


def test_stacks_are_a_set_of_their_own_with_the_same_folds(ct: Store) -> None:
    flat, deep = training_data(ct, 3), training_data(ct, 3, 5)

    assert (flat.patches.slices, deep.patches.slices) == (1, 5)
    np.testing.assert_array_equal(deep.patches.images[:, 2], flat.patches.images)
    assert (deep.patches.ids, deep.folds) == (flat.patches.ids, flat.folds)
    assert len(deep.patches.native) == 5 * len(flat.patches)
    for at in range(len(flat.patches)):
        key, alone = deep.patches.native_of(at, 2), flat.patches.native_of(at)
        np.testing.assert_array_equal(key.pixels, alone.pixels)
        assert (key.center, key.diameter_mm) == (alone.center, alone.diameter_mm)
    assert deep.data_hash != flat.data_hash
    assert deep.path != flat.path
    assert deep.path.exists()
    assert training_data(ct, 3, 5).data_hash == deep.data_hash


def test_networks_of_stacks_train_map_and_predict_each_lesion_once(ct: Store) -> None:
    result = result_of(train(ct, PLAIN))
    specs = [from_json(run.spec, CnnTraining) for run in result.runs]
    assert {spec.cnn.slices for spec in specs} == {5}
    said = [one.lesion_id for run in result.runs for one in learning.predictions(ct, run_id=run.id)]
    assert sorted(said) == [one.id for one in cases.lesions(ct)]
    assert all(learning.embedding(ct, run.id) is not None for run in result.runs)
    assert result_of(embed(ct, result.runs[0].id)).points
    assert result_of(train(ct, PLAIN)).skipped == 3
    (timing,) = result_of(measure(ct, (PLAIN,)))
    assert timing.seconds > 0


def test_an_experiment_of_stacks_is_run_forecast_and_left_alone_by_readings(ct: Store) -> None:
    assert "ROIs" in forecast_words(ct, AUGMENTED, "in-process")[0]
    found = result_of(run_experiment(ct, AUGMENTED, "in-process"))
    assert {run.arm for run in found.runs} == {"cnn-aug-25d"}
    assert all(group.is_done for group in experiment_status(ct, AUGMENTED))
    assert result_of(judge_generators(experiment_runs(ct, AUGMENTED))) == 0
    assert model_names(ct) == ()
    with pytest.raises(StudyError, match=r"CNN-AUG-25D reads 5 slices .* a reading shows one"):
        next(assess_model(ct, "cnn-aug-25d"))


def test_another_ct_study_is_read_by_networks_of_stacks(ct: Store, tmp_path: Path) -> None:
    result = result_of(train(ct, PLAIN))
    others = tuple(replace(plan, seed=plan.seed + 1) for plan in _plans())
    with Store.create(tmp_path / "o.blindread", "Other", simulated=True) as other:
        result_of(simulate(other, others))
        rois = external_set(ct, other, 5)
        (reading,) = result_of(read_external(ct, rois, [result.runs]))
    assert reading.probabilities.shape == (3, 9, 3)
    np.testing.assert_allclose(reading.probabilities.sum(2), 1, atol=1e-5)


def test_single_pictures_have_no_stacks_and_the_study_stays_as_it_was(pictures: Store) -> None:
    before = sorted(path.name for path in pictures.runs_folder.rglob("*"))
    for work in (
        train(pictures, PLAIN),
        measure(pictures, (PLAIN,)),
        run_experiment(pictures, AUGMENTED, "in-process"),
    ):
        with pytest.raises(StudyError, match=r"single picture.*Choose an arm of single slices"):
            result_of(work)
    assert learning.runs(pictures) == ()
    assert all(one.fold is None for one in cases.lesions(pictures))
    assert sorted(path.name for path in pictures.runs_folder.rglob("*")) == before


def test_mixed_arms_are_refused_before_anything_is_read(ct: Store) -> None:
    runs = learning.runs(ct)
    mixed = Experiment(("cnn", "cnn-25d"), "smoke")
    with pytest.raises(EngineError, match="experiment of their own"):
        result_of(run_experiment(ct, mixed, "in-process"))
    with pytest.raises(EngineError, match="experiment of their own"):
        forecast_words(ct, mixed, "in-process")
    assert learning.runs(ct) == runs
