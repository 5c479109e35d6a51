"""Runs side by side: their curves overlaid, where their recipes differ, what came of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine import journal
from engine.journal import RunCurves
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_rows import FINISHED, RunRow
from reader_app.state.study_state import StudyState
from reader_app.widgets.curve_content import CardContent, Series
from reader_app.widgets.plots import LineLook
from reader_app.widgets.theme import PALETTE
from studies import learning
from studies.records import PredictionRecord
from studies.statistics.proportions import Proportion
from studies.store import Store

if TYPE_CHECKING:
    from studies.statistics.paired import PairedTable

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
_WORDS = {FINISHED: "done"}


@dataclass(frozen=True)
class Pair:
    """Two rows tested on the same lesions, by their numbers, and all that is said of them.

    `difference` is in points of accuracy with Newcombe's 95 % interval; `discordant` how many of
    `lesions` only the first or only the second was right about; `p` exact McNemar; `held` is p held
    to one level for all pairs (Holm).
    """

    first: str
    second: str
    difference: str
    discordant: str
    lesions: int
    p: str
    held: str


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
        f"{at + 1}  {row.name}, {row.data}, {_folds(row.fold)}, seed {row.seed}"
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
        ("State", *(row.words or _WORDS.get(row.state, row.state) for row in rows)),
    ]
    for name in names:
        values = [spec.get(name, "–") for spec in specs]
        if len(set(values)) > 1:
            lines.append((_spoken(name), *values))
    return tuple(lines)


def _folds(fold: str) -> str:
    """ "fold 2", "folds 1-3", "all folds"."""
    return "all folds" if fold == "all" else f"fold{'s' if '-' in fold else ''} {fold}"


def _spoken(name: str) -> str:
    """A field as a line is headed: "CNN: learning rate"."""
    part, colon, field = name.replace("_", " ").rpartition(": ")
    head = part.upper() if part in ("cnn", "gan") else part.capitalize()
    return f"{head}{colon}{field}" if part else field.capitalize()


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
    """Every two rows that were tested on the same lesions (studies.statistics.paired)."""
    from studies.statistics.holm import holm
    from studies.statistics.paired import mcnemar, paired_table

    found = []
    for (a, first), (b, second) in combinations(enumerate(said), 2):
        one, two = _right(first), _right(second)
        if one and one.keys() == two.keys():
            lesions = sorted(one)
            table = paired_table([one[at] for at in lesions], [two[at] for at in lesions])
            found.append((str(a + 1), str(b + 1), table, mcnemar(table).p))
    held = holm([p for *_, p in found])
    return tuple(_pair(*one, level) for one, level in zip(found, held, strict=True))


def _pair(first: str, second: str, table: PairedTable, p: float, held: float) -> Pair:
    from studies.statistics.p_value import p_text
    from studies.statistics.paired import paired_difference

    found = paired_difference(table)
    ends = ", ".join(_points(end) for end in (found.low, found.high))
    return Pair(
        first,
        second,
        f"{_points(found.value)} [{ends}]",
        f"{table.only_first} v {table.only_second}",
        table.n,
        p_text(p),
        p_text(held),
    )


def _points(share: float) -> str:
    """A difference of shares in points, with its sign; no sign on nought."""
    words = f"{100 * share:+.1f}".replace("-", "−")
    return "0.0" if words[1:] == "0.0" else words


def _right(said: tuple[PredictionRecord, ...]) -> dict[int, bool]:
    return {one.lesion_id: one.predicted == one.category for one in said}
