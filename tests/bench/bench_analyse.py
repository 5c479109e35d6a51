"""`blindread analyse` on 20 readers x 2 conditions x 1,000 cases, every covariance, and Python's
start, beside covariances computed as they are defined: leaving out, or pair by pair.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from measuring import Report, Row, Timing, in_turns, ratio

from studies.statistics.mrmc import COVARIANCES, CrossedRatings, covariance

READERS, CONDITIONS, CASES = 20, 2, 1000
ROUNDS, RUNS = 3, 3
WANTED_S = 5.0  # on two cores, the whole command
Floats = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def study() -> CrossedRatings:
    """Ratings 1..6 whose readers differ; half of the cases are positive."""
    rng = np.random.default_rng(1)
    positive = np.arange(CASES) % 2 == 1
    skill = rng.normal(1, 0.2, (CONDITIONS, READERS, 1))
    case = rng.normal(0, 0.6, CASES)
    noise = rng.normal(0, 0.8, (CONDITIONS, READERS, CASES))
    return CrossedRatings(np.clip(np.rint(3 + skill * positive + case + noise), 1, 6), positive)


@pytest.fixture
def file(study: CrossedRatings, tmp_path: Path) -> Path:
    """The study as a long CSV file."""
    path = tmp_path / "large.csv"
    path.write_text("\n".join(["reader,condition,case,truth,rating", *_lines(study)]) + "\n")
    return path


def _lines(study: CrossedRatings) -> Iterator[str]:
    for (i, j, k), value in np.ndenumerate(study.ratings):
        yield f"{j},{i},{k},{int(study.positive[k])},{value:.0f}"


@pytest.mark.parametrize("method", COVARIANCES)
def test_the_whole_command(report: Report, file: Path, method: str) -> None:
    """Wall time of the program from its start, two threads at most."""
    words = [sys.executable, "-m", "reader_app", "analyse", str(file), "--json", "--covariance"]
    threads = {**os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
    taken, worked = [], _children()
    for _ in range(RUNS):
        began = time.perf_counter()
        subprocess.run([*words, method], check=True, capture_output=True, env=threads)
        taken.append(time.perf_counter() - began)
    own = Timing(tuple(taken), "s")
    what = f"blindread analyse, {READERS} x {CONDITIONS} x {CASES:,}, {method}, wall time"
    reached = own.median <= WANTED_S
    report.row(Row(what, own.n, str(own), wanted=f"≤ {WANTED_S:.0f} s", reached=reached))
    worked = (_children() - worked) / RUNS
    report.note(f"analyse, {method}: {worked:.1f} s of processor time a run, Python's start in it.")
    assert own.median < 4 * WANTED_S, "an order of magnitude, since other work may share the cores"


def _children() -> float:
    """Processor seconds of all programs started from here."""
    used = os.times()
    return used.children_user + used.children_system


@pytest.mark.parametrize("method", COVARIANCES)
def test_covariance_beside_its_definition(
    report: Report, study: CrossedRatings, method: str
) -> None:
    plain = {"jackknife": leaving_out, "delong": by_pairs, "unbiased": over_distinct_pairs}[method]
    found: dict[str, Floats] = {}

    def ours() -> None:
        found["ours"] = covariance(study, "auc", method)

    def reference() -> None:
        found["plain"] = plain(study)

    calls: tuple[Callable[[], None], ...] = (ours, reference)
    own, other = in_turns(calls, ROUNDS, time.process_time)
    compared = ratio(own, other)
    what = f"{method} covariance of {READERS * CONDITIONS} areas, {CASES:,} cases, CPU time"
    report.row(
        Row(what, own.n, str(own), f"{plain.__name__} {other}", str(compared), "< 1",
            compared.median < 1)
    )  # fmt: skip
    assert found["ours"] == pytest.approx(found["plain"], abs=1e-12)
    assert compared.median < 1


def _wins(study: CrossedRatings, reading: Floats) -> Floats:
    gap = reading[study.positive][:, None] - reading[~study.positive][None, :]
    return (gap > 0) + 0.5 * (gap == 0)


def leaving_out(study: CrossedRatings) -> Floats:
    """The areas without each case in turn."""
    m, n = int(study.positive.sum()), int((~study.positive).sum())
    areas = []
    for reading in study.flat:
        wins = _wins(study, reading)
        without_positive = [np.delete(wins, k, 0).mean() for k in range(m)]
        areas.append(without_positive + [np.delete(wins, k, 1).mean() for k in range(n)])
    values = np.array(areas)
    centred = values - values.mean(1, keepdims=True)
    k = m + n
    return np.asarray((k - 1) / k * centred @ centred.T)


def by_pairs(study: CrossedRatings) -> Floats:
    """DeLong's components as means of rows and columns of wins."""
    wins = [_wins(study, reading) for reading in study.flat]
    rows, columns = (np.stack([w.mean(axis) for w in wins]) for axis in (1, 0))
    return np.asarray(np.cov(rows) / rows.shape[1] + np.cov(columns) / columns.shape[1])


def over_distinct_pairs(study: CrossedRatings) -> Floats:
    """Product of two areas minus its mean over distinct cases, two readings at a time."""
    wins = [_wins(study, reading) for reading in study.flat]
    m, n = wins[0].shape
    found = np.empty((len(wins), len(wins)))
    for r, a in enumerate(wins):
        for s, b in enumerate(wins):
            shared = (a.sum(1) * b.sum(1)).sum() + (a.sum(0) * b.sum(0)).sum() - (a * b).sum()
            apart = (a.sum() * b.sum() - shared) / (m * (m - 1) * n * (n - 1))
            found[r, s] = a.mean() * b.mean() - apart
    return found
