"""Up to six runs side by side: curves overlaid, differences of recipe and result, paired tests."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.figure_files import FigureFiles
from reader_app.state.learn_compare import LOOKS, CompareState, Comparison
from reader_app.views.learn.compare_figure import overlay_figure
from reader_app.views.learn.curve_card import CurveCard
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.table import Cell, Column, Row, Table
from reader_app.widgets.theme import SPACE

WIDTH, HEIGHT = 1040, 640


class CompareDialog(QDialog):
    """Filled when the state has read everything."""

    def __init__(self, state: CompareState, files: FigureFiles, parent: QWidget) -> None:
        super().__init__(parent)
        self._state, self._files = state, files
        self.setWindowTitle("Compare runs")
        self.resize(WIDTH, HEIGHT)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
        self._column.setSpacing(SPACE[2])
        self.waiting = label("Reading the runs …", "hint")
        self._column.addWidget(self.waiting)
        self.cards: tuple[CurveCard, ...] = ()
        self.table: Table | None = None
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
        foot.addStretch(1)
        foot.addWidget(close)
        self._column.addLayout(foot)

    def _add_names(self, found: Comparison) -> None:
        """Each run's number in its line's colour."""
        for name, look in zip(found.names, LOOKS, strict=False):
            shown = label(name, "body")
            shown.setStyleSheet(f"color: {look.color};")
            self._column.addWidget(shown)

    def _add_cards(self, found: Comparison) -> None:
        if not found.cards:
            words = "A generator and a classifier share no curve."
            self._column.addWidget(label(words, "hint"))
            return
        row = QHBoxLayout()
        made = []
        for content in found.cards:
            card = CurveCard(self._files, lambda one: overlay_figure(found.names, one))
            card.show_content(content)
            row.addWidget(card, 1)
            made.append(card)
        self.cards = tuple(made)
        self._column.addLayout(row, 2)

    def _add_table(self, found: Comparison) -> None:
        heads = (Column("", width=190), *(Column(str(at + 1)) for at in range(len(found.names))))
        self.table = Table(heads, row_height=28, name="Differences", sortable=False)
        self.table.set_rows(
            tuple(
                Row((Cell(line[0], strong=True), *(Cell(one, tooltip=one) for one in line[1:])), at)
                for at, line in enumerate(found.table)
            )
        )
        self.table.setMinimumHeight(140)
        self._column.addWidget(self.table, 3)

    def _add_pairs(self, found: Comparison) -> None:
        for pair in found.pairs:
            words = f"{pair.first} − {pair.second}: {pair.words}"
            self._column.addWidget(label(words, "hint", wrap=True))
        if not found.pairs:
            words = "No two of these runs were tested on the same lesions: nothing is paired."
            self._column.addWidget(label(words, "hint", wrap=True))
