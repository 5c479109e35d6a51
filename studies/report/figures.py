"""Figures of the report: networks here, readers in a file of their own.

Classes keep colour and marker shape of the scheme's print palette.
"""

from __future__ import annotations

from collections.abc import Sequence

from studies.learning import EmbeddingRecord
from studies.records import ClassScheme
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.drawing import Figure, arm_look, finish, new_drawing, plain
from studies.report.paper import FIGURE_8
from studies.report.reader_figures import interval_figure, roc_figure
from studies.report.sentences import map_quality, map_settings

__all__ = [
    "Figure",
    "accuracy_curves",
    "accuracy_figure",
    "interval_figure",
    "map_figure",
    "roc_figure",
]

MARKERS = {
    "circle": "o", "triangle": "^", "square": "s", "diamond": "D", "star": "*", "cross": "X",
}  # fmt: skip


def accuracy_figure(results: ClassifierResults) -> Figure | None:
    """Accuracy by examples added, the paper's stated points as hollow diamonds."""
    if not results.groups:
        return None
    drawing, (ax,) = new_drawing(7.4, 3.0, 1)
    for i, (arm, groups) in enumerate(accuracy_curves(results)):
        color, dash, marker = arm_look(arm, i)
        x = [g.examples for g in groups]
        y = [100 * g.accuracy.estimate for g in groups]
        low = [v - 100 * g.accuracy.low for v, g in zip(y, groups, strict=True)]
        high = [100 * g.accuracy.high - v for v, g in zip(y, groups, strict=True)]
        label = "CNN and CNN-AUG" if arm == "cnn-aug" else groups[0].name
        ax.errorbar(
            x, y, [low, high], color=color, ls=dash, marker=marker, lw=1.5, ms=5,
            capsize=0, elinewidth=0.9, label=plain(label),
        )  # fmt: skip
    ax.plot(
        [p.examples for p in FIGURE_8], [p.percent for p in FIGURE_8], "D", mfc="none",
        mec="#8a6d00", ms=7, label="the paper",
    )  # fmt: skip
    ax.set_xlabel("examples added a fold", fontsize=7)
    ax.set_ylabel("total accuracy, %", fontsize=7)
    ax.legend(fontsize=7, frameon=False, loc="lower right")
    note = "Bar = Wilson's 95 % interval of the first seed; diamonds = the paper's stated points."
    return finish(drawing, "Accuracy by augmentation group", 740, note, results.simulated)


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
    drawing, (ax,) = new_drawing(3.6, 3.2, 1)
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
                label=None if augmented else f"{plain(category.name)} {len(points)}",
            )  # fmt: skip
    ax.set_xticks([])
    ax.set_yticks([])
    ax.legend(fontsize=6, frameon=False)
    measured = (map_quality(embedding.measures), map_settings(embedding.measures))
    words = "; ".join(part for part in measured if part)
    note = f"Small = augmentations. Distances between groups carry no meaning. {words}".strip()
    return finish(drawing, title, 360, note, simulated)
