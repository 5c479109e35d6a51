"""The run that trains (or is chosen): its curves, newest values and Cancel."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout

from reader_app.state.learn_curves import cards
from reader_app.state.learn_state import LearnState
from reader_app.views.learn.curve_card import CurveCard
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import SPACE

REDRAW_MS = 200
"""Curves are redrawn at most this often, however fast numbers arrive."""


class LivePanel(Panel):
    """Three cards: loss, KID and diversity of a generator; loss and accuracy of a classifier."""

    def __init__(self, state: LearnState) -> None:
        super().__init__("No run yet", "its curves appear here while it trains")
        self._state = state
        self.badge = Badge("", "neutral")
        self.words = label("", "hint")
        self.cancel = button(
            "Cancel", small=True, icon="stop", tooltip="Stop training; finished runs are kept"
        )
        self.cancel.clicked.connect(state.cancel)
        for widget in (self.badge, self.words, self.cancel):
            self.add_head(widget)
        self.cards = tuple(CurveCard() for _ in range(3))
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        for card in self.cards:
            row.addWidget(card, 1)
        self.body.setContentsMargins(SPACE[1], SPACE[2], SPACE[3], SPACE[1])
        self.body.addLayout(row, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self._redraw)
        state.runs.live_changed.connect(self._soon)
        state.recipe_changed.connect(self._soon)
        self._redraw()

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _redraw(self) -> None:
        shown = self._state.runs.shown
        self.cancel.setVisible(self._state.is_training)
        self.badge.setVisible(shown is not None)
        if shown is None:
            self.set_title("No run yet")
            self.set_hint("its curves appear here while it trains")
            self.words.setText("")
        else:
            self.set_title(shown.title)
            self.set_hint(shown.axis)
            self.badge.set(*shown.badge)
            self.words.setText(shown.words)
        for card, content in zip(self.cards, cards(shown), strict=True):
            card.setVisible(content is not None)
            if content is not None:
                card.show_content(content)
