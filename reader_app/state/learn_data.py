"""What Learn shows of the study's lesions, its runs and the forecast: frozen, made by functions."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from engine.experiment.forecast import BASELINE_WORK, READING_WORK, Workload
from reader_app.workflows.patches import fold_shortages
from studies.records import Category, ClassScheme, LesionRecord, TrainingRunRecord
from studies.report.arms import short_name
from studies.statistics.proportions import Proportion, wilson

GENERATOR_NEEDS = 2
UNTIMED = (BASELINE_WORK, READING_WORK)
"""Work of seconds, which no forecast waits for."""


@dataclass(frozen=True)
class ClassRow:
    """Ready lesions of one class: `per_fold` is empty while no folds are drawn."""

    category: Category
    per_fold: tuple[int, ...]
    total: int
    extra: int


@dataclass(frozen=True)
class DataView:
    """The Data panel: counts by class and fold, what hinders (`shortages`), what to know."""

    rows: tuple[ClassRow, ...]
    folds: int
    drawn: bool
    shortages: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def total(self) -> int:
        """Ready lesions without the extra cases."""
        return sum(row.total for row in self.rows)

    @property
    def has_extra(self) -> bool:
        """Whether there are extra cases."""
        return any(row.extra for row in self.rows)


@dataclass(frozen=True)
class Forecast:
    """Runs and seconds the recipe asks for; `seconds` is None before this machine was timed."""

    runs: int
    seconds: float | None
    words: str


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

    @property
    def key(self) -> int:
        """The newest run stands for the row."""
        return self.runs[-1].id

    @property
    def ids(self) -> tuple[int, ...]:
        """Every run of the row."""
        return tuple(run.id for run in self.runs)


# --- data -----------------------------------------------------------------------------------


def data_view(
    lesions: tuple[LesionRecord, ...], lossy: frozenset[int], scheme: ClassScheme, folds: int
) -> DataView:
    """Count the ready lesions; `lossy` are the series ids of lossy CT."""
    ready = tuple(one for one in lesions if one.is_ready)
    own = tuple(one for one in ready if not one.extra)
    standing = {one.fold for one in own if one.fold is not None}
    count = max(standing) + 1 if standing else folds
    rows = tuple(
        _class_row(category, ready, count, bool(standing)) for category in scheme.categories
    )
    notes = _notes(lesions, own, lossy)
    return DataView(rows, count, bool(standing), fold_shortages(own, scheme, count), notes)


def generator_shortage(data: DataView) -> str:
    """Which class leaves a generator fewer than two ROIs to train on in some fold; "" for none."""
    for row in data.rows:
        tested = max(row.per_fold, default=0) or -(-row.total // data.folds)
        if row.total - tested < GENERATOR_NEEDS:
            return (
                f"A generator of {row.category.name.lower()} needs at least {GENERATOR_NEEDS} ROIs "
                f"outside the fold that is tested. Add lesions, or train with more folds."
            )
    return ""


def _class_row(
    category: Category, ready: tuple[LesionRecord, ...], folds: int, drawn: bool
) -> ClassRow:
    theirs = [one for one in ready if one.category == category.code]
    own = [one for one in theirs if not one.extra]
    counted = Counter(one.fold for one in own)
    per_fold = tuple(counted[fold] for fold in range(folds)) if drawn else ()
    return ClassRow(category, per_fold, len(own), len(theirs) - len(own))


def _notes(
    lesions: tuple[LesionRecord, ...], own: tuple[LesionRecord, ...], lossy: frozenset[int]
) -> tuple[str, ...]:
    unready = sum(not one.is_ready for one in lesions)
    from_lossy = sum(one.series_id in lossy for one in own)
    newcomers = sum(one.fold is None for one in own) if any(o.fold is not None for o in own) else 0
    said = (
        (unready, f"{_lesions(unready)} without margin, diagnosis or basis: not trained on."),
        (from_lossy, f"{_lesions(from_lossy)} on lossy CT, marked in every report."),
        (newcomers, f"{_lesions(newcomers)} without a fold yet; training gives them one."),
    )
    return tuple(words for number, words in said if number)


def _lesions(count: int) -> str:
    return "1 lesion" if count == 1 else f"{count} lesions"


# --- forecast -------------------------------------------------------------------------------


def forecast(work: tuple[Workload, ...], rates: dict[str, float]) -> Forecast:
    """Seconds = steps times the seconds a step took here (`rates`, by kind of run)."""
    runs = sum(one.runs for one in work)
    work = tuple(one for one in work if one.kind not in UNTIMED)
    if any(one.kind not in rates for one in work):
        return Forecast(runs, None, "Not timed on this computer yet. Time it, or just start.")
    seconds = sum(one.steps * rates[one.kind] for one in work)
    steps = sum(one.steps for one in work)
    words = f"{steps:,} steps in {_runs(runs)}, at {_rate(steps, seconds)} measured here."
    return Forecast(runs, seconds, words)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _rate(steps: int, seconds: float) -> str:
    rate = steps / seconds if seconds else 0.0
    return f"{rate:.1f} steps/s" if rate >= 1 else f"{1 / max(rate, 1e-9):.1f} s a step"


def duration(seconds: float) -> str:
    """ "45 s", "11 min", "3.5 h", "5 days"."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{round(seconds / 86400)} days"


# --- runs -----------------------------------------------------------------------------------


def run_rows(runs: tuple[TrainingRunRecord, ...], scheme: ClassScheme) -> tuple[RunRow, ...]:
    """The table's rows; a classifier finished in all folds is one pooled row."""
    rows: list[RunRow] = []
    folds = len({run.fold for run in runs if run.fold is not None})
    classifiers = [run for run in runs if run.kind == "classifier" and run.state == "finished"]
    pooled: set[int] = set()
    for _, group in groupby(sorted(classifiers, key=_recipe_of), key=_recipe_of):
        newest = {run.fold: run for run in group}  # a repeated fold: its newest run
        if len(newest) == folds > 1:
            together = tuple(sorted(newest.values(), key=lambda run: run.id))
            pooled |= {run.id for run in together}
            rows.append(_row(together, scheme))
    rows += [_row((run,), scheme) for run in runs if run.id not in pooled]
    return tuple(sorted(rows, key=_place))


def _place(row: RunRow) -> tuple[int, int]:
    """Running first, then queued as they will come, then what ended, newest first."""
    rank = {"running": 0, "queued": 1}.get(row.state, 2)
    return rank, row.key if rank == 1 else -row.key


def _recipe_of(run: TrainingRunRecord) -> tuple[str, str, str, int]:
    return run.arm, run.group, run.profile, run.seed


def _row(runs: tuple[TrainingRunRecord, ...], scheme: ClassScheme) -> RunRow:
    last = runs[-1]
    folds = sorted(run.fold + 1 for run in runs if run.fold is not None)
    fold = "all" if not folds else str(folds[0]) if len(folds) == 1 else f"1-{len(folds)}"
    names = {category.code: category.name for category in scheme.categories}
    data = names.get(last.category, last.category).lower() if last.category else last.group
    return RunRow(
        runs=runs,
        name=short_name(last.arm),
        data=f"{data}, {last.profile}",
        fold=fold,
        seed=last.seed,
        accuracy=_accuracy(runs),
        kid=last.kid,
        seconds=_sum(tuple(run.seconds for run in runs)),
        state=last.state,
        message=last.message,
    )


def _accuracy(runs: tuple[TrainingRunRecord, ...]) -> Proportion | None:
    """Pooled over the folds' test ROIs, each tested once, with Wilson's interval."""
    counts = [(run.correct, run.n) for run in runs]
    if any(correct is None or not n for correct, n in counts):
        return None
    return wilson(sum(c for c, _ in counts if c), sum(n for _, n in counts if n))


def _sum(values: tuple[float | None, ...]) -> float | None:
    known = [value for value in values if value is not None and not math.isnan(value)]
    return sum(known) if known else None
