"""Plan a multi-reader study: power from the variance components of a pilot's ratings."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from studies.analysis import analyse, read_ratings
from studies.errors import StudyError
from studies.statistics.mrmc.obuchowski import LEAST_READERS
from studies.statistics.mrmc.sample_size import Power, power_fixed_readers, power_random_readers


def plan_study(
    pilot: Path, *, readers: int, items: int, effect: float, alpha: float = 0.05
) -> tuple[tuple[str, Power], ...]:
    """Power to see `effect` (a difference of AUCs) with so many readers and cases.

    Readers random (where the pilot has three or more), and these very readers. StudyError when
    the pilot gives no components: it needs graded ratings, which differ, of positive and negative
    cases by two readers under two conditions.
    """
    if not 0 < alpha < 1:
        raise StudyError(f"Alpha lies between 0 and 1, not at {alpha}.")
    if not 0 < abs(effect) < 1:
        raise StudyError(f"A difference of AUCs lies between 0 and 1, not at {effect}.")
    analysis = analyse(read_ratings(pilot))
    if analysis.mrmc is None or analysis.mrmc.components is None:
        reasons = "; ".join(reason for _, reason in analysis.declined)
        raise StudyError(f"{pilot.name} gives no variance components: {reasons}.")
    components, pilot_cases = analysis.mrmc.components, len(analysis.ratings.truth)
    fixed_power = partial(power_fixed_readers, components, pilot_cases)
    random_power = partial(power_random_readers, components, pilot_cases)
    try:
        fixed = fixed_power(readers=readers, cases=items, effect=effect, alpha=alpha)
        if len(analysis.ratings.readers) < LEAST_READERS:
            return (("These two readers (they cannot stand for others), cases random", fixed),)
        random = random_power(readers=readers, cases=items, effect=effect, alpha=alpha)
    except ValueError as error:
        raise StudyError(f"{pilot.name} gives no plan: {error}.") from error
    return (("Readers and cases random", random), ("These readers, cases random", fixed))
