"""Figures of ROIs: the paper's Fig. 1 (data and extraction), 3 (augmentation), 6 (synthetic)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from studies.records import Category, ClassScheme, FloatArray, Points, SyntheticRoiRecord
from studies.report.drawing import Figure, drawn, png_of
from studies.report.pictures import AugmentedRoi, AugmentedRow
from studies.report.svg import GREY, INK, Canvas

_ROI = 66.0  # px of an ROI in Fig. 1 and 6
_SMALL = 62.0  # px of an ROI in Fig. 3
_SLICE = 200.0  # px of the slice's longer side


@dataclass(frozen=True)
class Extraction:
    """How one ROI came about: `slice_levels` (rows, columns) 0..1, margin and box in its px."""

    category: str
    slice_levels: FloatArray = field(repr=False, compare=False)
    spacing: tuple[float, float]  # mm between rows and between columns
    margin: Points = field(repr=False)
    box: tuple[float, float, float, float]  # left, top, right, bottom
    roi: FloatArray = field(repr=False, compare=False)
    diameter: str
    side: str


@dataclass(frozen=True)
class ClassExamples:
    """ROIs of one class, each with its size in words."""

    category: str
    images: tuple[FloatArray, ...] = field(repr=False, compare=False)
    words: tuple[str, ...]
    total: int


def example_figure(
    examples: Sequence[ClassExamples],
    extraction: Extraction | None,
    scheme: ClassScheme,
    *,
    simulated: bool,
) -> Figure | None:
    """Fig. 1: ROIs a class, and one slice with margin, box and ROI; None without ROIs."""
    if not examples:
        return None
    most = max(len(one.images) for one in examples)
    row = _ROI + 24
    top = 22 + row * len(examples)
    canvas = Canvas(max(620.0, 90 + (_ROI + 10) * most), top + (_SLICE + 66 if extraction else 0))
    canvas.text((8, 14), "(a) Examples of each class", 10.5, bold=True)
    for k, one in enumerate(examples):
        _class_row(canvas, 24 + row * k, one, scheme.category(one.category))
    if extraction:
        canvas.text((8, top + 14), "(b) From the slice to the ROI", 10.5, bold=True)
        _extraction(canvas, top + 26, extraction, scheme.category(extraction.category))
    counts = ", ".join(f"{one.total} {scheme.category(one.category).name}" for one in examples)
    note = (
        f"(a) ROIs of the smallest to the largest lesion of each class ({counts}), as CNN, GANs "
        "and readers see them, 64 × 64 px. "
    )
    if extraction:
        note += (
            "(b) Key slice, the margin that was drawn, the square around it, and the ROI that is "
            "sampled once from the native pixels."
        )
    return drawn(
        canvas, "figure_1", "Figure 1. Examples and ROI extraction", note, simulated=simulated
    )


def _class_row(canvas: Canvas, top: float, one: ClassExamples, category: Category) -> None:
    canvas.marker((14, top + _ROI / 2 - 3), category.marker, category.print_color, 8)
    canvas.text((22, top + _ROI / 2), category.name, 9.5, room=66)
    for k, (image, words) in enumerate(zip(one.images, one.words, strict=True)):
        left = 90 + (_ROI + 10) * k
        canvas.image((left, top), (_ROI, _ROI), png_of(image))
        middle = (left + _ROI / 2, top + _ROI + 12)
        canvas.text(middle, words, 8.5, color=GREY, anchor="middle", room=_ROI + 8)


def _extraction(canvas: Canvas, top: float, one: Extraction, category: Category) -> None:
    rows, columns = one.slice_levels.shape
    high, wide = rows * (one.spacing[0] or 1.0), columns * (one.spacing[1] or 1.0)
    scale = _SLICE / max(high, wide)
    width, height = wide * scale, high * scale
    px = (width / columns, height / rows)

    def place(x: float, y: float) -> tuple[float, float]:
        return (8 + x * px[0], top + y * px[1])

    canvas.image((8, top), (width, height), png_of(one.slice_levels))
    points = [place(x, y) for x, y in one.margin]
    canvas.polyline([*points, points[0]], "#ffffff", 3)
    canvas.polyline([*points, points[0]], category.print_color, 1.6)
    (left, up), (right, down) = place(*one.box[:2]), place(*one.box[2:])
    canvas.rect((left, up), (right - left, down - up), edge="#ffffff", width=1.4, dash="--")
    canvas.text((8, top + height + 13), "key slice, margin and square", 8.5, color=GREY)
    _close_up(canvas, top, one, category)


def _close_up(canvas: Canvas, top: float, one: Extraction, category: Category) -> None:
    """The square enlarged with the margin, an arrow, the ROI."""
    side, left = 140.0, 8 + _SLICE + 30
    x0, y0, x1, y1 = one.box
    canvas.image((left, top), (side, side), png_of(one.roi))
    scale = (side / (x1 - x0), side / (y1 - y0))
    points = [(left + (x - x0) * scale[0], top + (y - y0) * scale[1]) for x, y in one.margin]
    canvas.polyline([*points, points[0]], "#ffffff", 3)
    canvas.polyline([*points, points[0]], category.print_color, 1.6)
    canvas.text((left, top + side + 13), f"margin in the square, {one.side}", 8.5, color=GREY)
    canvas.text((left, top + side + 25), f"lesion {one.diameter}", 8.5, color=GREY)
    canvas.arrow((left + side + 8, top + side / 2), (left + side + 34, top + side / 2))
    canvas.image((left + side + 42, top + side / 2 - 48), (96, 96), png_of(one.roi))
    foot = (left + side + 42, top + side / 2 + 62)
    canvas.text(foot, "ROI, 64 × 64 px", 8.5, color=GREY)


def augmentation_figure(found: AugmentedRoi, scheme: ClassScheme, *, simulated: bool) -> Figure:
    """Fig. 3: one ROI and its rotations, flips, shifts and scales."""
    row = _SMALL + 26
    most = max(len(one.images) for one in found.rows)
    canvas = Canvas(max(620.0, 190 + (_SMALL + 8) * most), 6 + row * len(found.rows))
    canvas.image((8, 8), (_ROI, _ROI), png_of(found.original))
    canvas.text((8, 8 + _ROI + 13), "the ROI", 8.5, color=GREY)
    for k, one in enumerate(found.rows):
        _augmented_row(canvas, 8 + row * k, one)
    name = scheme.category(found.category).name
    note = (
        f"One {name.lower()} ROI. Rotation, flip, shift and scale are composed into one matrix and "
        "sampled once from the native pixels: no black corners, no second interpolation. Each ROI "
        f"can give {found.per_roi} augmented images; seed {found.seed}."
    )
    rows = tuple((one.kind, words) for one in found.rows for words in one.words)
    title = "Figure 3. One ROI and its augmentations"
    return drawn(canvas, "figure_3", title, note, simulated=simulated,
                 columns=("Kind", "Parameters"), rows=rows)  # fmt: skip


def _augmented_row(canvas: Canvas, top: float, one: AugmentedRow) -> None:
    canvas.text((104, top + _SMALL / 2 - 3), one.kind, 9.5, room=84)
    canvas.text((104, top + _SMALL / 2 + 10), one.count, 8.5, color=GREY, room=84)
    for k, (image, words) in enumerate(zip(one.images, one.words, strict=True)):
        left = 188 + (_SMALL + 8) * k
        canvas.image((left, top), (_SMALL, _SMALL), png_of(image))
        middle = (left + _SMALL / 2, top + _SMALL + 11)
        canvas.text(middle, words, 8, color=GREY, anchor="middle", room=_SMALL + 7)


@dataclass(frozen=True)
class SyntheticRow:
    """Synthetic ROIs of one class by one generator, each with its nearest real ROI, if audited."""

    category: str
    generator: str
    shown: tuple[tuple[SyntheticRoiRecord, FloatArray | None], ...] = field(repr=False)
    total: int


def synthetic_figure(
    key: str,
    rows: Sequence[SyntheticRow],
    scheme: ClassScheme,
    *,
    letter: str = "",
    simulated: bool,
) -> Figure | None:
    """Fig. 6: one generator's ROIs of each class, nearest real ROI below; None for none.

    `letter`, as ` (b)`, tells one of several such figures.
    """
    if not rows:
        return None
    side = 70.0
    tall = [2 * side + 30 if any(near is not None for _, near in one.shown) else side + 24
            for one in rows]  # fmt: skip
    most = max(len(one.shown) for one in rows)
    canvas = Canvas(max(620.0, 116 + (side + 6) * most), 8 + sum(tall))
    top = 8.0
    for one, high in zip(rows, tall, strict=True):
        _synthetic_row(canvas, top, side, one, scheme.category(one.category))
        top += high
    seeds = sorted({roi.seed for one in rows for roi, _ in one.shown})
    listed = ", ".join(map(str, seeds[:4])) + (", …" if len(seeds) > 4 else "")
    note = (
        "Synthetic ROIs in the order they were drawn, none chosen by eye; below each the nearest "
        "real ROI of the audit with its normalised cross-correlation (NCC) and the verdict. "
        f"Seeds of the draws: {listed}."
    )
    data = tuple(
        (scheme.category(one.category).name, one.generator, roi.run_hash[:8], str(roi.seed),
         str(roi.index), roi.audit, "" if roi.similarity is None else f"{roi.similarity:.4f}",
         "yes" if roi.accepted else "no")
        for one in rows for roi, _ in one.shown
    )  # fmt: skip
    columns = ("Class", "Generator", "Run", "Seed", "Draw", "Audit", "NCC", "Accepted")
    title = f"Figure 6{letter}. Synthetic ROIs: {rows[0].generator}"
    return drawn(canvas, key, title, note, simulated=simulated, columns=columns, rows=data)


def _synthetic_row(
    canvas: Canvas, top: float, side: float, one: SyntheticRow, category: Category
) -> None:
    canvas.marker((14, top + side / 2 - 9), category.marker, category.print_color, 8)
    canvas.text((22, top + side / 2 - 6), category.name, 9.5, room=90)
    canvas.text((22, top + side / 2 + 7), one.generator, 8.5, color=GREY, room=90)
    canvas.text((22, top + side / 2 + 19), f"{one.total} drawn", 8.5, color=GREY, room=90)
    if any(near is not None for _, near in one.shown):
        canvas.text((22, top + 1.5 * side + 16), "nearest real", 8.5, color=GREY, room=90)
    for k, (roi, near) in enumerate(one.shown):
        left = 114 + (side + 6) * k
        canvas.image((left, top), (side, side), png_of(roi.image))
        y, words = top + side + 11, roi.audit
        if near is not None:
            canvas.image((left, top + side + 3), (side, side), png_of(near))
            y = top + 2 * side + 14
            if roi.similarity is not None:
                words = f"{roi.similarity:.2f} {roi.audit}"
        color = INK if roi.audit in ("close", "copy") else GREY
        canvas.text((left + side / 2, y), words, 8, color=color, anchor="middle", room=side + 5)
