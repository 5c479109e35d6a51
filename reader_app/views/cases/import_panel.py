"""Last import or export: every file accounted for in three lists, reasons in words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.cases_import import ImportSummary, Reason, Section
from reader_app.state.cases_rows import counted
from reader_app.state.cases_state import CasesState
from reader_app.views.cases.offer_panel import OfferPanel
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.rows import clear
from reader_app.widgets.theme import PALETTE, SPACE

COLORS = {"taken": PALETTE.ok, "badged": PALETTE.warning, "left_out": PALETTE.control}
ICONS = {"taken": "check", "badged": "warning", "left_out": "close"}
LAST, CHOOSE = "Last import", "Choose what comes in"
NAMES_SHOWN = 30
REASONS_SHOWN = 60
"""More lines than these in a list would hold up the window; Copy list has all."""
_TOP_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop


class ShareBar(QWidget):
    """The three lists' shares of all files as one bar."""

    def __init__(self, sections: tuple[Section, ...]) -> None:
        super().__init__()
        self.sections = sections
        self.setFixedHeight(10)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        words = ", ".join(f"{one.title[:1].lower()}{one.title[1:]} {one.count}" for one in sections)
        self.setAccessibleName(f"Files: {words}")
        self.setToolTip(f"Files: {words}")

    def widths(self) -> tuple[float, ...]:
        """Px of each part: in proportion, but what is there is seen."""
        shown = [one.count for one in self.sections]
        gaps = 3 * max(0, sum(count > 0 for count in shown) - 1)
        room, total = self.width() - gaps, max(1, sum(shown))
        wide = [max(4.0, room * count / total) if count else 0.0 for count in shown]
        scale = room / max(1.0, sum(wide))
        return tuple(width * scale for width in wide)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the parts side by side."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        x = 0.0
        for section, width in zip(self.sections, self.widths(), strict=True):
            if width:
                painter.setBrush(QColor(COLORS[section.kind]))
                painter.drawRoundedRect(QRectF(x, 0, width, self.height()), 2, 2)
                x += width + 3


class ImportPanel(Panel):
    """The lists, made anew after each import; the series to choose from while they wait.

    Hidden before the first of either.
    """

    def __init__(self, state: CasesState) -> None:
        super().__init__(LAST, flush=True)
        self._state = state
        self._shown: ImportSummary | None = None
        self.copy = button(
            "Copy list", "quiet", small=True, tooltip="Copy every file with its reason"
        )
        self.copy.clicked.connect(self._copy)
        self.open = button("Open folder", "quiet", small=True, tooltip="Show the exported files")
        self.open.clicked.connect(self._open)
        self.add_head(self.open)
        self.add_head(self.copy)
        content = QWidget()
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("Import lists")
        scroll.setWidget(content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.offer = OfferPanel(state.importing)
        self.pages = QStackedWidget()
        self.pages.addWidget(scroll)
        self.pages.addWidget(self.offer)
        self.body.addWidget(self.pages)
        state.import_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the series to choose from, else the last import's lists."""
        found, asks = self._state.last_outcome, self._state.importing.offer.standing is not None
        self.setVisible(found is not None or asks)
        self.pages.setCurrentIndex(1 if asks else 0)
        self.copy.setVisible(not asks)
        self.open.setVisible(not asks and found is not None and found.folder is not None)
        self.set_title(CHOOSE if asks else found.title if found else LAST)
        if found is None or found is self._shown:
            self._shown = found
            return
        self._shown = found
        clear(self._column)
        self._column.addWidget(_head(found))
        for section in found.sections:
            if section.count:
                self._column.addWidget(_section(section))
        rest = QWidget()
        self._column.addWidget(rest, 1)

    def _copy(self) -> None:
        if self._shown is not None:
            QGuiApplication.clipboard().setText(self._shown.text)
            self._state.say_copied()

    def _open(self) -> None:
        if self._shown is not None and self._shown.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._shown.folder)))


def _head(found: ImportSummary) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(SPACE[3], SPACE[3], SPACE[3], SPACE[3])
    column.setSpacing(2)
    column.addWidget(ShareBar(found.sections))
    column.addSpacing(SPACE[1])
    column.addWidget(label(found.line, "hint", wrap=True))
    # A path has no blanks to break at: zero-width spaces after the separators let it wrap.
    place = label(found.source.replace("/", "/\u200b").replace("\\", "\\\u200b"), wrap=True)
    place.setAccessibleName(found.source)
    place.setToolTip(found.source)
    column.addWidget(place)
    return holder


def _section(section: Section) -> QWidget:
    holder = QFrame()
    holder.setObjectName("importSection")
    holder.setStyleSheet(f"#importSection {{ border-top: 1px solid {PALETTE.line}; }}")
    holder.setAccessibleName(f"{section.title}: {counted(section.count, 'file')}")
    column = QVBoxLayout(holder)
    column.setContentsMargins(SPACE[3], 10, SPACE[3], SPACE[2])
    column.setSpacing(6)
    head = QHBoxLayout()
    head.setSpacing(SPACE[1])
    mark = QLabel()
    color = PALETTE.text_2 if section.kind == "left_out" else COLORS[section.kind]
    mark.setPixmap(icons.pixmap(ICONS[section.kind], color, 16))
    head.addWidget(mark)
    head.addWidget(label(section.title, "panel"))
    head.addStretch(1)
    head.addWidget(label(f"{section.count:,}", "panel"))
    column.addLayout(head)
    column.addLayout(_reasons(section.reasons[:REASONS_SHOWN], section.by_file))
    more = len(section.reasons) - REASONS_SHOWN
    if more > 0:
        column.addWidget(label(f"and {more:,} more; Copy list has all of them", "hint"))
    return holder


def _reasons(reasons: tuple[Reason, ...], by_file: bool) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(SPACE[2])
    grid.setVerticalSpacing(0)
    grid.setColumnMinimumWidth(0, 12 if by_file else 34)
    grid.setColumnStretch(1, 1)
    for k, reason in enumerate(reasons):
        count = label("" if by_file else f"{len(reason.files):,}")
        title, line = _plain(reason.title), _plain(reason.line, "hint")
        for words in (count, title, line):
            words.setToolTip(_names(reason.files))
        grid.addWidget(count, 3 * k, 0, _TOP_RIGHT)
        grid.addWidget(title, 3 * k, 1)
        grid.addWidget(line, 3 * k + 1, 1)
        grid.setRowMinimumHeight(3 * k + 2, 6 if k < len(reasons) - 1 else 0)
    return grid


def _plain(words: str, role: str = "body") -> QLabel:
    """Words that may hold names of files: no markup, and broken where a name is too long."""
    found = label(words.replace("_", "_\u200b"), role, wrap=True)
    found.setTextFormat(Qt.TextFormat.PlainText)
    found.setMinimumWidth(0)
    return found


def _names(files: tuple[str, ...]) -> str:
    more = len(files) - NAMES_SHOWN
    return "\n".join(files[:NAMES_SHOWN]) + (f"\nand {more:,} more" if more > 0 else "")
