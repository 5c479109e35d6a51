"""Recent studies, and the place to drop a study folder."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDesktopServices,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QSizePolicy, QVBoxLayout, QWidget

from reader_app.settings import RecentStudy
from reader_app.state.home_state import HomeState
from reader_app.widgets import icons
from reader_app.widgets.badge import badge_size, paint_badge
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel
from reader_app.widgets.rows import clear
from reader_app.widgets.theme import PALETTE, SPACE, font

_COVER = 56  # px
_BADGES = {"simulated": "simulated", "no CT": "neutral"}


def when(opened: str, now: datetime) -> str:
    """A UTC ISO time as people say it: "Today 09:40", "Thu 19 Nov", "2 Nov 2025"."""
    try:
        then = datetime.fromisoformat(opened).astimezone(now.tzinfo)
    except ValueError:
        return ""
    if then.date() == now.date():
        return f"Today {then:%H:%M}"
    if (now.date() - then.date()).days < 7:
        return f"{then:%a} {then.day} {then:%b}"
    return f"{then.day} {then:%b}" + ("" if then.year == now.year else f" {then.year}")


class RecentRow(QAbstractButton):
    """A study opened before; a click opens it, or asks where it lies now.

    `forgotten` on Delete: it is offered no more.
    """

    forgotten = Signal()

    def __init__(self, study: RecentStudy, is_open: bool, cover: QImage | None) -> None:
        super().__init__()
        self.study, self._is_open, self._cover = study, is_open, cover
        self.is_missing = study.is_missing and not is_open
        self._when = "Open now" if is_open else when(study.opened, datetime.now(UTC).astimezone())
        self._line = study.line
        if self.is_missing:
            self._when, self._line = "Locate…", "Its folder is not where it was"
        self.setAccessibleName(f"{study.name}, {self._line}, {self._when}")
        self.setToolTip(f"{study.folder} (Del: forget it)")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Two lines with room around them."""
        height = QFontMetrics(font("panel")).height() + QFontMetrics(font("hint")).height()
        return QSize(300, max(height, _COVER) + 16)

    def minimumSizeHint(self) -> QSize:
        """Names are shortened with dots when the panel is narrow."""
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name, badge, line and time."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._is_open or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(PALETTE.raised))
            painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        self._paint_cover(painter)
        words = QFontMetrics(font("panel")).height() + QFontMetrics(font("hint")).height()
        edge = (self.height() - words) // 2
        inner = self.rect().adjusted(SPACE[2] + _COVER + SPACE[3], edge, -SPACE[2], -edge)
        painter.setFont(font("hint"))
        painter.setPen(QColor(PALETTE.link if self.is_missing else PALETTE.text_3))
        painter.drawText(
            inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._when
        )
        room = inner.width() - painter.fontMetrics().horizontalAdvance(self._when) - SPACE[3]
        badge = badge_size(self.study.badge, "neutral").width() + 10 if self.study.badge else 0
        painter.setFont(font("panel"))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(self.study.name, Qt.TextElideMode.ElideRight, room - badge)
        painter.setPen(QColor(PALETTE.text_3 if self.is_missing else PALETTE.strong))
        painter.drawText(inner.x(), inner.y() + metrics.ascent(), name)
        if badge:
            place = inner.adjusted(metrics.horizontalAdvance(name) + 10, 0, 0, 0)
            place.setHeight(metrics.height())
            paint_badge(painter, place, self.study.badge, _BADGES.get(self.study.badge, "neutral"))
        painter.setFont(font("hint"))
        painter.setPen(QColor(PALETTE.text_3))
        line = painter.fontMetrics().elidedText(self._line, Qt.TextElideMode.ElideRight, room)
        painter.drawText(inner.x(), inner.bottom() - painter.fontMetrics().descent() + 1, line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete forgets it."""
        if event.key() == Qt.Key.Key_Delete and not self._is_open:
            self.forgotten.emit()
        else:
            super().keyPressEvent(event)

    def _paint_cover(self, painter: QPainter) -> None:
        box = QRectF(SPACE[1], (self.height() - _COVER) / 2, _COVER, _COVER)
        frame = QPainterPath()
        frame.addRoundedRect(box, 4, 4)
        painter.save()
        painter.setClipPath(frame)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(box, QColor(PALETTE.line))
        if self._cover is not None:
            painter.drawImage(box, self._cover)
        else:
            mark = icons.pixmap("cases", PALETTE.text_3, 20)
            painter.drawPixmap(box.center() - QPointF(10, 10), mark)
        painter.restore()


class DropPlace(QWidget):
    """Says that a study may be dropped; the window takes the drop anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self._words = "Drop a .blindread folder here to open it"
        self.setAccessibleName(self._words)
        self.setMinimumHeight(56)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A dashed frame with icon and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(PALETTE.edge), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(font("body"))
        painter.setPen(QColor(PALETTE.text_3))
        width = painter.fontMetrics().horizontalAdvance(self._words)
        left = max(0, (self.width() - width - 26) // 2)
        painter.drawPixmap(
            left, (self.height() - 16) // 2, icons.pixmap("import", PALETTE.link, 16)
        )
        rest = self.rect().adjusted(left + 26, 0, 0, 0)
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, self._words)


class RecentPanel(Panel):
    """Studies opened before, newest first."""

    def __init__(self, state: HomeState) -> None:
        super().__init__("Recent studies", flush=True)
        self._state = state
        show = button("Show in folder", "quiet", small=True, tooltip="Show the study's folder")
        show.clicked.connect(self._show_folder)
        self.show_button = show
        self.add_head(show)
        self.body.setContentsMargins(SPACE[1], SPACE[1], SPACE[1], SPACE[3])
        self._rows = QVBoxLayout()
        self._rows.setSpacing(SPACE[0])
        self.body.addLayout(self._rows)
        self.body.addStretch(1)
        self.body.addWidget(DropPlace())
        self.rows: tuple[RecentRow, ...] = ()
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Rebuild the rows."""
        clear(self._rows)
        recent = self._state.recent[:6]
        self.rows = tuple(
            RecentRow(one, self._state.is_open(one.folder), self._state.cover(one.folder))
            for one in recent
        )
        for row in self.rows:
            row.clicked.connect(partial(self._open, row))
            row.forgotten.connect(partial(self._state.opening.forget, row.study.folder))
            self._rows.addWidget(row)
        self.show_button.set_enabled_because(self._state.has_study, "No study is open")

    def _open(self, row: RecentRow, _checked: bool = False) -> None:
        """Open it, or ask where it lies now."""
        if not row.is_missing:
            self._state.opening.open(row.study.folder)
            return
        words = f"Where is {row.study.name} now?"
        start = str(self._state.opening.studies_folder)
        found = QFileDialog.getExistingDirectory(self, words, start)
        if found:
            self._state.opening.locate(row.study.folder, Path(found))

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._state.folder)))
