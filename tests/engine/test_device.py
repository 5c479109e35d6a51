"""Device, seed and precision."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from engine.device import best_device, precision, seed_everything, set_threads


def test_cpu_is_kept_to_when_asked() -> None:
    device = best_device("cpu")
    assert (device.kind, device.torch) == ("cpu", torch.device("cpu"))
    assert device.memory_gib > 0.1


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_is_taken_where_it_answers() -> None:
    device = best_device()
    assert device.kind == "cuda"
    assert device.memory_gib > 1


def draws(seed: int) -> tuple[float, float, float, float]:
    generator = seed_everything(seed)
    return (
        random.random(),
        float(np.random.rand()),
        float(torch.rand(1)),
        float(torch.rand(1, generator=generator)),
    )


def test_equal_seeds_draw_equally_and_others_do_not() -> None:
    assert draws(5) == draws(5)
    assert not set(draws(5)) & set(draws(6))


def test_seeding_makes_kernels_repeatable_and_fills_no_memory_for_nothing() -> None:
    seed_everything(0)
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.utils.deterministic.fill_uninitialized_memory


def test_bf16_computes_in_bf16_and_float32_does_not() -> None:
    left, right = torch.rand(8, 8), torch.rand(8, 8)
    cpu = torch.device("cpu")
    with precision("bf16", cpu):
        assert (left @ right).dtype == torch.bfloat16
    with precision("float32", cpu):
        assert (left @ right).dtype == torch.float32
    with pytest.raises(ValueError, match="float12"), precision("float12", cpu):
        pass


def test_threads_are_set_and_never_none() -> None:
    before = torch.get_num_threads()
    try:
        set_threads(0)
        assert torch.get_num_threads() == 1
    finally:
        set_threads(before)
