"""Figures of the report in print colours, as PNG data addresses; matplotlib is imported here only.

Classes keep colour and marker shape of the scheme's print palette.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from studies.learning import EmbeddingRecord
from studies.records import ClassScheme
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.paper import FIGURE_8
from studies.report.readers import ReaderResults, ReaderRoc
from studies.report.sentences import map_quality, map_settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

INK, GREY, LINE = "#1b1f23", "#59636e", "#d7dce1"
MARKERS = {
    "circle": "o", "triangle": "^", "square": "s", "diamond": "D", "star": "*", "cross": "X",
}  # fmt: skip
_DASHES = ("-", "--", ":", "-.")
_ARM_LOOKS = {
    "cnn-aug": ("#59636e", "-", "o"),
    "cnn-aug-gan": ("#0072b2", "-", "^"),
    "cnn-extra": ("#00705a", "--", "s"),
    "cnn-aug-acgan": ("#a3408b", ":", "D"),
    "cnn-aug-cda": ("#b04a00", "-.", "v"),
}
_OTHER_LOOKS = (("#8a6d00", "--", "P"), ("#6a63a8", ":", "X"), ("#1b1f23", "-.", "*"))


@dataclass(frozen=True)
class Figure:
    """A picture for an HTML page: `source` is a data address, the size in CSS px."""

    title: str
    source: str
    width: int
    height: int
    note: str
    simulated: bool = False


def interval_figure(results: ReaderResults) -> Figure:
    """Table 4 drawn: each reader's four percentages with their intervals on one axis."""
    titles = ("Class, real", "Class, synthetic", "Class, all", "Real or synthetic")
    drawing, axes = _new(7.4, 0.55 + 0.32 * max(2, len(results.scores)), len(titles))
    names = [s.reader for s in results.scores][::-1]
    for k, (ax, title) in enumerate(zip(axes, titles, strict=True)):
        for y, score in enumerate(results.scores[::-1]):
            parts = (score.class_real, score.class_synthetic, score.class_total, score.origin_total)
            value = parts[k]
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
    return _finish(drawing, "Table 4, drawn", 740, note, results.simulated)


def roc_figure(results: ReaderResults, scheme: ClassScheme) -> Figure | None:
    """Empirical ROC curves, a panel a class; None without confidences."""
    if not results.rocs:
        return None
    drawing, axes = _new(7.4, 2.6, len(results.classes))
    for ax, code in zip(axes, results.classes, strict=True):
        rocs = [r for r in results.rocs if r.category == code]
        for i, roc in enumerate(rocs):
            _draw_roc(ax, roc, i)
        ax.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls="--")
        ax.set_title(f"{scheme.category(code).name} v rest", fontsize=8, color=INK)
        ax.set_xlabel("1 − specificity", fontsize=7)
        if rocs:
            ax.legend(fontsize=6, frameon=False, loc="lower right")
    axes[0].set_ylabel("sensitivity", fontsize=7)
    note = "Real ROIs only; empirical curves, ties one half; the area stands in the legend."
    return _finish(drawing, "ROC by class", 740, note, results.simulated)


def _draw_roc(ax: Axes, roc: ReaderRoc, index: int) -> None:
    color = "#0072b2" if roc.kind == "model" else INK
    ax.plot(
        roc.curve.false_positive,
        roc.curve.true_positive,
        color=color,
        lw=1.4,
        ls=_DASHES[index % len(_DASHES)],
        label=f"{_plain(roc.reader)} {roc.auc.value:.2f}",
    )


def accuracy_figure(results: ClassifierResults) -> Figure | None:
    """Accuracy by examples added, the paper's stated points as hollow diamonds."""
    if not results.groups:
        return None
    drawing, (ax,) = _new(7.4, 3.0, 1)
    for i, (arm, groups) in enumerate(accuracy_curves(results)):
        color, dash, marker = _ARM_LOOKS.get(arm, _OTHER_LOOKS[i % len(_OTHER_LOOKS)])
        x = [g.examples for g in groups]
        y = [100 * g.accuracy.estimate for g in groups]
        low = [v - 100 * g.accuracy.low for v, g in zip(y, groups, strict=True)]
        high = [100 * g.accuracy.high - v for v, g in zip(y, groups, strict=True)]
        label = "CNN and CNN-AUG" if arm == "cnn-aug" else groups[0].name
        ax.errorbar(
            x, y, [low, high], color=color, ls=dash, marker=marker, lw=1.5, ms=5,
            capsize=0, elinewidth=0.9, label=_plain(label),
        )  # fmt: skip
    ax.plot(
        [p.examples for p in FIGURE_8], [p.percent for p in FIGURE_8], "D", mfc="none",
        mec="#8a6d00", ms=7, label="the paper",
    )  # fmt: skip
    ax.set_xlabel("examples added a fold", fontsize=7)
    ax.set_ylabel("total accuracy, %", fontsize=7)
    ax.legend(fontsize=7, frameon=False, loc="lower right")
    note = "Bar = Wilson's 95 % interval of the first seed; diamonds = the paper's stated points."
    return _finish(drawing, "Accuracy by augmentation group", 740, note, results.simulated)


def accuracy_curves(
    results: ClassifierResults,
) -> tuple[tuple[str, tuple[GroupResult, ...]], ...]:
    """The lines of Fig. 8: no augmentation and classic are one line, each other network its own.

    Where several profiles were run, each line keeps to the profile of its arm's shown group.
    """
    lines: dict[str, list[GroupResult]] = {}
    profile = {g.arm: g.profile for g in results.chosen}
    for group in results.groups:
        if group.arm.startswith("cnn") and group.profile == profile[group.arm]:
            lines.setdefault("cnn-aug" if group.arm == "cnn" else group.arm, []).append(group)
    return tuple(
        (arm, tuple(sorted(groups, key=lambda g: g.examples))) for arm, groups in lines.items()
    )


def map_figure(
    title: str,
    embedding: EmbeddingRecord,
    categories: Sequence[tuple[int, str]],
    scheme: ClassScheme,
    simulated: bool,
) -> Figure:
    """One network's t-SNE map; `categories` pairs lesion ids with class codes."""
    drawing, (ax,) = _new(3.6, 3.2, 1)
    known = dict(categories)
    for category in scheme.categories:
        for augmented in (True, False):
            points = [
                p
                for p in embedding.points
                if known.get(p.lesion_id) == category.code and p.augmented == augmented
            ]
            ax.plot(
                [p.x for p in points], [p.y for p in points], MARKERS.get(category.marker, "o"),
                color=category.print_color, ms=2 if augmented else 5,
                alpha=0.3 if augmented else 1.0, mec="none",
                label=None if augmented else f"{_plain(category.name)} {len(points)}",
            )  # fmt: skip
    ax.set_xticks([])
    ax.set_yticks([])
    ax.legend(fontsize=6, frameon=False)
    measured = (map_quality(embedding.measures), map_settings(embedding.measures))
    words = "; ".join(part for part in measured if part)
    note = f"Small = augmentations. Distances between groups carry no meaning. {words}".strip()
    return _finish(drawing, title, 360, note, simulated)


def _new(width: float, height: float, panels: int) -> tuple[Drawing, list[Axes]]:
    from matplotlib.figure import Figure as NewDrawing

    drawing = NewDrawing(figsize=(width, height), dpi=200, layout="constrained")
    axes = [drawing.add_subplot(1, panels, i + 1) for i in range(panels)]
    for ax in axes:
        ax.tick_params(labelsize=7, colors=GREY)
        ax.grid(color=LINE, lw=0.6)
        ax.set_axisbelow(True)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            ax.spines[side].set_color(GREY)
    return drawing, axes


def _plain(text: str) -> str:
    """Names as they are: matplotlib must not read `$` as mathematics."""
    return text.replace("$", r"\$")


def _finish(drawing: Drawing, title: str, width: int, note: str, simulated: bool) -> Figure:
    if simulated:
        drawing.suptitle("simulated", fontsize=7, color="#6a63a8", x=0.99, ha="right")
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", metadata={"Software": None})
    source = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    inches = drawing.get_size_inches()
    height = round(width * inches[1] / inches[0])
    return Figure(title, source, width, height, note, simulated)
