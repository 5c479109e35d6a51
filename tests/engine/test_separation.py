"""What the pixels tell: a planted texture is found, items of one source are not told apart."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from engine.cnn.separation import folds_of, separate, separate_file
from engine.cnn.two_kinds import Separated, SeparationSpec, TwoKinds
from engine.errors import EngineError, TooFewError
from engine.jobs import Progress
from studies.statistics import roc

QUICK = SeparationSpec(seed=3, folds=3, epochs=10)


def two_kinds(seed: int, *, texture: float = 0.0, first: int = 60, second: int = 45) -> TwoKinds:
    """Soft random pictures of one source; the second kind with fine noise of a spread, if any."""
    rng = np.random.default_rng(seed)
    count = first + second
    images = gaussian_filter(rng.normal(size=(count, 64, 64)), (0, 1.5, 1.5)) * 1.6 + 0.5
    images[first:] += rng.normal(size=(second, 64, 64)) * texture
    groups = tuple(f"P{at % 25}" if at < first else "" for at in range(count))
    return TwoKinds(np.clip(images, 0, 1).astype(np.float32), np.arange(count) >= first, groups)


def measured(spec: SeparationSpec, kinds: TwoKinds) -> Separated:
    return ended(separate(spec, kinds))


def ended(running: Generator[Progress, None, Separated]) -> Separated:
    while True:
        try:
            next(running)
        except StopIteration as stop:
            found: Separated = stop.value
            return found


def area(found: Separated, kinds: TwoKinds) -> roc.Auc:
    return roc.auc(found.scores[kinds.second], found.scores[~kinds.second])


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def test_a_planted_texture_is_found() -> None:
    kinds = two_kinds(1, texture=0.1)
    assert area(measured(QUICK, kinds), kinds).value > 0.9


def test_items_of_one_source_are_not_told_apart() -> None:
    kinds = two_kinds(2)
    found = area(measured(QUICK, kinds), kinds)
    assert found.low < 0.5 < found.high


def test_the_same_seed_gives_the_same_scores() -> None:
    kinds, short = two_kinds(4, first=20, second=15), SeparationSpec(seed=7, folds=3, epochs=2)
    one, two = measured(short, kinds), measured(short, kinds)
    assert one.scores.tobytes() == two.scores.tobytes()
    other = measured(SeparationSpec(seed=8, folds=3, epochs=2), kinds)
    assert other.scores.tobytes() != one.scores.tobytes()


def test_a_patients_lesions_stay_in_one_fold_and_folds_are_even() -> None:
    kinds = two_kinds(5)
    fold = folds_of(QUICK, kinds)
    for name in set(kinds.groups) - {""}:
        own = {int(fold[at]) for at, group in enumerate(kinds.groups) if group == name}
        assert len(own) == 1
    assert np.ptp(np.bincount(fold[kinds.second])) <= 1
    assert np.ptp(np.bincount(fold[~kinds.second])) <= 3


def test_the_network_is_small_and_tells_where_it_stands() -> None:
    kinds, spec = two_kinds(6, first=20, second=15), SeparationSpec(folds=3, epochs=1)
    running, told, longest = separate(spec, kinds), [], 0.0
    while True:
        began = time.process_time()
        try:
            told.append(next(running))
        except StopIteration as stop:
            found: Separated = stop.value
            break
        longest = max(longest, time.process_time() - began)
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 3, 3)
    assert found.parameters == 2805
    assert longest < 0.25 + 0.25, "of processor time, with the first call's warming up"


def test_a_job_reads_what_was_written(tmp_path: Path) -> None:
    kinds = two_kinds(7, first=20, second=15)
    kinds.save(tmp_path / "two.npz")
    spec = SeparationSpec(folds=3, epochs=1)
    found = ended(separate_file(spec, (tmp_path / "two.npz",)))
    assert found.scores.tobytes() == measured(spec, kinds).scores.tobytes()


def test_too_few_and_damaged_are_said(tmp_path: Path) -> None:
    with pytest.raises(TooFewError, match="Choose more items"):
        next(separate(SeparationSpec(folds=5), two_kinds(8, first=20, second=4)))
    flat = TwoKinds(np.zeros((2, 8, 8), np.float32), np.array([True, False]), ("", ""))
    with pytest.raises(EngineError, match="64 x 64"):
        next(separate(QUICK, flat))
    (tmp_path / "no.npz").write_bytes(b"no zip")
    with pytest.raises(EngineError, match="cannot be read"):
        TwoKinds.load(tmp_path / "no.npz")
