"""The lines on the desk: which margins this author may see, and what is said of the one on show."""

from __future__ import annotations

from reader_app.state.annotate_state.desk import Desk
from reader_app.state.annotate_state.margins import (
    ShownMargin,
    Whereabouts,
    shown_margins,
    whereabouts,
)
from reader_app.state.annotate_state.measures import Measures, Twin
from reader_app.state.annotate_state.sight import Ground, Sight
from studies import cases
from studies.records import Points, SeriesRecord

ONLY_MINE = "annotate/only_mine"


class Lines(Desk):
    """The desk with its margins, ROI twin and measures: everything but the edits."""

    def _reset(self) -> None:
        super()._reset()
        self._margins: tuple[ShownMargin, ...] = ()
        self._draft: Points = ()
        self._sight = Sight()
        self.whereabouts: Whereabouts | None = None
        """Where to look for a lesion whose margin this author must not see yet."""

    # --- what lies there --------------------------------------------------------------------

    @property
    def twin(self) -> Twin | None:
        """The ROI of the line on show, or under the hand."""
        return self._sight.twin

    @property
    def measures(self) -> Measures | None:
        """Its sizes and values."""
        return self._sight.measures

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the chosen margin, the gravest first."""
        return self._sight.warnings

    @property
    def margins(self) -> tuple[ShownMargin, ...]:
        """Margins of the whole series."""
        return self._margins

    @property
    def slice_margins(self) -> tuple[ShownMargin, ...]:
        """Margins of the slice on show."""
        return self._margins_on(self._index)

    def _margins_on(self, index: int) -> tuple[ShownMargin, ...]:
        return tuple(m for m in self._margins if m.margin.slice_index == index)

    @property
    def chosen_margin(self) -> ShownMargin | None:
        """The chosen lesion's margin on the slice on show."""
        return next((m for m in self.slice_margins if m.is_chosen), None)

    @property
    def only_mine(self) -> bool:
        """Other persons' margins stay hidden, by choice or because this author draws blinded."""
        return self.is_blinded or self._hides_others

    @property
    def _hides_others(self) -> bool:
        return bool(self._eyes) and self._settings.flag(ONLY_MINE)

    def show_only_mine(self, on: bool) -> None:
        """Hide other persons' margins, or show them where this author may see them."""
        if not self.is_blinded and on != self.only_mine:
            self._settings.set(ONLY_MINE, on)
            self._tell_edited()

    def set_draft(self, points: Points) -> None:
        """The line under the hand; ROI twin and measures follow it."""
        if points != self._draft:
            self._draft = points
            self._look()
            self.twin_changed.emit()

    # --- keeping up -------------------------------------------------------------------------

    def _load_margins(self) -> None:
        series = self.series
        self.whereabouts = None
        if series is None:
            self._margins = ()
            return
        found = cases.contours(self._store(), series_id=series.id)
        self._margins = shown_margins(
            found,
            self._all.lesions,
            self._eyes,
            self._lesion_id,
            self.scheme,
            None if self._hides_others else self._all.who,
        )
        if self.is_blinded and not any(one.is_chosen and one.is_own for one in self._margins):
            self.whereabouts = whereabouts(found, self._lesion_id)

    def _show_series(self, series: SeriesRecord | None, index: int | None) -> None:
        self._draft = ()
        super()._show_series(series, index)

    def _look(self) -> None:
        """Look at the line under the hand, else at the one on show."""
        series, shown, study = self.series, self._shown, self._study.study
        ground = None
        if series is not None and shown is not None and study is not None:
            ground = Ground(series, shown, study.window_low, study.window_high)
        if len(self._draft) >= 3:
            self._sight.look_at_draft(self._draft, ground)
        else:
            chosen = self.chosen_margin
            margin = chosen.margin if chosen and not self._draft else None
            self._sight.look_at(self._line_on_show(), ground, margin)

    def _line_on_show(self) -> Points:
        """The line that twin and measures are of while none is drawn."""
        chosen = self.chosen_margin
        return chosen.margin.points if chosen else ()
