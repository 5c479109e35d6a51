"""How well a small network tells two kinds of ROI apart by their pixels alone, out of fold.

Not a network of the paper: a few thousand weights, so that a few hundred ROIs can train it. Every
ROI is judged by a network that saw neither it nor its group: the first kind is split by group (a
patient's lesions stay together), the second ROI by ROI.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from engine.cnn.two_kinds import FloatArray, Separated, SeparationSpec, TwoKinds
from engine.device import seed_everything
from engine.errors import EngineError, TooFewError
from engine.jobs import Progress
from engine.specs import SIDE

CHANNELS = (8, 12, 16)
_TELL_EVERY_S = 0.1
IntArray = npt.NDArray[np.int64]


class SmallCnn(nn.Module):
    """Three 3x3 convolutions with ReLU and 2x2 max-pooling; means and maxima; one output.

    Input (n, 1, 64, 64) in 0..1, output (n,) log odds of the second kind. The first convolution
    sees every pixel, so a texture of single pixels is not lost.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (1, *CHANNELS)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1)
            for before, after in zip(widths, CHANNELS, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in CHANNELS)
        self.output = nn.Linear(2 * CHANNELS[-1], 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log odds (n,) of images (n, 1, 64, 64)."""
        signal = images - 0.5
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            signal = functional.relu(norm(functional.max_pool2d(convolution(signal), 2)))
        pooled = torch.cat([signal.mean((2, 3)), signal.amax((2, 3))], dim=1)
        odds: torch.Tensor = self.output(pooled).squeeze(1)
        return odds


def separate_file(
    spec: SeparationSpec, paths: tuple[Path, ...]
) -> Generator[Progress, None, Separated]:
    """`separate` on the ROIs in paths[0], as TwoKinds wrote them; entry of a child job."""
    return (yield from separate(spec, TwoKinds.load(paths[0])))


def separate(spec: SeparationSpec, kinds: TwoKinds) -> Generator[Progress, None, Separated]:
    """Judge every ROI out of fold; the same spec and ROIs give the same scores.

    Yields after a few batches, well within 250 ms. Raises TooFewError where a kind has fewer
    ROIs, or the first fewer groups, than there are folds; EngineError for other shapes.
    """
    began = time.monotonic()
    _check(spec, kinds)
    fold = folds_of(spec, kinds)
    scores, meter = np.zeros(len(fold)), _Meter(spec.folds * spec.epochs)
    yield meter.told()
    for number in range(spec.folds):
        network = SmallCnn()  # its weights are drawn when it is fitted
        for _ in _fitted(network, spec, number, kinds, fold, meter):
            if meter.is_due():
                yield meter.told()
        yield meter.told()
        scores[fold == number] = _scores(network, kinds, fold, number)
        yield meter.told()
    count = sum(p.numel() for p in SmallCnn().parameters())
    return Separated(scores, fold, count, time.monotonic() - began)


def folds_of(spec: SeparationSpec, kinds: TwoKinds) -> IntArray:
    """The fold (n,) of each ROI: groups of the first kind dealt by size, the second one by one."""
    rng = np.random.default_rng([spec.seed, 0])
    fold = np.zeros(len(kinds.second), dtype=np.int64)
    members: dict[str, list[int]] = {}
    for at in np.flatnonzero(~kinds.second):
        members.setdefault(kinds.groups[at] or f"{at}", []).append(int(at))
    names = sorted(members)
    dealt = [names[k] for k in rng.permutation(len(names))]
    filled = np.zeros(spec.folds, dtype=np.int64)
    for name in sorted(dealt, key=lambda one: -len(members[one])):
        smallest = int(filled.argmin())
        fold[members[name]] = smallest
        filled[smallest] += len(members[name])
    second = rng.permutation(np.flatnonzero(kinds.second))
    fold[second] = np.arange(len(second)) % spec.folds
    return fold


class _Meter:
    """Epochs done, and when they were last told."""

    def __init__(self, total: int) -> None:
        self._total, self.done, self._at = total, 0, time.monotonic()

    def is_due(self) -> bool:
        return time.monotonic() - self._at >= _TELL_EVERY_S

    def told(self) -> Progress:
        self._at = time.monotonic()
        return Progress(self.done, self._total, "Measuring what the pixels tell")


def _check(spec: SeparationSpec, kinds: TwoKinds) -> None:
    count = len(kinds.second)
    shapes_fit = kinds.images.shape == (count, SIDE, SIDE) and len(kinds.groups) == count
    if not shapes_fit or not np.isfinite(kinds.images).all():
        raise EngineError(f"Every ROI has {SIDE} x {SIDE} numbers. Make the ROIs again.")
    first = {kinds.groups[at] or f"{at}" for at in np.flatnonzero(~kinds.second)}
    fewest = min(len(first), int(kinds.second.sum()))
    if fewest < spec.folds:
        raise TooFewError(
            f"{spec.folds} folds need as many patients and as many synthetic ROIs; there are "
            f"{len(first)} and {int(kinds.second.sum())}. Choose more items."
        )


def _fitted(
    network: SmallCnn,
    spec: SeparationSpec,
    number: int,
    kinds: TwoKinds,
    fold: IntArray,
    meter: _Meter,
) -> Iterator[None]:
    """Train one fold's network in place; a step is one batch."""
    generator = seed_everything(spec.seed * 1000 + number)
    _initialise(network, generator)
    network.train()
    chosen = torch.from_numpy(np.flatnonzero(fold != number))
    images = torch.from_numpy(kinds.images)[:, None]
    targets = torch.from_numpy(kinds.second.astype(np.float32))
    share = float(targets[chosen].mean())
    weight = torch.tensor((1 - share) / share)  # both kinds count alike
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=spec.learning_rate, weight_decay=spec.weight_decay
    )
    for _ in range(spec.epochs):
        order = chosen[torch.randperm(len(chosen), generator=generator)]
        for batch in torch.split(order, spec.batch):
            if len(batch) > 1:  # a batch of one has no spread to normalise by
                _step(network, optimiser, _flipped(images[batch], generator), targets[batch],
                      weight)  # fmt: skip
            yield
        meter.done += 1


def _step(
    network: SmallCnn,
    optimiser: torch.optim.Optimizer,
    images: torch.Tensor,
    targets: torch.Tensor,
    weight: torch.Tensor,
) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss = functional.binary_cross_entropy_with_logits(network(images), targets, pos_weight=weight)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


def _flipped(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each image mirrored left to right or not, at random: few ROIs become more."""
    mirrored = torch.rand(len(images), generator=generator) < 0.5
    return torch.where(mirrored[:, None, None, None], images.flip(3), images)


def _initialise(network: SmallCnn, generator: torch.Generator) -> None:
    """Seeded weights: He for what a ReLU follows, zero elsewhere."""
    with torch.no_grad():
        for one in network.convolutions:
            assert isinstance(one, nn.Conv2d)
            assert one.bias is not None
            nn.init.kaiming_normal_(one.weight, nonlinearity="relu", generator=generator)
            one.bias.zero_()
        network.output.weight.zero_()
        network.output.bias.zero_()


def _scores(
    network: SmallCnn, kinds: TwoKinds, fold: IntArray, number: int
) -> npt.NDArray[np.float64]:
    """Log odds of the held-out ROIs, centred and scaled by those of the ROIs trained on."""
    network.eval()
    held = fold == number
    trained = _odds(network, kinds.images[~held])
    second = kinds.second[~held]
    center = (trained[second].mean() + trained[~second].mean()) / 2
    spread = float(trained.std()) or 1.0
    scores: npt.NDArray[np.float64] = (_odds(network, kinds.images[held]) - center) / spread
    return scores


def _odds(network: SmallCnn, images: FloatArray) -> npt.NDArray[np.float64]:
    with torch.inference_mode():
        parts = torch.split(torch.from_numpy(images)[:, None], 64)
        odds = torch.cat([network(part) for part in parts])
    return np.asarray(odds.numpy(), dtype=np.float64)
