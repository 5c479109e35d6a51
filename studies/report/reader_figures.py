"""Figures of readers: Table 4 drawn, ROC, d', conditions, times, and the flow of the study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from studies.records import ClassScheme
from studies.report.arms import arm_code
from studies.report.condition_tables import figure_words
from studies.report.conditions import ConditionResults
from studies.report.drawing import BLUE, GREY, INK, Figure, arm_look, finish, new_drawing, plain
from studies.report.flow import Flow, FlowStep
from studies.report.readers import ReaderResults, ReaderRoc, ReaderScore
from studies.report.readings import condition_words
from studies.report.times import ReaderTimes
from studies.statistics.agreement.coefficient import without_zero

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_READ = 12  # lines of the flow's last box
_A_ROW = 4  # matrices side by side
_DASHES = ("-", "--", ":", "-.")


def interval_figure(results: ReaderResults) -> Figure:
    """Table 4 drawn: each reader's four percentages with their intervals on one axis."""
    titles = ("Class, real", "Class, synthetic", "Class, all", "Real or synthetic")
    drawing, axes = new_drawing(7.4, 0.55 + 0.32 * max(2, len(results.scores)), len(titles))
    names = [plain(s.reader) for s in results.scores][::-1]
    for k, (ax, title) in enumerate(zip(axes, titles, strict=True)):
        for y, score in enumerate(results.scores[::-1]):
            parts = (score.class_real, score.class_synthetic, score.class_total, score.origin_total)
            value = parts[k]
            if k == 2 and results.is_real_only(score):
                continue
            if value is not None and value.n:
                ax.plot([100 * value.low, 100 * value.high], [y, y], color=INK, lw=1.6)
                ax.plot([100 * value.estimate], [y], "o", color=INK, ms=4.5)
        if k == 3:
            ax.axvline(100 * results.always_real.estimate, color=GREY, lw=0.8, ls="--")
        ax.set_title(title, fontsize=8, color=INK)
        ax.set_yticks(range(len(names)), names if k == 0 else [""] * len(names))
        ax.set_ylim(-0.6, len(names) - 0.4)
        ax.set_xlim(0, 100)
    note = "Percent right; bar = Wilson's 95 % interval. Dashed: the score of always saying “real”."
    return finish(drawing, "Table 4, drawn", 740, note, results.simulated)


def roc_figure(results: ReaderResults, scheme: ClassScheme, condition: str = "") -> Figure | None:
    """Empirical ROC curves, a panel a class, of one condition ("" = the main one) and networks.

    None without confidences.
    """
    people = [r.condition for r in results.rocs if r.kind != "model"]
    shown = condition or next(iter(people), "roi")
    own = [r for r in results.rocs if r.condition == shown or r.kind == "model"]
    if not own:
        return None
    drawing, axes = new_drawing(7.4, 2.6, len(results.classes))
    for ax, code in zip(axes, results.classes, strict=True):
        rocs = [r for r in own if r.category == code]
        for i, roc in enumerate(rocs):
            _draw_roc(ax, roc, i)
        ax.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls="--")
        ax.set_title(f"{plain(scheme.category(code).name)} v rest", fontsize=8, color=INK)
        ax.set_xlabel("1 − specificity", fontsize=7)
        if rocs:
            ax.legend(fontsize=6, frameon=False, loc="lower right")
    axes[0].set_ylabel("sensitivity", fontsize=7)
    note = "Real ROIs only; empirical curves, ties one half; the area stands in the legend."
    title = "ROC by class" if shown == "roi" else f"ROC by class, {condition_words(shown)}"
    return finish(drawing, title, 740, note, results.simulated)


def _draw_roc(ax: Axes, roc: ReaderRoc, index: int) -> None:
    color = arm_look(arm_code(roc.reader), index)[0] if roc.kind == "model" else INK
    ax.plot(
        roc.curve.false_positive,
        roc.curve.true_positive,
        color=color,
        lw=1.4,
        ls=_DASHES[index % len(_DASHES)],
        label=f"{plain(roc.reader)} {without_zero(roc.auc.value, 3)}",
    )


def matrix_figures(results: ReaderResults, scheme: ClassScheme) -> tuple[Figure, ...]:
    """Confusion matrices of readers and networks side by side, truth in rows, four a figure."""
    found = []
    for start in range(0, len(results.scores), _A_ROW):
        shown = results.scores[start : start + _A_ROW]
        drawing, axes = new_drawing(1.85 * len(shown), 2.0, len(shown))
        for k, (ax, score) in enumerate(zip(axes, shown, strict=True)):
            _draw_matrix(ax, score, scheme, named=k == 0)
        numbers = f"{start + 1} to {start + len(shown)} of {len(results.scores)}"
        title = f"Confusion matrices side by side, {numbers}"
        note = "Rows: truth. Columns: the answer. Shade: share of the row."
        width = 185 * len(shown)
        found.append(finish(drawing, title, width, note, results.simulated))
    return tuple(found)


def _draw_matrix(ax: Axes, score: ReaderScore, scheme: ClassScheme, *, named: bool) -> None:
    counts = score.matrix.counts
    shares = [[n / max(1, sum(row)) for n in row] for row in counts]
    ax.imshow(shares, cmap="Blues", vmin=0, vmax=1.6)
    for i, row in enumerate(counts):
        for j, n in enumerate(row):
            ax.text(j, i, str(n), ha="center", va="center", fontsize=7, color=INK)
    shorts = [plain(scheme.category(code).short) for code in score.matrix.classes]
    ax.set_xticks(range(len(shorts)), shorts)
    ax.set_yticks(range(len(shorts)), shorts if named else [""] * len(shorts))
    ax.grid(visible=False)
    ax.set_title(f"{plain(score.reader)}, {score.matrix.accuracy.percent} %", fontsize=7, color=INK)


def detection_figure(results: ReaderResults) -> Figure | None:
    """d' of every reader who was asked, with its interval; None where nobody was."""
    asked = [(s.reader, s.detection) for s in results.scores if s.detection is not None][::-1]
    if not asked:
        return None
    drawing, (ax,) = new_drawing(4.6, 0.6 + 0.32 * max(2, len(asked)), 1)
    for y, (_, detection) in enumerate(asked):
        d = detection.d_prime
        _bar(ax, d.value, d.low, d.high, y)
    ax.axvline(0, color=GREY, lw=0.8, ls="--")
    _names(ax, [name for name, _ in asked])
    ax.set_xlabel("d' (0 = cannot tell real from synthetic)", fontsize=7)
    note = "d' with log-linear correction, 95 % interval."
    return finish(drawing, "Real or synthetic", 460, note, results.simulated)


def condition_figure(results: ConditionResults, scheme: ClassScheme) -> Figure | None:
    """Each condition's mean over readers with its interval, readers as dots beside it."""
    if not results.analyses:
        return None
    drawing, axes = new_drawing(
        7.4, 0.7 + 0.36 * max(2, len(results.conditions)), len(results.analyses)
    )
    names = list(results.conditions)[::-1]
    for k, (ax, analysis) in enumerate(zip(axes, results.analyses, strict=True)):
        means = (analysis.result.single or analysis.result.single_fixed_readers)[::-1]
        for y, (mean, values) in enumerate(zip(means, analysis.result.merits[::-1], strict=True)):
            _bar(ax, mean.mean, mean.low, mean.high, y)
            ax.plot(values, [y - 0.24] * len(values), "|", color=GREY, ms=6)
        ax.set_title(plain(figure_words(analysis, scheme)), fontsize=8, color=INK)
        _names(ax, names if k == 0 else [""] * len(names))
        ax.set_xlim(0, 1.02)
    note = "Dot and bar: readers' mean with 95 % interval; strokes below: each reader."
    return finish(drawing, "Readers' means by condition", 740, note, results.simulated)


def time_figure(times: Sequence[ReaderTimes]) -> Figure | None:
    """Seconds of every trial over the reading, right and wrong, with medians of 25 trials."""
    if not times:
        return None
    shown = times[:4]
    drawing, axes = new_drawing(7.4, 2.3, len(shown))
    for ax, one in zip(axes, shown, strict=True):
        for right, marker, color in ((True, ".", BLUE), (False, "x", INK)):
            own = [t for t in one.trials if t.right == right]
            ax.plot(
                [t.position for t in own], [t.seconds for t in own], marker, color=color,
                ms=2.5, alpha=0.55, label="right" if right else "wrong",
            )  # fmt: skip
        ax.plot([b.position for b in one.blocks], [b.seconds for b in one.blocks], "-",
                color=INK, lw=1.4)  # fmt: skip
        ax.set_title(plain(one.reader), fontsize=8, color=INK)
        ax.set_xlabel("trial", fontsize=7)
        ax.set_ylim(bottom=0)
    axes[0].set_ylabel("active seconds", fontsize=7)
    axes[0].legend(fontsize=6, frameon=False, loc="upper right")
    more = "" if len(times) == len(shown) else f" The first {len(shown)} of {len(times)} readings."
    note = f"Dots right, crosses wrong; line: medians of 25 trials.{more}"
    return finish(drawing, "Time a trial", 740, note, any(t.simulated for t in times))


def flow_figure(flow: Flow) -> Figure:
    """The flow of inclusions and exclusions: boxes downwards, what left beside them."""
    real, synthetic, read = flow.real, flow.synthetic, _read_lines(flow)
    depth = max(len(real), len(synthetic)) + 1
    high = 0.24 * len(read) + 0.2 if read else 0.0
    total = depth + high
    drawing, (ax,) = new_drawing(7.4, 0.72 * total + 0.2, 1)
    ax.set_axis_off()
    ax.grid(visible=False)
    ax.set_xlim(0, 100)
    ax.set_ylim(-total - 0.06, 0.1)
    _box(ax, (2, -0.75), f"{flow.cases} cases of {flow.patients} patients imported")
    _column(ax, 2, real, -1)
    _column(ax, 68, synthetic, -1 - (len(real) - len(synthetic)))
    if read:
        _box(ax, (12, -total), "\n".join(read), size=(76, high))
        for x in (17, 83):
            _arrow(ax, x, -depth + 0.25, -depth)
    note = "Left out of the next step: beside the arrows. Counts of the study as it stands."
    return finish(drawing, "Flow of inclusions and exclusions, drawn", 740, note, flow.simulated)


def _read_lines(flow: Flow) -> list[str]:
    lines = [f"{reader}: {given} of {planned} ROIs read" for reader, given, planned in flow.read]
    shown = lines if len(lines) <= _MOST_READ else lines[: _MOST_READ - 1]
    more = len(lines) - len(shown)
    return [*shown, f"and {more} readings more"] if more else shown


def _column(ax: Axes, x: float, steps: Sequence[FlowStep], top: float) -> None:
    for k, step in enumerate(steps):
        y = top - k - 0.75
        _box(ax, (x, y), f"{step.words}: {step.count}")
        if k or top == -1:
            _arrow(ax, x + 15, y + 1.0, y + 0.7)
        if step.left:
            words = "; ".join(f"{words}: {count}" for words, count in step.left)
            ax.text(x + 17, y - 0.17, plain(words), fontsize=6, color=GREY, va="center")


def _box(
    ax: Axes, corner: tuple[float, float], words: str, size: tuple[float, float] = (30, 0.7)
) -> None:
    from matplotlib.patches import Rectangle

    (x, y), (width, height) = corner, size
    ax.add_patch(Rectangle(corner, width, height, fill=False, ec=GREY, lw=0.9))
    ax.text(
        x + width / 2, y + height / 2, plain(words), fontsize=7, color=INK, ha="center",
        va="center",
    )  # fmt: skip


def _arrow(ax: Axes, x: float, start: float, end: float) -> None:
    ax.annotate("", (x, end), (x, start), arrowprops={"arrowstyle": "->", "color": GREY, "lw": 0.9})


def _bar(ax: Axes, value: float, low: float, high: float, y: float) -> None:
    ax.plot([low, high], [y, y], color=INK, lw=1.6)
    ax.plot([value], [y], "o", color=INK, ms=4.5)


def _names(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), [plain(name) for name in names])
    ax.set_ylim(-0.6, len(names) - 0.4)
