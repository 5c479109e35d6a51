"""Augmentation inside the discriminator: the same kinds of change to real and fake.

Zhao et al. 2020, arXiv:2006.10738: what D sees is augmented, real and fake alike, and gradients
pass through to the generator, so G does not learn the changes. Only whole-pixel moves are used,
so nothing is interpolated. Each kind leaves most images as they are, or can be undone by eye, so
that G draws upright ROIs (Karras et al. 2020, arXiv:2006.06676, section 2.2).
"""

from __future__ import annotations

import torch

TURNED = 0.5
"""Share of images that are rotated by 0, 90, 180 or 270 degrees; flips come with even odds."""

SHIFT = 8
"""The furthest translation, of 1/8, for an ROI of 64 px; what is bared is grey."""

BRIGHTNESS, CONTRAST = 0.2, 0.2
"""Of the range -1..1: added uniformly in +-.2; multiplied around the mean by .8 to 1.2."""

CUT_OUT, CUT_SIDE = 0.5, 4
"""Share of images that lose a square, and the part 1/4 of the side that it has at most."""


def diff_augment(images: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
    """Images (n, 1, s, s) in -1..1, each changed on its own; gradients pass through.

    All draws come from `chance`, a generator on the CPU.
    """
    index, shown = _moves(len(images), images.shape[-1], chance)
    index, shown = index.to(images.device), shown.to(images.device)
    moved: torch.Tensor = _coloured(images, chance).flatten(1).gather(1, index) * shown
    return moved.view_as(images).contiguous(memory_format=torch.channels_last)


def _coloured(images: torch.Tensor, chance: torch.Generator) -> torch.Tensor:
    """Brightness and contrast."""
    drawn = torch.rand(2, len(images), 1, 1, 1, generator=chance) * 2 - 1
    shift, stretch = (drawn * torch.tensor([BRIGHTNESS, CONTRAST]).view(2, 1, 1, 1, 1)).to(
        images.device
    )
    mean = images.mean((1, 2, 3), keepdim=True)
    coloured: torch.Tensor = (images - mean) * (1 + stretch) + mean + shift
    return coloured


def _moves(count: int, side: int, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """For every pixel of (count, side * side): the pixel it is taken from, and 0 where grey.

    Every move keeps rows and columns together, so that the pixel's number is a sum of one part
    of the row and one of the column.
    """
    lost_y, lost_x = _cut(count, side, chance)
    furthest = round(SHIFT * side / 64)
    shift = torch.randint(-furthest, furthest + 1, (2, count, 1), generator=chance)
    y, x = torch.arange(side) + shift
    bared_y, bared_x = (y < 0) | (y >= side), (x < 0) | (x >= side)
    of_y, of_x = _turned(y.clamp(0, side - 1), x.clamp(0, side - 1), side, chance)
    index = of_y[:, :, None] + of_x[:, None, :]
    grey = (lost_y[:, :, None] & lost_x[:, None, :]) | bared_y[:, :, None] | bared_x[:, None, :]
    return index.flatten(1), (~grey).flatten(1).float()


def _turned(
    y: torch.Tensor, x: torch.Tensor, side: int, chance: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Flips left-right, and rotations of `TURNED` of the images.

    y and x (n, side) become the parts of the pixel's number y * side + x that they then make.
    """
    flipped, turned = torch.rand(2, len(y), 1, generator=chance)
    turns = torch.randint(0, 4, (len(y), 1), generator=chance) * (turned < TURNED)
    last = side - 1
    x = torch.where(flipped < 0.5, last - x, x)
    of_y = torch.stack([y * side, last - y, (last - y) * side, y])
    of_x = torch.stack([x, x * side, last - x, (last - x) * side])
    picked = turns.expand(len(y), side)[None]
    return of_y.gather(0, picked)[0], of_x.gather(0, picked)[0]


def _cut(count: int, side: int, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows (count, side) and the columns of the square that an image loses; none of others."""
    longest = side // CUT_SIDE
    cut = torch.rand(count, 1, generator=chance) < CUT_OUT
    size = torch.randint(1, longest + 1, (count, 1), generator=chance)
    top, left = torch.randint(0, side - longest + 1, (2, count, 1), generator=chance)
    place = torch.arange(side)
    rows = (place >= top) & (place < top + size) & cut
    return rows, (place >= left) & (place < left + size)
