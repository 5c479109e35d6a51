"""A class of the scheme: its colour and its shape, always both."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from reader_app.widgets.theme import PALETTE, category_color, font, marker_path
from studies.records import Category

MARK = 11  # px


def paint_mark(
    painter: QPainter, center: QPointF, marker: str, color: QColor, size: float = MARK
) -> None:
    """Draw a class's marker centred on a point."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(center)
    painter.fillPath(marker_path(marker, size), color)
    painter.restore()


def mark_pixmap(category: Category, size: int = 14) -> QPixmap:
    """The marker alone, for lists and combo boxes."""
    app = QApplication.instance()
    scale = app.devicePixelRatio() if isinstance(app, QApplication) else 1.0
    result = QPixmap(round(size * scale), round(size * scale))
    result.setDevicePixelRatio(scale)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    paint_mark(
        painter, QPointF(size / 2, size / 2), category.marker, category_color(category), size * 0.8
    )
    painter.end()
    return result


class ClassMark(QWidget):
    """Marker and (with `text`) the class's name."""

    def __init__(self, category: Category, text: bool = True) -> None:
        super().__init__()
        self._category, self._text = category, text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(category.name)
        self.setToolTip("" if text else category.name)

    def set_category(self, category: Category) -> None:
        """Show another class."""
        self._category = category
        self.setAccessibleName(category.name)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Marker, gap and name."""
        metrics = QFontMetrics(font("body"))
        words = metrics.horizontalAdvance(self._category.name) + 8 if self._text else 0
        return QSize(MARK + 3 + words, max(18, metrics.height()))

    def minimumSizeHint(self) -> QSize:
        """Never cut."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw marker and name."""
        painter = QPainter(self)
        center = QPointF(MARK / 2 + 1, self.height() / 2)
        paint_mark(painter, center, self._category.marker, category_color(self._category))
        if self._text:
            painter.setFont(font("body"))
            painter.setPen(QColor(PALETTE.text))
            rect = self.rect().adjusted(MARK + 9, 0, 0, 0)
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, self._category.name)
