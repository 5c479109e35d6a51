"""Masks on slices as lesions: a margin a slice, what is odd about it in sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator

import numpy as np
import numpy.typing as npt

from studies.imaging.exchange.incoming.grid import Grid
from studies.imaging.exchange.incoming.taken import IncomingLesion, IncomingMargin
from studies.imaging.exchange.incoming.wording import on_slices
from studies.imaging.exchange.outline import Outline, outline
from studies.imaging.exchange.words import counted

Mask = npt.NDArray[np.bool_]
Masks = dict[int, Mask]
"""The (rows, columns) mask on each slice that has pixels, by slice from 0."""


def lesions_of(
    name: str, author: str, masks: Masks, grid: Grid, *, apart: bool
) -> Generator[str, None, tuple[IncomingLesion, ...]]:
    """The lesion a mask shows; `apart` makes one of each of its parts (26-connected).

    Yields what is being outlined, in words.
    """
    filled = {index: mask for index, mask in sorted(masks.items()) if mask.any()}
    if not filled:
        return ()
    parts = _apart(filled) if apart else [filled]
    found = []
    for number, part in enumerate(parts, start=1):
        own = name if len(parts) == 1 else f"{name} {number}"
        found.append((yield from _lesion(own, author, part, grid)))
    return tuple(found)


def _lesion(
    name: str, author: str, masks: Masks, grid: Grid
) -> Generator[str, None, IncomingLesion]:
    margins, lines, noise = [], {}, []
    for index, mask in masks.items():
        yield f"{name}, slice {index + 1}"
        try:
            line = outline(mask)
        except ValueError:
            noise.append(index)
            continue
        lines[index] = line
        margins.append(IncomingMargin(index, grid.sop_uids[index], line.points))
    return IncomingLesion(name, author, tuple(margins), _notes(lines, noise))


def _notes(lines: dict[int, Outline], noise: list[int]) -> tuple[str, ...]:
    several = [index for index, line in lines.items() if line.parts > 1]
    hollow = [index for index, line in lines.items() if line.holes]
    found = []
    if several:
        most = max(line.parts for line in lines.values())
        found.append(
            f"The mask has several parts (up to {most}) {on_slices(several)}; they are joined by "
            "a line without width."
        )
    if hollow:
        holes = sum(line.holes for line in lines.values())
        found.append(
            f"The mask has {counted(holes, 'hole')} {on_slices(hollow)}; they stay holes, joined "
            "by a line without width."
        )
    if noise:
        found.append(
            f"Left out {on_slices(noise)}: the mask falls into too many pieces to be a lesion."
        )
    return tuple(found)


def _apart(masks: Masks) -> list[Masks]:
    """The mask's 26-connected parts, the largest first."""
    from scipy.ndimage import label  # here: what reaches this from the window starts without it

    found: list[Masks] = []
    for run in _runs(sorted(masks)):
        labels, number = label(np.stack([masks[index] for index in run]), np.ones((3, 3, 3)))
        parts: defaultdict[int, Masks] = defaultdict(dict)
        for index, plane in zip(run, labels, strict=True):
            for part in np.unique(plane[plane > 0]).tolist():
                parts[part][index] = np.asarray(plane == part)
        found += [parts[part] for part in range(1, int(number) + 1)]
    return sorted(found, key=lambda part: -sum(int(mask.sum()) for mask in part.values()))


def _runs(indices: list[int]) -> list[list[int]]:
    """Slices that follow each other without a gap."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs
