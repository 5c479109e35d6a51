"""The picture of a trial at its fixed place: an ROI, or a slice with a ring round the lesion."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from reader_app.widgets.theme import PALETTE, font

ROI_SIZE = 512
_NOTCH = 120  # of a wheel


class TrialPicture(QWidget):
    """A square; `painted` after a new picture is drawn. Hidden it holds two sentences.

    `scrolled` by so many slices on a turn of the wheel; `dragged` by px with the right button,
    `released` at its end.
    """

    painted = Signal()
    scrolled = Signal(int)
    dragged = Signal(QPointF)
    released = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Picture")
        self.setFixedSize(ROI_SIZE, ROI_SIZE)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._pixmap: QPixmap | None = None
        self._words = ("", "")
        self._ring: QRectF | None = None
        self._corner = ""
        self._hidden = True
        self._fresh = False
        self._turned = 0
        self._held: QPoint | None = None

    @property
    def ring(self) -> QRectF | None:
        """Where the ring is drawn, None without one."""
        return self._ring

    def is_seen(self) -> bool:
        """Whether what is to be shown has been painted."""
        return not self._fresh

    def show_picture(self, pixmap: QPixmap, *, fresh: bool = True) -> None:
        """Show a picture, centred. A `fresh` one is told when it is painted; others replace it."""
        self._pixmap = pixmap
        if fresh:
            self._hidden, self._fresh = False, True
        self.update()

    def show_again(self) -> None:
        """Show what was hidden; told when it is painted."""
        self._hidden, self._fresh = False, True
        self.update()

    def mark(self, ring: QRectF | None, corner: str) -> None:
        """A ring in px of this widget (None: none), and words in the lower corner."""
        self._ring, self._corner = ring, corner
        self.setAccessibleDescription(corner)
        self.update()

    def hide_picture(self, title: str, sentence: str) -> None:
        """Hide it, with its marks, behind words."""
        self._hidden, self._fresh, self._words = True, False, (title, sentence)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture and its marks, or the words."""
        painter = QPainter(self)
        if self._pixmap is not None and not self._hidden:
            self._paint_picture(painter, self._pixmap)
            self._paint_marks(painter)
        else:
            self._paint_words(painter)
        if self._fresh:
            self._fresh = False
            self.painted.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """One slice a notch; fine wheels add up to a notch."""
        if self._hidden:
            return
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        if notches:
            self.scrolled.emit(-notches)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The right button begins to change the window."""
        if event.button() is Qt.MouseButton.RightButton and not self._hidden:
            self._held = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell how far the right button was dragged."""
        if self._held is not None:
            at = event.position().toPoint()
            by, self._held = at - self._held, at
            self.dragged.emit(QPointF(by))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The window is as the reader wants it."""
        if self._held is not None and event.button() is Qt.MouseButton.RightButton:
            self._held = None
            self.released.emit()

    def _paint_picture(self, painter: QPainter, pixmap: QPixmap) -> None:
        size = pixmap.deviceIndependentSize()
        left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
        if left > 0 or top > 0:
            painter.fillRect(self.rect(), QColor(PALETTE.image))
        painter.drawPixmap(QPointF(left, top), pixmap)

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._ring is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for color, width in ((PALETTE.image, 4.0), (PALETTE.strong, 1.5)):
                painter.setPen(QPen(QColor(color), width))
                painter.drawEllipse(self._ring)
        if self._corner:
            painter.setFont(font("hint"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
            box = self.rect().adjusted(8, 8, -8, -8)
            painter.setPen(QColor(PALETTE.image))
            for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                painter.drawText(box.translated(x, y), right, self._corner)
            painter.setPen(QColor(PALETTE.text))
            painter.drawText(box, right, self._corner)

    def _paint_words(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), QColor(PALETTE.page))
        title, sentence = self._words
        middle = self.height() // 2
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        spare = 24 if self.width() < ROI_SIZE else 0  # narrow: the sentence takes more lines
        for words, role, color, top, high in (
            (title, "study", PALETTE.strong, middle - 64 - 2 * spare, 24 + spare),
            (sentence, "body", PALETTE.text_2, middle - 36 - spare, 48 + spare),
        ):
            painter.setFont(font(role))
            painter.setPen(QColor(color))
            painter.drawText(QRect(24, top, self.width() - 48, high), flags, words)
