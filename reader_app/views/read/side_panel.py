"""Beside the picture: the network's opinion in greys, or what a training trial was."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from reader_app.widgets.theme import PALETTE, font

WIDTH, NARROWEST = 280, 120
_ROW = 44


class SidePanel(QWidget):
    """A title and either a sentence or bars, one a class, of one grey for all classes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title, self._sentence = "", ""
        self._bars: tuple[tuple[str, float], ...] = ()
        self.hide()

    def show_opinion(self, bars: tuple[tuple[str, float], ...]) -> None:
        """(class, probability 0..1) in the order of the answers."""
        self._title, self._bars = "The network's opinion", bars
        self._sentence = "Keep your answer or change it, then press Space."
        words = ", ".join(f"{name} {share:.0%}" for name, share in bars)
        self._present(f"{self._title}: {words}. {self._sentence}")

    def show_words(self, title: str, sentence: str) -> None:
        """A title and a sentence."""
        self._title, self._sentence, self._bars = title, sentence, ()
        self._present(f"{title}. {sentence}")

    def put_away(self) -> None:
        """Show and say nothing."""
        self._title, self._sentence, self._bars = "", "", ()
        self.setAccessibleName("")
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Title, bars, sentence, from the top."""
        painter = QPainter(self)
        top = self._paint_words(painter, self._title, "study", PALETTE.strong, 0) + 8
        for name, share in self._bars:
            self._paint_bar(painter, name, share, top)
            top += _ROW
        self._paint_words(painter, self._sentence, "hint", PALETTE.text_2, top + 4)

    def _present(self, spoken: str) -> None:
        self.setAccessibleName(spoken)
        self.show()
        self.update()

    def _paint_words(self, painter: QPainter, words: str, role: str, color: str, top: int) -> int:
        """Words from `top` px on; where they end."""
        painter.setFont(font(role))
        painter.setPen(QColor(color))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap
        box = QRect(0, top, self.width(), self.height() - top)
        painter.drawText(box, flags, words)
        return painter.boundingRect(box, flags, words).bottom()

    def _paint_bar(self, painter: QPainter, name: str, share: float, top: int) -> None:
        painter.setFont(font("body"))
        painter.setPen(QColor(PALETTE.text))
        line = QRect(0, top, self.width(), 20)
        middle = Qt.AlignmentFlag.AlignVCenter
        figure = f"{share:.0%}"
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, figure)
        room = self.width() - painter.fontMetrics().horizontalAdvance(figure) - 8
        name = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, middle, name)
        ground = QRect(0, top + 24, self.width(), 8)
        painter.fillRect(ground, QColor(PALETTE.line))
        ground.setWidth(round(self.width() * min(max(share, 0.0), 1.0)))
        painter.fillRect(ground, QColor(PALETTE.text_3))
