"""A live curve as a figure to save: the card's lines, band and events, with run and method."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reader_app.state.learn_shown import ShownRun
from reader_app.widgets.curve_content import CardContent
from reader_app.widgets.figure_look import print_line

if TYPE_CHECKING:  # drawing is imported when something is saved
    from studies.report.drawing import Figure


def figure_of(shown: ShownRun, content: CardContent, is_simulated: bool) -> Figure:
    """The card on white; n = points drawn."""
    from studies.report.window_figures import Axes, Level, Mark, line_figure

    lines = tuple(
        print_line(one.name or content.title, one.x, one.y, one.look, one.low, one.high)
        for one in content.series
    )
    levels = () if content.band is None else (Level(*content.band, content.band_name),)
    points = sum(len(one.x) for one in content.series)
    return line_figure(
        f"{content.title.lower()} of run {shown.run_id}",
        f"{content.title}: {shown.title}",
        Axes(content.x_name, " ".join(part for part in (content.title, content.hint) if part)),
        lines,
        f"{content.note} {points} points; {shown.words}.",
        levels=levels,
        marks=tuple(Mark(one.x, one.words.split(":")[0]) for one in content.events),
        simulated=is_simulated,
    )
