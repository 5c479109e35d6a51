"""Generators of all classes: ACGAN in two presets and "cda"; their draws, their discriminators."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_sets import blobs, folds_of, result_of

from engine.checkpoint import load
from engine.device import best_device
from engine.errors import CheckpointError, EngineError, TooFewError
from engine.files import DISCRIMINATOR
from engine.gan import classifier
from engine.gan.examples import gather
from engine.gan.match import Match
from engine.gan.networks import UNKNOWN
from engine.gan.players import discriminator_of, generator_of, players
from engine.gan.synthesis import load_generator, synthesise
from engine.gan.training import GanResult, train
from engine.patches import EXTRA, LesionPatches
from engine.specs import ALL_CLASSES, GanSpec, GanTraining, profile

SMOKE = profile("smoke")
ACGANS = ("acgan-dcgan", "acgan-odena")
KINDS = (*ACGANS, "cda")


def spec_of(patches: LesionPatches, kind: str, **changes: object) -> GanTraining:
    gan = SMOKE.cda if kind == "cda" else replace(SMOKE.gan, kind=kind)
    spec = GanTraining(
        gan, SMOKE.augmentation, folds_of(patches), 0, 1, ALL_CLASSES, steps=4, kid_every=2
    )
    return replace(spec, **changes)


def trained(folder: Path, patches: LesionPatches, spec: GanTraining) -> GanResult:
    folder.mkdir(exist_ok=True, parents=True)
    patches.save(folder / "patches.npz")
    return result_of(train(spec, (folder / "patches.npz", folder)))


@pytest.fixture(scope="module", params=KINDS)
def short_run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, LesionPatches, GanResult]:
    patches = blobs(6)
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, patches, trained(folder, patches, spec_of(patches, request.param))


# --- networks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_images_are_64_px_and_follow_their_class(kind: str):
    spec = spec_of(blobs(6), kind).gan
    both = players(spec, torch.Generator().manual_seed(0))
    both.generator.eval()
    z = torch.rand(1, spec.latent).expand(3, -1)
    images = both.generator(z, torch.arange(3))
    assert images.shape == (3, 1, 64, 64)
    assert images.abs().max() <= 1
    opinion = both.critic.opinion(images, torch.tensor([0, 1, UNKNOWN]))
    assert opinion.realness.shape == (3,)
    assert (opinion.classes is None) == (kind == "cda")
    assert not torch.allclose(images[0], images[1])
    if opinion.classes is not None:
        assert opinion.classes.shape == (3, 3)


def test_the_acgan_is_the_papers_dcgan_with_a_class():
    spec = GanSpec(kind="acgan-dcgan")
    generator, discriminator = generator_of(spec), discriminator_of(spec)
    assert sum(p.numel() for p in generator.parameters()) == 18_865_025 + 3 * 16384
    assert sum(p.numel() for p in discriminator.parameters()) == 4_312_449 + 3 * 8192 + 3


def test_odenas_layers_have_the_published_widths():
    spec = GanSpec(kind="acgan-odena")
    convs = [m for m in discriminator_of(spec).modules() if isinstance(m, torch.nn.Conv2d)]
    assert [conv.out_channels for conv in convs] == [16, 32, 64, 128, 256, 512]
    assert [conv.stride[0] for conv in convs] == [2, 1, 2, 1, 2, 1]
    ups = [m for m in generator_of(spec).modules() if isinstance(m, torch.nn.ConvTranspose2d)]
    assert [up.in_channels for up in ups] == [768, 384, 256, 192]
    assert {up.kernel_size for up in ups} == {(5, 5)}


def test_the_projection_knows_classes_and_does_without():
    spec = SMOKE.cda
    both = players(spec, torch.Generator().manual_seed(0))
    both.discriminator.eval().requires_grad_(False)  # each step of training moves its norms
    critic, images = both.critic, torch.rand(1, 1, 64, 64).expand(3, -1, -1, -1)
    told = critic.opinion(images, torch.tensor([0, 1, UNKNOWN])).realness
    assert len(set(told.tolist())) == 3
    alone = critic.opinion(images[:1]).realness.item()
    assert told[2].item() == pytest.approx(alone, abs=1e-4)


def test_an_unknown_kind_is_a_sentence():
    with pytest.raises(EngineError, match="no generator of kind"):
        generator_of(GanSpec(kind="stylegan"))


# --- training -----------------------------------------------------------------------------------


def test_a_short_run_draws_every_class(short_run: tuple[str, LesionPatches, GanResult]):
    kind, _, result = short_run
    meta = load(result.checkpoint).meta
    assert (meta.kind, meta.category, meta.fold) == (kind, "", 0)
    assert result.kid is not None
    drawn = [result_of(synthesise(result.checkpoint, 5, 7, target)) for target in range(3)]
    assert all(images.shape == (5, 64, 64) for images in drawn)
    assert not np.allclose(drawn[0], drawn[1])
    few = result_of(synthesise(result.checkpoint, 2, 7, 2))
    np.testing.assert_allclose(drawn[2][:2], few, atol=1e-6)


def test_a_class_must_be_chosen(short_run: tuple[str, LesionPatches, GanResult]):
    for target in (None, -1, 3):
        with pytest.raises(EngineError, match="choose the class"):
            result_of(synthesise(short_run[2].checkpoint, 2, 7, target))


def test_the_discriminator_is_left_where_it_names_classes(
    short_run: tuple[str, LesionPatches, GanResult],
):
    kind, patches, result = short_run
    path = result.checkpoint.with_name(DISCRIMINATOR)
    assert path.exists() == (kind in ACGANS)
    if kind == "cda":
        assert result.ids == ()
        return
    tested = np.flatnonzero(np.asarray(folds_of(patches)) == 0)
    assert result.ids == tuple(patches.ids[i] for i in tested)
    found = classifier.predict(path, patches.images[tested])
    np.testing.assert_allclose(found, result.probabilities, atol=1e-5)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-5)
    with pytest.raises(CheckpointError, match="where a generator is wanted"):
        load_generator(path)
    with pytest.raises(CheckpointError, match="acgan-discriminator is wanted"):
        classifier.predict(result.checkpoint, patches.images[tested])
    with pytest.raises(EngineError, match="64x64"):
        classifier.predict(path, patches.images[:, :32])


def test_the_same_seed_writes_the_same_bytes(
    short_run: tuple[str, LesionPatches, GanResult], tmp_path: Path
):
    kind, patches, result = short_run
    again = trained(tmp_path, patches, spec_of(patches, kind))
    assert again.checkpoint.read_bytes() == result.checkpoint.read_bytes()


def test_nothing_of_the_test_fold_is_learnt_nor_chosen_by(
    short_run: tuple[str, LesionPatches, GanResult], tmp_path: Path
):
    kind, patches, result = short_run
    tested = np.asarray(folds_of(patches)) == 0
    images = patches.images.copy()
    images[tested] = np.random.default_rng(3).random((int(tested.sum()), 64, 64))
    other = trained(tmp_path, replace(patches, images=images), spec_of(patches, kind))
    plain, poisoned = load(result.checkpoint), load(other.checkpoint)
    assert plain.meta.facts == poisoned.meta.facts
    assert all(np.array_equal(plain.tensors[n], poisoned.tensors[n]) for n in plain.tensors)


@pytest.mark.parametrize("kind", ["dcgan", *KINDS])
def test_half_precision_teaches_both_players(kind: str):
    patches = blobs(4)
    target = 0 if kind == "dcgan" else ALL_CLASSES
    spec = spec_of(patches, kind, target=target)
    spec = replace(spec, gan=replace(spec.gan, precision="bf16", pixel_norm="l2", pixel_weight=1.0))
    match = Match(spec, gather(patches, spec), best_device("cpu"))
    before = {name: tensor.clone() for name, tensor in match.players_tensors().items()}
    list(match.step(1))
    after = match.players_tensors()
    moved = [name for name in before if not torch.equal(before[name], after[name])]
    assert {name.split(".")[0] for name in moved} >= {"generator", "discriminator"}
    assert all(torch.isfinite(tensor).all() for tensor in after.values())


def test_the_class_head_learns(tmp_path: Path):
    """Dark, grey and bright ROIs: the discriminator reads those of the test fold."""
    patches = blobs(6)
    shades = np.array([0.2, 0.5, 0.8])[patches.targets][:, None, None]
    easy = replace(patches, images=np.clip(patches.images * 0.2 + shades - 0.1, 0, 1))
    gan = replace(SMOKE.gan, kind="acgan-dcgan", learning_rate=1e-3)
    result = trained(tmp_path, easy, spec_of(easy, "acgan-dcgan", gan=gan, steps=40, kid_every=0))
    truth = [easy.targets[easy.ids.index(one)] for one in result.ids]
    assert (result.probabilities.argmax(1) == truth).mean() > 0.7


def test_draws_follow_their_class(tmp_path: Path):
    """A grey and a bright class: the draws of each lie near it."""
    patches = blobs(6)
    shades = np.array([0.4, 0.4, 0.9])[patches.targets][:, None, None].astype(np.float32)
    flat = replace(patches, images=np.clip(shades + 0.05 * (patches.images - 0.5), 0, 1))
    spec = spec_of(flat, "cda", steps=80, kid_every=0)
    quick = replace(spec.gan, learning_rate=5e-3, rollback=False, keep="last", ndf=8, batch=9)
    result = trained(tmp_path, flat, replace(spec, gan=quick))
    grey, bright = (result_of(synthesise(result.checkpoint, 8, 0, t)).mean() for t in (1, 2))
    assert grey + 0.1 < bright


# --- what is refused, and extra cases ----------------------------------------------------------


def test_recipe_and_class_must_fit():
    patches = blobs(6)
    with pytest.raises(EngineError, match="learns all classes"):
        gather(patches, spec_of(patches, "cda", target=1))
    with pytest.raises(EngineError, match="learns one class"):
        gather(patches, spec_of(patches, "cda", gan=SMOKE.gan))
    with pytest.raises(EngineError, match="for 4 classes"):
        gather(patches, spec_of(patches, "cda", gan=replace(SMOKE.cda, classes=4)))


def test_held_back_folds_do_not_train():
    patches = blobs(6)
    found = gather(patches, spec_of(patches, "cda", without=(1,)))
    folds = np.asarray(folds_of(patches))
    np.testing.assert_array_equal(found.originals, patches.images[folds == 2])
    assert set(found.patients) == {patches.patients[i] for i in np.flatnonzero(folds == 2)}


def _with_extra(patches: LesionPatches) -> tuple[LesionPatches, tuple[int, ...]]:
    extra = np.zeros(len(patches), np.bool_)
    extra[-4:] = True
    folds = np.where(extra, EXTRA, np.asarray(folds_of(patches)))
    return replace(patches, extra=extra), tuple(int(fold) for fold in folds)


@pytest.mark.parametrize("kind", ["dcgan", *KINDS])
def test_unlabelled_rois_join_without_their_classes(kind: str, tmp_path: Path):
    patches, folds = _with_extra(blobs(6))
    target = 0 if kind == "dcgan" else ALL_CLASSES
    changes = {"folds": folds, "unlabelled": True, "target": target, "steps": 2}
    spec = spec_of(patches, kind, **changes)
    gan = replace(spec.gan, feature_matching=0.5)
    spec = replace(spec, gan=gan)
    assert len(gather(patches, spec).unlabelled) == 4
    shuffled = patches.targets.copy()
    shuffled[-4:] = (shuffled[-4:] + 1) % 3
    first = trained(tmp_path / "1", patches, spec)
    second = trained(tmp_path / "2", replace(patches, targets=shuffled), spec)
    without = trained(tmp_path / "3", patches, replace(spec, unlabelled=False))
    one, two, three = (load(run.checkpoint).tensors for run in (first, second, without))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert not all(np.array_equal(one[name], three[name]) for name in one)


def test_without_extra_cases_there_is_nothing_unlabelled():
    patches = blobs(6)
    with pytest.raises(TooFewError, match="no extra case"):
        gather(patches, spec_of(patches, "acgan-dcgan", unlabelled=True))


def test_the_pixel_terms_pull_draws_to_real_rois(tmp_path: Path):
    patches = blobs(6)
    own = patches.images[patches.targets == 0]
    spec = spec_of(patches, "acgan-dcgan", steps=80, kid_every=0)
    found = []
    for norm in ("", "l1", "l2"):
        gan = replace(spec.gan, pixel_norm=norm, pixel_weight=50.0, learning_rate=2e-3)
        result = trained(tmp_path / f"norm {norm}", patches, replace(spec, gan=gan))
        drawn = result_of(synthesise(result.checkpoint, 8, 0, 0))
        found.append(np.abs(drawn[:, None] - own[None]).mean((2, 3)).min(1).mean())
    assert max(found[1:]) < 0.9 * found[0]
