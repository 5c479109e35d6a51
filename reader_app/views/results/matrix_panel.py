"""A confusion matrix with each class's sensitivity at its row and specificity at its column."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent

from reader_app.views.results.layout import LineSample, plain
from reader_app.widgets.badge import Badge
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import MatrixView
from reader_app.widgets.theme import PALETTE, font
from studies.records import ClassScheme
from studies.report.tables import exact_percent, with_interval
from studies.statistics.confusion import ConfusionMatrix

CELL = 50


class RatesMatrix(MatrixView):
    """MatrixView with a column of sensitivities and a row of specificities, percent."""

    def __init__(self, matrix: ConfusionMatrix, scheme: ClassScheme) -> None:
        super().__init__("truth", "network says", CELL)
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

    def _rates_width(self) -> int:
        return QFontMetrics(font("body")).horizontalAdvance("100.00") + 14

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
        painter.drawText(QRectF(left + side, top - line - 5, width, line), center, "Sens.")
        start = QFontMetrics(font("tick")).height() + 4
        below = QRectF(start, top + side + 4, left - start, self._rates_height())
        painter.drawText(below, middle, "Spec.")
        painter.setPen(QColor(PALETTE.text))
        painter.setFont(font("body"))
        for i in range(n):
            beside = QRectF(left + side, top + i * CELL, width, CELL)
            painter.drawText(beside, center, self._sensitivity[i])
            under = QRectF(left + i * CELL, top + side + 4, CELL, self._rates_height())
            painter.drawText(under, center, self._specificity[i])


class MatrixPanel(Panel):
    """A network's matrix, ours or the paper's (with its hollow diamond)."""

    def __init__(
        self,
        title: str,
        hint: str,
        matrix: ConfusionMatrix,
        scheme: ClassScheme,
        *,
        paper: bool = False,
        simulated: bool = False,
    ) -> None:
        super().__init__(title, "" if paper else hint)
        if paper:
            self.head.insertWidget(1, LineSample(PALETTE.paper, (), "paper"))
            self.hint.setText(hint)
        if simulated:
            self.add_head(Badge("simulated", "simulated", "Trained on simulated CT"))
        accuracy = plain(f"{matrix.accuracy.percent} %", "panel")
        accuracy.setToolTip(f"Total accuracy {with_interval(matrix.accuracy)}, Wilson")
        self.add_head(accuracy)
        self.body.addWidget(RatesMatrix(matrix, scheme), 0, Qt.AlignmentFlag.AlignHCenter)
        self.body.addStretch(1)
