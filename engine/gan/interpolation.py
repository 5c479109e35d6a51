"""The walk between draws of a generator: what lies between two seeds, or four.

Normal noise is walked along the great circle (slerp; White 2016, arXiv:1609.04468, section 2.1):
on the straight line between two normal draws lie points of a length the generator never met.
Uniform noise is walked along the straight line, which stays inside its cube.
"""

from __future__ import annotations

from collections.abc import Generator as Generating
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from engine.errors import EngineError
from engine.gan.latent import sampling_noise
from engine.gan.synthesis import BATCH, load_generator, render
from engine.jobs import Progress
from engine.specs import SIDE, GanSpec
from engine.walk import WalkSpec

FloatArray = npt.NDArray[np.float32]
MOST = 16


def walk(spec: WalkSpec, paths: tuple[Path, ...]) -> Generating[Progress, None, FloatArray]:
    """ROIs (n, 64, 64) in 0..1 of the generator in paths[0], n = steps or steps squared.

    The ends are the draws number 0 of their seeds. Raises EngineError for other than two or four
    seeds, or steps outside 2..16, CheckpointError for a file that holds no generator.
    """
    if len(spec.seeds) not in (2, 4) or not 2 <= spec.steps <= MOST:
        raise EngineError(f"Choose two or four seeds, and 2 to {MOST} steps between them.")
    yield Progress(0, 1, "Loading the generator")
    network, gan = load_generator(paths[0])
    if gan.is_conditional and not 0 <= spec.target < gan.classes:
        raise EngineError("This generator draws every class; choose the class to walk in.")
    noise = latents(gan, spec)
    images = np.zeros((len(noise), SIDE, SIDE), np.float32)
    for first in range(0, len(noise), BATCH):
        yield Progress(first, len(noise), "Drawing between the seeds")
        part = noise[first : first + BATCH]
        images[first : first + len(part)] = render(network, part, spec.target)
    yield Progress(len(noise), len(noise), "Drawing between the seeds")
    return images


def latents(gan: GanSpec, spec: WalkSpec) -> torch.Tensor:
    """The noise of the walk, (n, latent), row by row."""
    corners = [sampling_noise(gan, 0, 1, seed, spec.target)[0] for seed in spec.seeds]
    shares = torch.linspace(0, 1, spec.steps)
    between = spherical if gan.sampling == "normal" else straight
    if len(corners) == 2:
        return torch.stack([between(corners[0], corners[1], float(t)) for t in shares])
    left = [between(corners[0], corners[2], float(t)) for t in shares]
    right = [between(corners[1], corners[3], float(t)) for t in shares]
    rows = zip(left, right, strict=True)
    return torch.stack([between(a, b, float(t)) for a, b in rows for t in shares])


def straight(start: torch.Tensor, end: torch.Tensor, share: float) -> torch.Tensor:
    """The point at `share` 0..1 of the straight line between two latents (d,)."""
    return (1 - share) * start + share * end


def spherical(start: torch.Tensor, end: torch.Tensor, share: float) -> torch.Tensor:
    """The point at `share` 0..1 of the great circle between two latents (d,).

    Between latents that point the same way it is the straight line.
    """
    cosine = torch.dot(start, end) / (start.norm() * end.norm()).clamp_min(1e-12)
    angle = torch.arccos(cosine.clamp(-1, 1))
    if float(torch.sin(angle)) < 1e-6:
        return straight(start, end, share)
    weights = torch.sin(torch.stack([(1 - share) * angle, share * angle])) / torch.sin(angle)
    return weights[0] * start + weights[1] * end
