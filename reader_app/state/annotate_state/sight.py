"""What is said about the line on show: its ROI twin, measures and warnings. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from reader_app.state.annotate_state import measures
from reader_app.state.annotate_state.measures import Measures, Twin
from studies.imaging.volume import Slice
from studies.records import ContourRecord, Points, SeriesRecord


@dataclass(frozen=True)
class Ground:
    """The slice under a line, and the study's ROI window in HU."""

    series: SeriesRecord
    shown: Slice
    low: float
    high: float


class Sight:
    """Keeps what was said of lines shown of late; a line under the hand is looked at anew."""

    def __init__(self) -> None:
        self.twin: Twin | None = None
        self.measures: Measures | None = None
        self.warnings: tuple[str, ...] = ()
        self._looks = measures.Looks()
        self._gaps_px: dict[int, float] = {}

    def keep_gap(self, margin_id: int, gap_px: float) -> None:
        """How far the line of a margin drawn in this session was from closing."""
        self._gaps_px[margin_id] = gap_px

    def look_at_draft(self, points: Points, ground: Ground | None) -> None:
        """A line that is still being drawn: of three points or more; nothing warns of it yet."""
        self._forget()
        if ground is not None and len(points) >= 3:
            found = measures.look(points, ground.series, ground.shown, ground.low, ground.high)
            self.twin, self.measures = found.twin, found.measures

    def look_at(
        self, points: Points, ground: Ground | None, margin: ContourRecord | None = None
    ) -> None:
        """The line on show; with `margin`, the saved one that it is, also what is odd about it."""
        self._forget()
        if ground is None or not points:
            return
        found = self._looks.at(points, ground.series, ground.shown, ground.low, ground.high)
        self.twin, self.measures = found.twin, found.measures
        if margin is not None:
            gap_px = self._gaps_px.get(margin.id, 0.0)
            self.warnings = self._looks.warnings(margin.points, ground.series, ground.shown, gap_px)

    def _forget(self) -> None:
        self.twin = self.measures = None
        self.warnings = ()
