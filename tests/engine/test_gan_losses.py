"""The terms of both players' losses, and augmentation inside the discriminator."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch

from engine.gan.diffaugment import SHIFT, diff_augment
from engine.gan.losses import (
    class_loss,
    feature_matching,
    hinge_discriminator_loss,
    hinge_generator_loss,
    lecam,
    pixel_loss,
)
from engine.gan.networks import UNKNOWN


def _chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_hinge_stops_at_the_margin():
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-3.0, 0.5])
    assert hinge_discriminator_loss(real, fake).item() == pytest.approx(0.25 + 0.75)
    assert hinge_generator_loss(fake).item() == pytest.approx(1.25)


def test_lecam_pulls_each_answer_to_the_others_average():
    real, fake = torch.tensor([1.0, 3.0]), torch.tensor([-1.0])
    anchors = torch.tensor([2.0, -1.0])
    assert lecam(real, fake, anchors).item() == pytest.approx((4 + 16) / 2 + 9)


def test_images_without_a_class_have_no_class_loss():
    logits = torch.tensor([[5.0, 0.0], [0.0, 0.0], [9.0, -9.0]])
    alone = class_loss(logits[1:2], torch.tensor([1]))
    beside = class_loss(logits, torch.tensor([UNKNOWN, 1, UNKNOWN]))
    assert beside.item() == pytest.approx(alone.item()) == pytest.approx(math.log(2))


def test_features_match_by_their_means():
    real, fake = torch.tensor([[0.0, 2.0], [2.0, 2.0]]), torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert feature_matching(real, fake).item() == pytest.approx(2.0)


@pytest.mark.parametrize(("norm", "wanted"), [("l1", 0.2), ("l2", 0.04)])
def test_a_fake_is_pulled_to_the_nearest_real_of_its_class(norm: str, wanted: float):
    real = torch.tensor([0.5, -0.9, 0.0]).view(3, 1, 1, 1).expand(3, 1, 4, 4)
    fake = torch.full((2, 1, 4, 4), 0.3, requires_grad=True)
    targets = torch.tensor([0, 0, 1])
    loss = pixel_loss(fake, torch.tensor([0, 2]), real, targets, norm)  # no real of class 2
    assert loss.item() == pytest.approx(wanted)
    loss.backward()
    assert fake.grad is not None
    assert (fake.grad[0] < 0).all()  # up, towards .5
    assert not fake.grad[1].any()


# --- augmentation -------------------------------------------------------------------------------


def test_augmentation_moves_whole_pixels_and_passes_gradients(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("engine.gan.diffaugment.BRIGHTNESS", 0.0)
    monkeypatch.setattr("engine.gan.diffaugment.CONTRAST", 0.0)
    images = torch.arange(1.0, 4097.0).view(1, 1, 64, 64).repeat(40, 1, 1, 1).requires_grad_()
    found = diff_augment(images, _chance())
    known = set(images[0].flatten().tolist()) | {0.0}
    for one in found.detach().flatten(1):
        counts = Counter(one.tolist())
        grey = counts.pop(0.0, 0)
        assert set(counts) <= known
        assert max(counts.values()) == 1
        assert grey <= 64 * 64 - (64 - SHIFT) ** 2 + 16 * 16
    found.sum().backward()
    assert images.grad is not None
    assert torch.equal(images.grad.flatten(1).sum(1), (found != 0).flatten(1).sum(1).float())


def test_all_eight_positions_come_and_upright_comes_most(monkeypatch: pytest.MonkeyPatch):
    for name in ("BRIGHTNESS", "CONTRAST", "CUT_OUT", "SHIFT"):
        monkeypatch.setattr(f"engine.gan.diffaugment.{name}", 0)
    image = torch.arange(64.0).view(1, 1, 8, 8)
    positions = {
        tuple(torch.rot90(side, turn, (2, 3)).flatten().tolist()): (flip, turn)
        for flip, side in enumerate((image, image.flip(3)))
        for turn in range(4)
    }
    found = diff_augment(image.repeat(400, 1, 1, 1), _chance()).flatten(1)
    seen = Counter(positions[tuple(round(value) for value in one.tolist())] for one in found)
    assert len(seen) == 8
    assert sum(seen[flip, 0] for flip in (0, 1)) > 200


def test_augmentation_follows_its_seed():
    images = torch.rand(4, 1, 64, 64)
    first, again = diff_augment(images, _chance(1)), diff_augment(images, _chance(1))
    assert torch.equal(first, again)
    assert not torch.equal(first, diff_augment(images, _chance(2)))


def test_brightness_and_contrast_are_mild():
    images = torch.full((200, 1, 64, 64), 0.1)
    found = diff_augment(images, _chance())
    shown = found[found != 0]
    assert shown.min() > 0.1 - 0.21
    assert shown.max() < 0.1 + 0.21
    assert shown.std() > 0.05
