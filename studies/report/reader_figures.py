"""Figures of readers: Table 4 drawn, ROC, matrices, d', conditions and times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from studies.records import ClassScheme
from studies.report.arms import arm_code
from studies.report.condition_tables import figure_words
from studies.report.conditions import ConditionResults
from studies.report.drawing import Figure, arm_look, drawn
from studies.report.lettering import shortened, text_width
from studies.report.plotting import HEAD, Panel, Span, ticks
from studies.report.readers import ReaderResults, ReaderRoc, ReaderScore
from studies.report.readings import condition_words
from studies.report.svg import BLUE, GREY, INK, LINE, Canvas
from studies.report.table import area_text
from studies.report.times import BLOCK, ReaderTimes
from studies.statistics.agreement.coefficient import without_zero
from studies.statistics.proportions import Proportion

_A_ROW = 4  # matrices side by side
_ROC_ROW, _ROC_SIDE = 3, 204.0  # classes side by side, px of a panel; more stand in two rows
_CELL = 42.0  # px of a cell of a matrix
_LANE = 26.0  # px a reader
_DASHES = ("-", "--", ":", "-.")
_WORDS = ("Class, real", "Class, synthetic", "Class, all", "Real or synthetic")


def interval_figure(results: ReaderResults) -> Figure:
    """Table 4 drawn: each reader's four percentages with their intervals on one axis."""
    names = [s.reader for s in results.scores]
    before = _name_room(names)
    side = (740 - before - 16) / 4 - 24
    canvas = Canvas(740, 62 + _LANE * max(2, len(names)))
    rows: list[tuple[str, ...]] = []
    for k, title in enumerate(_WORDS):
        panel = _lanes(canvas, before + k * (side + 24), side, len(names), Span(0, 100))
        panel.title(title)
        if k == 0:
            _name(panel, names)
        for y, score in enumerate(results.scores[::-1]):
            value = _asked(results, score, k)
            if value is not None:
                ends = (100 * value.estimate, 100 * value.low, 100 * value.high)
                panel.interval(*ends, y)
                rows.append((score.reader, title, *map("{:.2f}".format, ends), str(value.n)))
        if k == 3:
            panel.upright_line(100 * results.always_real.estimate)
    sizes = (
        _span((s.class_real.n for s in results.scores), "real"),
        _span((s.class_synthetic.n for s in results.scores), "synthetic"),
    )
    note = (
        f"Percent right, n {' and '.join(filter(None, sizes))} ROIs; bar = Wilson's 95 % interval. "
        "Dashed: the score of always saying “real”."
    )
    columns = ("Reader", "Question", "Right, %", "Low", "High", "n")
    return drawn(canvas, "table_4_drawn", "Table 4, drawn", note, simulated=results.simulated,
                 columns=columns, rows=tuple(rows))  # fmt: skip


def _span(numbers: Iterable[int], words: str) -> str:
    """`30 real`, `28 to 30 real` where readers answered different numbers; "" for none."""
    kept = sorted({number for number in numbers if number})
    if not kept:
        return ""
    ends = f"{kept[0]:,}" if len(kept) == 1 else f"{kept[0]:,} to {kept[-1]:,}"
    return f"{ends} {words}".rstrip()


def _asked(results: ReaderResults, score: ReaderScore, question: int) -> Proportion | None:
    parts = (score.class_real, score.class_synthetic, score.class_total, score.origin_total)
    value = parts[question]
    if question == 2 and results.is_real_only(score):
        return None
    return value if value is not None and value.n else None


def _name_room(names: Sequence[str]) -> float:
    """Px that the names need beside a panel, at most 150."""
    return min(150.0, max((text_width(name, 9) for name in names), default=0) + 10)


def _lanes(canvas: Canvas, left: float, width: float, count: int, x: Span) -> Panel:
    """A panel with a lane a reader, upper first at the highest y."""
    high = _LANE * max(2, count)
    panel = Panel(canvas, left, 24, width, high, x, Span(-0.6, max(2, count) - 0.4))
    shown = ticks(x.low, x.high, 5)
    panel.grid(shown, ())
    panel.x_numbers(shown)
    return panel


def _name(panel: Panel, names: Sequence[str]) -> None:
    """Names beside the lanes, the first above."""
    panel.y_numbers(range(len(names)), list(names)[::-1])


def roc_figure(results: ReaderResults, scheme: ClassScheme, condition: str = "") -> Figure | None:
    """Empirical ROC curves, a panel a class, of one condition ("" = the main one) and networks.

    None without confidences.
    """
    people = [r.condition for r in results.rocs if r.kind != "model"]
    shown = condition or next(iter(people), "roi")
    own = [r for r in results.rocs if r.condition == shown or r.kind == "model"]
    if not own:
        return None
    readers = list(dict.fromkeys(r.reader for r in own))
    drawable = [code for code in results.classes if any(r.category == code for r in own)]
    across = len(drawable) if len(drawable) <= _ROC_ROW else math.ceil(len(drawable) / 2)
    high = _ROC_SIDE + 70 + 13 * len(readers)
    canvas = Canvas(44 + across * (_ROC_SIDE + 26), high * math.ceil(len(drawable) / across))
    for k, code in enumerate(drawable):
        panel = _roc_panel(canvas, 44 + k % across * (_ROC_SIDE + 26), 20 + high * (k // across))
        curves = [roc for roc in own if roc.category == code]
        rest = f" v rest{_sides(curves)}"
        panel.title(_fitted(scheme.category(code).name, rest, HEAD, _ROC_SIDE + 16))
        if k % across == 0:
            panel.y_title("sensitivity", before=32)
        for roc in curves:
            _draw_roc(panel, roc, readers.index(roc.reader))
    cases = _span((r.auc.positives + r.auc.negatives for r in own), "real ROIs")
    note = (
        f"n {cases}, a class v the rest in brackets; empirical curves, ties one half. Below: "
        "areas, where there is room with their 95 % interval: logit of DeLong's standard error (of "
        "an area of 1 Wilson's on the smaller group)."
    )
    plain = "ROC by class"
    title = plain if shown == "roi" else f"{plain}, {condition_words(shown)}"
    key = "roc_drawn" if shown == "roi" else f"roc_drawn_{shown}"
    return drawn(canvas, key, title, note, simulated=results.simulated,
                 columns=("Reader", "Class", "1 - specificity", "Sensitivity"),
                 rows=tuple(row for roc in own for row in _roc_rows(roc, scheme)))  # fmt: skip


def _sides(curves: Sequence[ReaderRoc]) -> str:
    """` (9 v 21)`: ROIs of the class and of the rest; nothing where readers' numbers differ."""
    pairs = {(roc.auc.positives, roc.auc.negatives) for roc in curves}
    if len(pairs) != 1:
        return ""
    positives, negatives = pairs.pop()
    return f" ({positives} v {negatives})"


def _fitted(name: str, rest: str, size: float, room: float) -> str:
    """A name with what follows it; where there is too little room the name is shortened."""
    return shortened(name, size, room - text_width(rest, size)) + rest


def _roc_panel(canvas: Canvas, left: float, top: float) -> Panel:
    panel = Panel(canvas, left, top, _ROC_SIDE, _ROC_SIDE, Span(0, 1), Span(0, 1))
    marks = (0.0, 0.25, 0.5, 0.75, 1.0)
    panel.grid(marks, marks)
    panel.x_numbers(marks)
    panel.y_numbers(marks)
    panel.x_title("1 − specificity")
    panel.curve([(0, 0), (1, 1)], GREY, 1, "--")
    return panel


def _draw_roc(panel: Panel, roc: ReaderRoc, index: int) -> None:
    color = arm_look(arm_code(roc.reader), index)[0] if roc.kind == "model" else INK
    dash = _DASHES[index % len(_DASHES)]
    points = zip(roc.curve.false_positive, roc.curve.true_positive, strict=True)
    panel.curve([(float(x), float(y)) for x, y in points], color, 1.6, dash)
    y = panel.top + panel.height + 43 + 13 * index
    panel.canvas.line((panel.left, y - 3), (panel.left + 22, y - 3), color, 1.6, dash)
    room = panel.width - 22
    words = f"{area_text(roc.auc)}  {roc.reader}"
    if text_width(words, 9) > room:  # the name is worth more than the interval
        words = f"{without_zero(roc.auc.value, 3)}  {roc.reader}"
    panel.canvas.text((panel.left + 28, y), words, 9, room=room)


def _roc_rows(roc: ReaderRoc, scheme: ClassScheme) -> list[tuple[str, ...]]:
    name = scheme.category(roc.category).name
    points = zip(roc.curve.false_positive, roc.curve.true_positive, strict=True)
    return [(roc.reader, name, f"{x:.6g}", f"{y:.6g}") for x, y in points]


def matrix_figures(results: ReaderResults, scheme: ClassScheme) -> tuple[Figure, ...]:
    """Confusion matrices of readers and networks side by side, truth in rows, four a figure."""
    found = []
    kinds = ", real and synthetic" if results.items > results.real_items else ""
    for start in range(0, len(results.scores), _A_ROW):
        shown = results.scores[start : start + _A_ROW]
        side = _CELL * len(results.classes)
        canvas = Canvas(50 + len(shown) * (side + 18), side + 50)
        for k, score in enumerate(shown):
            left = 46 + k * (side + 18)
            _draw_matrix(canvas, left, score, scheme, named=k == 0)
        numbers = f"{start + 1} to {start + len(shown)} of {len(results.scores)}"
        title = f"Confusion matrices side by side, {numbers}"
        sizes = _span((score.matrix.accuracy.n for score in shown), "ROIs")
        note = (
            f"n {sizes}{kinds}. Rows: truth. Columns: the answer, in counts of ROIs. "
            "Shade: share of the row. Percent: total accuracy, its interval in Table 4."
        )
        rows = tuple(row for score in shown for row in _matrix_rows(score, scheme))
        found.append(
            drawn(canvas, f"matrices_{start + 1}", title, note, simulated=results.simulated,
                  columns=("Reader", "Truth", "Answer", "n"), rows=rows)
        )  # fmt: skip
    return tuple(found)


def _draw_matrix(
    canvas: Canvas, left: float, score: ReaderScore, scheme: ClassScheme, *, named: bool
) -> None:
    shorts = [scheme.category(code).short for code in score.matrix.classes]
    side = _CELL * len(shorts)
    accuracy = f", {score.matrix.accuracy.percent} %"
    title = _fitted(score.reader, accuracy, 9.5, side + 14)
    canvas.text((left + side / 2, 20), title, 9.5, anchor="middle", room=side + 14)
    for i, row in enumerate(score.matrix.counts):
        for j, n in enumerate(row):
            corner, share = (left + _CELL * j, 28 + _CELL * i), n / max(1, sum(row))
            canvas.rect(corner, (_CELL, _CELL), BLUE, edge="none", opacity=0.04 + 0.5 * share)
            canvas.rect(corner, (_CELL, _CELL), edge=LINE)
            middle = (corner[0] + _CELL / 2, corner[1] + _CELL / 2 + 4)
            canvas.text(middle, str(n), 11, anchor="middle")
    for k, short in enumerate(shorts):
        foot = (left + _CELL * (k + 0.5), 28 + side + 13)
        canvas.text(foot, short, 9, color=GREY, anchor="middle", room=_CELL)
        if named:
            place = (left - 5, 28 + _CELL * (k + 0.5) + 3)
            canvas.text(place, short, 9, color=GREY, anchor="end")


def _matrix_rows(score: ReaderScore, scheme: ClassScheme) -> list[tuple[str, ...]]:
    names = [scheme.category(code).name for code in score.matrix.classes]
    return [
        (score.reader, names[i], names[j], str(n))
        for i, row in enumerate(score.matrix.counts)
        for j, n in enumerate(row)
    ]


def detection_figure(results: ReaderResults) -> Figure | None:
    """d' of every reader who was asked, with its interval; None where nobody was."""
    asked = [(s.reader, s.detection.d_prime) for s in results.scores if s.detection is not None]
    if not asked:
        return None
    names = [name for name, _ in asked]
    low = min(0.0, *(d.low for _, d in asked))
    high = max(0.0, *(d.high for _, d in asked))
    before, pad = _name_room(names), 0.05 * (high - low)
    canvas = Canvas(460, 74 + _LANE * max(2, len(asked)))
    panel = _lanes(canvas, before, 460 - before - 14, len(asked), Span(low - pad, high + pad))
    _name(panel, names)
    for y, (_, d) in enumerate(asked[::-1]):
        panel.interval(d.value, d.low, d.high, y)
    panel.upright_line(0)
    panel.x_title("d' (0 = cannot tell real from synthetic)")
    sizes = _span((d.n for _, d in asked), "ROIs")
    note = (
        f"d' with log-linear correction (Hautus 1995), 95 % interval by the variance of Gourevitch "
        f"and Galanter (1967); n {sizes}."
    )
    rows = tuple(
        (name, f"{d.value:.4f}", f"{d.low:.4f}", f"{d.high:.4f}", str(d.n)) for name, d in asked
    )
    return drawn(canvas, "d_prime_drawn", "Real or synthetic", note, simulated=results.simulated,
                 columns=("Reader", "d'", "Low", "High", "n"), rows=rows)  # fmt: skip


def condition_figure(results: ConditionResults, scheme: ClassScheme) -> Figure | None:
    """Each condition's mean over readers with its interval, readers as strokes below it."""
    if not results.analyses:
        return None
    names, count = list(results.conditions), len(results.analyses)
    before = _name_room(names)
    side = (740 - before - 12) / count - 16
    canvas = Canvas(740, 50 + _LANE * max(2, len(names)))
    rows: list[tuple[str, ...]] = []
    for k, analysis in enumerate(results.analyses):
        panel = _lanes(canvas, before + k * (side + 16), side, len(names), Span(0, 1.02))
        words = figure_words(analysis, scheme)
        panel.title(words)
        if k == 0:
            _name(panel, names)
        means = analysis.result.single or analysis.result.single_fixed_readers
        merits = zip(names, means, analysis.result.merits, strict=True)
        for y, (name, mean, values) in enumerate(reversed(list(merits))):
            panel.interval(mean.mean, mean.low, mean.high, y)
            for value in values:
                x, low = panel.at(float(value), y - 0.2)
                canvas.line((x, low), (x, low + 5), GREY)
            rows.append((words, name, f"{mean.mean:.6f}", f"{mean.low:.6f}", f"{mean.high:.6f}"))
    note = (
        f"n {results.items} real ROIs that every reader answered under every condition, "
        f"{len(results.readers)} reader{'s' if len(results.readers) != 1 else ''}. Dot and bar: "
        "readers' mean with 95 % interval (Obuchowski-Rockette, jackknife); strokes below: each "
        "reader."
    )
    return drawn(canvas, "conditions_drawn", "Readers' means by condition", note,
                 simulated=results.simulated,
                 columns=("Figure of merit", "Condition", "Mean", "Low", "High"),
                 rows=tuple(rows))  # fmt: skip


def time_figure(times: Sequence[ReaderTimes]) -> Figure | None:
    """Seconds of every trial over the reading, right and wrong, with medians of 25 trials."""
    if not times:
        return None
    shown = times[:_A_ROW]
    side = (740 - 50) / len(shown) - 16
    canvas = Canvas(740, 232)
    longest = max((t.seconds for one in shown for t in one.trials), default=1.0)
    for k, one in enumerate(shown):
        panel = _time_panel(canvas, 46 + k * (side + 16), side, one, longest, first=k == 0)
        panel.title(one.reader)
    canvas.marker((600, 226), "circle", BLUE, 4)
    canvas.text((608, 229), "right", 9, color=GREY)
    canvas.marker((660, 226), "cross", INK, 4)
    canvas.text((668, 229), "wrong", 9, color=GREY)
    more = "" if len(times) == len(shown) else f" The first {len(shown)} of {len(times)} readings."
    sizes = _span((len(one.trials) for one in shown), "trials")
    note = (
        f"n {sizes}{' a reading' if len(shown) > 1 else ''}. Active seconds of each trial, pauses "
        f"left out; line: medians of {BLOCK} trials. Right and wrong: the class.{more}"
    )
    rows = tuple(
        (one.reader, str(t.position), f"{t.seconds:.3f}", "right" if t.right else "wrong")
        for one in shown
        for t in one.trials
    )
    return drawn(canvas, "times_drawn", "Time a trial", note,
                 simulated=any(t.simulated for t in times),
                 columns=("Reader", "Trial", "Seconds", "Class"), rows=rows)  # fmt: skip


def _time_panel(
    canvas: Canvas, left: float, width: float, one: ReaderTimes, longest: float, *, first: bool
) -> Panel:
    last = max((t.position for t in one.trials), default=1)
    panel = Panel(canvas, left, 22, width, 160, Span(0, 1.02 * last), Span(0, 1.05 * longest))
    across, up = ticks(0, last, 5), ticks(0, longest)
    panel.grid(across, up)
    panel.x_numbers(across)
    panel.x_title("trial")
    if first:
        panel.y_numbers(up)
        panel.y_title("active seconds", before=36)
    for t in one.trials:
        shape, color = ("circle", BLUE) if t.right else ("cross", INK)
        canvas.marker(panel.at(t.position, t.seconds), shape, color, 3.4, opacity=0.6)
    panel.curve([(b.position, b.seconds) for b in one.blocks], INK, 1.6)
    return panel
