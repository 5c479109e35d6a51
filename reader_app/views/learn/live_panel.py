"""The run that trains (or is chosen): its curves, newest values, and Pause, Resume and Stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from reader_app.state.learn_curves import cards
from reader_app.state.learn_rows import FAILED, RunRow
from reader_app.state.learn_shown import ShownRun
from reader_app.state.learn_state import LearnState
from reader_app.views.learn.curve_card import CurveCard
from reader_app.views.learn.curve_figure import figure_of
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.curve_content import CardContent
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import SPACE

if TYPE_CHECKING:  # drawing is imported when something is saved
    from studies.report.drawing import Figure

REDRAW_MS = 200
"""Curves are redrawn at most this often, however fast numbers arrive."""
PAUSE = "Stop after this step, keep the state and give the processor back; Resume goes on exactly"
STOP = "End this run here; it keeps its curves, samples and state. Those that wait go on"
RESUME = "Go on from the step it was stopped at, to the same weights as if it never had been"


class LivePanel(Panel):
    """Loss, discriminator, KID and diversity of a generator; loss and accuracy of a classifier."""

    def __init__(self, state: LearnState) -> None:
        super().__init__("No run yet", "its curves appear here while it trains")
        self._state = state
        self._make_head()
        self.cards: tuple[CurveCard, ...] = ()
        self._places = tuple(QWidget() for _ in range(4))
        self._frames = QHBoxLayout()
        self._frames.setSpacing(SPACE[2])
        for place in self._places:
            self._frames.addWidget(place, 1)
        self.body.setContentsMargins(SPACE[3], SPACE[1], SPACE[2], SPACE[2])
        self.body.addLayout(self._frames, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._redraw)
        self._making = QTimer(self)
        self._making.setSingleShot(True)
        self._making.timeout.connect(self._make_card)
        self._making.start()
        state.runs.live_changed.connect(self._soon)
        state.runs.changed.connect(self._soon)
        state.training.changed.connect(self._soon)
        self._redraw()

    def _make_head(self) -> None:
        self.badge = Badge("", "neutral")
        self.words = ElidedLabel("", "hint")
        self.pause = button("Pause", small=True, icon="pause", tooltip=PAUSE)
        self.resume = button("Resume", small=True, icon="play", tooltip=RESUME)
        self.stop = button("Stop", small=True, icon="stop", tooltip=STOP)
        self.pause.clicked.connect(self._state.training.pause)
        self.stop.clicked.connect(self._state.training.stop)
        self.resume.clicked.connect(self._go_on)
        for widget in (self.badge, self.words, self.pause, self.resume, self.stop):
            self.add_head(widget)

    def _go_on(self) -> None:
        row = self._resumable()
        self._state.training.resume(row.ids if row is not None else ())

    def _row(self) -> RunRow | None:
        """The shown run's row in the table."""
        shown = self._state.runs.shown
        rows = (row for row in self._state.runs.rows if shown and shown.run_id in row.ids)
        return next(rows, None)

    def _resumable(self) -> RunRow | None:
        """The shown run's row where it was paused, stopped or failed."""
        row = self._row()
        return row if row is not None and row.can_go_on else None

    def _figure(self, content: CardContent) -> Figure | None:
        shown = self._state.runs.shown
        if shown is None or not any(len(one.x) for one in content.series):
            return None
        return figure_of(shown, content, self._state.is_simulated)

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _make_card(self) -> None:
        """One a turn of the event loop: a plot takes a while to make."""
        at = len(self.cards)
        card = CurveCard(self._state.figures, self._figure)
        self._frames.replaceWidget(self._places[at], card)  # and only then shown
        self._places[at].deleteLater()
        self._places = (*self._places[:at], card, *self._places[at + 1 :])
        self.cards = (*self.cards, card)
        self._show_cards()
        if len(self.cards) < len(self._places):
            self._making.start()

    def _redraw(self) -> None:
        shown = self._drawn()
        self._show_buttons()
        self.badge.setVisible(shown is not None)
        if shown is None:
            self.set_title("No run yet")
            self.set_hint("its curves appear here while it trains")
            self.words.show_whole("")
        else:
            self._show_head(shown)
        self._show_cards()

    def _drawn(self) -> ShownRun | None:
        """The shown run as it is drawn."""
        whole = self._state.runs.shown
        return whole.drawn if whole is not None else None

    def _show_cards(self) -> None:
        """What the cards that are made show; those still to come keep their places."""
        for place, content in zip(self._places, cards(self._drawn()), strict=True):
            place.setVisible(content is not None)
            if content is not None and isinstance(place, CurveCard):
                place.show_content(content)

    def _show_head(self, shown: ShownRun) -> None:
        self.set_title(shown.title)
        self.set_hint(shown.hint)
        self.badge.set(*shown.badge)
        row = self._row()
        failure = row.message if row is not None and row.state == FAILED else ""
        said = shown.reason or failure or "What the watchdog says of it, or how it ended"
        self.badge.setToolTip(said)
        self.words.show_whole(failure or shown.words)

    def _show_buttons(self) -> None:
        training = self._state.training
        runs_now = self._state.runs.running != 0 and training.is_busy
        self.pause.setVisible(runs_now)
        self.pause.set_enabled_because(not training.is_pausing, "The step at hand is being ended")
        self.stop.setVisible(runs_now)
        self.stop.set_enabled_because(not training.is_pausing, "The step at hand is being ended")
        self.resume.setVisible(
            not training.is_busy and (training.is_paused or self._resumable() is not None)
        )
