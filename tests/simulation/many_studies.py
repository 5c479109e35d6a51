"""Many whole studies of known readers, and what must come out of them.

Three readers class and judge the origin: one steady and guessing the origin, one who can tell
some synthetic ROIs and leaves early, one who gets better. Others judge the origin in a second
stage, with their confidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from simulation.guessing import ALPHA, Plan, region
from simulation.intervals import exact_wilson
from simulation.monte_carlo import NOTHING, Share
from simulation.whole_study import Drawn, SimulatedReader, StudyDesign, WholeStudy, run_study

from reader_app.workflows.simulate_reader import SURER_FROM, Skill
from studies.statistics.roc import auc

Floats = npt.NDArray[np.float64]
ACCURACY, AREA = 0.75, 0.75
TELLING = math.sqrt(2) * float(stats.norm.ppf(AREA))  # d' with this area under the curve
STEADY = SimulatedReader("Steady", Skill(usual_accuracy=ACCURACY, d_prime=0.0))
LEAVING = SimulatedReader("Leaving", Skill(usual_accuracy=ACCURACY, d_prime=TELLING, missing=0.25))
LEARNING = SimulatedReader("Learning", Skill(usual_accuracy=ACCURACY, d_prime=0.0, drift=2.0))
ORIGIN_ONLY = Skill(d_prime=TELLING)


@dataclass(frozen=True)
class Seen:
    """What one study, or several together, gave."""

    holds: Share  # Wilson's interval of the steady reader holds the accuracy
    holds_early: Share  # that of the reader who leaves early
    equivalent: Share  # the steady reader is called equivalent to guessing
    differ: Share  # McNemar calls these two different, who are equally good
    found: Share  # synthetic ROIs that the leaving reader called synthetic
    first_half: Share  # right classes of the reader who gets better
    second_half: Share
    answered: Share  # trials that the leaving reader answered

    def __add__(self, other: Seen) -> Seen:
        return Seen(
            self.holds + other.holds,
            self.holds_early + other.holds_early,
            self.equivalent + other.equivalent,
            self.differ + other.differ,
            self.found + other.found,
            self.first_half + other.first_half,
            self.second_half + other.second_half,
            self.answered + other.answered,
        )


@dataclass(frozen=True)
class Due:
    """The exact chances of the same things."""

    holds: float
    holds_early: float
    equivalent: float
    differ: float
    found: float
    first_half: float
    second_half: float
    answered: float


def see(drawn: Drawn, seeds: Iterable[int]) -> Seen:
    """Run one study a seed with the three readers who class and judge the origin."""
    total = Seen(*[NOTHING] * 8)
    for seed in seeds:
        total += _seen(run_study(drawn, (STEADY, LEAVING, LEARNING), seed), drawn.design)
    return total


def _seen(study: WholeStudy, design: StudyDesign) -> Seen:
    steady, leaving = study.score(STEADY.name), study.score(LEAVING.name)
    pair = study.results.pair(STEADY.name, LEAVING.name)
    assert steady.detection is not None
    assert leaving.detection is not None
    assert pair is not None
    counts = leaving.detection.counts
    right = [one.diagnosis == one.truth_category for one in study.of(LEARNING.name)]
    half = len(right) // 2
    return Seen(
        Share.of([steady.class_total.low <= ACCURACY <= steady.class_total.high]),
        Share.of([leaving.class_total.low <= ACCURACY <= leaving.class_total.high]),
        Share.of([steady.detection.equivalence.p <= ALPHA]),
        Share.of([pair.mcnemar.p <= ALPHA]),
        Share(counts.hits, counts.signal),
        Share.of(right[:half]),
        Share.of(right[half:]),
        Share(len(study.of(LEAVING.name)), design.items),
    )


def due(design: StudyDesign) -> Due:
    """What a design must give, by enumeration."""
    answered = LEAVING.skill.answered(design.items)
    plan = Plan(3 * design.synthetic, 3 * design.real, design.margin)
    places = [place / (design.items - 1) for place in range(design.items)]
    rising = [LEARNING.skill.chance_right("", place) for place in places]
    half = design.items // 2
    return Due(
        holds=_held(design.items),
        holds_early=_held(answered),
        equivalent=region(plan).chance(0.5, 0.5),
        differ=exact_mcnemar(answered, 2 * ACCURACY * (1 - ACCURACY)),
        found=float(stats.norm.cdf(TELLING / 2)),
        first_half=float(np.mean(rising[:half])),
        second_half=float(np.mean(rising[half:])),
        answered=answered / design.items,
    )


def _held(items: int) -> float:
    return float(exact_wilson(items, np.array([ACCURACY]))[0])


def exact_mcnemar(items: int, discordant: float) -> float:
    """Chance that McNemar's exact test rejects where both are right equally often.

    `discordant` is the chance, 0..1, that just one of the two is right.
    """
    chance = 0.0
    for n in range(items + 1):
        first = np.arange(n + 1)
        p = np.minimum(1.0, 2 * stats.binom.cdf(np.minimum(first, n - first), n, 0.5))
        rejects = float(stats.binom.pmf(first, n, 0.5)[p <= ALPHA + 1e-12].sum())
        chance += float(stats.binom.pmf(n, items, discordant)) * rejects
    return chance


def areas_held(drawn: Drawn, seeds: Iterable[int], readers: int = 1) -> Share:
    """How often the reported interval of the area of confidence in the origin holds the truth.

    One study a seed, with so many readers of the same skill.
    """
    area, held = rated_area(), []
    team = tuple(SimulatedReader(f"Origin {k + 1}", ORIGIN_ONLY) for k in range(readers))
    for seed in seeds:
        study = run_study(drawn, team, seed)
        for reader in team:
            detection = study.score(reader.name).detection
            assert detection is not None
            assert detection.auc is not None
            held.append(detection.auc.logit.low <= area <= detection.auc.logit.high)
    return Share.of(held)


def areas_held_without_studies(design: StudyDesign, count: int, seed: int) -> Share:
    """The same coverage from as many ratings drawn straight from the reader's model."""
    rng, area = np.random.default_rng(seed), rated_area()
    synthetic, real = (_chances(mean) for mean in (TELLING / 2, -TELLING / 2))
    steps = np.arange(len(real))
    found = (
        auc(
            rng.choice(steps, 3 * design.synthetic, p=synthetic),
            rng.choice(steps, 3 * design.real, p=real),
        )
        for _ in range(count)
    )
    return Share.of(one.logit.low <= area <= one.logit.high for one in found)


def rated_area() -> float:
    """True area of the ten ratings of a reader of the origin, a little below the continuous one."""
    synthetic, real = (_chances(mean) for mean in (TELLING / 2, -TELLING / 2))
    below = np.concatenate([[0.0], np.cumsum(real)[:-1]])
    return float(synthetic @ (below + real / 2))


def _chances(mean: float) -> Floats:
    """Chances of the ratings, surest real to surest synthetic."""
    cuts: Sequence[float] = [*(-step for step in reversed(SURER_FROM)), 0.0, *SURER_FROM]
    return np.diff(np.concatenate([[0.0], stats.norm.cdf(np.array(cuts) - mean), [1.0]]))
