"""The generator: the paper's size, both losses, learning, draws, determinism, bad input."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine.checkpoint import load
from engine.errors import CheckpointError, EngineError, TooFewError
from engine.gan.examples import gather
from engine.gan.latent import sampling_noise, training_noise
from engine.gan.losses import discriminator_loss, generator_loss
from engine.gan.match import total_steps
from engine.gan.networks import Discriminator, Generator, initialise
from engine.gan.synthesis import synthesise
from engine.gan.training import GanResult, train
from engine.jobs import Progress
from engine.patches import LesionPatches
from engine.specs import GanSpec, GanTraining, profile

SMOKE = profile("smoke")


def _spec(patches: LesionPatches, **changes: object) -> GanTraining:
    spec = GanTraining(SMOKE.gan, SMOKE.augmentation, folds_of(patches), 0, 1, 0, steps=4)
    return replace(spec, **changes)


def _trained(folder: Path, patches: LesionPatches, spec: GanTraining) -> GanResult:
    folder.mkdir(exist_ok=True, parents=True)
    patches.save(folder / "patches.npz")
    return result_of(train(spec, (folder / "patches.npz", folder)))


def _count(network: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def test_the_networks_have_the_papers_size():
    assert _count(Generator(GanSpec())) == 18_865_025
    assert _count(Discriminator(GanSpec())) == 4_312_449


@pytest.mark.parametrize("kernel", [3, 4, 5])
def test_images_are_64_px_in_the_range_of_tanh(kernel: int):
    spec = replace(SMOKE.gan, kernel=kernel)
    images = Generator(spec)(torch.rand(3, spec.latent))
    assert images.shape == (3, 1, 64, 64)
    assert images.abs().max() <= 1
    assert Discriminator(spec)(images).shape == (3,)


def test_the_start_is_the_dcgans():
    network = Generator(GanSpec(ngf=32))
    initialise(network, 0.02, torch.Generator().manual_seed(0))
    assert network.dense.weight.std().item() == pytest.approx(0.02, rel=0.02)
    gains = network.layers[0].weight
    assert gains.mean().item() == pytest.approx(1.0, abs=0.01)
    assert not network.dense.bias.any()


def test_losses_are_equation_1():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, -3.0])
    d_real, d_fake = torch.sigmoid(real), torch.sigmoid(fake)
    wanted = -(torch.log(d_real).mean() + torch.log(1 - d_fake).mean())
    assert discriminator_loss(real, fake).item() == pytest.approx(wanted.item(), rel=1e-6)
    assert generator_loss(fake).item() == pytest.approx(-torch.log(d_fake).mean().item(), rel=1e-6)
    assert generator_loss(torch.zeros(4)).item() == pytest.approx(math.log(2))


def test_noise_is_uniform_in_training_and_by_choice_when_sampling():
    spec = GanSpec()
    noise = training_noise(spec, 500, torch.Generator().manual_seed(0))
    assert noise.min() >= -1
    assert noise.max() <= 1
    assert noise.std().item() == pytest.approx(2 / math.sqrt(12), rel=0.02)
    normal = sampling_noise(replace(spec, sampling="normal"), 0, 500, 0)
    assert normal.std().item() == pytest.approx(1, rel=0.02)
    assert sampling_noise(spec, 0, 50, 0).abs().max() <= 1


def test_steps_follow_the_papers_epochs():
    spec = GanTraining(GanSpec(), SMOKE.augmentation, (), 0, 0, 0)
    assert total_steps(spec, 3_375) == 70 * 53


def test_it_trains_on_one_class_of_the_training_folds():
    patches = blobs(6)
    found = gather(patches, _spec(patches, classic=30))
    tested = np.asarray(folds_of(patches)) == 0
    own = patches.images[(patches.targets == 0) & ~tested]
    np.testing.assert_array_equal(found.originals, own)
    assert len(found.images) == len(own) + 2 * 10


def test_training_tells_losses_and_shows_the_same_seeds(tmp_path: Path):
    patches = blobs(6)
    patches.save(tmp_path / "patches.npz")
    told: list[Progress] = []
    running = train(_spec(patches, steps=100), (tmp_path / "patches.npz", tmp_path))
    while True:
        try:
            told.append(next(running))
        except StopIteration:
            break
    last = dict(told[-1].metrics)
    wanted = {"loss_g", "loss_d", "d_real", "d_fake", "d_right", "epoch", "health", "diversity"}
    assert wanted | {"kid", "kid_low", "kid_high", "kid_real_low", "kid_real_high"} <= set(last)
    assert 0 < last["d_real"] < 1
    assert 0 <= last["d_right"] <= 1
    assert last["kid_low"] <= last["kid"] <= last["kid_high"]
    shown = [progress.images[0] for progress in told if progress.images]
    assert [grid.epoch for grid in shown] == sorted(grid.epoch for grid in shown)
    assert len(shown) == 3 + 8  # start and two looks; every tenth step between them
    assert shown[0].images.shape == (14, 64, 64)
    assert shown[0].category == "cyst"
    assert told[-1].done == told[-1].total == 100


def test_training_moves_the_draws_towards_the_class(tmp_path: Path):
    """Bright images of one grey value: after training the draws are bright too."""
    patches = blobs(6)
    bright = replace(patches, images=np.clip(patches.images * 0.1 + 0.85, 0, 1))
    spec = _spec(bright, gan=replace(SMOKE.gan, learning_rate=2e-3), steps=120)
    result = _trained(tmp_path, bright, spec)
    drawn = result_of(synthesise(result.checkpoint, 8, 0))
    assert abs(drawn.mean() - 0.9) < 0.15


def test_draws_are_named_by_seed_and_number(tmp_path: Path):
    patches = blobs(5)
    result = _trained(tmp_path, patches, _spec(patches))
    many = result_of(synthesise(result.checkpoint, 20, 7))
    few = result_of(synthesise(result.checkpoint, 3, 7))
    other = result_of(synthesise(result.checkpoint, 3, 8))
    assert many.shape == (20, 64, 64)
    assert many.min() >= 0
    assert many.max() <= 1
    np.testing.assert_allclose(many[:3], few, atol=1e-6)
    assert not np.allclose(few, other)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path):
    patches = blobs(5)
    first = _trained(tmp_path / "1", patches, _spec(patches))
    second = _trained(tmp_path / "2", patches, _spec(patches))
    other = _trained(tmp_path / "3", patches, _spec(patches, seed=2))
    assert first.checkpoint.read_bytes() == second.checkpoint.read_bytes()
    assert first.checkpoint.read_bytes() != other.checkpoint.read_bytes()
    meta = load(first.checkpoint).meta
    assert (meta.category, meta.fold, meta.kind) == ("cyst", 0, "dcgan")


def _plain_loop(images: np.ndarray, spec: GanTraining) -> dict[str, torch.Tensor]:
    """Section 3.2 written down once more, without arms, looks or classes: G's weights."""
    chance = torch.Generator().manual_seed(spec.seed)
    torch.manual_seed(spec.seed)
    g, d = Generator(spec.gan), Discriminator(spec.gan)
    for network in (g, d):
        initialise(network, spec.gan.init_sd, chance)
        network.to(memory_format=torch.channels_last).train()
    of_g, of_d = (torch.optim.Adam(n.parameters(), 2e-4, (0.5, 0.999)) for n in (g, d))
    shown, order = torch.from_numpy(images * 2 - 1)[:, None], torch.zeros(0, dtype=torch.int64)
    size = min(spec.gan.batch, len(images))
    for _ in range(spec.steps):
        if not len(order):
            order = torch.randperm(len(images), generator=chance)
        index, order = order[:size], order[size:]
        if len(index) < 2:
            continue
        fake = g(training_noise(spec.gan, len(index), chance))
        of_d.zero_grad()
        discriminator_loss(d(shown[index]), d(fake.detach())).backward()
        of_d.step()
        of_g.zero_grad()
        generator_loss(d(fake)).backward()
        of_g.step()
    return g.state_dict()


def test_the_faithful_match_is_a_plain_loops_to_the_bit(tmp_path: Path):
    patches = blobs(6)
    spec = _spec(patches, steps=6, classic=30, gan=replace(SMOKE.gan, batch=10))
    result = _trained(tmp_path, patches, spec)
    wanted = _plain_loop(gather(patches, spec).images, spec)
    found = load(result.checkpoint)
    assert sorted(found.tensors) == sorted(wanted)
    assert all(np.array_equal(found.tensors[name], wanted[name].numpy()) for name in wanted)
    assert {name for name, _ in found.meta.facts} == {"diversity", "kid"}


def test_a_cancelled_training_leaves_no_checkpoint(tmp_path: Path):
    patches = blobs(5)
    patches.save(tmp_path / "patches.npz")
    running = train(_spec(patches, steps=900), (tmp_path / "patches.npz", tmp_path))
    next(running)
    next(running)
    running.close()
    assert [path.name for path in tmp_path.iterdir()] == ["patches.npz"]


def test_divergence_is_a_sentence(tmp_path: Path):
    patches = blobs(5)
    wild = replace(SMOKE.gan, learning_rate=1e12)
    with pytest.raises(EngineError, match="diverged"):
        _trained(tmp_path, patches, _spec(patches, gan=wild))
    assert not (tmp_path / "model.safetensors").exists()


def test_too_few_rois_of_a_class_are_a_sentence():
    patches = blobs(5)
    targets = patches.targets.copy()
    targets[targets == 0] = 1
    with pytest.raises(TooFewError, match="cyst"):
        gather(replace(patches, targets=targets), _spec(patches))


def test_a_classifiers_checkpoint_draws_nothing(tmp_path: Path):
    from engine.cnn.training import train as train_cnn
    from engine.specs import CnnTraining

    patches = blobs(5)
    patches.save(tmp_path / "patches.npz")
    spec = CnnTraining(SMOKE.cnn, SMOKE.augmentation, folds_of(patches), 0, 1, steps=2)
    result = result_of(train_cnn(spec, (tmp_path / "patches.npz", tmp_path)))
    with pytest.raises(CheckpointError, match="cnn network"):
        result_of(synthesise(result.checkpoint, 2, 0))
