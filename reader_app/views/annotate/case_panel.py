"""Left of the slice: lesions by case, the case's series, how much is done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from reader_app.views.annotate.lesion_list import LesionList
from reader_app.views.annotate.slice_list import SliceBox
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.roi_view import to_pixmap
from reader_app.widgets.theme import PALETTE
from studies.records import FloatArray, LesionRecord, SeriesRecord

WIDTH, THUMB = 216, 56
MOST_SERIES = 3
"""Rows of series seen at once; more scroll."""


class CasePanel(QWidget):
    """Shows what the state says; tells what was chosen."""

    lesion_chosen = Signal(int)
    case_chosen = Signal(int)
    series_chosen = Signal(int)
    add_asked = Signal()
    remove_asked = Signal()
    open_only_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._shown: tuple[SeriesRecord, ...] = ()
        self.slices = SliceBox()
        self.list = LesionList()
        self.list.lesion_chosen.connect(self.lesion_chosen)
        self.list.case_chosen.connect(self.case_chosen)
        self.count = label("", "hint")
        self.add = button("", icon="plus", small=True, tooltip="Add a lesion (A)")
        self.remove = button(
            "", icon="trash", small=True, tooltip="Remove the lesion, undoable (Ctrl Delete)"
        )
        for each, signal in ((self.add, self.add_asked), (self.remove, self.remove_asked)):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            each.clicked.connect(signal)
        self._lay()

    def _lay(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 8, 8)
        head.setSpacing(6)
        head.addWidget(label("Lesions", "panel"))
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self.remove)
        head.addWidget(self.add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(_rule())
        column.addWidget(self.list, 1)
        column.addWidget(_rule())
        column.addWidget(self.slices)
        column.addWidget(_rule())
        column.addLayout(self._series_box())
        column.addWidget(_rule())
        column.addLayout(self._progress_box())

    def _series_box(self) -> QVBoxLayout:
        self.series = QListWidget()
        self.series.setFrameShape(QListWidget.Shape.NoFrame)
        self.series.setIconSize(QSize(THUMB, THUMB))
        self.series.setAccessibleName("Series of the case")
        self.series.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.series.setStyleSheet(f"QListWidget {{ background: {PALETTE.panel}; }}")
        self.series.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.series.setWordWrap(True)
        self.series.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.series.itemClicked.connect(self._choose_series)
        self.series.itemActivated.connect(self._choose_series)
        box = QVBoxLayout()
        box.setContentsMargins(8, 8, 8, 8)
        box.setSpacing(4)
        title = label("Series", "panel")
        title.setContentsMargins(8, 0, 0, 0)
        box.addWidget(title)
        box.addWidget(self.series)
        return box

    def _progress_box(self) -> QVBoxLayout:
        self.done = label("", "panel")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(6)
        self.bar.setAccessibleName("Lesions done")
        self.open_only = QCheckBox("Open ones only")
        self.open_only.setToolTip("List only cases and lesions with something missing")
        self.open_only.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.open_only.clicked.connect(self.open_only_chosen)
        line = QHBoxLayout()
        line.addWidget(label("Done", "hint"))
        line.addStretch(1)
        line.addWidget(self.done)
        box = QVBoxLayout()
        box.setContentsMargins(16, 8, 16, 10)
        box.setSpacing(6)
        box.addLayout(line)
        box.addWidget(self.bar)
        box.addWidget(self.open_only)
        return box

    def _choose_series(self, item: QListWidgetItem) -> None:
        self.series_chosen.emit(int(item.data(Qt.ItemDataRole.UserRole)))

    def show_progress(self, done: int, total: int, *, open_only: bool = False) -> None:
        """How many lesions miss nothing, and whether only the others are listed."""
        self.open_only.setChecked(open_only)
        self.count.setText(f"{total}")
        self.done.setText(f"{done} / {total}")
        self.bar.setRange(0, max(total, 1))
        self.bar.setValue(done)
        self.bar.setToolTip(f"{done} of {total} lesions have margin, diagnosis and basis")

    def show_series(
        self,
        found: tuple[SeriesRecord, ...],
        chosen: SeriesRecord | None,
        picture: Callable[[SeriesRecord], FloatArray | None],
    ) -> None:
        """The case's series with the middle slice of each."""
        if found != self._shown:
            self._shown = found
            self.series.clear()
            for series in found:
                self.series.addItem(_series_item(series, picture(series)))
            rows = min(max(len(found), 1), MOST_SERIES)
            self.series.setFixedHeight(rows * (THUMB + 8) + 2)
        for row, series in enumerate(found):
            if chosen is not None and series.id == chosen.id:
                self.series.setCurrentRow(row)

    def show_choice(self, lesion: LesionRecord | None, can_edit: bool) -> None:
        """Which buttons can be pressed, and why not."""
        self.add.set_enabled_because(can_edit, "The study is open read-only.")
        reason = "Choose a lesion first." if lesion is None else "The study is open read-only."
        self.remove.set_enabled_because(can_edit and lesion is not None, reason)


def _series_item(series: SeriesRecord, picture: FloatArray | None) -> QListWidgetItem:
    count = "1 image" if series.slices == 1 else f"{series.slices} slices"
    is_said = " mm" in series.description or not series.slice_spacing
    thickness = "" if is_said else f", {series.slice_spacing:.1f} mm"
    item = QListWidgetItem(f"{series.description}\n{count}{thickness}")
    item.setData(Qt.ItemDataRole.UserRole, series.id)
    item.setToolTip(f"{series.description}, {count}{thickness}. {series.scanner}")
    item.setSizeHint(QSize(WIDTH - 20, THUMB + 8))
    if picture is not None:
        item.setIcon(QIcon(to_pixmap(picture, THUMB)))
    return item


def _rule() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    line.setStyleSheet(f"background: {PALETTE.line};")
    return line
