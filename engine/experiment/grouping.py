"""Which runs of a plan train together on one device: like networks, like lengths, what fits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from engine.accelerate.cost import cnn_step
from engine.experiment.record import RunRecord
from engine.experiment.run import Run
from engine.specs import CnnTraining, GanTraining

MOST_TOGETHER = 64
"""Classifiers trained as one network; more of them no longer leave a device idle."""

FEWEST = 3
"""So many train together however little time there is: a recipe's folds, on a device half idle."""

ALIKE = 0.5
"""Steps of a run over those of the first of its group, or the other way round, at least.

What has its steps leaves its group, so that unlike ones waste nothing; but what is under way when a
program is killed is done again, and a short run should not lie among long ones.
"""

UNMEASURED = 1e15
"""Operations of a timed sitting's first group, whose device has not been measured yet: ten
seconds of a device that does a tenth of an H100's peak."""

TOGETHER = " together"


@dataclass(frozen=True)
class Allowance:
    """What a group may take: `room` bytes on the device, `work` floating-point operations."""

    room: int
    work: float = math.inf


def next_group(ready: tuple[Run, ...], allowed: Allowance) -> tuple[Run, ...]:
    """What to do next of the runs that may be begun: a generator, or the first with its company.

    The company are classifiers that train as one network with it: the same CnnSpec, steps ALIKE,
    no spec twice, as many as are allowed (of the work, FEWEST are), at most MOST_TOGETHER. The
    first comes by itself where it fills the room.
    """
    first = next((one for one in ready if isinstance(one.spec, GanTraining)), ready[0])
    if not isinstance(first.spec, CnnTraining):
        return (first,)
    group, specs = [first], {first.spec}
    room, work = memory_of(group), work_of(group)
    for one in ready:
        if len(group) == MOST_TOGETHER or not _is_alike(one, first) or one.spec in specs:
            continue
        more, longer = memory_of([one]), work_of([one])
        if room + more <= allowed.room and (len(group) < FEWEST or work + longer <= allowed.work):
            group.append(one)
            specs.add(one.spec)  # type: ignore[arg-type]
            room, work = room + more, work + longer
    return tuple(group)


def memory_of(runs: Iterable[Run]) -> int:
    """Bytes that classifiers are estimated to take together on the device."""
    from engine.accelerate.memory import bytes_of

    return sum(bytes_of(one.spec) for one in runs if isinstance(one.spec, CnnTraining))


def work_of(runs: Iterable[Run]) -> float:
    """Operations of the classifiers' forecast steps."""
    return float(
        sum(one.steps * cnn_step(one.spec.cnn) for one in runs if isinstance(one.spec, CnnTraining))
    )


def work_in(
    seconds: float, runs: Iterable[Run], records: Iterable[RunRecord], device: str
) -> float:
    """Operations that this device does in a time, at the rate of what it has trained together.

    UNMEASURED where that is nothing yet.
    """
    done = {one.hash: one.seconds for one in records if is_of_group(one, device)}
    spent = sum(done.values())
    if not spent:
        return UNMEASURED
    return max(0.0, seconds) * work_of(one for one in runs if one.hash in done) / spent


def device_of_group(device: str, count: int) -> str:
    """How a record names the device of a run that `count` trained together on."""
    return f"{device}, {count}{TOGETHER}"


def is_of_group(one: RunRecord, device: str) -> bool:
    """The run was trained together with others on this device."""
    return one.device.startswith(f"{device}, ") and one.device.endswith(TOGETHER)


def _is_alike(one: Run, first: Run) -> bool:
    """The run may train with the first: like networks, like length."""
    from engine.accelerate.group import can_batch

    if not isinstance(one.spec, CnnTraining) or not isinstance(first.spec, CnnTraining):
        return False
    short, long = sorted((one.steps, first.steps))
    return short >= long * ALIKE and can_batch((first.spec, one.spec))
