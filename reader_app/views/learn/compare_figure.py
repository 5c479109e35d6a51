"""Overlaid curves of several runs as a figure to save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader_app.widgets.curve_content import CardContent
from reader_app.widgets.figure_look import print_line

if TYPE_CHECKING:  # drawing is imported when something is saved
    from studies.report.drawing import Figure


def overlay_figure(names: tuple[str, ...], content: CardContent) -> Figure | None:
    """The card on white, each line named by its run; None where nothing was drawn."""
    from studies.report.window_figures import Axes, line_figure

    drawn = [(name, one) for name, one in zip(names, content.series, strict=True) if len(one.x)]
    if not drawn:
        return None
    lines = tuple(print_line(name, one.x, one.y, one.look) for name, one in drawn)
    points = sum(len(one.x) for _, one in drawn)
    return line_figure(
        f"runs compared, {content.title.lower()}",
        f"{content.title} of {len(drawn)} runs",
        Axes(content.x_name, content.title),
        lines,
        f"As told while they trained; {points} points.",
    )
