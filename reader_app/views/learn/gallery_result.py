"""What came of a self-test: right answers against guessing, by class, and every trial again."""

from __future__ import annotations

import math
from statistics import median

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from reader_app.state.self_test import Reviewed, SelfTestResult
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import RoiThumb
from reader_app.widgets.rows import clear
from reader_app.widgets.theme import PALETTE, SPACE

SMALL = 60
_COLUMNS = 2


class ResultPage(QWidget):
    """Numbers at the left, the trials with their truth at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.again = button("Once more, drawn afresh", "primary", icon="refresh")
        self.again.setToolTip("Draw other ROIs and try again (Enter)")
        self.leave = button("Back to the gallery", tooltip="Put the result away; it is not stored")
        self.numbers = Panel("Your result", "not stored")
        self.share = label("", "number")
        self.reading = label("", "body", wrap=True)
        self.grid = QGridLayout()
        self.grid.setHorizontalSpacing(SPACE[3])
        self.grid.setVerticalSpacing(SPACE[1])
        self.method = label("", "hint", wrap=True)
        for widget in (self.share, self.reading):
            self.numbers.body.addWidget(widget)
        self.numbers.body.addLayout(self.grid)
        self.numbers.body.addWidget(self.method)
        row = QHBoxLayout()
        row.addWidget(self.again)
        row.addWidget(self.leave)
        row.addStretch(1)
        self.numbers.body.addLayout(row)
        self.numbers.body.addStretch(1)
        self.trials = Panel("Every trial", "framed: real", flush=True)
        inner = QWidget()
        self.list = QGridLayout(inner)
        self.list.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        self.list.setSpacing(SPACE[2])
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self.trials.body.addWidget(scroll)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(SPACE[3])
        columns.addWidget(self.numbers, 1)
        columns.addWidget(self.trials, 1)

    def show_result(self, result: SelfTestResult) -> None:
        """Fill in a result."""
        share = result.share
        self.share.setText(f"{share.successes} of {share.n} right: {share.percent} %")
        self.reading.setText(_reading(result))
        clear(self.grid)
        rows = (
            ("Right", f"{share.percent} % {share.interval}"),
            ("Against guessing (50 %)", f"p {_p(result.p)}"),
            *_d_prime(result),
            ("Seconds a trial, median", f"{median(result.seconds):.1f}"),
            ("Seconds in all", f"{sum(result.seconds):.0f}"),
        )
        for at, (name, value) in enumerate(rows):
            self.grid.addWidget(label(name, "secondary"), at, 0)
            self.grid.addWidget(label(value, "panel"), at, 1, Qt.AlignmentFlag.AlignRight)
        for at, one in enumerate(result.classes, len(rows)):
            words = f"{one.share.successes} of {one.share.n}, {one.share.percent} %"
            self.grid.addWidget(ClassMark(one.category), at, 0)
            told = label(f"{words} {one.share.interval}", "panel")
            self.grid.addWidget(told, at, 1, Qt.AlignmentFlag.AlignRight)
        self.method.setText(_method(result))
        self._list(result.trials)

    def _list(self, trials: tuple[Reviewed, ...]) -> None:
        clear(self.list)
        for at, one in enumerate(trials):
            held = QWidget()
            cell = QHBoxLayout(held)
            cell.setContentsMargins(0, 0, 0, 0)
            cell.setSpacing(SPACE[1])
            for place, image in enumerate(one.images):
                real = place == one.real
                thumb = RoiThumb(SMALL, "Real ROI" if real else "Synthetic ROI")
                thumb.set_image(image)
                thumb.set_ring(PALETTE.strong if real else "")
                thumb.setToolTip("real" if real else "synthetic")
                cell.addWidget(thumb)
            words = QVBoxLayout()
            words.setSpacing(2)
            words.addWidget(label(f"{at + 1}", "hint"))
            words.addWidget(ClassMark(one.category, text=False))
            words.addWidget(Badge("right", "done") if one.right else Badge("wrong", "error"))
            cell.addLayout(words)
            cell.addStretch(1)
            self.list.addWidget(held, at // _COLUMNS, at % _COLUMNS)
        self.list.setRowStretch(len(trials) // _COLUMNS + 1, 1)


def _reading(result: SelfTestResult) -> str:
    share = result.share
    if share.low > 0.5:
        return "Real and synthetic ROIs were told apart better than by guessing."
    if share.high < 0.5:
        return "Synthetic ROIs were taken for the real ones more often than by guessing."
    return "This cannot be told from guessing: the interval holds 50 %."


def _d_prime(result: SelfTestResult) -> tuple[tuple[str, str], ...]:
    """d'; of pairs also with a preferred side allowed for, and that preference."""
    if result.sided is None or result.side is None:
        return (("d'", _estimate(result.d_prime)),)
    leans = "left" if result.side[2] < 0 else "right" if result.side[1] > 0 else "neither"
    return (
        ("d', no side preferred", _estimate(result.d_prime)),
        ("d', a preferred side allowed for", _estimate(result.sided)),
        ("Side preferred (c, below 0: left)", f"{_estimate(result.side)}, {leans}"),
    )


def _estimate(found: tuple[float, float, float] | None) -> str:
    if found is None:
        return "–"
    value, low, high = map(_signed, found)
    return f"{value} [{low}, {high}]"


def _signed(value: float) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.2f}".replace("-", "−")


def _p(p: float) -> str:
    return "< .001" if p < 0.001 else f"{p:.3f}".lstrip("0") if p < 1 else "1"


def _method(result: SelfTestResult) -> str:
    paired = len(result.trials[0].images) == 2
    how = "z of hits less z of false alarms"
    if paired:
        how = "√2 z of the share of pairs, which takes no side to be preferred"
        if result.sided is not None:
            how += ", and as (z of left said rightly less z of left said wrongly) / √2"
    return (
        f"Wilson intervals, exact binomial test; d' as {how}, log-linear correction. "
        f"Draw {result.seed}. One person's quick look, not a reading of the study."
    )
