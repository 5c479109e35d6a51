"""Which runs of a plan train together, and for how long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from learning_sets import blobs
from small_plans import SIZES, classifier, like, with_generators

from engine.accelerate.cost import cnn_step
from engine.accelerate.memory import bytes_of
from engine.experiment import Run, RunRecord
from engine.experiment.grouping import (
    UNMEASURED,
    Allowance,
    device_of_group,
    next_group,
    work_in,
    work_of,
)
from engine.specs import CnnTraining

PATCHES = blobs()
PLENTY = Allowance(1 << 40)
GPU = "NVIDIA H100"


def folds(steps: int = 100) -> tuple[Run, ...]:
    """Three folds of a recipe."""
    first = classifier(PATCHES, steps=steps)
    return tuple(like(first, test_fold=fold) for fold in range(3))


def recorded(one: Run, device: str, seconds: float) -> RunRecord:
    """A record of the run, as far as its time goes."""
    return RunRecord(
        one.hash, one.arm, one.kind, one.profile, one.group, 0, 0, "", "", "", (), one.steps,
        seconds, device, "float32", (), (), "",
    )  # fmt: skip


def test_company_is_of_one_network_and_about_as_many_steps() -> None:
    first, second, third = folds()
    longer, slower = like(first, steps=200), like(first, steps=201)
    wider = like(first, cnn=replace(SIZES.cnn, dense=8))
    fresh = like(first, on_the_fly=True)
    runs = (first, wider, second, fresh, slower, third, longer, first)
    assert next_group(runs, PLENTY) == (first, second, third, longer)
    assert next_group(runs[1:], PLENTY) == (wider,)
    assert next_group((fresh, first), PLENTY) == (fresh,)
    assert next_group((slower, first, longer), PLENTY) == (slower, longer)


def test_a_group_takes_no_more_than_the_room() -> None:
    runs = folds()
    assert isinstance(runs[0].spec, CnnTraining)
    each = bytes_of(runs[0].spec)
    assert next_group(runs, Allowance(2 * each)) == runs[:2]
    assert next_group(runs, Allowance(each // 2)) == runs[:1]


def test_a_group_takes_no_more_than_the_work_but_three() -> None:
    runs = (*folds(), *folds(steps=99))
    assert next_group(runs, Allowance(1 << 40, 0)) == runs[:3]
    assert next_group(runs, Allowance(1 << 40, work_of(runs[:5]))) == runs[:5]


def test_a_generator_goes_before_its_turn() -> None:
    *generators, fed = with_generators(PATCHES, 2, is_mapped=False)
    assert next_group((fed, *generators), PLENTY) == (generators[0],)


def test_the_work_of_a_time_is_told_by_groups_of_the_same_device() -> None:
    runs = folds()
    group = device_of_group(GPU, 2)
    records = (recorded(runs[0], group, 3.0), recorded(runs[1], group, 2.0))
    others = (recorded(runs[2], GPU, 100.0), recorded(runs[2], device_of_group("CPU", 2), 100.0))
    found = work_in(10.0, runs, (*records, *others), GPU)
    assert found == pytest.approx(10 * 2 * 100 * cnn_step(SIZES.cnn) / 5)
    assert work_in(-1.0, runs, records, GPU) == 0
    assert work_in(10.0, runs, others, GPU) == UNMEASURED
