"""The display window: CT keeps one from series to series, an image takes its own. No Qt."""

from __future__ import annotations

from studies.imaging import window
from studies.imaging.volume import Slice
from studies.records import SeriesRecord

Span = tuple[float, float]


class DisplayWindow:
    """(low, high) in the picture's values; ROIs keep the study's own window."""

    def __init__(self) -> None:
        self.span: Span = (window.PRESETS[0].low, window.PRESETS[0].high)
        self.hu_span: Span = self.span
        """The one that CT in HU was seen in last."""

    def set(self, low: float, high: float, *, has_hu: bool) -> None:
        """Use a window."""
        self.span = low, high
        if has_hu:
            self.hu_span = self.span

    def of(self, series: SeriesRecord, shown: Slice) -> Span:
        """That of a series when it comes on show: CT's last one; else the slice's percentiles."""
        return self.hu_span if series.has_hu else window.auto(shown.pixels, shown.padding)
