"""Losses of the two players (section 3.2, equation 1), on logits."""

from __future__ import annotations

import torch
from torch.nn import functional


def discriminator_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """-log D(x) - log(1 - D(G(z))), mean over logits (n,) each: what D minimises."""
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def generator_loss(fake: torch.Tensor) -> torch.Tensor:
    """-log D(G(z)), mean over logits (n,): the non-saturating form, "maximize D(G(z))"."""
    return functional.softplus(-fake).mean()
