"""The leak audit: the verdict first, as a sentence; then the evidence."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.read_preview import Preview
from reader_app.state.read_separation import PixelFacts
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import PALETTE, RADIUS_CONTROL, SPACE, font
from studies.protocols.leak_audit import PASS_BELOW, AuditRow, LeakAudit

_LOOKS = {
    "passed": ("shield", PALETTE.ok, PALETTE.ok_ground),
    "leak": ("error", PALETTE.error, PALETTE.error_ground),
    "undecided": ("warning", PALETTE.warning, PALETTE.warning_ground),
    "none": ("info", PALETTE.text_3, PALETTE.page),
}
PIXELS_TIP = (
    "How well a small network, which never saw the item, tells synthetic from real by the picture "
    "itself. It is reported and never keeps from sealing: what it sees, a reader may see too."
)
FEATURES = {
    "All together": "All the measures below at once; this decides the verdict",
    "Histogram ends": "How many pixels are quite black or quite white, as clipping leaves them",
    "Grey levels used": "How many grey levels occur, and which gaps are between them",
    "Border rows": "Whether the outermost rows and columns differ from those inside",
    "Fine spectrum": "Texture finer than resampled anatomy can be, as a generator may leave it",
    "Order of ids": "Whether the order in which the files are listed tells which are synthetic",
}
_MOST_TICKS = 6
_NAMES, _FIGURES, _AXIS, _TALLEST = 130, 64, 26, 40


def points(value: float) -> str:
    """An AUC as readers of statistics write it: .513, 1.00."""
    words = f"{value:.3f}"
    return words[1:] if words.startswith("0") else words[:4]


class Verdict(QFrame):
    """Icon, sentence and figures on the verdict's ground."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("verdict")
        self._icon = QLabel()
        self.sentence = label("", "panel", wrap=True)
        self.figures = label("", "secondary", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.sentence)
        words.addWidget(self.figures)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        row.setSpacing(SPACE[2])
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)

    def show_words(self, kind: str, sentence: str, figures: str) -> None:
        """Say it in the look of passed | leak | undecided | none."""
        icon, color, ground = _LOOKS[kind]
        self._icon.setPixmap(icons.pixmap(icon, color, 20))
        self.sentence.setText(sentence)
        self.figures.setText(figures)
        self.setStyleSheet(
            f"QFrame#verdict {{ background: {ground}; border: 1px solid {color}; "
            f"border-radius: {RADIUS_CONTROL}px; }}"
        )


class AucRows(QWidget):
    """A dot and its 95 % interval for each group of features, on one axis."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[AuditRow, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("AUC of each group of features")

    def show_rows(self, rows: tuple[AuditRow, ...]) -> None:
        """Draw other rows."""
        self._rows = rows
        self.setAccessibleDescription("; ".join(map(_row_words, rows)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for each row."""
        return QSize(360, max(1, len(self._rows)) * 28 + _AXIS)

    def minimumSizeHint(self) -> QSize:
        """Rows of 20 px at least."""
        return QSize(300, max(1, len(self._rows)) * 20 + _AXIS)

    def event(self, event: QEvent) -> bool:
        """A row under the mouse says what its features are."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().y()), self)
            return True
        return super().event(event)

    def words_at(self, y: int) -> str:
        """What the row at a height measures, "" beside the rows."""
        if not self._rows:
            return ""
        pitch = min(_TALLEST, (self.height() - _AXIS) / len(self._rows))
        at = int(y / pitch)
        return FEATURES.get(self._rows[at].name, "") if at < len(self._rows) else ""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ground, axis, then the rows."""
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pitch = min(_TALLEST, (self.height() - _AXIS) / len(self._rows))
        box = QRectF(_NAMES, 0, self.width() - _NAMES - _FIGURES, pitch * len(self._rows))
        low = min(0.3, *(row.low for row in self._rows))
        high = max(0.7, *(row.high for row in self._rows))
        self._low, self._high = int(low * 10) / 10, -(-round(high * 100) // 10) / 10
        painter.fillRect(box, QColor(PALETTE.page))
        self._paint_axis(painter, box)
        for k, row in enumerate(self._rows):
            self._paint_row(painter, box, k * pitch, pitch, row)

    def _x(self, box: QRectF, value: float) -> float:
        return box.left() + (value - self._low) / (self._high - self._low) * box.width()

    def _paint_axis(self, painter: QPainter, box: QRectF) -> None:
        painter.setFont(font("tick"))
        for tenth in ticks_of(self._low, self._high):
            x = self._x(box, tenth / 10)
            painter.setPen(QPen(QColor(PALETTE.line), 1))
            painter.drawLine(int(x), int(box.top()), int(x), int(box.bottom()))
            painter.setPen(QColor(PALETTE.text_3))
            words = QRectF(x - 20, box.bottom() + 4, 40, 18)
            painter.drawText(words, Qt.AlignmentFlag.AlignHCenter, f"{tenth / 10:.1f}")
        for value, color in ((0.5, PALETTE.hint), (PASS_BELOW, PALETTE.error)):
            pen = QPen(QColor(color), 1)
            pen.setDashPattern([4, 3])
            painter.setPen(pen)
            x = int(self._x(box, value))
            painter.drawLine(x, int(box.top()), x, int(box.bottom()))

    def _paint_row(
        self, painter: QPainter, box: QRectF, top: float, pitch: float, row: AuditRow
    ) -> None:
        first = row is self._rows[0]
        painter.setFont(font("panel" if first else "body"))
        painter.setPen(QColor(PALETTE.strong if first else PALETTE.text_2))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(0, top, _NAMES - 12, pitch), right, row.name)
        figure = "same" if row.constant else points(row.auc)
        painter.drawText(QRectF(box.right(), top, _FIGURES - 8, pitch), right, figure)
        if row.constant:
            return
        middle = top + pitch / 2
        color = QColor(PALETTE.ok if row.high < PASS_BELOW else PALETTE.warning)
        if row.low > 0.5 and row.auc >= PASS_BELOW:
            color = QColor(PALETTE.error)
        painter.setPen(QPen(color, 3 if first else 2))
        painter.drawLine(
            int(self._x(box, row.low)), int(middle), int(self._x(box, row.high)), int(middle)
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        radius = 4.5 if first else 3.5
        x = self._x(box, row.auc)
        painter.drawEllipse(QRectF(x - radius, middle - radius, 2 * radius, 2 * radius))


def ticks_of(low: float, high: float) -> range:
    """Tenths within low..high that are labelled: each, or every second where they are many."""
    first, last = round(low * 10), round(high * 10)
    step = 1 if last - first < _MOST_TICKS else 2
    return range(-(-first // step) * step, last + 1, step)


def _row_words(row: AuditRow) -> str:
    told = "the same for every item" if row.constant else f"AUC {points(row.auc)}"
    return f"{row.name}: {told}. {FEATURES.get(row.name, '')}"


class AuditPanel(Panel):
    """`again_asked` to draw the items and audit them again."""

    again_asked = Signal()

    def __init__(self) -> None:
        super().__init__("Leak audit", "AUC with 95 % interval")
        self.again = button(
            "Run again", icon="refresh", small=True, tooltip="Audit the draft's items again"
        )
        self.add_head(self.again)
        self.verdict, self.rows = Verdict(), AucRows()
        self.body.addWidget(self.verdict)
        self.pixels = label("", "secondary", wrap=True)
        self.pixels.setToolTip(PIXELS_TIP)
        self.body.addWidget(self.pixels)
        self.body.addWidget(self.rows, 1)
        self.again.clicked.connect(self.again_asked)

    def show_waiting(self) -> None:
        """The audit is under way: none of an older draft is shown."""
        self.rows.show_rows(())
        self.verdict.show_words("none", "Computing…", "")

    def show_pixels(self, facts: PixelFacts) -> None:
        """What a network made of the pixels; said too where it was not measured."""
        self.pixels.setText(f"Pixels, network: {pixel_words(facts)}")

    def show_preview(self, preview: Preview) -> None:
        """Show an audit, or why there is none."""
        audit = preview.audit
        self.rows.show_rows(audit.rows if audit else ())
        if audit is None:
            self.verdict.show_words("none", "Not audited", preview.audit_problem)
        else:
            self.verdict.show_words(audit.verdict, audit.sentence, _figures(audit))


def pixel_words(facts: PixelFacts) -> str:
    """The AUC with its interval and n, or why there is none."""
    found = facts.found
    if found is None:
        return "being measured…" if facts.is_running else "not measured"
    return (
        f"AUC {points(found.auc)} [{points(found.low)}, {points(found.high)}], "
        f"{found.real} real and {found.synthetic} synthetic items, out of fold; reported only"
    )


def _figures(audit: LeakAudit) -> str:
    first = audit.rows[0]
    interval = f"AUC {points(first.auc)} [{points(first.low)}, {points(first.high)}]"
    counts = f"{audit.real} real and {audit.synthetic} synthetic items"
    rule = {
        "passed": f"The upper bound lies below {points(PASS_BELOW)}.",
        "leak": "Items of this kind can be told apart without looking at anatomy.",
        "undecided": f"The upper bound does not lie below {points(PASS_BELOW)}: more items decide.",
    }[audit.verdict]
    return f"{interval}, {counts}. {rule}"
