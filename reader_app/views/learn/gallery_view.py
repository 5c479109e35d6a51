"""The synthetic gallery: filters and grid at the left, draw and detail at the right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.gallery_state import ORDERS, VERDICTS, GalleryState
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
        self._make_grid()
        self._make_right()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.untrained)
        self.stack.addWidget(self.full)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.stack)
        state.changed.connect(self._refresh)
        state.chosen_changed.connect(self._ring)
        self._refresh()

    def _make_grid(self) -> None:
        state = self._state
        self.panel = Panel("", flush=True)
        self.verdicts = Segmented(("All", *VERDICTS), name="Verdict")
        self.verdicts.chosen.connect(self._choose_verdict)
        self.category = QComboBox()
        self.category.setProperty("dense", True)
        self.category.setAccessibleName("Class")
        self.category.setToolTip("Show one class only")
        self.category.activated.connect(
            lambda at: state.filter_category(self.category.itemData(at))
        )
        self.order = QComboBox()
        self.order.setProperty("dense", True)
        self.order.addItems(ORDERS)
        self.order.setAccessibleName("Order")
        self.order.setToolTip("Order of the pairs")
        self.order.activated.connect(lambda at: state.sort(ORDERS[at]))
        self.panel.set_hint("")  # the head shows
        self.panel.head.insertWidget(0, self.verdicts)
        self.panel.head.insertWidget(1, self.category)
        self.panel.head.insertWidget(2, self.order)
        self.grid = PairGrid()
        self.grid.chosen.connect(state.choose)
        self.nothing = label("No synthetic ROI yet. Draw some at the right.", "hint")
        self.nothing.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        self.panel.body.setContentsMargins(SPACE[2], SPACE[2], 0, 0)
        words = "Each pair: synthetic, then its nearest training ROI and their correlation."
        self.panel.body.setSpacing(SPACE[1])
        self.panel.body.addWidget(label(words, "hint"))
        self.panel.body.addWidget(self.nothing)
        self.panel.body.addWidget(self.grid, 1)

    def _make_right(self) -> None:
        self.draw_panel = Panel("Draw fresh ROIs", "never the ones a classifier trained on")
        self.draw_class = QComboBox()
        self.draw_class.setAccessibleName("Class to draw")
        self.draw_class.setToolTip("Class whose newest generator draws")
        self.draw_count = QSpinBox()
        self.draw_count.setRange(1, 2000)
        self.draw_count.setValue(40)
        self.draw_count.setAccessibleName("How many")
        self.draw_count.setToolTip("How many ROIs to draw")
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
        scroll.setFixedWidth(max(RIGHT_WIDTH, column.minimumSizeHint().width() + 2))
        columns = QHBoxLayout(self.full)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(SPACE[3])
        columns.addWidget(self.panel, 1)
        columns.addWidget(scroll)

    def _ring(self) -> None:
        detail = self._state.detail
        self.grid.show_chosen(detail.pair.roi.id if detail else None)

    def _draw(self) -> None:
        code = self.draw_class.currentData()
        if code:
            self._state.draw(code, self.draw_count.value())

    def _choose_verdict(self, words: str) -> None:
        verdict = words.rsplit(" ", 1)[0].lower()
        self._state.filter_verdict("" if verdict == "all" else verdict)

    def _refresh(self) -> None:
        state = self._state
        usable = bool(state.runs) or bool(state.pairs)
        self.stack.setCurrentWidget(self.full if usable else self.untrained)
        counted = (f"{verdict.capitalize()} {state.count(verdict)}" for verdict in VERDICTS)
        options = (f"All {state.count()}", *counted)
        held = ("", *VERDICTS).index(state.verdict)
        self.verdicts.set_options(options, options[held])
        self._fill_classes()
        chosen = state.detail.pair.roi.id if state.detail else None
        self.grid.set_pairs(state.shown, chosen)
        self.nothing.setVisible(not state.pairs)
        self.draw.set_enabled_because(bool(state.drawable), "No generator has finished yet")

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
