"""Where a trial stands in a reading: its number among its kind, as the reader sees it."""

from __future__ import annotations

from dataclasses import dataclass

from studies.package import PackageTrial, ReadingPackage

TRAINING, PRACTICE, READ = "Training", "Practice", ""
BREAK, PRACTISED = "break", "practised"
"""What may come between two trials: an offered break, the word that practice is over."""


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


def is_to_begin(package: ReadingPackage) -> bool:
    """Whether the first practice trial is at hand and nothing was answered yet."""
    trial = package.current
    return trial is not None and trial.practice and not package.has("response")


def comes_after(package: ReadingPackage, answered: PackageTrial) -> str:
    """BREAK, PRACTISED or "": what stands between the trial just answered and the one at hand.

    Nothing does after a trial that was opened again, before a second answer, and at the end.
    """
    following, every = package.current, package.contents.break_every
    if following is None or following.trial_id == answered.trial_id:
        return ""
    if package.standing.was_reopened(answered):
        return ""
    if answered.practice and not following.practice:
        return PRACTISED
    number = read_so_far(package)
    return BREAK if number > 0 and number % every == 0 else ""


def read_so_far(package: ReadingPackage) -> int:
    """Trials of the reading itself, neither training nor practice, before the one at hand."""
    passed = package.trials[: package.position]
    return sum(_kind(package, trial) == READ for trial in passed)


def _kind(package: ReadingPackage, trial: PackageTrial) -> str:
    if package.standing.is_training(trial):
        return TRAINING
    return PRACTICE if trial.practice else READ
