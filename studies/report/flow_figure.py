"""The flow of inclusions and exclusions as boxes and arrows (STARD item 19)."""

from __future__ import annotations

from collections.abc import Sequence

from studies.report.drawing import Figure, drawn
from studies.report.flow import Flow, FlowStep
from studies.report.lettering import wrapped
from studies.report.svg import GREY, Canvas

_MOST_READ = 12  # lines of the last box
_STEP, _BOX = 62.0, 34.0  # px from box to box, and of a box
_LEFT, _RIGHT, _WIDE = 10.0, 400.0, 200.0


def flow_figure(flow: Flow) -> Figure:
    """Boxes downwards, what left beside the arrows, what each reader read in the last box."""
    real, synthetic, read = flow.real, flow.synthetic, _read_lines(flow)
    depth = max(len(real) + 1, len(synthetic))
    foot = 14.0 + depth * _STEP
    canvas = Canvas(740, foot + (18 + 14 * len(read) if read else -20))
    words = f"{flow.cases} cases of {flow.patients} patients imported"
    box(canvas, (_LEFT, 6), (_WIDE, _BOX), words)
    _column(canvas, _LEFT, real, 1, joined=True)
    _column(canvas, _RIGHT, synthetic, depth - len(synthetic), joined=False)
    if read:
        canvas.rect((90, foot), (560, 10 + 14 * len(read)))
        for k, line in enumerate(read):
            canvas.text((370, foot + 16 + 14 * k), line, 9.5, anchor="middle", room=540)
        for x in (_LEFT + _WIDE / 2, _RIGHT + _WIDE / 2):
            canvas.arrow((x, 6 + (depth - 1) * _STEP + _BOX), (x, foot))
    note = "Left out of the next step: beside the arrows. Counts of the study as it stands."
    title = "Flow of inclusions and exclusions, drawn"
    return drawn(canvas, "flow_drawn", title, note, simulated=flow.simulated)


def box(
    canvas: Canvas,
    corner: tuple[float, float],
    size: tuple[float, float],
    words: str,
    *,
    px: float = 9.5,
    fill: str = "#ffffff",
    edge: str = GREY,
) -> None:
    """A box with its words in the middle, in as many lines as fit."""
    (x, y), (width, height) = corner, size
    canvas.rect(corner, size, fill, edge=edge)
    lines = wrapped(words, px, width - 10)[: max(1, int(height // (1.25 * px)))]
    first = y + height / 2 - 0.62 * px * (len(lines) - 1) + 0.35 * px
    for k, line in enumerate(lines):
        canvas.text((x + width / 2, first + 1.24 * px * k), line, px, anchor="middle", room=width)


def _read_lines(flow: Flow) -> list[str]:
    lines = [f"{reader}: {given} of {planned} ROIs read" for reader, given, planned in flow.read]
    shown = lines if len(lines) <= _MOST_READ else lines[: _MOST_READ - 1]
    more = len(lines) - len(shown)
    return [*shown, f"and {more} readings more"] if more else shown


def _column(canvas: Canvas, x: float, steps: Sequence[FlowStep], row: int, *, joined: bool) -> None:
    middle = x + _WIDE / 2
    for k, step in enumerate(steps):
        y = 6 + (row + k) * _STEP
        box(canvas, (x, y), (_WIDE, _BOX), f"{step.words}: {step.count}")
        if k or joined:
            canvas.arrow((middle, y - _STEP + _BOX), (middle, y))
        for at, line in enumerate(_left_lines(step, 740 - middle - 12 if not joined else 270)):
            canvas.text((middle + 8, y + _BOX + 12 + 10 * at), line, 8.5, color=GREY)


def _left_lines(step: FlowStep, room: float) -> tuple[str, ...]:
    words = "; ".join(f"{words}: {count}" for words, count in step.left)
    return wrapped(words, 8.5, room)[:2] if words else ()
