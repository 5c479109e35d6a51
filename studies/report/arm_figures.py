"""Flowcharts of what was trained: the paper's Fig. 4 (generators) and Fig. 7 (arms)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studies.report.arms import arm_name
from studies.report.classifier import ClassifierResults, GroupResult
from studies.report.drawing import Figure, arm_look, drawn
from studies.report.flow_figure import box
from studies.report.pictures import GeneratorTraining
from studies.report.svg import GREY, Canvas

_DATA, _MADE, _NET = "#f3f4f6", "#e7e3f2", "#dbe8f3"
_LANE = 52.0  # px an arm
_A_FIGURE = 10  # arms: so many fit a page


@dataclass(frozen=True)
class ArmCounts:
    """The numbers at the head of the flowchart: lesions, patients, ROIs of each fold."""

    lesions: int
    patients: int
    folds: tuple[int, ...]
    synthetic: int


def arm_figures(results: ClassifierResults, counts: ArmCounts) -> tuple[Figure, ...]:
    """Fig. 7: the arms as they were run, with this study's counts; none without a classifier.

    Many arms are parted in figures with letters, so that each fits a page.
    """
    arms = tuple(dict.fromkeys(g.arm for g in results.groups))
    parts = [arms[k : k + _A_FIGURE] for k in range(0, len(arms), _A_FIGURE)]
    if len(parts) == 1:
        return (_arm_figure("figure_7", "Figure 7", parts[0], results, counts),)
    return tuple(
        _arm_figure(f"figure_7_{letter}", f"Figure 7 ({letter})", part, results, counts)
        for letter, part in zip("abcdefgh", parts, strict=False)
    )


def _arm_figure(
    key: str, number: str, arms: Sequence[str], results: ClassifierResults, counts: ArmCounts
) -> Figure:
    high = max(_LANE * len(arms), 120.0)
    canvas = Canvas(740, high + 16)
    middle = 8 + high / 2
    box(canvas, (6, middle - 26), (104, 52),
        f"{counts.lesions} lesions of {counts.patients} patients", fill=_DATA)  # fmt: skip
    folds = " / ".join(map(str, counts.folds)) or "–"
    words = f"{len(counts.folds)} folds by patient: {folds} ROIs"
    box(canvas, (132, middle - 26), (104, 52), words, fill=_DATA)
    canvas.arrow((110, middle), (132, middle))
    for k, arm in enumerate(arms):
        y = 8 + (high - _LANE * len(arms)) / 2 + _LANE * (k + 0.5)
        _joint(canvas, middle, y)
        shown = next(g for g in results.chosen if g.arm == arm)
        _arm_lane(canvas, y, shown, [g for g in results.groups if g.arm == arm], k)
    note = (
        "Every arm trains on the ROIs of all folds but one, with what it adds, and is tested on "
        "that one. Accuracy of the group shown in the tables, first seed, out of fold, Wilson's "
        "95 % interval."
    )
    rows = tuple(
        (g.name, g.group, str(len(g.seeds)), str(sum(len(s.folds) for s in g.seeds)))
        for g in results.groups
        if g.arm in arms
    )
    title = f"{number}. The experiment as it was run"
    columns = ("Arm", "Group", "Seeds", "Runs")
    return drawn(canvas, key, title, note, simulated=results.simulated, columns=columns,
                 rows=rows)  # fmt: skip


def _joint(canvas: Canvas, middle: float, y: float) -> None:
    canvas.line((236, middle), (246, middle))
    canvas.line((246, middle), (246, y))
    canvas.arrow((246, y), (262, y))


def _arm_lane(
    canvas: Canvas,
    y: float,
    shown: GroupResult,
    groups: Sequence[GroupResult],
    place: int,
) -> None:
    arm, a = shown.arm, shown.accuracy
    color = arm_look(arm, place)[0]
    added = sorted({(g.classic, g.synthetic) for g in groups})
    makes = any(made for _, made in added) and arm != "cnn-extra"
    box(canvas, (262, y - 21), (172, 42), _added_words(arm, added),
        fill=_MADE if makes else _DATA, px=9)  # fmt: skip
    canvas.arrow((434, y), (450, y))
    runs = sum(len(s.folds) for g in groups for s in g.seeds)
    words = f"{arm_name(arm)}: {runs} run{'s' if runs != 1 else ''}"
    box(canvas, (450, y - 21), (132, 42), words, fill=_NET, edge=color, px=9)
    canvas.arrow((582, y), (598, y))
    interval = a.interval.replace(" ", "\u00a0")
    score = f"{a.successes}/{a.n} = {a.percent} % {interval}"
    box(canvas, (598, y - 21), (136, 42), score, edge=color, px=9)


def _added_words(arm: str, added: Sequence[tuple[int, int]]) -> str:
    if arm == "cnn-fly":
        return "augmented anew at every step"
    classic, made = sorted({c for c, _ in added}), sorted({s for _, s in added})
    parts = []
    if classic != [0]:
        parts.append(f"+ {_listed(classic)} classic augmentations a fold")
    if made != [0]:
        kind = "images of extra cases" if arm == "cnn-extra" else "synthetic ROIs"
        parts.append(f"+ {_listed(made)} {kind} a fold")
    return " ".join(parts) or "the originals alone"


def _listed(values: Sequence[int]) -> str:
    shown = [f"{v:,}" for v in values]
    if len(shown) > 4:
        return f"{shown[0]} to {shown[-1]} ({len(shown)} groups)"
    return " / ".join(shown)


def generator_figure(
    generators: Sequence[GeneratorTraining], classes: Sequence[str], *, simulated: bool
) -> Figure | None:
    """Fig. 4: how each kind of generator was trained, with counts; None without one."""
    if not generators:
        return None
    high = 128.0
    canvas = Canvas(740, high * len(generators) + 4)
    for k, one in enumerate(generators):
        _generator_lane(canvas, high * k, one, classes, "abcdefgh"[k % 8])
    note = (
        "z: random numbers. G makes images, D tells real from synthetic; both learn from D's "
        "answer. Runs, images and steps are those of this study."
    )
    rows = tuple(
        (arm_name(one.kind), str(one.runs), str(one.classic), one.steps) for one in generators
    )
    columns = ("Generator", "Runs", "Augmented images a fold", "Steps")
    title = "Figure 4. Training of the generators"
    return drawn(canvas, "figure_4", title, note, simulated=simulated, columns=columns,
                 rows=rows)  # fmt: skip


def _generator_lane(
    canvas: Canvas, top: float, one: GeneratorTraining, classes: Sequence[str], letter: str
) -> None:
    runs = f"{one.runs} run{'s' if one.runs != 1 else ''}"
    way = "all classes in one network" if one.is_conditional else "one network a class"
    trained = f"originals and {one.classic:,} augmented a fold" if one.classic else "originals"
    head = f"({letter}) {arm_name(one.kind)}: {way}, {runs}, {one.steps}"
    canvas.text((8, top + 15), head, 10.5, bold=True, room=724)
    upper, lower = top + 30, top + 78
    z = "z and class" if one.is_conditional else "z"
    box(canvas, (20, upper), (90, 34), z, fill=_DATA)
    box(canvas, (150, upper), (110, 34), "generator G", fill=_MADE)
    box(canvas, (300, upper), (120, 34), "synthetic ROI")
    words = f"{', '.join(classes)}: {trained}" if one.is_conditional else f"one class: {trained}"
    box(canvas, (150, lower), (270, 38), f"real ROIs ({words})", fill=_DATA, px=8.5)
    box(canvas, (470, upper + 20), (120, 40), "discriminator D", fill=_NET)
    canvas.arrow((110, upper + 17), (150, upper + 17))
    canvas.arrow((260, upper + 17), (300, upper + 17))
    canvas.arrow((420, upper + 17), (470, upper + 34))
    canvas.arrow((420, lower + 19), (470, upper + 48))
    ends = ["real or synthetic?"]
    if one.kind.startswith("acgan"):
        ends.append("which class?")
    for k, words in enumerate(ends):
        y = upper + 40 + (k - (len(ends) - 1) / 2) * 38
        canvas.arrow((590, upper + 40), (618, y), GREY)
        box(canvas, (618, y - 16), (114, 32), words, px=9)
