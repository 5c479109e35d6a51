"""Small pieces of layout that the result panels share."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QLayout, QScrollArea, QSizePolicy, QWidget

from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import PALETTE, font
from studies.report.glossary import terms_in

_CONDITION = 10  # characters of the longest condition


def emptied(layout: QLayout) -> None:
    """Take every widget and inner layout out of a layout and let them go."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            emptied(inner)


def scrolled(content: QWidget) -> QScrollArea:
    """A widget that scrolls where the window is smaller than it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(content)
    return area


def spare_height(plot: QWidget, least: int) -> None:
    """Let a plot take the height that is left, at least `least` px."""
    plot.setMinimumHeight(least)
    plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)


def rule() -> QFrame:
    """A 1-px line."""
    line = QFrame()
    line.setFixedHeight(1)
    line.setStyleSheet(f"background: {PALETTE.line}; border: none;")
    return line


def plain(text: str, role: str = "body", *, wrap: bool = False) -> QLabel:
    """A label that shows foreign text as it is, never as markup.

    Its tooltip explains the technical words in it.
    """
    made = label(text, role, wrap=wrap)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setToolTip(tip("", text))
    return made


def say(target: QLabel, text: str) -> None:
    """Other words in a plain label, and what is technical in them explained."""
    target.setText(text)
    target.setToolTip(tip("", text))


def explain(panel: Panel, *texts: str) -> None:
    """Explain the technical words of a panel's head, and of further `texts`, in its tooltip."""
    bar = panel.title.parentWidget()
    if bar is not None:
        bar.setToolTip(tip("", panel.title.text(), panel.hint.accessibleName(), *texts))


def tip(words: str, *texts: str) -> str:
    """A tooltip: its words, then each technical word in them or in `texts` in one sentence."""
    lines = [f"<p>{escape(words)}</p>"] if words else []
    for term in terms_in("\n".join((words, *texts))):
        lines.append(
            f"<p><strong>{escape(term.word)}</strong>: {escape(term.sentence)} "
            f"<em>({escape(term.source)})</em>.</p>"
        )
    return "".join(lines)


def as_tooltip(text: str) -> str:
    """Foreign text as a tooltip: Qt would read what looks like markup as markup."""
    return f"<span>{escape(text)}</span>" if "<" in text or "&" in text else text


def named(name: str, role: str = "body", least: int = 8) -> QLabel:
    """A reader's name, cut to the room there is and not below `least` characters.

    Where it is cut, the tooltip has the whole.
    """
    return ElidedLabel(name, role, least=least)


def clipped(name: str, length: int = 24) -> str:
    """A name that fits a narrow column; a condition at its end, `, slice`, stays."""
    if len(name) <= length:
        return name
    before, comma, last = name.rpartition(", ")
    ending = f"{comma}{last}" if comma and len(last) <= _CONDITION else ""
    head = (before if ending else name)[: length - 1 - len(ending)]
    return f"{head.rstrip()}…{ending}"


def narrow(choice: QComboBox, characters: int = 12) -> QComboBox:
    """Let a choice be as narrow as so many characters; its list shows the whole."""
    choice.setProperty("dense", True)
    choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    choice.setMinimumContentsLength(characters)
    choice.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return choice


def choice(name: str, tooltip: str, characters: int = 12) -> QComboBox:
    """An empty choice with its name and tooltip, narrow."""
    made = narrow(QComboBox(), characters)
    made.setAccessibleName(name)
    made.setToolTip(tooltip)
    return made


def offer(box: QComboBox, items: Iterable[tuple[str, str]], held: str | None = None) -> None:
    """Offer these (words, data) without a signal; `held` is chosen, or what was before."""
    wanted = box.currentData() if held is None else held
    blocked = box.blockSignals(True)
    box.clear()
    for words, data in items:
        box.addItem(words, data)
    box.setCurrentIndex(max(0, box.findData(wanted)))
    box.blockSignals(blocked)


def colored(text: str, color: str, role: str = "body") -> QLabel:
    """Plain text in a colour."""
    made = plain(text, role)
    made.setStyleSheet(f"color: {color};")
    return made


class ShareBar(QWidget):
    """A share 0..1 as a bar."""

    def __init__(self, share: float, color: str, name: str) -> None:
        super().__init__()
        self._share, self._color = min(max(share, 0.0), 1.0), color
        self.setAccessibleName(f"{name}: {100 * self._share:.0f} %")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A low bar."""
        return QSize(84, 12)

    def minimumSizeHint(self) -> QSize:
        """Half of it still reads."""
        return QSize(40, 12)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw track and share."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(PALETTE.page))
        painter.drawRoundedRect(QRectF(0, 1, self.width(), 10), 2, 2)
        painter.setBrush(QColor(self._color))
        painter.drawRoundedRect(QRectF(0, 1, self.width() * self._share, 10), 2, 2)


class LineSample(QWidget):
    """A short piece of a plot's line, for legends."""

    def __init__(
        self, color: str, dash: tuple[float, ...] = (), marker: str = "", *, line: bool = True
    ) -> None:
        super().__init__()
        self._color, self._dash, self._marker, self._line = color, dash, marker, line
        self.setFixedSize(28, 14)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw line and marker."""
        from reader_app.widgets.plots import LineLook, pen
        from reader_app.widgets.theme import marker_path

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hollow = self._marker == "paper"
        if self._line and not hollow:
            painter.setPen(pen(LineLook(self._color, self._dash)))
            painter.drawLine(0, 7, 28, 7)
        painter.translate(14, 7)
        if hollow:
            painter.setPen(QColor(self._color))
            painter.drawPath(marker_path("diamond", 11))
        elif self._marker:
            painter.fillPath(marker_path(self._marker, 8), QColor(self._color))


def tick_font(target: QLabel) -> QLabel:
    """The label in 11 px."""
    target.setFont(font("tick"))
    return target
