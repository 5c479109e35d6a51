"""The rows of the runs table: frozen, made from the study's records by functions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from engine.halted import can_go_on, saved_step
from studies.records import ClassScheme, TrainingRunRecord
from studies.report.arms import short_name
from studies.statistics.proportions import Proportion, wilson

RUNNING, QUEUED, PAUSED, STOPPED, FAILED, FINISHED = (
    "running",
    "queued",
    "paused",
    "stopped",
    "failed",
    "finished",
)
"""What a row's state can be; "cancelled" in the study is paused or stopped here."""

CUT_OFF, _WAITED = "The program ended", "before it began."
"""How messages of runs begin or end that were cut off, or taken out while they waited."""
NOT_BEGUN = "not begun"
_ROLLED = re.compile(r"^Rolled back at step ([\d,]+)")
_COLLAPSED = re.compile(r"^Collapsed at step ([\d,]+)")


@dataclass(frozen=True)
class Halt:
    """How a run that did not end stands: the step of its saved state, whether it can go on."""

    step: int | None
    can_go_on: bool


@dataclass(frozen=True)
class RunRow:
    """A row of the runs table: one run, or the finished folds of one classifier together."""

    runs: tuple[TrainingRunRecord, ...]
    name: str
    data: str
    fold: str
    seed: int
    accuracy: Proportion | None
    kid: float | None
    seconds: float | None
    state: str
    message: str
    words: str = ""
    can_go_on: bool = False

    @property
    def key(self) -> int:
        """The newest run stands for the row."""
        return self.runs[-1].id

    @property
    def ids(self) -> tuple[int, ...]:
        """Every run of the row."""
        return tuple(run.id for run in self.runs)

    @property
    def arm(self) -> str:
        """The arm or generator, as the filter names it."""
        return self.name


def halts_of(runs: tuple[TrainingRunRecord, ...]) -> dict[int, Halt]:
    """How the unfinished runs stand, by run id; looks into their folders."""
    return {
        run.id: Halt(saved_step(run.folder), can_go_on(run.folder))
        for run in runs
        if run.state in ("cancelled", "failed")
    }


def run_rows(
    runs: tuple[TrainingRunRecord, ...],
    scheme: ClassScheme,
    halts: Mapping[int, Halt] | None = None,
    order: tuple[int, ...] = (),
) -> tuple[RunRow, ...]:
    """The table's rows; a classifier finished in all folds is one pooled row.

    `order` are the ids of those that wait, in turn.
    """
    rows: list[RunRow] = []
    folds = len({run.fold for run in runs if run.fold is not None})
    classifiers = [run for run in runs if run.kind == "classifier" and run.state == "finished"]
    pooled: set[int] = set()
    for _, group in groupby(sorted(classifiers, key=_recipe_of), key=_recipe_of):
        newest = {run.fold: run for run in group}  # a repeated fold: its newest run
        if len(newest) == folds > 1:
            together = tuple(sorted(newest.values(), key=lambda run: run.id))
            pooled |= {run.id for run in together}
            rows.append(_row(together, scheme, {}))
    rows += [_row((run,), scheme, halts or {}) for run in runs if run.id not in pooled]
    return tuple(sorted(rows, key=lambda row: _place(row, order)))


def _place(row: RunRow, order: tuple[int, ...]) -> tuple[int, int]:
    """Running and paused first, then queued as they will come, then what ended, newest first."""
    rank = {RUNNING: 0, PAUSED: 1, QUEUED: 2}.get(row.state, 3)
    if row.state == QUEUED:
        return rank, order.index(row.key) if row.key in order else len(order) + row.key
    return rank, -row.key


def _recipe_of(run: TrainingRunRecord) -> tuple[str, str, str, int]:
    return run.arm, run.group, run.profile, run.seed


def _row(
    runs: tuple[TrainingRunRecord, ...], scheme: ClassScheme, halts: Mapping[int, Halt]
) -> RunRow:
    last = runs[-1]
    folds = sorted(run.fold + 1 for run in runs if run.fold is not None)
    fold = _fold_words(folds)
    names = {category.code: category.name for category in scheme.categories}
    data = names.get(last.category, last.category).lower() if last.category else last.group
    halt = halts.get(last.id, Halt(None, False))
    state = _state(last, halt)
    return RunRow(
        runs=runs,
        name=short_name(last.arm),
        data=f"{data}, {last.profile}",
        fold=fold,
        seed=last.seed,
        accuracy=_accuracy(runs),
        kid=last.kid,
        seconds=_sum(tuple(run.seconds for run in runs)),
        state=state,
        message=last.message,
        words=_words(last, state, halt),
        can_go_on=halt.can_go_on,
    )


def _fold_words(folds: list[int]) -> str:
    """ "all" for none, "2", "1-3", "1, 3" where one of the folds between was taken out."""
    if len(folds) < 2:
        return str(folds[0]) if folds else "all"
    whole = folds[-1] - folds[0] + 1 == len(folds)
    return f"{folds[0]}-{folds[-1]}" if whole else ", ".join(map(str, folds))


def _state(run: TrainingRunRecord, halt: Halt) -> str:
    if run.state == "cancelled":
        return STOPPED if run.message.startswith("Stopped") or not halt.can_go_on else PAUSED
    if run.state == "failed" and run.message.startswith(CUT_OFF) and halt.can_go_on:
        return PAUSED
    return run.state


def _words(run: TrainingRunRecord, state: str, halt: Halt) -> str:
    """What the State column says beside or in place of the state's own word."""
    if state in (PAUSED, STOPPED):
        verb = "paused" if state == PAUSED else "stopped"
        if halt.step is not None:
            return f"{verb} at {halt.step:,}"
        begun = state == STOPPED and not run.message.endswith(_WAITED)
        return verb if begun else NOT_BEGUN
    if found := _ROLLED.match(run.message):
        return f"rolled back at {found[1]}"
    if state == FINISHED and (found := _COLLAPSED.match(run.message)):
        return f"collapsed at {found[1]}"
    return ""


def _accuracy(runs: tuple[TrainingRunRecord, ...]) -> Proportion | None:
    """Pooled over the folds' test ROIs, each tested once, with Wilson's interval."""
    counts = [(run.correct, run.n) for run in runs]
    if any(correct is None or not n for correct, n in counts):
        return None
    return wilson(sum(c for c, _ in counts if c), sum(n for _, n in counts if n))


def _sum(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None and not math.isnan(value)]
    return sum(known) if known else None
