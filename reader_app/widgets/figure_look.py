"""The window's looks in print: dark on white, the same dash and the same marker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reader_app.widgets.plots import LineLook
from reader_app.widgets.theme import PALETTE

if TYPE_CHECKING:
    from studies.report.window_figures import Line

GREY, INK = "#59636e", "#1b1f23"  # those of the report's figures

_PRINT: tuple[tuple[str, str], ...] = (
    (PALETTE.cyst, "#d55e00"),
    (PALETTE.metastasis, "#0072b2"),
    (PALETTE.hemangioma, "#009e73"),
    (PALETTE.classic, GREY),
    (PALETTE.extra_real, "#8a6d00"),
    (PALETTE.dcgan, "#0072b2"),
    (PALETTE.conditional, "#b0428a"),
    (PALETTE.acgan, "#b04a00"),
    (PALETTE.control_arm, "#00705a"),
    (PALETTE.ok, "#3d7a2e"),
    (PALETTE.warning, "#94600a"),
    (PALETTE.error, "#b3362f"),
    (PALETTE.strong, INK),
    (PALETTE.text, INK),
    (PALETTE.hint, GREY),
)
"""What a colour of the dark window becomes on white; contrast on white at least 3:1."""


def print_color(color: str) -> str:
    """A colour of the window as it is printed; unknown ones become ink."""
    return dict(_PRINT).get(color, INK)


def print_dash(dash: tuple[float, ...]) -> str:
    """A dash pattern of the window as the report's figures name theirs: - -- : -."""
    if not dash:
        return "-"
    if len(dash) > 2:
        return "-."
    return "--" if dash[0] > 3 else ":"


def print_line(
    name: str,
    x: Sequence[float],
    y: Sequence[float],
    look: LineLook,
    low: Sequence[float] = (),
    high: Sequence[float] = (),
) -> Line:
    """A line of the window for a saved figure; `low` and `high` make its band."""
    from studies.report.window_figures import Line

    return Line(
        name,
        tuple(x),
        tuple(y),
        print_color(look.color),
        print_dash(look.dash),
        look.marker,
        tuple(low),
        tuple(high),
    )
