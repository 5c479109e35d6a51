"""Maps of a lesion by the network that had it in its test fold; every refusal is a sentence."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from learn_study import make_study

from engine import checkpoint
from engine.checkpoint import CheckpointMeta
from engine.cnn.networks import build
from engine.explain import explain_file
from engine.files import MODEL
from engine.jobs import result_of
from engine.specs import AugmentationSpec, CnnSpec, CnnTraining, to_json
from reader_app.workflows import explain as workflow
from reader_app.workflows.explain import explain
from studies import cases, learning
from studies.errors import StudyError
from studies.learning import NewRun
from studies.records import PredictionRecord

SMALL = CnnSpec(channels=(4, 4, 4), dense=8)


class InProcess:
    """Stands for the child process: the same generator, without starting one."""

    def run(self, spec, **_kwargs):
        return (yield from explain_file(spec.spec, spec.paths))

    def close(self):
        """Nothing was started."""


@pytest.fixture
def store(tmp_path):
    made = make_study(tmp_path / "s.blindread", per_class=2)
    yield made
    made.close()


@pytest.fixture
def trained(store):
    """A finished network of fold 0 that was tested on the first lesion alone."""
    spec = CnnTraining(SMALL, AugmentationSpec(), (0, 1, 1, 1, 1, 1), 0, 1)
    run = learning.start_run(
        store, NewRun("abc", "cnn", "classifier", 1, "smoke", to_json(spec), fold=0)
    )
    lesion = cases.lesions(store)[0]
    said = PredictionRecord(run.id, lesion.id, lesion.category, lesion.category, (0.5, 0.3, 0.2))
    learning.save_predictions(store, run.id, (said,))
    run.folder.mkdir(parents=True)
    codes = cases.study(store).scheme.codes
    network = build(SMALL, torch.Generator().manual_seed(1))
    meta = CheckpointMeta("cnn", to_json(spec), codes, "d", 1)
    checkpoint.save(run.folder / MODEL, dict(network.state_dict()), meta)
    return learning.update_run(store, run.id, state="finished"), lesion


def test_the_maps_are_of_the_lesions_own_roi(store, trained, monkeypatch):
    monkeypatch.setattr(workflow, "Child", InProcess)
    run, lesion = trained
    found = result_of(explain(store, run.id, lesion.id, "metastasis"))
    assert found.target == cases.study(store).scheme.codes.index("metastasis")
    assert found.occlusion.shape == (64, 64)
    from engine.cnn.evaluation import predict

    (roi,) = (one.image for one in cases.rois(store) if one.lesion_id == lesion.id)
    assert found.probabilities == pytest.approx(
        predict(run.folder / MODEL, np.array(roi)[None])[0].tolist()
    )
    assert np.isfinite(found.gradients.map).all()


def test_a_lesion_outside_the_test_fold_is_refused(store, trained):
    run, _ = trained
    other = cases.lesions(store)[1]
    with pytest.raises(StudyError, match="may have trained on it"):
        result_of(explain(store, run.id, other.id, "cyst"))


def test_a_checkpoint_that_is_gone_is_said(store, trained):
    run, lesion = trained
    (run.folder / MODEL).unlink()
    with pytest.raises(StudyError, match="Train the arm again"):
        result_of(explain(store, run.id, lesion.id, "cyst"))
