"""How the report draws: print colours, PNG data addresses; matplotlib is imported here only."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

INK, GREY, LINE, BLUE = "#1b1f23", "#59636e", "#d7dce1", "#0072b2"
_ARM_LOOKS = (
    ("cnn-aug", ("#59636e", "-", "o")),
    ("cnn-aug-gan", ("#0072b2", "-", "^")),
    ("cnn-extra", ("#00705a", "--", "s")),
    ("cnn-aug-acgan", ("#a3408b", ":", "D")),
    ("cnn-aug-cda", ("#b04a00", "-.", "v")),
)
_OTHER_LOOKS = (("#8a6d00", "--", "P"), ("#6a63a8", ":", "X"), ("#1b1f23", "-.", "*"))


def arm_look(arm: str, place: int) -> tuple[str, str, str]:
    """Colour, dash and marker of an arm, the same in every figure; others by their place."""
    return dict(_ARM_LOOKS).get(arm, _OTHER_LOOKS[place % len(_OTHER_LOOKS)])


@dataclass(frozen=True)
class Figure:
    """A picture for an HTML page: `source` is a data address, the size in CSS px."""

    title: str
    source: str
    width: int
    height: int
    note: str
    simulated: bool = False


def new_drawing(width: float, height: float, panels: int) -> tuple[Drawing, list[Axes]]:
    """A drawing of so many inches with panels side by side, in the report's style."""
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


def plain(text: str) -> str:
    """Names as they are: matplotlib must not read `$` as mathematics."""
    return text.replace("$", r"\$")


def finish(drawing: Drawing, title: str, width: int, note: str, simulated: bool) -> Figure:
    """The drawing as a figure `width` CSS px wide, marked where simulated."""
    if simulated:
        drawing.suptitle("simulated", fontsize=7, color="#6a63a8", x=0.99, ha="right")
    buffer = io.BytesIO()
    drawing.savefig(buffer, format="png", metadata={"Software": None})
    source = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
    inches = drawing.get_size_inches()
    height = round(width * inches[1] / inches[0])
    return Figure(title, source, width, height, note, simulated)
