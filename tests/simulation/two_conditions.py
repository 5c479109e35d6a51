"""Whole studies of several readers under two conditions, and what the report says of them.

Every reader reads each ROI alone and on its slice, in two packages with the washout between. The
ratings are those of Roe and Metz in ten categories: not this class, five steps of confidence, or
this class, five steps. The report's area of the class against the rest is then the area of these
ratings, and its comparison of the conditions must be that of the ratings themselves.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from learn_study import CODES, make_study
from reading_study import answer
from simulation.monte_carlo import NOTHING, Share
from simulation.roe_metz import ALPHA, Size, Structure, simulate
from sqlalchemy import select

from studies import reading
from studies.model.reading import ItemRow, PartRow, TrialRow
from studies.package import Clock, PackageTrial, ReadingPackage, Response
from studies.records import OrderConstraints, ProtocolDraft, ReaderRecord
from studies.report import reader_analyses
from studies.statistics.mrmc import CrossedRatings, Difference, obuchowski_rockette
from studies.store import Store

Floats = npt.NDArray[np.float64]
CONDITIONS = ("roi", "slice")
CUTS = (-1.6, -1.2, -0.8, -0.4, 0.0, 0.4, 0.8, 1.2, 1.6)  # ten ratings, a reader's usual steps
STEPS = 5  # of confidence
POSITIVE, OTHER = CODES[0], CODES[1]
READ = (-60.0, -20.0)  # days from now on which the two parts are read: the washout is kept
LOOSE = OrderConstraints(longest_class_run=8, longest_synthetic_run=0, blocks=3, repeat_distance=6)


@dataclass(frozen=True)
class Plan:
    """Readers, and ROIs of each class: one class counts as positive, the others as negative."""

    structure: Structure
    readers: int
    per_class: int

    @property
    def size(self) -> Size:
        """The same in the words of the model."""
        return Size(self.readers, (len(CODES) - 1) * self.per_class, self.per_class)

    @property
    def difference(self) -> float:
        """The true difference of the areas, first condition minus second."""
        first, second = self.structure.areas(CUTS)
        return first - second

    def ratings(self, seed: int) -> CrossedRatings:
        """What the readers of one study think, 0..9, negative cases first."""
        return simulate(self.structure, self.size, np.random.default_rng(seed), CUTS)


@dataclass(frozen=True)
class Found:
    """What studies said of the conditions, readers and cases random; differences 1st - 2nd."""

    differs: Share  # the conditions are called different
    holds: Share  # the interval holds the true difference
    as_rated: Share  # the report's p and interval are those of the ratings themselves
    differences: tuple[float, ...] = ()

    def __add__(self, other: Found) -> Found:
        return Found(
            self.differs + other.differs,
            self.holds + other.holds,
            self.as_rated + other.as_rated,
            self.differences + other.differences,
        )

    def bias(self, plan: Plan) -> tuple[float, float]:
        """Mean difference less the true one, and its Monte-Carlo error."""
        values = np.array(self.differences)
        error = float(values.std(ddof=1) / math.sqrt(len(values)))
        return float(values.mean()) - plan.difference, error


EMPTY = Found(NOTHING, NOTHING, NOTHING)


def draw(folder: Path, plan: Plan) -> ProtocolDraft:
    """Draw the lesions of a plan in a study that nobody has sealed; the draft to seal."""
    with make_study(folder, per_class=plan.per_class) as store:
        return replace(
            reading.draft_default(store),
            conditions=CONDITIONS,
            questions=("diagnosis", "confidence"),
            constraints=LOOSE,
            display_check=False,
            readers_planned=plan.readers,
        )


def studies(folder: Path, draft: ProtocolDraft, plan: Plan, seeds: Iterable[int]) -> Found:
    """Run one whole study a seed, each in a copy of the drawn one that is gone afterwards."""
    found = EMPTY
    for seed in seeds:
        copy = folder.with_name(f"{folder.name}-{seed}")
        shutil.copytree(folder, copy)
        try:
            with Store.open(copy) as store:
                ratings = plan.ratings(seed)
                _read_all(store, replace(draft, seed=seed), ratings)
                found += _seen(_reported(store), ratings, plan)
        finally:
            shutil.rmtree(copy)
    return found


def bare(plan: Plan, count: int, seed: int) -> Found:
    """The same of as many ratings without any study around them."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(count):
        test = obuchowski_rockette(simulate(plan.structure, plan.size, rng, CUTS)).rrrc
        assert test is not None
        found.append(test)
    return Found(
        Share.of(one.p <= ALPHA for one in found),
        Share.of(one.low <= plan.difference <= one.high for one in found),
        NOTHING,
        tuple(one.difference for one in found),
    )


def _read_all(store: Store, draft: ProtocolDraft, ratings: CrossedRatings) -> None:
    """Seal, enrol every reader, read both packages of each, take them in, unblind."""
    reading.seal(store, draft, override="drawn pictures; nobody looks at them")
    for number in range(ratings.ratings.shape[1]):
        reader = reading.enrol(store, f"Reader {number + 1}")
        for part, days in enumerate(READ):
            if part:
                reader = reading.issue_part(store, reader.id)
            assert reader.package is not None
            condition = reader.parts[part].plan.condition
            own = ratings.ratings[CONDITIONS.index(condition), number]
            _read(reader.package, _shown(store, reader.id), own, days, ratings)
            reader = _merge(store, reader.id, days)
    reading.unblind(store, "coordinator", "every reader has read everything")


def _read(
    folder: Path, shown: dict[str, int], own: Floats, days: float, ratings: CrossedRatings
) -> None:
    """Answer one package by what this reader thinks of each case under its condition."""
    package = ReadingPackage.open(folder, _clock(days))
    try:
        while (trial := package.current) is not None:
            case = _case(shown[trial.trial_id], ratings)
            package.record(_said(trial, int(own[case]), bool(ratings.positive[case])))
    finally:
        package.close()


def _said(trial: PackageTrial, rating: int, positive: bool) -> Response:
    """A rating 0..9 as a class and a confidence."""
    if rating >= STEPS:
        said, sure = POSITIVE, rating - STEPS + 1
    else:
        said, sure = OTHER, STEPS - rating
    return replace(answer(trial, said, sure), origin="")


def _case(lesion: int, ratings: CrossedRatings) -> int:
    """The place of a lesion among the cases: the class of lesion 1, 4, 7, … is the positive one."""
    group, place = divmod(lesion - 1, len(CODES))
    others = int((~ratings.positive).sum())
    return others + group if place == 0 else group * (len(CODES) - 1) + place - 1


def _shown(store: Store, reader: int) -> dict[str, int]:
    """The lesion that each trial shows, which a person would know by looking at it."""
    query = (
        select(TrialRow.trial_id, ItemRow.lesion_id)
        .join(ItemRow, ItemRow.id == TrialRow.item_id)
        .join(PartRow, PartRow.id == TrialRow.part_id)
        .where(PartRow.reader_id == reader)
    )
    with store.snapshot() as session:
        return {trial: lesion for trial, lesion in session.execute(query) if lesion is not None}


def _clock(days: float) -> Clock:
    moment = datetime.now(UTC) + timedelta(days=days)
    return Clock(lambda: moment, lambda: 0)


def _merge(store: Store, reader: int, days: float) -> ReaderRecord:
    """Take a package in on the day on which it was read."""
    moment = _clock(days).wall().isoformat(timespec="seconds")
    with pytest.MonkeyPatch.context() as then:
        then.setattr("studies.reading.merging.now", lambda: moment)
        return reading.merge(store, reader)


def _reported(store: Store) -> Difference:
    """The report's comparison of the conditions by the area of the positive class."""
    for one in reader_analyses(store).conditions.analyses:
        if one.category == POSITIVE and one.result.rrrc is not None:
            return one.result.rrrc
    raise AssertionError("the report has no comparison of the conditions")


def _seen(said: Difference, ratings: CrossedRatings, plan: Plan) -> Found:
    expected = obuchowski_rockette(ratings).rrrc
    assert expected is not None
    same = np.allclose(
        (said.difference, said.p, said.low, said.high, said.df),
        (expected.difference, expected.p, expected.low, expected.high, expected.df),
        rtol=1e-9, atol=1e-12,
    )  # fmt: skip
    return Found(
        Share.of([said.p <= ALPHA]),
        Share.of([said.low <= plan.difference <= said.high]),
        Share.of([bool(same)]),
        (said.difference,),
    )
