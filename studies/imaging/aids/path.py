"""The best closed path of radii through what each ray gains at each of them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Path = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]


_NEIGHBOURS = np.ones((1, 3), dtype=np.uint8)


def best_paths(gains: Floats, stiffness: float, steepest: int) -> Path:
    """For each of the gains (guesses, rays, steps) the path with the largest sum: (guesses, rays).

    From ray to ray it changes by at most `steepest` steps, each of which costs `stiffness`.
    Dynamic programming over the rays, with a quarter turn more on both sides, so that start and
    end meet.
    """
    rays = gains.shape[1]
    lead = rays // 4
    turned = np.concatenate((gains[:, -lead:], gains, gains[:, :lead]), axis=1)
    beyond = ((0, 0), (0, 0), (steepest, steepest))  # so that no path leaves the steps
    best = np.pad(turned.transpose(1, 0, 2), beyond, constant_values=np.float32(-1e9))
    for ray in range(1, len(best)):
        best[ray] += _best_before(best[ray - 1], np.float32(stiffness), steepest)
    traced = _traced(best, stiffness, steepest)[lead : lead + rays]
    return np.asarray(traced.T - steepest)


def _best_before(best: Floats, stiffness: np.float32, steepest: int) -> Floats:
    """The largest sum within `steepest` steps, each step paid for: (guesses, steps)."""
    found = near = best
    for _ in range(steepest):
        near = cv2.dilate(near, _NEIGHBOURS) - stiffness
        found = np.maximum(found, near)
    return found


def _traced(best: Floats, stiffness: float, steepest: int) -> Path:
    """Back from the best end: which step each ray's path took (rays, guesses)."""
    rays, guesses, steps = best.shape
    offsets = np.arange(-steepest, steepest + 1)
    price = (stiffness * np.abs(offsets)).astype(np.float32)
    each = np.arange(guesses) * steps
    flat = np.empty((rays, guesses), dtype=np.intp)
    flat[-1] = best[-1].argmax(axis=1) + each
    for ray in range(rays - 1, 0, -1):
        near = flat[ray][:, None] + offsets
        flat[ray - 1] = flat[ray] + (best[ray - 1].take(near) - price).argmax(axis=1) - steepest
    return np.asarray(flat - each)
