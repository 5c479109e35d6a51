"""What Learn shows of the study's lesions and the forecast: frozen, made by functions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from engine.experiment.forecast import BASELINE_WORK, READING_WORK, Workload
from reader_app.workflows.patches import fold_shortages
from studies.records import Category, ClassScheme, LesionRecord

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
