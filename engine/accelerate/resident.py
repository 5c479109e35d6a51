"""ROIs and their classic augmentation on the device: native crops resident, one sampling each.

The rule is that of `engine.augment`: one affine a placement, the native crop blurred first where
it shrinks, bicubic (a = -.75), edge values beyond the crop, then the window. Crops of different
sizes are filled up to one size with their edge values, which is the same rule again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from engine.augment import Placements, blur_widths, matrices
from engine.patches import LesionPatches, Native
from engine.specs import SIDE

TOLERANCE = 5e-5
"""Largest difference to `engine.augment.sample`, in 0..1: a hundredth of a grey level of 255."""

AT_ONCE = 4096
"""ROIs sampled in one call: 64 MiB of output."""


@dataclass(frozen=True)
class Cuts:
    """n ROIs to be cut, on the device: `crops` (n,) index of each blurred crop, `turns` (n, 2, 3).

    A turn takes an output pixel's index (column, row) to a native one.
    """

    crops: torch.Tensor
    turns: torch.Tensor


class ResidentCrops:
    """The native crops of m lesions on a device, each beside its blurred versions.

    A version is made when a placement first asks for its width: about ten a lesion, 0.4 MB each
    for a crop of 300 px.
    """

    def __init__(self, natives: Sequence[Native], device: torch.device) -> None:
        self._natives, self._device = tuple(natives), device
        self._height = max(native.pixels.shape[0] for native in natives)
        self._width = max(native.pixels.shape[1] for native in natives)
        self._windowed = [windowed(native) for native in natives]  # blurred in full float32
        self._rows: dict[tuple[int, float, float], int] = {}
        self._versions: list[torch.Tensor] = []
        self._stack = torch.zeros(0, self._height, self._width, device=device)

    @property
    def device(self) -> torch.device:
        """Where the crops lie."""
        return self._device

    @staticmethod
    def of(patches: LesionPatches, device: torch.device) -> ResidentCrops:
        """Those of all ROIs of a set, in its order; EngineError for ROIs of several slices."""
        patches.check_slices()
        return ResidentCrops([patches.native_of(i) for i in range(len(patches))], device)

    def cuts(self, lesion: int, placements: Placements, size: int = SIDE) -> Cuts:
        """The placements of one lesion, laid out on the device."""
        native = self._natives[lesion]
        widths = blur_widths(native, placements.margins, size)
        crops = [self._row(lesion, float(x), float(y)) for x, y in widths]
        turns = matrices(native, placements, size)
        return Cuts(
            torch.tensor(crops, device=self._device),
            torch.from_numpy(turns).float().to(self._device),
        )

    def sample(self, cuts: Cuts, size: int = SIDE) -> torch.Tensor:
        """ROIs (n, 1, size, size) float32 in 0..1; no value is read back, so a graph may hold it.

        Equal to `engine.augment.sample` within TOLERANCE.
        """
        ticks = torch.arange(size, device=self._device, dtype=torch.float32)
        # Sums, not a matrix product: TF32 would misplace pixels.
        turns = cuts.turns[:, :, :, None, None]
        native = turns[:, :, 0] * ticks + turns[:, :, 1] * ticks[:, None] + turns[:, :, 2]
        grid = torch.stack(
            [(2 * native[:, 0] + 1) / self._width - 1, (2 * native[:, 1] + 1) / self._height - 1],
            -1,
        )
        found = functional.grid_sample(
            self._whole()[cuts.crops][:, None],
            grid,
            mode="bicubic",
            padding_mode="border",
            align_corners=False,
        )
        return found.clamp_(0.0, 1.0)

    def sample_all(self, lesion: int, placements: Placements, size: int = SIDE) -> torch.Tensor:
        """ROIs (n, 1, size, size) of several placements of one lesion."""
        cuts = self.cuts(lesion, placements, size)
        parts = [
            self.sample(Cuts(crops, turns), size)
            for crops, turns in zip(
                torch.split(cuts.crops, AT_ONCE), torch.split(cuts.turns, AT_ONCE), strict=True
            )
        ]
        return torch.cat(parts)

    def _row(self, lesion: int, x: float, y: float) -> int:
        """Where the crop blurred by these widths lies in the stack."""
        key = (lesion, x, y)
        if key not in self._rows:
            self._rows[key] = len(self._versions)
            version = self._filled(blurred(self._windowed[lesion], x, y))
            self._versions.append(version.to(self._device))
        return self._rows[key]

    def _whole(self) -> torch.Tensor:
        """All versions as one tensor, made anew where some came."""
        if len(self._stack) < len(self._versions):
            self._stack = torch.stack(self._versions)
            self._versions = list(self._stack)
        return self._stack

    def _filled(self, pixels: torch.Tensor) -> torch.Tensor:
        """A blurred crop, its edges repeated to the common size: beyond it, blur adds nothing."""
        rows, columns = self._height - pixels.shape[0], self._width - pixels.shape[1]
        return functional.pad(pixels[None, None], (0, columns, 0, rows), mode="replicate")[0, 0]


def windowed(native: Native) -> torch.Tensor:
    """The native pixels (h, w) with the window's ends at 0 and 1, not clipped yet."""
    reach = native.window_high - native.window_low
    return torch.from_numpy((native.pixels - np.float32(native.window_low)) / np.float32(reach))


def blurred(pixels: torch.Tensor, x: float, y: float) -> torch.Tensor:
    """Pixels (h, w) after a Gaussian of `x` and `y` px, cut at four sigma, edges repeated."""
    signal = pixels[None, None]
    for sigma, along_x in ((x, True), (y, False)):
        if sigma:
            weights = _gaussian(sigma).to(pixels.device)
            half = len(weights) // 2
            room = (half, half, 0, 0) if along_x else (0, 0, half, half)
            kernel = weights[None, :] if along_x else weights[:, None]
            signal = functional.conv2d(
                functional.pad(signal, room, mode="replicate"), kernel[None, None]
            )
    return signal[0, 0]


def _gaussian(sigma: float) -> torch.Tensor:
    """Weights at whole pixels, their sum 1; as many as engine.augment takes."""
    half = (round(8 * sigma + 1) | 1) // 2
    weights = [math.exp(-(at * at) / (2 * sigma * sigma)) for at in range(-half, half + 1)]
    return torch.tensor([weight / sum(weights) for weight in weights], dtype=torch.float32)
