"""The gallery's quick test: real ROIs and accepted synthetic ones of the same class, shuffled.

Nothing of it is stored in the study. Both kinds go through the one pipeline that readers'
pictures go through (`studies.protocols.pipeline`), so that neither size nor grey levels tell them
apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from studies import cases, learning
from studies.access import refuse_reader
from studies.errors import BlindingError, StudyError
from studies.protocols.pipeline import from_bytes, to_bytes
from studies.records import FloatArray
from studies.store import Store

PAIRS, SINGLES = "Pairs", "One at a time"
KINDS = (PAIRS, SINGLES)


@dataclass(frozen=True)
class TestTrial:
    """Pictures (64, 64) in 0..1 of one class. `real`: which of a pair is real; of a single one 0
    where it is real, else 1."""

    __test__ = False  # no test of pytest

    category: str
    images: tuple[FloatArray, ...] = field(repr=False)
    real: int


def draw_test(
    store: Store, kind: str, count: int, category: str, seed: int
) -> tuple[TestTrial, ...]:
    """`count` trials of a kind, of one class or ("") of all in turn; the same seed, the same draw.

    No ROI comes twice; of single ones half are real. Fewer trials where ROIs run short. StudyError
    where there is none of a kind, BlindingError for a person who reads this study blinded.
    """
    refuse_blinded_reader(store)
    rng = np.random.default_rng(seed)
    real: dict[str, list[FloatArray]] = {}
    for roi in cases.rois(store):
        real.setdefault(roi.category, []).append(roi.image)
    made: dict[str, list[FloatArray]] = {}
    for one in learning.synthetic_rois(store, accepted=True):
        made.setdefault(one.category, []).append(one.image)
    codes = [code for code in cases.study(store).scheme.codes if category in ("", code)]
    wanted = count if kind == PAIRS else count // 2
    drawn = _dealt(codes, real, made, wanted, rng)
    if not drawn:
        raise StudyError(
            "The self-test needs real ROIs and accepted synthetic ROIs of the same class. Draw or "
            "accept some first."
        )
    trials = [one for code, a, b in drawn for one in _trials(kind, code, a, b, rng)]
    return tuple(trials[at] for at in rng.permutation(len(trials)))


def refuse_blinded_reader(store: Store) -> None:
    """BlindingError where the person at this window reads a version that is still blinded."""
    try:
        refuse_reader(store, store.access.who)
    except BlindingError as error:
        raise BlindingError(
            f"{store.access.who} reads this study blinded, and the self-test would show its ROIs. "
            "Ask somebody else, or wait until the reading is unblinded."
        ) from error


def _dealt(
    codes: list[str],
    real: dict[str, list[FloatArray]],
    made: dict[str, list[FloatArray]],
    count: int,
    rng: np.random.Generator,
) -> list[tuple[str, FloatArray, FloatArray]]:
    """Class, real and synthetic ROI: the classes in turn while they last."""
    waiting = {code: _matched(real.get(code, []), made.get(code, []), rng) for code in codes}
    found: list[tuple[str, FloatArray, FloatArray]] = []
    while len(found) < count and any(waiting.values()):
        for code in codes:
            if waiting[code] and len(found) < count:
                found.append((code, *waiting[code].pop()))
    return found


def _matched(
    real: list[FloatArray], made: list[FloatArray], rng: np.random.Generator
) -> list[tuple[FloatArray, FloatArray]]:
    pairs = min(len(real), len(made))
    first, second = rng.permutation(len(real))[:pairs], rng.permutation(len(made))[:pairs]
    return [(real[a], made[b]) for a, b in zip(first, second, strict=True)]


def _trials(
    kind: str, code: str, real: FloatArray, made: FloatArray, rng: np.random.Generator
) -> list[TestTrial]:
    shown = from_bytes(to_bytes(real)), from_bytes(to_bytes(made))
    if kind == SINGLES:
        return [TestTrial(code, (image,), at) for at, image in enumerate(shown)]
    first = int(rng.integers(2))
    return [TestTrial(code, shown if first == 0 else shown[::-1], first)]
