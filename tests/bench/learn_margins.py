"""Teach the proposal's two networks and write studies/imaging/aids/weights.npz.

    python tests/bench/learn_margins.py SEEDS STEPS [--anew] [--which first|second]

SEEDS is a range such as 1-24 of simulated studies, all below 300: benchmarks judge by others.
Without --anew the stored networks learn on. One thread, bfloat16 where the machine has it. A
thousand steps of both take about four minutes of a core, the looks of a seed 16 seconds each.

The stored ones: first, 3,948 steps on seeds 1-21; second, about 5,000 on the same, of which about
1,900 without a margin shown and the others from moved ones; both by an earlier form of this script
with like looks and the same loss. Then 1,800 of the second by this one on seeds 30-37. All that saw
one slice alone; the slices beside came in with weights of 0, and went on: first, 5,626 steps on
seeds 1-29 and 3,919 at a lower rate on these but 5 with 40-45, of which only drawn scenes and
slices off the key slice; second, 7,471 and 4,841 on seeds 1-13 and, of the latter kind, 40-53. The
slices drawn together came in the same way, on seeds 55-103 but 79 and 101, a tuning seed, and on
20,000 more clicks on drawn scenes: first, 3,975 steps at a low rate; second, 14,000 and 27,074,
SURENESS falling from .4 to .2 over the last half. They cannot be had bit by bit again: steps were
counted by the clock.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from margin_looks import Looks, batch, first_looks, joined, second_looks  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from studies.imaging.aids.network import WEIGHTS, network_of  # noqa: E402

LAST_SEED = 299
FINE, WIDE = 16, 32
BATCH, RATE, DECAY, WARM_STEPS = 64, 3e-3, 1e-3, 100
SURENESS, OVERLAP = 0.4, 3.0
"""What the loss is made of: the crossing's improbability, and 1 - Dice of what is within."""

SAID_EVERY = 100
GROWTH = 1.085


class Margin(nn.Module):
    """The network of studies.imaging.aids.network, to be taught."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList((
            nn.Conv2d(4, FINE, 3), nn.Conv2d(FINE, WIDE, 3),
            nn.Conv2d(WIDE, WIDE, 3), nn.Conv2d(WIDE, WIDE, 3),
            nn.Conv1d(WIDE, WIDE, 5, padding=2), nn.Conv2d(WIDE, WIDE, 3),
            nn.Conv2d(WIDE, WIDE, 1), nn.Conv2d(WIDE, FINE, 3), nn.Conv2d(FINE, 1, 1),
        ))  # fmt: skip

    def near(self, number: int, cells: torch.Tensor, apart: int = 1) -> torch.Tensor:
        """A layer of 3 x 3 cells, `apart` steps from each other, round all rays."""
        layer = self.layers[number]
        ring = torch.cat((cells[:, :, -1:], cells, cells[:, :, :1]), 2)
        found = functional.conv2d(
            ring, layer.weight, layer.bias, padding=(0, apart), dilation=(1, apart)
        )
        return functional.relu(found)

    def forward(self, shown: torch.Tensor) -> torch.Tensor:
        """Looks (n, 4, pairs, steps) to the scores of each step (n, pairs, steps)."""
        first = self.near(1, self.near(0, shown))
        wide = functional.avg_pool2d(first, (2, 2), ceil_mode=True)
        wide = self.near(3, self.near(2, wide), 2)
        wide = wide + functional.relu(self.layers[4](wide.mean(2)))[:, :, None]
        wide = self.layers[6](self.near(5, wide, 3))
        back = wide.repeat_interleave(2, 2).repeat_interleave(2, 3)[..., : first.shape[3]]
        return self.layers[8](self.near(7, functional.relu(back + first)))[:, 0]


def loss_of(scores: torch.Tensor, crossed: torch.Tensor, area: torch.Tensor) -> torch.Tensor:
    """From scores (n, pairs, steps), where the margin crosses (n, pairs), each step's area."""
    steps = scores.shape[-1]
    at = crossed.clamp(0, steps - 1.001)
    low = at.floor().long()
    share = at - low
    sure = functional.log_softmax(scores, -1)
    below, above = (sure.gather(-1, (low + k)[..., None])[..., 0] for k in (0, 1))
    improbable = -(below * (1 - share) + above * share).mean()
    chance = sure.exp()
    within = 1 - chance.cumsum(-1) + chance / 2
    true = (crossed[..., None] - torch.arange(steps) + 0.5).clamp(0, 1)
    both = (within * true * area).sum((1, 2))
    dice = 2 * both / ((within + true) * area).sum((1, 2))
    return SURENESS * improbable + OVERLAP * (1 - dice).mean()


def taught(net: Margin, looks: Looks, steps: int, area: torch.Tensor, name: str) -> None:
    """Adam with decay, its rate falling to nothing along a cosine."""
    rng = np.random.default_rng(steps)
    net = net.to(memory_format=torch.channels_last)
    adam = torch.optim.AdamW(net.parameters(), weight_decay=DECAY)
    losses = []
    for step in range(steps):
        rate = RATE * min(1, (step + 1) / WARM_STEPS) * (1 + math.cos(math.pi * step / steps)) / 2
        adam.param_groups[0]["lr"] = rate
        some = batch(looks, rng, BATCH)
        shown = torch.from_numpy(some.shown).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            scores = net(shown)
        loss = loss_of(scores.float(), torch.from_numpy(some.crossed), area)
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        losses.append(loss.item())
        if len(losses) == SAID_EVERY:
            _say(f"{name} {step + 1}: loss {np.mean(losses):.4f}")
            losses.clear()


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def stored() -> dict[str, np.ndarray]:
    """The arrays of the weights' file."""
    with np.load(WEIGHTS, allow_pickle=False) as held:
        return {name: held[name] for name in held.files}


def filled(arrays: dict[str, np.ndarray], name: str) -> Margin:
    """A network with stored weights."""
    net = Margin()
    with torch.no_grad():
        for number, layer in enumerate(net.layers):
            for own, part in ((layer.weight, "weights"), (layer.bias, "bias")):
                own.copy_(torch.from_numpy(arrays[f"{name}.{number}.{part}"].astype(np.float32)))
    return net


def arrays_of(net: Margin, name: str) -> dict[str, np.ndarray]:
    """Its weights in half precision, by their names in the file."""
    found = {}
    for number, layer in enumerate(net.layers):
        for own, part in ((layer.weight, "weights"), (layer.bias, "bias")):
            found[f"{name}.{number}.{part}"] = own.detach().numpy().astype(np.float16)
    return found


def area_of(name: str, steps: int) -> torch.Tensor:
    """Of a step, as it grows outwards: evenly spreading rays first, even steps second."""
    at = torch.arange(steps, dtype=torch.float32)
    area = torch.pow(torch.tensor(GROWTH), 2 * at) if name == "first" else at + 0.5
    return area / area.max()


def learned(net: Margin, looks: Looks, steps: int, name: str) -> dict[str, np.ndarray]:
    """The arrays of a network taught by looks."""
    taught(net, looks, steps, area_of(name, looks.shown.shape[3]), name)
    return arrays_of(net, name)


def asked_for() -> argparse.Namespace:
    """What the command line says; seeds are two numbers."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("seeds")
    asked.add_argument("steps", type=int)
    asked.add_argument("--anew", action="store_true")
    asked.add_argument("--which", choices=("first", "second"))
    asked.add_argument("--to", type=Path, default=WEIGHTS)
    given = asked.parse_args()
    given.seeds = tuple(int(number) for number in given.seeds.split("-"))
    if not 0 <= given.seeds[0] <= given.seeds[-1] <= LAST_SEED:
        asked.error(f"Seeds lie between 0 and {LAST_SEED}.")
    return given


def main() -> None:
    """Make the first looks, teach the first network, then the second by what the first finds."""
    given = asked_for()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(1)
    seeds = range(given.seeds[0], given.seeds[-1] + 1)
    arrays = {} if given.anew else stored()
    for name in ("first", "second"):
        if given.which in (None, name):
            net = Margin() if given.anew else filled(arrays, name)
            first = None if name == "first" else network_of(arrays, "first")
            parts = [first_looks(s) if first is None else second_looks(s, first) for s in seeds]
            arrays |= learned(net, joined(parts), given.steps, name)
    np.savez_compressed(given.to, **arrays)


if __name__ == "__main__":
    main()
