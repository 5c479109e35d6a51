"""The Data tab: classes by patient, fold and size, where the ROIs come from, what is amiss."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from reader_app.state.learn_dataset import ClassData, Dataset, Remark
from reader_app.state.learn_state import LearnState
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.plots import line_plot
from reader_app.widgets.table import Cell, Column, Mark, Row, Table
from reader_app.widgets.theme import PALETTE, SPACE

MOST_FOLDS, ROW = 10, 32
BIN_MM = 5.0
ICONS = {
    "ok": ("check", PALETTE.ok),
    "info": ("info", PALETTE.text_3),
    "warning": ("warning", PALETTE.warning),
    "error": ("error", PALETTE.error_text),
}


class SizePlot(QWidget):
    """Diameters of one class as bars of 5 mm on the axis all classes share."""

    def __init__(self, data: ClassData, end: float, high: int) -> None:
        super().__init__()
        self.plot = line_plot(f"Sizes of {data.category.name}", "diameter, mm", "lesions")
        self.plot.getPlotItem().setTitle(None)
        self.plot.setMouseEnabled(False, False)
        self.plot.setMinimumHeight(110)
        edges = np.arange(0, end + BIN_MM, BIN_MM)
        counts, _ = np.histogram(data.sizes_mm, edges)
        bars = pg.BarGraphItem(
            x=(edges[:-1] + edges[1:]) / 2,
            height=counts,
            width=0.86 * BIN_MM,
            brush=pg.mkBrush(data.category.color),
            pen=pg.mkPen(None),
        )
        self.plot.addItem(bars)
        self.plot.setXRange(0, end, padding=0.01)
        self.plot.setYRange(0, max(1, high), padding=0.05)
        head = QHBoxLayout()
        head.addWidget(ClassMark(data.category))
        head.addStretch(1)
        head.addWidget(label(data.size_words, "hint"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.plot, 1)


class DataPage(QWidget):
    """Made anew when the data change: a few times a day."""

    def __init__(self, state: LearnState) -> None:
        super().__init__()
        self._state = state
        self.table = Table(_columns(0), row_height=ROW, name="Lesions by class", sortable=False)
        self.counts = Panel("Counts", flush=True)
        self.sizes = Panel("Sizes")
        self.sizes.set_hint("largest diameter of the margin on the key slice; median [range]")
        self.sources = Panel("Sources")
        self.remarks = Panel("What to know")
        self._size_row, self._source_column = QHBoxLayout(), QVBoxLayout()
        self._remark_column = QVBoxLayout()
        self.counts.body.addWidget(self.table)
        self.sizes.body.addLayout(self._size_row, 1)
        self.sources.body.addLayout(self._source_column)
        self.sources.body.addStretch(1)
        self.remarks.body.addLayout(self._remark_column)
        self.remarks.body.addStretch(1)
        self._lay_out()
        state.dataset.changed.connect(self._refresh)

    def _lay_out(self) -> None:
        """Panels as high as what they say; the sizes' plots take the room that is left."""
        left, right = QVBoxLayout(), QVBoxLayout()
        left.addWidget(self.counts)
        left.addWidget(self.sizes, 1)
        right.addWidget(self.remarks)
        right.addWidget(self.sources)
        right.addStretch(1)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(SPACE[3])
        for share, column in ((3, left), (2, right)):
            column.setSpacing(SPACE[2])
            columns.addLayout(column, share)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the study when the page is first looked at."""
        super().showEvent(event)
        if self._state.dataset.found is None:
            self._state.dataset.read()
        else:
            self._refresh()

    def _refresh(self) -> None:
        found = self._state.dataset.found
        if found is None or not self.isVisible():
            return
        self._show_counts(found)
        for layout in (self._size_row, self._source_column, self._remark_column):
            _clear(layout)
        end = max((mm for one in found.classes for mm in one.sizes_mm), default=BIN_MM)
        end = BIN_MM * np.ceil(1.02 * end / BIN_MM)
        high = max((_highest(one) for one in found.classes), default=1)
        for one in found.classes:
            self._size_row.addWidget(SizePlot(one, float(end), high), 1)
        for name, count in found.sources:
            self._source_column.addLayout(_pair(name[:1].upper() + name[1:], f"{count:,}"))
        for remark in found.remarks:
            self._remark_column.addWidget(self._remark(remark))

    def _show_counts(self, found: Dataset) -> None:
        folds = len(found.patients_per_fold)
        if len(self.table.columns) != len(_columns(folds)):
            fresh = Table(_columns(folds), row_height=ROW, name="Lesions by class", sortable=False)
            self.counts.body.replaceWidget(self.table, fresh)
            self.table.deleteLater()
            self.table = fresh
        rows = [*(_row(one, folds) for one in found.classes), _whole(found, folds)]
        if folds:  # else nobody is tested yet
            rows.append(_patients(found, folds))
        self.table.set_rows(tuple(rows))
        head = self.table.horizontalHeader().minimumHeight()
        self.table.setFixedHeight(head + ROW * len(self.table.rows) + 2)
        self.counts.set_hint(found.words)

    def _remark(self, remark: Remark) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, SPACE[1])
        row.setSpacing(SPACE[1])
        icon, color = ICONS[remark.role]
        mark = QLabel()
        mark.setPixmap(icons.pixmap(icon, color, 16))
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(remark.words, "secondary", wrap=True), 1)
        if remark.action:
            act = button(remark.action, small=True, tooltip=remark.words)
            act.clicked.connect(lambda: self._state.act_on(remark))
            row.addWidget(act, 0, Qt.AlignmentFlag.AlignTop)
        return holder


def _columns(folds: int) -> tuple[Column, ...]:
    shown = min(folds, MOST_FOLDS)
    return (
        Column("Class"),
        Column("Patients", "right", 76, "Patients with a ready lesion of this class"),
        *(Column(f"Fold {at + 1}", "right", 60, "Lesions tested in it") for at in range(shown)),
        Column("Lesions", "right", 72, "Ready: margin, diagnosis and basis"),
        Column("Extra", "right", 60, "Lesions of extra cases, which only train"),
    )


def _row(one: ClassData, folds: int) -> Row:
    mark = Mark(one.category.marker, one.category.color, one.category.name)
    numbers = (one.patients, *one.per_fold[: min(folds, MOST_FOLDS)])
    cells = (Cell(f"{number:,}") for number in numbers)
    own, extra = _of(one.lesions, one.ready), _of(one.extra, one.extra_ready)
    return Row((Cell(marks=(mark,)), *cells, Cell(own), Cell(extra)), one.category.code)


def _of(train: int, ready: int) -> str:
    """ "27 of 30" where some are left out."""
    return f"{train:,}" if train == ready else f"{train:,} of {ready:,}"


def _whole(found: Dataset, folds: int) -> Row:
    """Sums; in the folds' columns lesions, with their patients in the tooltip."""
    shown = range(min(folds, MOST_FOLDS))
    sums = [
        Cell(
            f"{sum(one.per_fold[at] for one in found.classes):,}",
            tooltip=f"{found.patients_per_fold[at]:,} patients",
            strong=True,
        )
        for at in shown
    ]
    own = _of(sum(c.lesions for c in found.classes), sum(c.ready for c in found.classes))
    extra = _of(sum(c.extra for c in found.classes), sum(c.extra_ready for c in found.classes))
    return Row(
        (
            Cell("All", strong=True),
            Cell(f"{found.patients:,}", strong=True),
            *sums,
            Cell(own, strong=True),
            Cell(extra, strong=True),
        ),
        "",
    )


def _patients(found: Dataset, folds: int) -> Row:
    """Patients by the fold in which they are tested."""
    shown = found.patients_per_fold[: min(folds, MOST_FOLDS)]
    cells = (Cell(f"{count:,}", quiet=True) for count in shown)
    return Row((Cell("Patients tested", quiet=True), Cell(""), *cells, Cell(""), Cell("")), "p")


def _highest(one: ClassData) -> int:
    if not one.sizes_mm:
        return 0
    counts, _ = np.histogram(one.sizes_mm, np.arange(0, max(one.sizes_mm) + 2 * BIN_MM, BIN_MM))
    return int(counts.max())


def _pair(name: str, number: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(label(name, "secondary"))
    row.addStretch(1)
    row.addWidget(label(number, "panel"))
    return row


def _clear(layout: QHBoxLayout | QVBoxLayout) -> None:
    """Take everything out of a layout, also of those inside it."""
    while (item := layout.takeAt(0)) is not None:
        inner, widget = item.layout(), item.widget()
        if isinstance(inner, QHBoxLayout | QVBoxLayout):
            _clear(inner)
        if widget is not None:
            widget.hide()
            widget.deleteLater()
