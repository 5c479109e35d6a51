"""What Learn shows of the study's lesions and the forecast: frozen, made by functions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from engine.experiment.forecast import BASELINE_WORK, READING_WORK, Workload
from engine.experiment.recipe import LEFT_OUT
from reader_app.workflows.patches import fold_shortages, left_out_fold
from studies.records import Category, ClassScheme, LesionRecord, SeriesRecord

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
class DoubtfulSource:
    """ROIs whose HU may differ from the scanner's; they can be left out of training and test."""

    source: str
    rois: int
    is_out: bool

    @property
    def words(self) -> str:
        """ "3 ROIs are from lossy CT." or that they are kept out."""
        are = "1 ROI is" if self.rois == 1 else f"{self.rois} ROIs are"
        if self.is_out:
            return f"{are} kept out: {self.source}."
        return f"{are} from {self.source}."

    @property
    def action(self) -> str:
        """The button's words."""
        return "Take in" if self.is_out else "Keep out"


@dataclass(frozen=True)
class DataView:
    """The Data panel: counts by class and fold, what hinders (`shortages`), what to know."""

    rows: tuple[ClassRow, ...]
    folds: int
    drawn: bool
    shortages: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[DoubtfulSource, ...] = ()

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
    lesions: tuple[LesionRecord, ...],
    series: tuple[SeriesRecord, ...],
    scheme: ClassScheme,
    folds: int,
    leave_out: tuple[str, ...] = (),
) -> DataView:
    """Count the ready lesions that train, without those of the sources `leave_out`."""
    left = {one.id for one in series if source_left_out(one, leave_out)}
    every = tuple(one for one in lesions if one.is_ready)
    sources = _doubtful(every, series, leave_out)
    ready = tuple(one for one in every if one.series_id not in left)
    own = tuple(one for one in ready if not one.extra)
    standing = {one.fold for one in own if one.fold is not None}
    count = max(standing) + 1 if standing else folds
    rows = tuple(
        _class_row(category, ready, count, bool(standing)) for category in scheme.categories
    )
    shortages = fold_shortages(own, scheme, count)
    return DataView(rows, count, bool(standing), shortages, _notes(lesions, own), sources)


def _doubtful(
    ready: tuple[LesionRecord, ...], series: tuple[SeriesRecord, ...], leave_out: tuple[str, ...]
) -> tuple[DoubtfulSource, ...]:
    """The sources there are; a lossy series counts as lossy alone."""
    by_id = {one.id: one for one in series}
    found = Counter(source_left_out(by_id[one.series_id], tuple(LEFT_OUT)) for one in ready)
    return tuple(
        DoubtfulSource(source, found[source], source in leave_out)
        for source in LEFT_OUT
        if found[source]
    )


def source_left_out(series: SeriesRecord, leave_out: tuple[str, ...]) -> str:
    """The source of `leave_out` that keeps a series' ROIs out; "" where none does."""
    fold = left_out_fold(series, leave_out)
    return next((source for source, its_fold in LEFT_OUT.items() if its_fold == fold), "")


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


def _notes(lesions: tuple[LesionRecord, ...], own: tuple[LesionRecord, ...]) -> tuple[str, ...]:
    unready = sum(not one.is_ready for one in lesions)
    newcomers = sum(one.fold is None for one in own) if any(o.fold is not None for o in own) else 0
    said = (
        (unready, f"{_lesions(unready)} without margin, diagnosis or basis: not trained on."),
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
