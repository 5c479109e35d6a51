"""Up to six runs side by side: curves overlaid, differences of recipe and result, paired tests."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.figure_files import FigureFiles
from reader_app.state.learn_compare import LOOKS, CompareState, Comparison
from reader_app.views.learn.compare_figure import overlay_figure
from reader_app.views.learn.curve_card import CurveCard
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import label
from reader_app.widgets.plots import LineLook, pen
from reader_app.widgets.table import Cell, Column, Row, Table
from reader_app.widgets.theme import SPACE

WIDTH, HEIGHT, LEAST_HEIGHT = 1080, 780, 560
BELOW_WINDOW = 64
"""The dialog is so much lower, px, than the window it stands over, unless that is very low."""
ROW, PAIRS_SEEN = 28, 4
PAIRED = (
    Column("Runs", width=72),
    Column(
        "Difference, points [95 %]", width=210, tooltip="First less second; Newcombe's interval"
    ),
    Column("Only one right", width=120, tooltip="Lesions that one of the two was right about"),
    Column("Lesions", "right", 76),
    Column("p", "right", 76, "Exact McNemar"),
    Column("Holm's p", "right", 84, "Held to one level for all pairs of this table"),
    Column(""),
)
METHOD = (
    "Curves of a row of several folds are its newest fold's. Paired by lesion: Newcombe's "
    "interval, exact McNemar; Holm's p decides where several pairs are looked at."
)


class _LineSample(QWidget):
    """A short piece of a run's line."""

    def __init__(self, look: LineLook) -> None:
        super().__init__()
        self._look = look
        self.setFixedSize(QSize(30, 12))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setPen(pen(self._look))
        painter.drawLine(0, 6, self.width(), 6)


class CompareDialog(QDialog):
    """Filled when the state has read everything."""

    def __init__(self, state: CompareState, files: FigureFiles, parent: QWidget) -> None:
        super().__init__(parent)
        self._state, self._files = state, files
        self.setWindowTitle("Compare runs")
        room = parent.window().height() - BELOW_WINDOW
        self.resize(WIDTH, max(LEAST_HEIGHT, min(HEIGHT, room)))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        self._column.setSpacing(SPACE[2])
        self.waiting = label("Reading the runs …", "hint")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addWidget(self.waiting)
        self.cards: tuple[CurveCard, ...] = ()
        self.table: Table | None = None
        self.paired: Table | None = None
        state.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        found = self._state.found
        if found is None or self.table is not None:
            return
        self.waiting.hide()
        self._add_names(found)
        self._add_cards(found)
        self._add_table(found)
        self._add_pairs(found)
        close = button("Close", "normal", key="Esc")
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE[3])
        foot.addWidget(label(METHOD, "hint", wrap=True), 1)
        foot.addWidget(close)
        self._column.addLayout(foot)

    def _add_names(self, found: Comparison) -> None:
        """Each run's number and name beside a piece of its line, in two columns."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[1])
        grid.setVerticalSpacing(SPACE[0])
        half = (len(found.names) + 1) // 2
        for at, (name, look) in enumerate(zip(found.names, LOOKS, strict=False)):
            side, line = divmod(at, half)
            grid.addWidget(_LineSample(look), line, 2 * side)
            grid.addWidget(ElidedLabel(name, "body"), line, 2 * side + 1)
        for column in (1, 3):
            grid.setColumnStretch(column, 1)
        self._column.addLayout(grid)

    def _add_cards(self, found: Comparison) -> None:
        if not found.cards:
            words = "A generator and a classifier share no curve."
            self._column.addWidget(label(words, "hint"))
            return
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        made = []
        for content in found.cards:
            card = CurveCard(self._files, lambda one: overlay_figure(found.names, one))
            card.show_content(content)
            row.addWidget(card, 1)
            made.append(card)
        self.cards = tuple(made)
        self._column.addLayout(row, 3)

    def _add_table(self, found: Comparison) -> None:
        heads = (
            Column("Result or field", width=190),
            *(Column(str(at + 1)) for at in range(len(found.names))),
        )
        self.table = Table(heads, row_height=ROW, name="Differences", sortable=False)
        self.table.set_rows(
            tuple(
                Row((Cell(line[0], strong=True), *(Cell(one, tooltip=one) for one in line[1:])), at)
                for at, line in enumerate(found.table)
            )
        )
        self.table.setMinimumHeight(5 * ROW)
        self._column.addWidget(self.table, 3)

    def _add_pairs(self, found: Comparison) -> None:
        if not found.pairs:
            words = "No two of these runs were tested on the same lesions: nothing is paired."
            self._column.addWidget(label(words, "hint", wrap=True))
            return
        self.paired = Table(PAIRED, row_height=ROW, name="Paired tests", sortable=False)
        self.paired.set_rows(
            tuple(
                Row(
                    (
                        Cell(f"{pair.first} − {pair.second}", strong=True),
                        Cell(pair.difference),
                        Cell(pair.discordant),
                        Cell(f"{pair.lesions:,}"),
                        Cell(pair.p),
                        Cell(pair.held),
                        Cell(""),
                    ),
                    at,
                )
                for at, pair in enumerate(found.pairs)
            )
        )
        head = self.paired.horizontalHeader().minimumHeight()
        self.paired.setFixedHeight(head + ROW * min(PAIRS_SEEN, len(found.pairs)) + 2)
        self._column.addWidget(self.paired)
