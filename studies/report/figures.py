"""Figures of the networks: accuracy by size (the paper's Fig. 8) and t-SNE maps (Fig. 9).

Classes keep colour and marker shape of the scheme's print palette.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from studies.learning import EmbeddingPoint, EmbeddingRecord, SyntheticPoint
from studies.records import Category, ClassScheme
from studies.report.accuracy_lines import (
    EXAMPLES,
    RANGE,
    AccuracyLine,
    AccuracyPoint,
    accuracy_lines,
)
from studies.report.arms import arm_name
from studies.report.classifier import ClassifierResults
from studies.report.drawing import Figure, arm_look, drawn
from studies.report.lettering import shortened, text_width
from studies.report.map_turn import turned, turning
from studies.report.paper import FIGURE_8
from studies.report.plotting import Panel, Span, ticks
from studies.report.reader_figures import interval_figure, roc_figure
from studies.report.sentences import map_quality, map_settings
from studies.report.svg import GREY, INK, LINE, Canvas

__all__ = [
    "Figure",
    "FoldMap",
    "accuracy_figure",
    "interval_figure",
    "map_figure",
    "roc_figure",
]
PAPER = "#8a6d00"
_NARROW = 0.25  # of the paper's range: below, this study gets a panel of its own
_SIDE = 226.0  # px of a map


def accuracy_figure(results: ClassifierResults) -> Figure | None:
    """Accuracy by examples added, the paper's stated points as hollow diamonds."""
    if not results.groups:
        return None
    curves = accuracy_lines(results, ())
    canvas = Canvas(740, 330)
    paper, own = max(p.examples for p in FIGURE_8), _most(curves)
    if own < _NARROW * paper:
        panels: tuple[Panel, ...] = (
            _accuracy_panel(canvas, curves, (52, 270), own, "this study"),
            _accuracy_panel(canvas, curves, (356, 140), paper, "with the paper's points"),
        )
    else:
        panels = (_accuracy_panel(canvas, curves, (52, 444), max(own, paper), ""),)
    for panel in panels:
        for i, line in enumerate(curves):
            _draw_arm(panel, line, i)
    for point in FIGURE_8:
        at = panels[-1].at(point.examples, point.percent)
        canvas.marker(at, "diamond", PAPER, 8, hollow=True)
    _accuracy_legend(canvas, curves)
    points = [p for line in curves for _, p in line.by(EXAMPLES)]
    band = " Band = range over the seeds." if any(p.band == RANGE for p in points) else ""
    sizes = sorted({p.n for p in points})
    n = f"n {sizes[0]}" if len(sizes) == 1 else f"n {sizes[0]} to {sizes[-1]}"
    note = (
        f"Out-of-fold accuracy pooled over {results.folds} folds, {n} lesions; line and bar: the "
        f"first seed with Wilson's 95 % interval.{band} Hollow diamonds: the points that the "
        "paper states (printed there, not measured here). Methods without a size stand in the "
        "tables."
    )
    columns = ("Arm", "Group", "Added a fold", "Accuracy, %", "Low", "High", "n", "Seeds")
    rows = tuple(map(_accuracy_row, points))
    rows += tuple(
        (f"{arm_name(p.arm)} (paper)", "", str(p.examples), f"{p.percent:g}", "", "", "", "")
        for p in FIGURE_8
    )
    title = "Figure 8. Accuracy by augmentation group"
    return drawn(canvas, "figure_8", title, note, simulated=results.simulated, columns=columns,
                 rows=rows)  # fmt: skip


Curves = Sequence[AccuracyLine]


def _most(curves: Curves) -> int:
    """The largest group, at least 1 so that an axis has a length."""
    return max([1, *(p.examples for line in curves for p in line.points)])


def _accuracy_panel(
    canvas: Canvas, curves: Curves, across_px: tuple[float, float], most: int, title: str
) -> Panel:
    lows = [p.interval[0] for line in curves for p in line.points]
    lows += [p.percent for p in FIGURE_8]
    floor = 10.0 * math.floor(min(lows) / 10)
    left, width = across_px
    x = Span(-0.03 * most, 1.04 * most)
    panel = Panel(canvas, left, 20, width, 260, x, Span(floor, 100))
    across, up = ticks(0, most, 6 if width > 200 else 4), ticks(floor, 100)
    panel.grid(across, up)
    panel.x_numbers(across)
    panel.y_numbers(up)
    panel.title(title)
    panel.x_title("examples added a fold")
    if left < 60:
        panel.y_title("total accuracy, %")
    return panel


def _draw_arm(panel: Panel, line: AccuracyLine, place: int) -> None:
    color, dash, marker = arm_look(line.arm, place)
    points = [point for _, point in line.by(EXAMPLES)]
    if any(p.band == RANGE for p in points):
        panel.band([(p.examples, p.low, p.high) for p in points if p.band == RANGE], color)
    panel.curve([(p.examples, p.accuracy) for p in points], color, 1.6, dash)
    for p in points:
        panel.standing(p.examples, *p.interval, color)
        panel.canvas.marker(panel.at(p.examples, p.accuracy), marker, color, 7)


def _accuracy_legend(canvas: Canvas, curves: Curves) -> None:
    y = 26.0
    for i, line in enumerate(curves):
        color, dash, marker = arm_look(line.arm, i)
        canvas.line((506, y - 3), (530, y - 3), color, 1.6, dash)
        canvas.marker((518, y - 3), marker, color, 7)
        label = "CNN and CNN-AUG" if line.arm == "cnn-aug" else arm_name(line.arm)
        canvas.text((536, y), label, 9)
        y += 16
    canvas.marker((518, y - 3), "diamond", PAPER, 8, hollow=True)
    canvas.text((536, y), "the paper", 9, color=PAPER)


def _accuracy_row(p: AccuracyPoint) -> tuple[str, ...]:
    percents = tuple(f"{value:.2f}" for value in (p.accuracy, *p.interval))
    seeds = " ".join(map(str, p.seeds))
    return (arm_name(p.arm), p.group, str(p.examples), *percents, str(p.n), seeds)


# --- maps -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class FoldMap:
    """A network's map; `words` say which network."""

    words: str
    embedding: EmbeddingRecord
    simulated: bool


def map_figure(
    key: str,
    title: str,
    maps: Sequence[FoldMap],
    categories: Sequence[tuple[int, str]],
    scheme: ClassScheme,
    synthetic: Sequence[tuple[int, str]] = (),
) -> Figure:
    """One arm's t-SNE maps side by side, a map a network.

    `categories` pairs lesion ids, `synthetic` ids of synthetic ROIs, with class codes. A map is
    turned as in the window; the figure's rows have the places as stored.
    """
    wide = max(3, len(maps))
    canvas = Canvas(24 + wide * (_SIDE + 14), _SIDE + 56)
    real, made = dict(categories), dict(synthetic)
    rows: list[tuple[str, ...]] = []
    for k, one in enumerate(maps):
        left = 12 + k * (_SIDE + 14)
        canvas.text((left, 12), one.words, 9.5, bold=True, room=_SIDE - 4)
        known = [p for p in one.embedding.points if real.get(p.lesion_id, "") in scheme.codes]
        known.sort(key=lambda p: not p.augmented)
        new = [p for p in one.embedding.synthetic if made.get(p.synthetic_id, "") in scheme.codes]
        degrees = turning(known)
        drawn_at, new_at = turned(known, degrees), turned(new, degrees)
        panel = _map_panel(canvas, left, [*drawn_at, *new_at])
        for point, at in zip(known, drawn_at, strict=True):
            category = scheme.category(real[point.lesion_id])
            _map_mark(panel, at, category)
            rows.append(_map_row(one.words, point, category))
        for placed, there in zip(new, new_at, strict=True):
            category, spot = scheme.category(made[placed.synthetic_id]), panel.at(there.x, there.y)
            canvas.marker(spot, category.marker, category.print_color, 6, hollow=True)
            rows.append((one.words, category.name, "", "synthetic", *_place(placed)))
    _map_legend(canvas, maps, real, scheme)
    return drawn(
        canvas, key, title, _map_note(maps), simulated=any(one.simulated for one in maps),
        columns=("Network", "Class", "Lesion", "Kind", "x", "y"), rows=tuple(rows),
    )  # fmt: skip


def _map_panel(
    canvas: Canvas, left: float, placed: Sequence[EmbeddingPoint | SyntheticPoint]
) -> Panel:
    xs, ys = [p.x for p in placed] or [0.0], [p.y for p in placed] or [0.0]
    reach = max(max(xs) - min(xs), max(ys) - min(ys)) * 0.54 or 1.0
    middle = ((max(xs) + min(xs)) / 2, (max(ys) + min(ys)) / 2)
    x = Span(middle[0] - reach, middle[0] + reach)
    y = Span(middle[1] - reach, middle[1] + reach)
    canvas.rect((left, 18), (_SIDE, _SIDE), edge=LINE)
    return Panel(canvas, left, 18, _SIDE, _SIDE, x, y)


def _map_mark(panel: Panel, point: EmbeddingPoint, category: Category) -> None:
    at, color = panel.at(point.x, point.y), category.print_color
    if point.augmented:
        panel.canvas.marker(at, category.marker, color, 2.6, opacity=0.35)
    else:
        panel.canvas.marker(at, category.marker, color, 6.5)


def _map_row(words: str, point: EmbeddingPoint, category: Category) -> tuple[str, ...]:
    kind = "augmentation" if point.augmented else "real"
    return (words, category.name, str(point.lesion_id), kind, *_place(point))


def _place(point: EmbeddingPoint | SyntheticPoint) -> tuple[str, str]:
    return f"{point.x:.3f}", f"{point.y:.3f}"


def _map_legend(
    canvas: Canvas, maps: Sequence[FoldMap], real: dict[int, str], scheme: ClassScheme
) -> None:
    points = [p for one in maps for p in one.embedding.points]
    shown = {p.lesion_id for p in points if not p.augmented}  # once, on however many maps
    ends = ["small: augmentations"] if any(p.augmented for p in points) else []
    ends += ["hollow: synthetic"] if any(one.embedding.synthetic for one in maps) else []
    counted = [
        (c, f" {sum(real.get(lesion) == c.code for lesion in shown)}") for c in scheme.categories
    ]
    after = sum(text_width(words, 9) + 16 for words in ends)
    room = _name_room([text_width(c.name + n, 9) + 26 for c, n in counted],
                      canvas.width - 36 - after)  # fmt: skip
    x, y = 18.0, _SIDE + 40
    for category, n in counted:
        words = shortened(category.name, 9, room - 26 - text_width(n, 9)) + n
        x = _entry(canvas, x, y, category, words, 6.5)
    for words in ends:
        canvas.text((x, y), words, 9, color=GREY)
        x += text_width(words, 9) + 16


def _name_room(widths: Sequence[float], room: float) -> float:
    """Px that the widest may take, so that all together fit: short ones leave theirs to others.

    Example: _name_room([10, 50, 90], 100) -> 45.0, for 10 + 45 + 45.
    """
    each = room / len(widths)
    short = [width for width in widths if width <= each]
    return (room - sum(short)) / max(1, len(widths) - len(short))


def _entry(
    canvas: Canvas, x: float, y: float, category: Category, words: str, size: float
) -> float:
    canvas.marker((x, y - 3), category.marker, category.print_color, size)
    canvas.text((x + 8, y), words, 9, color=INK)
    return x + text_width(words, 9) + 26


def _map_note(maps: Sequence[FoldMap]) -> str:
    parts = [
        "One map is one network: features of its dense layer for the ROIs it never trained on and "
        "their augmentations, by t-SNE. Distances between groups carry no meaning, and folds are "
        "unrelated spaces."
    ]
    for one in maps:
        measured = (map_quality(one.embedding.measures), map_settings(one.embedding.measures))
        words = "; ".join(part for part in measured if part)
        if words:
            parts.append(f"{one.words}: {words}.")
    return " ".join(parts)
