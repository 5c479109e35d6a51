"""Losses of the two players, on logits, and the terms that may be added to them."""

from __future__ import annotations

import torch
from torch.nn import functional

from engine.gan.networks import UNKNOWN


def discriminator_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """-log D(x) - log(1 - D(G(z))), mean over logits (n,) each: what D minimises (equation 1)."""
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def generator_loss(fake: torch.Tensor) -> torch.Tensor:
    """-log D(G(z)), mean over logits (n,): the non-saturating form, "maximize D(G(z))"."""
    return functional.softplus(-fake).mean()


def class_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """-log P(C = c | x), mean over images (n, classes): L_C of Odena et al. 2017, negated.

    Images without a class (target -1) do not count.
    """
    return functional.cross_entropy(logits, targets, ignore_index=UNKNOWN)


def hinge_discriminator_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """max(0, 1 - D(x)) + max(0, 1 + D(G(z))), mean over (n,) each (Miyato et al. 2018)."""
    return functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()


def hinge_generator_loss(fake: torch.Tensor) -> torch.Tensor:
    """-D(G(z)), mean over (n,)."""
    return -fake.mean()


def lecam(real: torch.Tensor, fake: torch.Tensor, anchors: torch.Tensor) -> torch.Tensor:
    """(D(x) - a_fake)² + (D(G(z)) - a_real)², means over (n,) each (Tseng et al. 2021, eq. 6).

    `anchors` (2,) are the moving averages a_real, a_fake of D's answers: D is held from growing
    sure of the few images it has.
    """
    return ((real - anchors[1]) ** 2).mean() + ((fake - anchors[0]) ** 2).mean()


def feature_matching(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """|mean f(x) - mean f(G(z))|², mean over the d features of (n, d) (Salimans et al. 2016)."""
    return ((real.mean(0) - fake.mean(0)) ** 2).mean()


def pixel_loss(
    fake: torch.Tensor,
    fake_targets: torch.Tensor,
    real: torch.Tensor,
    real_targets: torch.Tensor,
    norm: str,
) -> torch.Tensor:
    """Mean distance of each fake (n, 1, h, w) to its nearest real (m, 1, h, w) of the same class.

    The paper's section 6 names "L1/L2" terms without saying between which images: a fake has no
    partner, so the nearest of the batch is taken. `norm` "l1": mean absolute difference a pixel;
    "l2": mean squared difference. Fakes whose class the batch lacks do not count.
    """
    same = fake_targets[:, None] == real_targets[None, :]
    with torch.no_grad():
        apart = torch.cdist(fake.flatten(1), real.flatten(1), p=1.0 if norm == "l1" else 2.0)
        nearest = torch.where(same, apart, torch.inf).argmin(1)
    off = (fake - real[nearest]).flatten(1)
    each = off.abs().mean(1) if norm == "l1" else off.square().mean(1)
    counts = same.any(1)
    return (each * counts).sum() / counts.sum().clamp(min=1)
