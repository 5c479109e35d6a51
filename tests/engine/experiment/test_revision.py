"""The revision in a run's hash: it must rise whenever the same recipe draws other numbers."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of

from engine.augment import plan
from engine.experiment import revision
from engine.experiment.revision import run_hash
from engine.gan.latent import sampling_noise, training_noise
from engine.resume import Order
from engine.specs import AugmentationSpec, BaselineSpec, BaselineTraining, CnnTraining, profile

RAISE = "This draw has changed: raise REVISIONS in engine/experiment/revision.py, then this digest."


def _digest(*arrays: np.ndarray) -> str:
    rounded = [np.round(np.asarray(one, dtype=np.float64), 9) + 0.0 for one in arrays]
    return sha256(b"".join(one.tobytes() for one in rounded)).hexdigest()[:16]


def test_augmentations_are_drawn_as_in_this_revision():
    placements = plan(blobs(1).native_of(0), AugmentationSpec(), (7, 11))
    parts = (placements.angles, placements.mirrors, placements.shifts, placements.margins)

    assert _digest(*parts) == "23a908d3c44ce889", RAISE


def test_noise_is_drawn_as_in_this_revision():
    spec = profile("quick").gan
    chance = torch.Generator().manual_seed(5)

    drawn = (sampling_noise(spec, 3, 4, 9).numpy(), training_noise(spec, 4, chance).numpy())
    assert _digest(*drawn) == "7934fbc172621f68", RAISE


def test_batches_come_in_the_order_of_this_revision():
    order = Order(50, 16, torch.Generator().manual_seed(3))

    assert _digest(*(order.next().numpy() for _ in range(8))) == "97f5df067320929a", RAISE


def test_a_higher_revision_is_another_run_of_its_kind_alone(monkeypatch: pytest.MonkeyPatch):
    patches, sizes = blobs(3), profile("smoke")
    network = CnnTraining(sizes.cnn, sizes.augmentation, folds_of(patches), 0, 1)
    baseline = BaselineTraining(BaselineSpec("glcm"), folds_of(patches), 0, 1)
    before = [run_hash(one, "data") for one in (network, baseline)]
    raised = tuple((kind, n + (kind == "network")) for kind, n in revision.REVISIONS)
    monkeypatch.setattr(revision, "REVISIONS", raised)

    assert run_hash(network, "data") != before[0]
    assert run_hash(baseline, "data") == before[1]
    assert run_hash(replace(network, seed=2), "data") != run_hash(network, "data")
    assert run_hash(network, "data", ("a",)) != run_hash(network, "data", ("b",))
