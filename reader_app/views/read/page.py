"""The page Read: protocol, order, audit, seal and readers; or the reading screen alone."""

from __future__ import annotations

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.read_state import ReadState
from reader_app.views.read import dialogs
from reader_app.views.read.audit_panel import AuditPanel
from reader_app.views.read.log_tab import LogTab
from reader_app.views.read.order_panel import OrderPanel
from reader_app.views.read.protocol_form import ProtocolForm
from reader_app.views.read.readers_panel import ReadersPanel
from reader_app.views.read.reading_screen import ReadingScreen
from reader_app.views.read.seal_panel import SealPanel
from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.page import PageTitle, page_column
from reader_app.widgets.theme import SPACE


class ReadPage(QStackedWidget):
    """Builds the coordinator's page; while someone reads it shows the reading screen only."""

    def __init__(self, state: ReadState) -> None:
        super().__init__()
        self.state = state
        self.reading_screen: ReadingScreen | None = None
        self.title = PageTitle("Read", ("Protocol", "Log"))
        self.try_out = button(
            "Try as reader", icon="play", tooltip="Ten trials of the draft; nothing is recorded"
        )
        self.unblind = button("Unblind…", icon="lock")
        self.title.add(self.try_out)
        self.title.add(self.unblind)
        self.form, self.order, self.audit = ProtocolForm(), OrderPanel(), AuditPanel()
        self.seal, self.readers, self.log = SealPanel(), ReadersPanel(), LogTab()
        self.empty = EmptyPage(
            "read",
            "Nothing to read yet",
            "Readers see ROIs: draw a margin and confirm a diagnosis first.",
            "Draw the first margin",
        )
        self._lay_out()
        self._connect()
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """On the screen: the study's ROIs are looked through."""
        super().showEvent(event)
        self.state.watch(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Off the screen: nothing is looked through while others are drawn."""
        super().hideEvent(event)
        self.state.watch(False)

    def _lay_out(self) -> None:
        board = QWidget()
        row = QHBoxLayout(board)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[3])
        columns = (
            ((self.form,), 420, 32),
            ((self.order, self.audit), 400, 58),
            ((self.seal, self.readers), 288, 26),
        )
        boxes = tuple(_column(panels, width) for panels, width, _ in columns)
        for box, (_, _, stretch) in zip(boxes, columns, strict=True):
            row.addWidget(box, stretch)
        self._planning: tuple[QWidget, ...] = (*boxes[:2], self.seal, self.readers.add)
        self.tabs = QStackedWidget()
        for page in (board, self.log, self.empty):
            self.tabs.addWidget(page)
        coordinator = QWidget()
        page_column(coordinator, self.title).addWidget(self.tabs, 1)
        self.addWidget(coordinator)

    def _connect(self) -> None:
        state = self.state
        self.title.tab_chosen.connect(self._show_tab)
        self.form.edited.connect(state.edit)
        self.order.reader_chosen.connect(state.show_reader)
        self.order.redraw_asked.connect(state.redraw)
        self.audit.again_asked.connect(state.look_again)
        self.seal.seal_asked.connect(self._seal)
        self.readers.add_asked.connect(self._add_reader)
        self.readers.read_asked.connect(state.open_reading)
        self.readers.model_asked.connect(state.let_model_read)
        self.readers.refresh_asked.connect(state.take_in)
        self.log.verify_asked.connect(state.verify)
        self.try_out.clicked.connect(state.try_as_reader)
        self.unblind.clicked.connect(self._unblind)
        self.empty.acted.connect(lambda: state.asked.emit("annotate"))
        state.changed.connect(self._refresh)
        state.previewed.connect(self._refresh_preview)
        state.reading_started.connect(self._start_reading)
        state.reading_ended.connect(self._end_reading)

    def _refresh(self) -> None:
        state = self.state
        ready = state.has_study and state.has_items
        plans = not state.is_reader
        for part in (self.title.tabs, self.try_out, self.unblind):
            part.setVisible(ready and plans)
        for panel in self._planning:
            panel.setVisible(plans)
        self._show_tab(self.title.tabs.currentIndex())
        if not ready:
            return
        writable = not state.read_only
        models = state.models if plans else ()
        self.readers.show_readers(state.readers, models, state.protocol, writable=writable)
        self.log.show_log(state.journal, state.verified)
        why_not = state.may_unblind
        self.unblind.set_enabled_because(not why_not, why_not)
        self.form.setEnabled(writable and state.draft is not None)
        if state.draft is not None and state.available is not None:
            version = state.next_version
            self.form.show_draft(state.draft, state.available, state.scheme, version)
            self._refresh_preview()

    def _refresh_preview(self) -> None:
        state = self.state
        if state.draft is None:
            return
        why_not = "The study is open read-only." if state.read_only else ""
        self.seal.show_draft(state.draft, state.preview, state.next_version, why_not)
        if state.preview is not None:
            self.order.show_preview(state.preview, state.draft, state.scheme, state.reader_number)
            self.audit.show_preview(state.preview)

    def _show_tab(self, index: int) -> None:
        ready = self.state.has_study and self.state.has_items
        chosen = 0 if self.state.is_reader else max(index, 0)
        self.tabs.setCurrentIndex(chosen if ready else 2)

    def _seal(self) -> None:
        audit = self.state.preview.audit if self.state.preview else None
        if audit is None or audit.verdict != "leak":
            self.state.seal()
            return
        dialog = dialogs.accept_leak(self.state.next_version, self)
        dialog.answered.connect(lambda texts: self.state.seal(texts[0]))
        dialog.open()

    def _add_reader(self) -> None:
        protocol = self.state.protocol
        if protocol is None:
            return
        people = sum(reader.kind == "person" for reader in self.state.readers)
        dialog = dialogs.add_reader(protocol.version, f"Reader {people + 1}", self)
        dialog.answered.connect(lambda texts: self.state.add_reader(*texts))
        dialog.open()

    def _unblind(self) -> None:
        protocol = self.state.protocol
        if protocol is None:
            return
        open_ones = [r for r in self.state.readers if r.kind == "person" and r.answered < r.trials]
        progress = " ".join(
            f"{r.pseudonym} has read {r.answered} of {r.trials}." for r in open_ones
        )
        dialog = dialogs.unblind(protocol.version, self.state.author, progress, self)
        dialog.answered.connect(lambda texts: self.state.unblind(*texts))
        dialog.open()

    def _start_reading(self) -> None:
        if self.state.session is not None:
            self.reading_screen = ReadingScreen(self.state.session)
            self.addWidget(self.reading_screen)
            self.setCurrentWidget(self.reading_screen)
            self.reading_screen.setFocus()

    def _end_reading(self) -> None:
        if self.reading_screen is not None:
            self.setCurrentIndex(0)
            self.removeWidget(self.reading_screen)
            self.reading_screen.deleteLater()
            self.reading_screen = None


def _column(panels: tuple[QWidget, ...], width: int) -> QWidget:
    """Panels above each other; the last one takes the spare height."""
    box = QWidget()
    box.setMinimumWidth(width)
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE[3])
    for panel in panels:
        column.addWidget(panel, int(panel is panels[-1]))
    return box
