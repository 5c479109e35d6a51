"""Runs side by side: their curves overlaid, where their recipes differ, what came of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine import journal
from engine.journal import RunCurves
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_rows import RunRow
from reader_app.state.study_state import StudyState
from reader_app.widgets.curve_content import CardContent, Series
from reader_app.widgets.plots import LineLook
from reader_app.widgets.theme import PALETTE
from studies import learning
from studies.records import PredictionRecord
from studies.statistics.proportions import Proportion
from studies.store import Store

LOOKS = (
    LineLook(PALETTE.dcgan, (), "", 1.8),
    LineLook(PALETTE.classic, (7, 4), "", 1.8),
    LineLook(PALETTE.extra_real, (2, 3), "", 1.8),
    LineLook(PALETTE.conditional, (9, 3, 2, 3), "", 1.8),
    LineLook(PALETTE.acgan, (4, 2), "", 1.8),
    LineLook(PALETTE.control_arm, (1, 3), "", 1.8),
)
GENERATOR = (
    ("kid", "KID × 1000", 1000.0),
    ("diversity", "Diversity", 1.0),
    ("loss_g", "Loss G", 1.0),
)
CLASSIFIER = (("loss", "Loss", 1.0), ("accuracy", "Accuracy on training batches, %", 100.0))
WATCHED = (("validation_accuracy", "Accuracy on validation patients, %", 100.0),)
LEFT_OUT = ("folds", "type", "without")


@dataclass(frozen=True)
class Pair:
    """Two rows tested on the same lesions: `words` say difference, interval and McNemar's p."""

    first: str
    second: str
    words: str


@dataclass(frozen=True)
class Comparison:
    """What the page shows: names, cards of overlaid curves, a table of differences, paired tests.

    `table` has a line for each differing field or result: its name and a value for each run.
    """

    names: tuple[str, ...]
    cards: tuple[CardContent, ...]
    table: tuple[tuple[str, ...], ...]
    pairs: tuple[Pair, ...]


class CompareState(QObject):
    """Reads and compares in a thread."""

    changed = Signal()

    def __init__(self, study: StudyState, jobs: Jobs) -> None:
        super().__init__()
        self._study, self._jobs = study, jobs
        self.found: Comparison | None = None

    def compare(self, rows: tuple[RunRow, ...]) -> None:
        """Compare two to six rows of the table."""
        store = self._study.store
        self.found = None
        self.changed.emit()
        if store is not None:
            self._jobs.small(lambda: compared(store, rows), self._take)

    def _take(self, found: Comparison) -> None:
        self.found = found
        self.changed.emit()


def compared(store: Store, rows: tuple[RunRow, ...]) -> Comparison:
    """Read curves and predictions of the rows and lay them side by side."""
    names = tuple(
        f"{at + 1}  {row.name}, {row.data}, fold {row.fold}, seed {row.seed}"
        for at, row in enumerate(rows)
    )
    curves = tuple(journal.read(row.runs[-1].folder) for row in rows)
    said = tuple(
        tuple(one for run in row.runs for one in learning.predictions(store, run_id=run.id))
        for row in rows
    )
    return Comparison(names, _cards(rows, curves), _table(rows), _pairs(said))


def _cards(rows: tuple[RunRow, ...], curves: tuple[RunCurves, ...]) -> tuple[CardContent, ...]:
    kinds = {row.runs[-1].kind for row in rows}
    keys = GENERATOR if kinds == {"generator"} else CLASSIFIER if len(kinds) == 1 else ()
    watched = any(p.value("validation_n") for one in curves for p in one.points)
    shown = (*keys, *WATCHED) if keys and watched else keys
    return tuple(_card(key, title, scale, curves) for key, title, scale in shown)


def _card(key: str, title: str, scale: float, curves: tuple[RunCurves, ...]) -> CardContent:
    lines = []
    for at, (one, look) in enumerate(zip(curves, LOOKS, strict=False)):
        points = [(p.done, value) for p in one.points if (value := p.value(key)) is not None]
        xs, ys = tuple(float(x) for x, _ in points), tuple(scale * y for _, y in points)
        lines.append(Series(str(at + 1), look, xs, ys))
    end = max((p.total for one in curves for p in one.points), default=1)
    later = [y for line in lines for y in line.y[2:]] if key == "kid" else []
    high = 1.25 * max(later) if later else None
    return CardContent(title, "", "", tuple(lines), x_end=float(end), high=high, low=None)


# --- differences ----------------------------------------------------------------------------


def _table(rows: tuple[RunRow, ...]) -> tuple[tuple[str, ...], ...]:
    """The results, then every field of the recipes in which they differ."""
    specs = [_flat(json.loads(row.runs[-1].spec)) for row in rows]
    names = sorted({name for spec in specs for name in spec})
    lines = [
        ("Accuracy, % [95 %]", *(_share(row.accuracy) for row in rows)),
        ("KID × 1000", *("–" if row.kid is None else f"{1000 * row.kid:.1f}" for row in rows)),
        ("Seconds", *("–" if row.seconds is None else f"{row.seconds:,.0f}" for row in rows)),
        ("State", *(row.words or row.state for row in rows)),
    ]
    for name in names:
        values = [spec.get(name, "–") for spec in specs]
        if len(set(values)) > 1:
            lines.append((name.replace("_", " "), *values))
    return tuple(lines)


def _flat(spec: dict[str, Any], start: str = "") -> dict[str, str]:
    """Every field by its path; folds are told by the table itself."""
    found: dict[str, str] = {}
    for name, value in spec.items():
        if name in LEFT_OUT:
            continue
        if isinstance(value, dict):
            found |= _flat(value, f"{start}{name}: ")
        elif isinstance(value, list):
            found[start + name] = ", ".join(str(one) for one in value)
        else:
            found[start + name] = str(value)
    return found


def _share(found: Proportion | None) -> str:
    if found is None:
        return "–"
    return f"{100 * found.estimate:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"


# --- paired ---------------------------------------------------------------------------------


def _pairs(said: tuple[tuple[PredictionRecord, ...], ...]) -> tuple[Pair, ...]:
    """Every two rows that were tested on the same lesions."""
    found = []
    for (a, first), (b, second) in combinations(enumerate(said), 2):
        one, two = _right(first), _right(second)
        if one and one.keys() == two.keys():
            found.append(Pair(str(a + 1), str(b + 1), _paired_words(one, two)))
    return tuple(found)


def _right(said: tuple[PredictionRecord, ...]) -> dict[int, bool]:
    return {one.lesion_id: one.predicted == one.category for one in said}


def _paired_words(first: dict[int, bool], second: dict[int, bool]) -> str:
    """Newcombe's interval of the difference, exact McNemar (studies.statistics.paired)."""
    from studies.statistics.paired import mcnemar, paired_difference, paired_table

    lesions = sorted(first)
    table = paired_table([first[one] for one in lesions], [second[one] for one in lesions])
    difference, test = paired_difference(table), mcnemar(table)
    return (
        f"{100 * difference.value:+.1f} points "
        f"[{100 * difference.low:+.1f}, {100 * difference.high:+.1f}], "
        f"{table.only_first} v {table.only_second} of {len(lesions)} lesions discordant, "
        f"exact McNemar p = {test.p:.3g}"
    )
