"""A confusion matrix with each class's sensitivity at its row and specificity at its column."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from reader_app.views.results.layout import LineSample, plain
from reader_app.widgets.badge import Badge
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import MatrixView
from reader_app.widgets.theme import PALETTE, SPACE, font
from studies.records import ClassScheme
from studies.report.classifier import GroupResult
from studies.report.drawing import Figure
from studies.report.paper import CITATION, paper_matrix
from studies.report.tables import exact_percent, with_interval
from studies.report.window_rows import NamedMatrix, matrices_figure
from studies.statistics.confusion import ConfusionMatrix

CELL = 40
_SENSITIVITY, _SPECIFICITY = "Sens., %", "Spec., %"


class RatesMatrix(MatrixView):
    """MatrixView with a column of sensitivities and a row of specificities, percent."""

    def __init__(
        self, matrix: ConfusionMatrix, scheme: ClassScheme, says: str = "network says"
    ) -> None:
        super().__init__("truth", says, CELL)
        indices = range(len(matrix.classes))
        self._sensitivity = [exact_percent(matrix.sensitivity(i)) for i in indices]
        self._specificity = [exact_percent(matrix.specificity(i)) for i in indices]
        self.set_counts(
            np.array(matrix.counts), tuple(scheme.category(code) for code in matrix.classes)
        )
        self.setAccessibleName(
            f"{self.accessibleName()}. Sensitivity, percent: {', '.join(self._sensitivity)}. "
            f"Specificity, percent: {', '.join(self._specificity)}"
        )

    def _left(self) -> int:
        words = QFontMetrics(font("hint")).horizontalAdvance(_SPECIFICITY)
        return max(super()._left(), QFontMetrics(font("tick")).height() + words + 10)

    def _rates_width(self) -> int:
        number = QFontMetrics(font("body")).horizontalAdvance("100.00")
        return max(number, QFontMetrics(font("hint")).horizontalAdvance(_SENSITIVITY)) + 14

    def _rates_height(self) -> int:
        return QFontMetrics(font("body")).height() + 10

    def sizeHint(self) -> QSize:
        """The matrix with its rates."""
        size = super().sizeHint()
        return QSize(size.width() + self._rates_width(), size.height() + self._rates_height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the matrix, then the rates."""
        super().paintEvent(event)
        painter = QPainter(self)
        left, top, n = self._left(), self._top(), len(self._sensitivity)
        side, line = n * CELL, QFontMetrics(font("hint")).height()
        center, middle = Qt.AlignmentFlag.AlignCenter, Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(PALETTE.text_3))
        painter.setFont(font("hint"))
        width = self._rates_width()
        painter.drawText(QRectF(left + side, top - line - 5, width, line), center, _SENSITIVITY)
        start = QFontMetrics(font("tick")).height() + 4
        below = QRectF(start, top + side + 4, left - start, self._rates_height())
        painter.drawText(below, middle, _SPECIFICITY)
        painter.setPen(QColor(PALETTE.text))
        painter.setFont(font("body"))
        for i in range(n):
            beside = QRectF(left + side, top + i * CELL, width, CELL)
            painter.drawText(beside, center, self._sensitivity[i])
        painter.setFont(font("tick"))  # two decimals must fit below a cell
        for i in range(n):
            under = QRectF(left + i * CELL, top + side + 4, CELL, self._rates_height())
            painter.drawText(under, center, self._specificity[i])


class MatrixPanel(Panel):
    """An arm's matrix, the paper's beside it where it prints one for the same classes."""

    def __init__(self, group: GroupResult, scheme: ClassScheme, saver: FigureSaver) -> None:
        super().__init__(group.name, f"{group.group}, seed {group.lead.seed}")
        self._group, self._scheme = group, scheme
        if group.simulated:
            self.add_head(Badge("simulated", "simulated", "Trained on simulated CT"))
        self.add_head(FigureButton(saver, self.figure))
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addStretch(1)
        folds = len(group.lead.folds)
        words = f"ours, {folds} fold{'s' if folds > 1 else ''}"
        row.addLayout(_column(words, group.lead.matrix, scheme))
        printed = self._printed()
        if printed is not None:
            row.addStretch(1)
            sample = LineSample(PALETTE.paper, (), "paper")
            row.addLayout(_column(f"paper, {printed[0]}", printed[1], scheme, sample))
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addStretch(1)

    def _printed(self) -> tuple[str, ConfusionMatrix] | None:
        """The paper's matrix of this arm, where the classes are the same."""
        printed = paper_matrix(self._group.arm)
        if printed is None or printed[1].classes != self._group.lead.matrix.classes:
            return None
        return printed

    def figure(self) -> Figure:
        """Ours and the paper's for a paper."""
        group, matrix = self._group, self._group.lead.matrix
        shown = [NamedMatrix(f"{group.name} ours, {group.group}", matrix.counts, matrix)]
        printed = self._printed()
        if printed is not None:
            words = f"{group.name} the paper's {printed[0]}"
            shown.append(NamedMatrix(words, printed[1].counts, printed[1]))
        note = (
            f"n {matrix.n} lesions out of fold, {len(group.lead.folds)} folds, profile "
            f"{group.profile}, seed {group.lead.seed}; sensitivity of each row and specificity of "
            "each column, percent, from counts; below: total accuracy with Wilson's 95 % interval. "
            "Shade: share of the row."
        )
        if printed is not None:
            note += f" Paper: {CITATION}."
        title = f"Confusion matrix of {group.name}"
        return matrices_figure(
            f"confusion_{group.arm}", title, shown, self._scheme, matrix.classes, note,
            says=("truth", "network says"), simulated=group.simulated,
        )  # fmt: skip


def _column(
    words: str, matrix: ConfusionMatrix, scheme: ClassScheme, sample: LineSample | None = None
) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(SPACE[1])
    head = QHBoxLayout()
    head.setSpacing(SPACE[0])
    if sample is not None:
        head.addWidget(sample)
    head.addWidget(plain(words, "hint"))
    head.addStretch(1)
    accuracy = plain(f"{matrix.accuracy.percent} %", "panel")
    accuracy.setToolTip(f"Total accuracy {with_interval(matrix.accuracy)}, Wilson")
    head.addWidget(accuracy)
    column.addLayout(head)
    column.addWidget(RatesMatrix(matrix, scheme))
    return column
