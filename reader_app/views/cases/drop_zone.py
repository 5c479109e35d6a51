"""The drop zone: says what may be dropped; while an import runs, how far it is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from reader_app.state.cases_state import CasesState
from reader_app.widgets import icons
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, RADIUS_PANEL, SPACE

WHAT = "Drop a folder, files, a zip or a DICOMDIR here"
MORE = "Images with a CSV manifest, or margins, work too. Nothing leaves this computer."
_WAITS = "Waiting for the job before it"


class DropZone(QWidget):
    """A dashed frame; the page takes the drop itself. `choose` opens the file dialog.

    While anything is imported or exported, it says how far that is.
    """

    def __init__(self, state: CasesState) -> None:
        super().__init__()
        self._state = state
        self._hot = False
        self.setAccessibleName("Drop zone")
        mark = QLabel()
        mark.setPixmap(icons.pixmap("import", PALETTE.link, 20))
        self.what, self.more = label(WHAT, "panel"), label(MORE, "secondary")
        for words in (self.what, self.more):  # gives way before the buttons do
            words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.more.setMinimumWidth(0)
        self.more.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setFixedWidth(140)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Import progress")
        self.choose = button("Choose files…", tooltip="Choose files, zips or a DICOMDIR")
        self.cancel = button("Cancel", tooltip="Stop it; what is done by then stays")
        self.cancel.clicked.connect(state.cancel_imports)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], 10, SPACE[3], 10)
        row.setSpacing(SPACE[2])
        row.addWidget(mark)
        row.addWidget(self.what)
        row.addWidget(self.more, 1)
        for widget in (self.bar, self.choose, self.cancel):
            row.addWidget(widget)
        state.import_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """What to drop, why not, or how far the import is."""
        busy, hindrance = bool(self._state.deed), self._state.hindrance
        self.choose.setVisible(not busy)
        self.choose.set_enabled_because(not hindrance, hindrance)
        self.cancel.setVisible(busy)
        self.bar.setVisible(busy)
        if busy:
            self._show_progress()
        else:
            self.what.setText("Import is not possible here" if hindrance else WHAT)
            self.more.setText(hindrance or MORE)

    def _show_progress(self) -> None:
        view = self._state.deed_progress
        self.what.setText(self._state.deed)
        self.more.setText(view.progress.message if view else _WAITS)
        total = view.progress.total if view else 0
        self.bar.setRange(0, total)
        self.bar.setValue(view.progress.done if view else 0)

    def set_hot(self, hot: bool) -> None:
        """Something that can be dropped is above the page."""
        self._hot = hot
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the dashed frame."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = PALETTE.accent if self._hot else PALETTE.edge
        painter.setPen(QPen(QColor(color), 2 if self._hot else 1, Qt.PenStyle.DashLine))
        painter.setBrush(QColor(PALETTE.selected) if self._hot else Qt.BrushStyle.NoBrush)
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(frame, RADIUS_PANEL, RADIUS_PANEL)
