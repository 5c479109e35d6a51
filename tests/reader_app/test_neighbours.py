"""What draws are compared with: the ROIs that trained their generator, where they are here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gallery_study import SIZES, add_generator, gallery_study
from learn_study import CODES, add_lesion

from engine.experiment.revision import run_hash
from engine.specs import GanTraining, to_json
from reader_app.workflows.neighbours import yardstick
from reader_app.workflows.patches import training_data
from studies import cases, learning
from studies.learning import NewRun
from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with gallery_study(tmp_path / "g.blindread") as made:
        yield made


def trained_here(store: Store) -> int:
    """A generator of cysts whose hash is of the study's ROIs as they are, but for fold 0."""
    data = training_data(store, 2)
    spec = GanTraining(SIZES.gan, SIZES.augmentation, data.folds, 0, 3, CODES.index("cyst"))
    name = run_hash(spec, data.data_hash)
    new = NewRun(name, "dcgan", "generator", 3, "smoke", to_json(spec), "cyst", 0)
    run = learning.start_run(store, new)
    return learning.update_run(store, run.id, state="finished").id


def test_a_generator_trained_here_is_compared_with_its_training_rois(store: Store) -> None:
    among = yardstick(store, trained_here(store), "cyst")
    lesions = {one.id: one for one in cases.lesions(store)}
    assert among.of_training
    assert {lesions[roi.lesion_id].fold for roi in among.rois} == {1}


def test_after_a_change_or_from_elsewhere_it_is_all_of_the_class(store: Store) -> None:
    here, elsewhere = trained_here(store), add_generator(store, "cyst", 1)
    cysts = [one.id for one in cases.lesions(store) if one.category == "cyst"]
    found = yardstick(store, elsewhere, "cyst")
    assert (found.of_training, [roi.lesion_id for roi in found.rois]) == (False, cysts)
    added = add_lesion(store, 99, "cyst", np.random.default_rng(1))
    found = yardstick(store, here, "cyst")
    assert (found.of_training, [roi.lesion_id for roi in found.rois]) == (False, [*cysts, added])
