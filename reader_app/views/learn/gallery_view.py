"""The synthetic gallery: filters and grid at the left, draw and detail at the right."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.gallery_loading import STANDINGS
from reader_app.state.gallery_sight import ORDERS, VERDICTS
from reader_app.state.gallery_state import GalleryState
from reader_app.views.learn.gallery_decisions import DecisionBar
from reader_app.views.learn.gallery_test import SelfTestView
from reader_app.views.learn.pair_detail import PairDetail
from reader_app.views.learn.pair_grid import PairGrid
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import mark_pixmap
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE

RIGHT_WIDTH = 432


class GalleryView(QWidget):
    """Shows what the gallery's state holds."""

    train_asked = Signal()

    def __init__(self, state: GalleryState) -> None:
        super().__init__()
        self._state = state
        self.untrained = EmptyPage(
            "synthetic",
            "No generator yet",
            "Synthetic ROIs are drawn from a finished generator. Train CNN-AUG-GAN first.",
            "Go to Train",
        )
        self.untrained.acted.connect(self.train_asked)
        self.full = QWidget()
        self.stack = QStackedWidget()
        self._make_grid()
        self._make_right()
        self.test = SelfTestView(state.self_test)
        self.test.left.connect(lambda: self.stack.setCurrentWidget(self.full))
        for page in (self.untrained, self.full, self.test):
            self.stack.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)
        self._soon = QTimer(self)  # after a decision, which goes on to the next pair by itself
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._choose_one)
        state.changed.connect(self._refresh)
        state.chosen_changed.connect(self._ring)
        state.called.connect(self._show_gallery)
        self._refresh()

    # --- parts ------------------------------------------------------------------------------

    def _make_grid(self) -> None:
        state = self._state
        self.panel = Panel("", flush=True)
        self.panel.set_hint("")  # the head shows
        self.verdicts = Segmented(("All", *VERDICTS), name="Verdict")
        self.verdicts.chosen.connect(self._choose_verdict)
        self.order = _choice("Order", "Order of the pairs (Up and Down arrow keys)")
        self.order.addItems(ORDERS)
        self.order.setMinimumContentsLength(max(map(len, ORDERS)) - 2)
        self.order.activated.connect(lambda at: state.sort(ORDERS[at]))
        self.ask_test = button("Self-test", small=True, icon="eye-off")
        self.ask_test.setToolTip("Which of these is real? Try yourself; nothing is stored")
        self.ask_test.clicked.connect(self._open_test)
        self.panel.head.insertWidget(0, self.verdicts)
        self.panel.head.insertWidget(1, self.order)
        self.panel.add_head(self.ask_test)
        self.grid = PairGrid()
        self.grid.picked.connect(state.select)
        self.grid.setAccessibleDescription(
            "Arrow keys choose; with Shift or Ctrl many, Ctrl A all; A accepts, K keeps out"
        )
        self.nothing = label("", "hint", wrap=True)
        self.panel.body.setContentsMargins(SPACE[3], SPACE[2], 0, 0)
        self.panel.body.setSpacing(SPACE[1])
        self.panel.body.addLayout(self._filters())
        self.panel.body.addWidget(self.nothing)
        self.panel.body.addWidget(self.grid, 1)
        self.decisions = DecisionBar(state, self.full)
        self.decisions.decided.connect(self.grid.setFocus)
        self.panel.body.addWidget(self.decisions)

    def _filters(self) -> QHBoxLayout:
        state = self._state
        self.category = _choice("Class", "Show one class only (Up and Down arrow keys)")
        self.category.activated.connect(
            lambda at: state.filter_category(self.category.itemData(at))
        )
        self.generator = _choice("Generator", "Show one generator's ROIs (Up and Down arrow keys)")
        self.generator.activated.connect(lambda at: state.filter_run(self.generator.itemData(at)))
        self.standing = _choice("Decision", "Show those that are decided so, or not yet")
        self.standing.addItem("All decisions", "")
        for standing in STANDINGS:
            self.standing.addItem(standing.capitalize(), standing)
        self.standing.activated.connect(
            lambda at: state.filter_standing(self.standing.itemData(at))
        )
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.setContentsMargins(0, 0, SPACE[2], 0)
        row.addWidget(self.category, 2)
        row.addWidget(self.generator, 3)
        row.addWidget(self.standing, 2)
        return row

    def _make_right(self) -> None:
        self.draw_panel = Panel("Draw fresh ROIs", "never the ones a classifier trained on")
        self.draw_class = QComboBox()
        self.draw_class.setAccessibleName("Class to draw")
        self.draw_class.setToolTip(
            "Class to draw, by the generator chosen at the left, else by its newest (Up, Down)"
        )
        self.draw_count = QSpinBox()
        self.draw_count.setRange(1, 2000)
        self.draw_count.setValue(40)
        self.draw_count.setAccessibleName("How many")
        self.draw_count.setToolTip("How many ROIs to draw (Up and Down arrow keys)")
        self.draw = button("Draw", "primary", icon="synthetic", tooltip="Draw and audit them")
        self.draw.clicked.connect(self._draw)
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addWidget(self.draw_class, 1)
        row.addWidget(self.draw_count)
        row.addWidget(self.draw)
        self.draw_panel.body.addLayout(row)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(SPACE[2])
        right.addWidget(self.draw_panel)
        right.addWidget(PairDetail(self._state), 1)
        column = QWidget()
        column.setLayout(right)
        scroll = QScrollArea()
        scroll.setWidget(column)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bar = scroll.verticalScrollBar().sizeHint().width()
        scroll.setFixedWidth(max(RIGHT_WIDTH, column.minimumSizeHint().width() + bar + 2))
        columns = QHBoxLayout(self.full)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(SPACE[3])
        columns.addWidget(self.panel, 1)
        columns.addWidget(scroll)

    # --- what is done -----------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: one pair is shown in detail."""
        super().showEvent(event)
        self._soon.start()

    def _choose_one(self) -> None:
        if self.isVisible():
            self._state.choose_one()

    def _ring(self) -> None:
        detail = self._state.detail
        self.grid.show_selected(self._state.selected, detail.pair.roi.id if detail else None)

    def _draw(self) -> None:
        code = self.draw_class.currentData()
        if code:
            self._state.draw(code, self.draw_count.value())

    def _choose_verdict(self, words: str) -> None:
        verdict = words.rsplit(" ", 1)[0].lower()
        self._state.filter_verdict("" if verdict == "all" else verdict)

    def _open_test(self) -> None:
        self.test.begin()
        self.stack.setCurrentWidget(self.test)

    def _show_gallery(self) -> None:
        """Another page asks for ROIs: a self-test that stands here is given up."""
        if self.stack.currentWidget() is self.test:
            self._state.self_test.leave()
            self.stack.setCurrentWidget(self.full)

    # --- showing ----------------------------------------------------------------------------

    def _refresh(self) -> None:
        state = self._state
        usable = bool(state.runs) or bool(state.pairs)
        if not usable:
            self.stack.setCurrentWidget(self.untrained)
        elif self.stack.currentWidget() is self.untrained:
            self.stack.setCurrentWidget(self.full)
        counted = (f"{verdict.capitalize()} {state.count(verdict)}" for verdict in VERDICTS)
        options = (f"All {state.count()}", *counted)
        held = ("", *VERDICTS).index(state.verdict)
        self.verdicts.set_options(options, options[held])
        self._fill_classes()
        self._fill_generators()
        self.standing.setCurrentIndex(max(0, self.standing.findData(state.standing)))
        chosen = state.detail.pair.roi.id if state.detail else None
        self.grid.set_pairs(state.shown, state.selected, chosen)
        self._say_nothing()
        self._soon.start()
        self.draw.set_enabled_because(bool(state.drawable), "No generator has finished yet")
        self.ask_test.set_enabled_because(
            any(pair.roi.accepted for pair in state.pairs), "There is no accepted synthetic ROI yet"
        )

    def _say_nothing(self) -> None:
        state = self._state
        if not state.pairs:
            words = "No synthetic ROI yet. Draw some at the right."
        elif not state.shown:
            words = "No synthetic ROI passes these filters."
        else:
            words = "Each pair: synthetic, then its nearest real ROI and their correlation."
        self.nothing.setText(words)

    def _fill_classes(self) -> None:
        state = self._state
        self.category.clear()
        self.category.addItem("All classes", "")
        for category in state.categories:
            self.category.addItem(mark_pixmap(category), category.name, category.code)
        self.category.setCurrentIndex(max(0, self.category.findData(state.category)))
        drawing = self.draw_class.currentData()
        self.draw_class.clear()
        for category in state.drawable:
            self.draw_class.addItem(mark_pixmap(category), category.name, category.code)
        self.draw_class.setCurrentIndex(max(0, self.draw_class.findData(drawing)))

    def _fill_generators(self) -> None:
        self.generator.clear()
        self.generator.addItem("All generators", 0)
        for number, name in self._state.generators:
            self.generator.addItem(name, number)
        self.generator.setCurrentIndex(max(0, self.generator.findData(self._state.run_id)))


def _choice(name: str, tooltip: str) -> QComboBox:
    made = QComboBox()
    made.setProperty("dense", True)
    made.setAccessibleName(name)
    made.setToolTip(tooltip)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(8)
    return made
