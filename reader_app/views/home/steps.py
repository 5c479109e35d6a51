"""The five-step line with one number a step."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from reader_app.state.home_state import HomeState
from reader_app.state.next_steps import STEPS, Step
from reader_app.widgets import icons
from reader_app.widgets.panel import Panel
from reader_app.widgets.theme import PALETTE, font

_DOT, _TOP = 32, 4


class StepView(QAbstractButton):
    """One step: dot, line to the next, title, number, a quiet line; a click opens its page."""

    def __init__(self, number: int, last: bool) -> None:
        super().__init__()
        self._number, self._last = number, last
        self._step: Step | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_step(self, step: Step) -> None:
        """Show where this step stands."""
        self._step = step
        number = f"{step.number} {step.unit}".rstrip()
        words = f"{step.title}: {number}, {step.line}"
        self.setAccessibleName(f"Step {self._number}, {words}")
        self.setToolTip(f"Open {step.title} (Ctrl {self._number + 1})")
        self.update()

    def sizeHint(self) -> QSize:
        """Dot, title, number and line below each other."""
        heights = sum(self._heights())
        return QSize(150, _TOP + _DOT + 12 + heights + 6)

    def minimumSizeHint(self) -> QSize:
        """Five stand side by side in the smallest window."""
        return QSize(130, self.sizeHint().height())

    def _heights(self) -> tuple[int, int, int]:
        title, number, line = (
            QFontMetrics(font(role)).height() for role in ("study", "number", "body")
        )
        return title, number, line

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the step."""
        step = self._step
        if step is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_line(painter, step)
        self._paint_dot(painter, step)
        self._paint_words(painter, step)

    def _paint_line(self, painter: QPainter, step: Step) -> None:
        if self._last:
            return
        color = PALETTE.ok if step.state == "done" else PALETTE.button_edge
        painter.setPen(QPen(QColor(color), 2 if step.state == "done" else 1.5))
        y = _TOP + _DOT / 2
        painter.drawLine(QPointF(_DOT + 12, y), QPointF(self.width() - 12, y))

    def _paint_dot(self, painter: QPainter, step: Step) -> None:
        dot = QRectF(1, _TOP, _DOT, _DOT)
        fill = {"done": PALETTE.ok, "now": PALETTE.accent}.get(step.state)
        edge = {"locked": PALETTE.control, "open": PALETTE.accent_pressed}.get(step.state, fill)
        painter.setPen(QPen(QColor(edge or PALETTE.control), 1.4))
        painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(dot.adjusted(1, 1, -1, -1))
        mark = {"done": "check", "locked": "lock"}.get(step.state)
        if mark:
            color = PALETTE.on_accent if step.state == "done" else PALETTE.text_3
            painter.drawPixmap(dot.center() - QPointF(9, 9), icons.pixmap(mark, color, 18))
            return
        painter.setFont(font("study"))
        painter.setPen(QColor(PALETTE.on_accent if fill else PALETTE.link))
        painter.drawText(dot, Qt.AlignmentFlag.AlignCenter, str(self._number))

    def _paint_words(self, painter: QPainter, step: Step) -> None:
        title, number, _ = self._heights()
        y = _TOP + _DOT + 12
        self._write(painter, 0, y, step.title, "study", PALETTE.strong)
        y += title + 2
        strong = PALETTE.text_3 if step.number in ("Sealed", "None") else PALETTE.strong
        x = self._write(painter, 0, y, step.number, "number", strong)
        painter.setFont(font("number"))
        base = y + painter.fontMetrics().ascent()
        painter.setFont(font("hint"))
        painter.setPen(QColor(PALETTE.text_3))
        painter.drawText(QPointF(x + 8, base), step.unit)
        self._write(painter, 0, y + number + 4, step.line, "body", PALETTE.text_3)

    def _write(self, painter: QPainter, x: int, y: int, text: str, role: str, color: str) -> int:
        painter.setFont(font(role))
        painter.setPen(QColor(color))
        metrics = painter.fontMetrics()
        room = self.width() - x - 8
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QPointF(x, y + metrics.ascent()), shown)
        return x + metrics.horizontalAdvance(shown)


class StepsPanel(Panel):
    """The five steps in a row."""

    def __init__(self, state: HomeState) -> None:
        super().__init__()
        self._state = state
        self.setAccessibleName("Five steps")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.body.setContentsMargins(16, 12, 16, 10)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 0, 0)
        row.setSpacing(0)
        self.views = tuple(StepView(k, k == len(STEPS)) for k in range(1, len(STEPS) + 1))
        for view, page in zip(self.views, STEPS, strict=True):
            view.clicked.connect(lambda _checked=False, page=page: state.asked.emit(page))
            row.addWidget(view, 1)
        holder = QWidget()
        holder.setLayout(row)
        self.body.addWidget(holder)
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the state's steps."""
        for view, step in zip(self.views, self._state.steps, strict=False):
            view.show_step(step)
