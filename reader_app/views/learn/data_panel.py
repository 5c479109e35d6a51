"""The Data panel: ready lesions by class and fold, and what hinders training."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from reader_app.state.learn_data import DataView, DoubtfulSource
from reader_app.state.learn_state import LearnState
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import PALETTE, SPACE

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class DataPanel(Panel):
    """Counts in a small table; below it shortages and notes as sentences."""

    def __init__(self, state: LearnState) -> None:
        super().__init__("Data")
        self._state = state
        self._holder = QWidget()
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(SPACE[1])
        self.body.addLayout(self._column)
        self.body.addStretch(1)
        self._column.addWidget(self._holder)
        self._shown: DataView | None = None
        state.data_changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        data = self._state.data
        if data is None or data == self._shown:
            return
        self._shown = data
        fresh = _table(data, tuple(self._doubtful(one) for one in data.sources))
        self._column.replaceWidget(self._holder, fresh)
        self._holder.hide()
        self._holder.deleteLater()
        self._holder = fresh

    def _doubtful(self, found: DoubtfulSource) -> QWidget:
        """The warning of a source, with the button that keeps it out or takes it in again."""
        icon, color = ("info", PALETTE.text_3) if found.is_out else ("warning", PALETTE.warning)
        words = "Networks neither train on these ROIs nor are tested on them"
        tool = button(found.action, "quiet", small=True, tooltip=words)
        tool.setAccessibleName(f"{found.action}: {found.source}")
        tool.clicked.connect(lambda: self._state.leave_out(found.source, not found.is_out))
        return _remark(icon, color, found.words, "hint", tool)


def _table(data: DataView, doubtful: tuple[QWidget, ...]) -> QWidget:
    """The whole content of the panel, made anew: it changes a few times a day."""
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE[0])
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(SPACE[2])
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    _head(grid, data)
    for at, row in enumerate(data.rows):
        line = 2 * at + 2
        grid.addWidget(_rule(), line - 1, 0, 1, data.folds + 2)
        grid.addWidget(ClassMark(row.category), line, 0)
        counts = row.per_fold or ("–",) * data.folds
        for fold, count in enumerate(counts):
            grid.addWidget(_number(str(count), "body"), line, fold + 1)
        grid.addWidget(_number(f"{row.total:,}", "panel"), line, data.folds + 1)
    _foot(grid, data)
    column.addLayout(grid)
    for sentence in data.shortages:
        column.addWidget(_remark("error", PALETTE.error_text, sentence, "error"))
    for sentence in data.notes:
        column.addWidget(_remark("warning", PALETTE.warning, sentence, "hint"))
    for warning in doubtful:
        column.addWidget(warning)
    if not data.drawn and not data.shortages:
        words = "Folds are drawn by patient when training starts, and then kept."
        column.addWidget(_remark("info", PALETTE.text_3, words, "hint"))
    extra = sum(row.extra for row in data.rows)
    if extra:
        words = f"{extra} lesions of extra cases join training sets only."
        column.addWidget(_remark("info", PALETTE.text_3, words, "hint"))
    return holder


def _head(grid: QGridLayout, data: DataView) -> None:
    grid.addWidget(label("Class", "hint"), 0, 0)
    for fold in range(data.folds):
        grid.addWidget(
            _number(f"Fold {fold + 1}" if fold == 0 else str(fold + 1), "hint"), 0, fold + 1
        )
    grid.addWidget(_number("All", "hint"), 0, data.folds + 1)


def _foot(grid: QGridLayout, data: DataView) -> None:
    line = 2 * len(data.rows) + 2
    grid.addWidget(_rule(), line - 1, 0, 1, data.folds + 2)
    grid.addWidget(label("All", "secondary"), line, 0)
    for fold in range(data.folds):
        total = sum(row.per_fold[fold] for row in data.rows) if data.drawn else "–"
        grid.addWidget(_number(str(total), "body"), line, fold + 1)
    grid.addWidget(_number(f"{data.total:,}", "panel"), line, data.folds + 1)


def _number(text: str, role: str) -> QLabel:
    shown = label(text, role)
    shown.setAlignment(_RIGHT)
    return shown


def _rule() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    line.setStyleSheet(f"background: {PALETTE.line};")
    return line


def _remark(
    icon: str, color: str, sentence: str, role: str, tool: QWidget | None = None
) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, SPACE[0], 0, 0)
    row.setSpacing(SPACE[1])
    mark = QLabel()
    mark.setPixmap(icons.pixmap(icon, color, 16))
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(sentence, role, wrap=True), 1)
    if tool is not None:
        row.addWidget(tool, 0, Qt.AlignmentFlag.AlignTop)
    return holder
