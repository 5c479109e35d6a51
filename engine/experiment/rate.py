"""How fast this machine computes, measured for a second before an experiment starts."""

from __future__ import annotations

import time

from engine.accelerate.cost import cnn_step
from engine.specs import CnnSpec


def measured_rate(spec: CnnSpec, seconds: float = 1.0) -> float:
    """Floating-point operations a second of one thread on the classifier's training step.

    At least two steps are taken; the first, which sets memory up, is not counted.
    """
    import torch
    from torch.nn import functional

    from engine.cnn.networks import build
    from engine.specs import SIDE

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = build(spec, torch.Generator().manual_seed(0)).train()
        images = torch.rand(spec.batch, spec.slices, SIDE, SIDE)
        targets = torch.zeros(spec.batch, dtype=torch.int64)
        steps, started = -1, time.monotonic()
        while steps < 1 or time.monotonic() - started < seconds:
            functional.cross_entropy(network(images), targets).backward()  # type: ignore[no-untyped-call]
            steps += 1
            if steps == 0:
                started = time.monotonic()
        return steps * cnn_step(spec) / (time.monotonic() - started)
    finally:
        torch.set_num_threads(before)
