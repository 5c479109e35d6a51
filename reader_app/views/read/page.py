"""The page Read: protocol, items, monitor, planning, log; a reader's door; the reading screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.read_preview import origin_problem
from reader_app.state.read_state import ReadState
from reader_app.state.reading_desk import ReadingAgain
from reader_app.views.read import dialogs
from reader_app.views.read.audit_panel import AuditPanel
from reader_app.views.read.log_tab import LogTab
from reader_app.views.read.order_panel import OrderPanel
from reader_app.views.read.package_door import PackageDoor
from reader_app.views.read.protocol_form import ProtocolForm
from reader_app.views.read.readers_panel import ANSWERS, ReadersPanel
from reader_app.views.read.seal_panel import SealFacts, SealPanel
from reader_app.widgets.buttons import button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.page import PageTitle, page_column
from reader_app.widgets.theme import SPACE

if TYPE_CHECKING:
    from reader_app.views.read.items_tab import ItemsTab
    from reader_app.views.read.monitor_tab import MonitorTab
    from reader_app.views.read.planning_tab import PlanningTab
    from reader_app.views.read.reading_screen import ReadingScreen

PROTOCOL, ITEMS, MONITOR, PLANNING, LOG = "Protocol", "Items", "Monitor", "Planning", "Log"
TABS = (PROTOCOL, ITEMS, MONITOR, PLANNING, LOG)


class ReadPage(QStackedWidget):
    """Builds the coordinator's page; a reader finds a door, and in a test the reading screen.

    Tabs that draw plots are made when they are first looked at.
    """

    def __init__(self, state: ReadState) -> None:
        super().__init__()
        self.state = state
        self.reading_screen: ReadingScreen | None = None
        self.items: ItemsTab | None = None
        self.monitor: MonitorTab | None = None
        self.planning: PlanningTab | None = None
        self.title = PageTitle("Read", TABS)
        self.try_out = button(
            "Try as reader", icon="play", tooltip="Ten trials of the draft; nothing is recorded"
        )
        self.unblind = button("Unblind…", icon="lock")
        self.title.add(self.try_out)
        self.title.add(self.unblind)
        self.form, self.order, self.audit = ProtocolForm(), OrderPanel(), AuditPanel()
        self.seal, self.readers, self.log = SealPanel(), ReadersPanel(), LogTab()
        self.door = PackageDoor()
        self.looking = EmptyPage("read", "Looking through the study…", "ROIs are cut and counted.")
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
        self._show_tab()

    def hideEvent(self, event: QHideEvent) -> None:
        """Off the screen: nothing is looked through while others are drawn."""
        super().hideEvent(event)
        self.state.watch(False)
        self._watch_tab("")

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
        self.board = board
        self.tabs = QStackedWidget()
        for page in (board, self.log, self.empty, self.looking):
            self.tabs.addWidget(page)
        coordinator = QWidget()
        page_column(coordinator, self.title).addWidget(self.tabs, 1)
        self.addWidget(coordinator)
        self.addWidget(self.door)

    def further_keys(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """The reading screen's keys as a group of their own: (title, keys)."""
        from reader_app.views.read.guide_words import screen_keys

        return (("Reading screen", screen_keys(self.state.scheme)),)

    def _connect(self) -> None:
        state = self.state
        self.title.tab_chosen.connect(lambda _index: self._show_tab())
        self.form.edited.connect(state.edit)
        self.order.reader_chosen.connect(state.show_reader)
        self.order.redraw_asked.connect(state.redraw)
        self.audit.again_asked.connect(state.look_again)
        self.seal.seal_asked.connect(self._seal)
        self.seal.passphrase_asked.connect(state.passphrase_asked)
        self.seal.pixels_asked.connect(lambda: state.pixels.measure(state.draft))
        state.pixels.changed.connect(self._refresh_preview)
        self._connect_readers()
        self.log.verify_asked.connect(state.verify)
        self.try_out.clicked.connect(state.try_as_reader)
        self.unblind.clicked.connect(self._unblind)
        self.empty.acted.connect(lambda: state.asked.emit("annotate"))
        state.changed.connect(self._refresh)
        state.previewed.connect(self._refresh_preview)
        state.reading_started.connect(self._start_reading)
        state.reading_ended.connect(self._end_reading)
        self.door.opened.connect(state.desk.open_package)

    def _connect_readers(self) -> None:
        state, readers = self.state, self.readers
        readers.add_asked.connect(self._add_reader)
        readers.read_asked.connect(state.open_reading)
        readers.pack_asked.connect(self._pack)
        readers.issue_asked.connect(state.desk.issue)
        readers.early_asked.connect(self._issue_early)
        readers.ahead_asked.connect(state.desk.issue_ahead)
        state.desk.repeat_asked.connect(self._ask_to_repeat)
        readers.model_asked.connect(state.let_model_read)
        readers.refresh_asked.connect(state.take_in)
        readers.answers_asked.connect(self._take_in_file)
        readers.answers_dropped.connect(state.desk.take_in_file)

    def _refresh(self) -> None:
        state = self.state
        ready = state.has_study and state.has_items
        for part in (self.title.tabs, self.try_out, self.unblind):
            part.setVisible(ready)
        if self.reading_screen is None:
            self.setCurrentIndex(1 if state.is_reader else 0)
        self._show_tab()
        if not ready or state.is_reader:
            return
        self._show_readers()
        self.log.show_log(state.journal, state.verified)
        why_not = state.may_unblind
        self.unblind.set_enabled_because(not why_not, why_not)
        self.form.set_writable(not state.read_only and state.draft is not None)
        if state.draft is not None and state.facts is not None:
            self.form.show_draft(state.draft, state.facts)
        self._refresh_preview()

    def _show_readers(self) -> None:
        state = self.state
        self.readers.show_readers(
            state.readers,
            state.models,
            state.protocol,
            writable=not state.read_only,
            reading=frozenset(one.id for one in state.readers if state.desk.is_reading(one)),
        )

    def _refresh_preview(self) -> None:
        state = self.state
        if state.draft is None or state.available is None:
            self._show_waiting()
            self.seal.show_waiting()
            return
        why_not = "The study is open read-only." if state.read_only else ""
        why_not = why_not or origin_problem(state.draft, state.available)
        facts = SealFacts(
            state.next_version, why_not, state.has_passphrase, state.is_current, state.is_sealing
        )
        self.seal.show_draft(state.draft, state.preview, facts)
        pixels = state.pixels.facts(state.draft)
        self.seal.show_pixels(pixels)
        self.audit.show_pixels(pixels)
        if state.preview is None or not state.is_current:
            self._show_waiting()
        else:
            self.order.show_preview(state.preview, state.draft, state.scheme, state.reader_number)
            self.audit.show_preview(state.preview)

    def _show_waiting(self) -> None:
        self.order.show_waiting()
        self.audit.show_waiting()

    def _show_tab(self) -> None:
        """The chosen tab; without anything to read, the page that says so (but plans all the same).

        Nothing is looked at for a tab that is not on the screen.
        """
        state = self.state
        name = TABS[max(self.title.tabs.currentIndex(), 0)]
        if not (state.has_study and state.has_items):
            self.tabs.setCurrentWidget(self.empty)
            name = ""
        else:
            self.tabs.setCurrentWidget(self._tab(name))
        self._watch_tab(name if self.isVisible() else "")

    def _watch_tab(self, name: str) -> None:
        state = self.state
        sealed = state.protocol.id if state.protocol is not None else None
        state.monitor.watch(sealed, watched=name == MONITOR)
        if name == ITEMS:
            state.items.show_draft(state.draft)

    def _tab(self, name: str) -> QWidget:
        makers = {ITEMS: self._items, MONITOR: self._monitor, PLANNING: self._planning}
        if name in makers:
            return makers[name]()
        if name == LOG:
            return self.log
        return self.board if self.state.available is not None else self.looking

    def _items(self) -> QWidget:
        if self.items is None:
            from reader_app.views.read.items_tab import ItemsTab

            self.items = ItemsTab()
            self.tabs.addWidget(self.items)
            self.state.items.changed.connect(self._show_items)
        return self.items

    def _show_items(self) -> None:
        if self.items is not None and self.state.items.sight is not None:
            self.items.show_sight(self.state.items.sight, self.state.scheme)

    def _monitor(self) -> QWidget:
        if self.monitor is None:
            from reader_app.views.read.monitor_tab import MonitorTab

            made = self.monitor = MonitorTab()
            self.tabs.addWidget(made)
            self.state.monitor.changed.connect(self._show_monitor)
            self._show_monitor()
        return self.monitor

    def _show_monitor(self) -> None:
        found = self.state.monitor
        if self.monitor is None:
            return
        if found.has_looked:
            self.monitor.show_progress(found.rows)
        else:
            self.monitor.show_waiting(is_sealed=self.state.protocol is not None)

    def _planning(self) -> QWidget:
        if self.planning is None:
            from reader_app.views.read.planning_tab import PlanningTab

            self.planning = PlanningTab(self.state.planning)
            self.tabs.addWidget(self.planning)
        return self.planning

    def _seal(self) -> None:
        """Ask once; what is agreed to is the draft that stands there now."""
        state, draft = self.state, self.state.draft
        asks = any(one.isVisible() for one in self.findChildren(dialogs.AskDialog))
        if draft is None or asks or state.is_sealing or not state.is_current:
            return
        audit = state.preview.audit if state.preview else None
        if audit is not None and audit.verdict == "leak":
            dialog = dialogs.accept_leak(state.next_version, self)
        else:
            counts = (*draft.real_per_category, *draft.synthetic_per_category)
            items = sum(count for _, count in counts)
            dialog = dialogs.confirm_seal(state.next_version, items, draft.primary_analysis, self)
        dialog.answered.connect(lambda texts: state.seal("".join(texts), draft))
        dialog.open()

    def _add_reader(self) -> None:
        protocol = self.state.protocol
        if protocol is None:
            return
        people = sum(reader.kind == "person" for reader in self.state.readers)
        dialog = dialogs.add_reader(protocol.version, f"Reader {people + 1}", self)
        dialog.answered.connect(lambda texts: self.state.add_reader(*texts))
        dialog.open()

    def _pack(self, reader_id: int) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Where the package is saved")
        if folder:
            self.state.pack(reader_id, Path(folder))

    def _take_in_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Answers that came back", "", f"Answers (*{ANSWERS})"
        )
        if path:
            self.state.desk.take_in_file(Path(path))

    def _issue_early(self, reader_id: int) -> None:
        reader = next((one for one in self.state.readers if one.id == reader_id), None)
        waits = [part for part in reader.parts if part.opens and part.id is None] if reader else []
        if reader is None or not waits:
            return
        number, opens = waits[0].plan.number, waits[0].opens[:10]
        dialog = dialogs.cut_washout_short(
            f"Part {number} of {reader.pseudonym}",
            f"The washout ends on {opens}.",
            "Issue it now",
            self,
        )
        dialog.answered.connect(lambda texts: self.state.desk.issue(reader_id, texts[0]))
        dialog.open()

    def _ask_to_repeat(self, again: ReadingAgain) -> None:
        dialog = dialogs.cut_washout_short(again.name, again.sentence, "Add all the same", self)
        dialog.answered.connect(
            lambda texts: self.state.add_reader(again.name, again.note, texts[0])
        )
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
            from reader_app.views.read.reading_screen import ReadingScreen

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
