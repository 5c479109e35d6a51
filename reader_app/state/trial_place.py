"""Where a trial stands in a reading: its number among its kind, as the reader sees it."""

from __future__ import annotations

from dataclasses import dataclass

from studies.package import PackageTrial, ReadingPackage

TRAINING, PRACTICE, READ = "Training", "Practice", ""


@dataclass(frozen=True)
class Place:
    """`kind`: "Training" | "Practice" | ""; `number` of this trial, 1 …, of `of` of its kind.

    `done` counts the trials before it of all kinds.
    """

    kind: str
    number: int
    of: int
    done: int


def place_of(package: ReadingPackage) -> Place:
    """The place of the trial at hand; after the last one that of the last."""
    kinds = [_kind(package, trial) for trial in package.trials]
    position = package.position
    if not kinds:
        return Place(READ, 0, 0, 0)
    kind = kinds[min(position, len(kinds) - 1)]
    count = kinds.count(kind)
    return Place(kind, min(kinds[:position].count(kind) + 1, count), count, position)


def read_so_far(package: ReadingPackage) -> int:
    """Trials of the reading itself, neither training nor practice, before the one at hand."""
    passed = package.trials[: package.position]
    return sum(_kind(package, trial) == READ for trial in passed)


def _kind(package: ReadingPackage, trial: PackageTrial) -> str:
    if package.standing.is_training(trial):
        return TRAINING
    return PRACTICE if trial.practice else READ
