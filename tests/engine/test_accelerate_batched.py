"""Networks trained together end as they would alone, and leave the same checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of
from torch.nn import functional

from engine import checkpoint
from engine.accelerate.batched import BatchedCnn, loss_of
from engine.accelerate.graphs import sgd
from engine.accelerate.group import GroupProgress, can_batch, train_batched
from engine.accelerate.resident import ResidentCrops
from engine.cnn.networks import LesionCnn, build
from engine.cnn.training import CnnResult, train
from engine.device import best_device
from engine.errors import EngineError
from engine.patches import LesionPatches
from engine.specs import CnnSpec, CnnTraining, profile

CPU = torch.device("cpu")
SMALL = replace(profile("smoke").cnn, learning_rate=0.005)
"""Rounding grows with the rate and the steps: see the same in double precision."""
DRY = replace(SMALL, dropout=0.0)


def networks(spec: CnnSpec, count: int = 3) -> list[LesionCnn]:
    """Different weights and mean images."""
    found = [build(spec, torch.Generator().manual_seed(seed)) for seed in range(count)]
    for seed, network in enumerate(found):
        network.mean_image.fill_(0.1 * seed)
    return found


def test_each_network_says_what_it_says_alone() -> None:
    alone = networks(replace(SMALL, slices=2))
    together = BatchedCnn(replace(SMALL, slices=2), alone)
    images = torch.rand(5, 3, 2, 64, 64)
    logits = together(images)
    for number, network in enumerate(alone):
        torch.testing.assert_close(logits[:, number], network.eval()(images[:, number]))


def test_one_network_after_the_other_convolves_as_all_in_one_call() -> None:
    spec = replace(SMALL, slices=2)
    together = BatchedCnn(spec, networks(spec)).to(torch.float64)
    signal = torch.rand(5, 3, 2, 64, 64, dtype=torch.float64)
    found, gradients = [], []
    for form in (together._grouped, together.on_lanes):
        together.zero_grad()
        found.append(form(signal))
        found[-1].square().sum().backward()
        gradients.append([one.grad for one in (*together.kernels, *together.biases)])
    torch.testing.assert_close(found[0], found[1])
    for ours, theirs in zip(*gradients, strict=True):
        assert ours is not None
        torch.testing.assert_close(ours, theirs)


def test_weights_come_out_as_they_went_in() -> None:
    alone = networks(SMALL)
    together = BatchedCnn(SMALL, alone)
    for number, network in enumerate(alone):
        kept, state = network.state_dict(), together.network(number).state_dict()
        assert list(state) == list(kept)
        assert all(torch.equal(state[name], kept[name]) for name in kept)


@pytest.mark.parametrize(
    ("kind", "rate", "apart"), [(torch.float32, 0.005, 1e-4), (torch.float64, 0.05, 1e-10)]
)
def test_given_masks_twenty_steps_leave_the_weights_of_each_alone(
    kind: torch.dtype, rate: float, apart: float
) -> None:
    alone = [network.to(kind) for network in networks(SMALL)]
    together = BatchedCnn(SMALL, alone)
    chance = torch.Generator().manual_seed(5)
    optimiser = sgd(list(together.parameters()), rate, 0.9, CPU)
    others = [torch.optim.SGD(n.parameters(), rate, 0.9, nesterov=True) for n in alone]
    weights = torch.full((8, 3), 1 / 8)
    for _ in range(20):
        images = torch.rand(8, 3, 1, 64, 64, generator=chance, dtype=kind)
        targets = torch.randint(0, 3, (8, 3), generator=chance)
        kept = (torch.rand(3, 8, SMALL.dense, generator=chance) > 0.5) * 2.0
        optimiser.zero_grad()
        loss_of(together(images, kept.to(kind)), targets, weights.to(kind)).sum().backward()
        optimiser.step()
        for number, (network, own) in enumerate(zip(alone, others, strict=True)):
            own.zero_grad()
            logits = network.output(network.features(images[:, number]) * kept[number].to(kind))
            functional.cross_entropy(logits, targets[:, number]).backward()
            own.step()
    for number, network in enumerate(alone):
        state = together.state_of(number)
        for name, weight in network.state_dict().items():
            torch.testing.assert_close(state[name], weight, atol=apart, rtol=0)


def test_rois_without_weight_do_not_teach() -> None:
    together = BatchedCnn(SMALL, networks(SMALL, 2))
    images, targets = torch.rand(4, 2, 1, 64, 64), torch.zeros(4, 2, dtype=torch.int64)
    weights = torch.tensor([[0.5, 0.25], [0.5, 0.25], [0, 0.25], [0, 0.25]])
    loss = loss_of(together(images), targets, weights)
    other = images.clone()
    other[2:, 0] = 0.9
    torch.testing.assert_close(loss_of(together(other), targets, weights), loss)
    other[2:, 1] = 0.9
    assert abs(loss_of(together(other), targets, weights) - loss)[1] > 1e-6


# --- whole trainings ------------------------------------------------------------------------


def group(patches: LesionPatches, cnn: CnnSpec) -> tuple[CnnTraining, ...]:
    """Two folds and a second seed; one of them with fewer steps."""
    spec = CnnTraining(cnn, profile("smoke").augmentation, folds_of(patches), 0, 1, 6, steps=20)
    return spec, replace(spec, test_fold=1), replace(spec, seed=2, steps=13)


def trained(
    specs: tuple[CnnTraining, ...], patches: LesionPatches, root: Path
) -> tuple[CnnResult, ...]:
    folders = {spec: root / str(number) for number, spec in enumerate(specs)}
    return result_of(train_batched(specs, patches, folders.__getitem__, device=best_device("cpu")))


def test_a_groups_checkpoints_are_those_of_single_trainings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)  # both on one device
    patches = blobs(5)
    patches.save(tmp_path / "patches.npz")
    specs = group(patches, DRY)
    for number, (spec, result) in enumerate(
        zip(specs, trained(specs, patches, tmp_path), strict=True)
    ):
        folder = tmp_path / f"alone {number}"
        alone = result_of(train(spec, (tmp_path / "patches.npz", folder)))
        ours, theirs = checkpoint.load(result.checkpoint), checkpoint.load(alone.checkpoint)
        assert ours.meta == theirs.meta
        for name, weight in theirs.tensors.items():
            np.testing.assert_allclose(ours.tensors[name], weight, atol=1e-4)
        np.testing.assert_allclose(result.probabilities, alone.probabilities, atol=1e-4)
        assert (result.ids, result.n, result.correct) == (alone.ids, alone.n, alone.correct)
        assert (result.steps, result.images) == (alone.steps, alone.images)
        assert checkpoint.read_facts(result.checkpoint.parent).steps == spec.steps


def test_drawn_from_resident_crops_a_group_ends_as_drawn_by_the_cpu(tmp_path: Path) -> None:
    patches = blobs(5)
    specs = tuple(replace(spec, classic=20) for spec in group(patches, DRY))
    folders = {spec: tmp_path / str(number) for number, spec in enumerate(specs)}
    crops = ResidentCrops.of(patches, CPU)
    running = train_batched(
        specs, patches, folders.__getitem__, device=best_device("cpu"), crops=crops
    )
    for ours, theirs in zip(
        result_of(running), trained(specs, patches, tmp_path / "drawn"), strict=True
    ):
        assert ours.images == theirs.images > 40
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-3)


def test_the_others_go_on_when_one_has_its_steps(tmp_path: Path) -> None:
    patches = blobs(5)
    specs = group(patches, SMALL)
    folders = {spec: tmp_path / str(number) for number, spec in enumerate(specs)}
    running = train_batched(specs, patches, folders.__getitem__, device=best_device("cpu"))
    told = [one for one in running if isinstance(one, GroupProgress) and one.ended]
    assert [(one.done, [number for number, _ in one.ended]) for one in told] == [
        (13, [2]),
        (20, [0, 1]),
    ]
    first, last = told[0].ended[0][1], told[1].ended[0][1]
    assert first.steps == 13
    assert 0 < first.seconds < last.seconds


def test_a_network_does_not_depend_on_its_company_and_the_same_seed_gives_the_same_bytes(
    tmp_path: Path,
) -> None:
    patches = blobs(5)
    specs = group(patches, SMALL)
    first = trained(specs, patches, tmp_path / "1")
    again = trained(specs, patches, tmp_path / "2")
    assert [one.checksum for one in first] == [one.checksum for one in again]
    (alone,) = trained(specs[1:2], patches, tmp_path / "3")
    ours = checkpoint.load(first[1].checkpoint).tensors
    for name, weight in checkpoint.load(alone.checkpoint).tensors.items():
        np.testing.assert_allclose(weight, ours[name], atol=1e-4)


def test_closing_leaves_no_checkpoint(tmp_path: Path) -> None:
    patches = blobs(5)
    running = train_batched(group(patches, SMALL), patches, lambda spec: tmp_path)
    for progress in running:
        if progress.message == "Training":
            break
    running.close()
    assert not list(tmp_path.iterdir())


def test_other_networks_and_fresh_rois_are_refused(tmp_path: Path) -> None:
    patches = blobs(3)
    spec, *_ = group(patches, SMALL)
    mixed = (spec, replace(spec, cnn=DRY))
    fresh = (spec, replace(spec, on_the_fly=True))
    assert can_batch((spec, replace(spec, seed=9)))
    for specs in (mixed, fresh):
        assert not can_batch(specs)
        with pytest.raises(EngineError, match="one after the other"):
            next(train_batched(specs, patches, lambda spec: tmp_path))


def test_a_training_that_diverges_is_a_sentence(tmp_path: Path) -> None:
    patches = blobs(3)
    wild = replace(SMALL, learning_rate=1e12)
    specs = tuple(replace(spec, cnn=wild) for spec in group(patches, wild))
    with pytest.raises(EngineError, match="diverged"):
        trained(specs, patches, tmp_path)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_cuda_the_graph_trains_as_the_cpu_does(tmp_path: Path) -> None:
    patches = blobs(5)
    specs = group(patches, DRY)
    folders = {spec: tmp_path / str(number) for number, spec in enumerate(specs)}
    found = result_of(train_batched(specs, patches, folders.__getitem__))
    expected = trained(specs, patches, tmp_path / "cpu")
    for ours, theirs in zip(found, expected, strict=True):
        assert checkpoint.load(ours.checkpoint).meta.device == "cuda"
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=0.02)  # TF32


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_cuda_a_group_trained_twice_leaves_the_same_bytes(tmp_path: Path) -> None:
    patches = blobs(5)
    specs = group(patches, SMALL)
    kept = []
    for turn in ("first", "second"):
        folders = {spec: tmp_path / turn / str(number) for number, spec in enumerate(specs)}
        found = result_of(train_batched(specs, patches, folders.__getitem__))
        kept.append([checkpoint.load(one.checkpoint).tensors for one in found])
    for ours, theirs in zip(*kept, strict=True):
        assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
