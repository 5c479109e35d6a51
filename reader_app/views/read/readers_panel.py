"""Who reads and how far they are; never how well."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from reader_app.views.read.fields import line
from reader_app.views.read.reader_row import ModelRow, ReaderRow
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.rows import clear
from reader_app.widgets.theme import SPACE
from studies.records import ProtocolRecord, ReaderRecord

ANSWERS = ".answers.zip"


class ReadersPanel(Panel):
    """What is asked for carries the reader's id; `answers_dropped` the file that came back."""

    add_asked = Signal()
    read_asked = Signal(int)
    pack_asked = Signal(int)
    issue_asked = Signal(int)
    early_asked = Signal(int)
    ahead_asked = Signal(int)
    model_asked = Signal(str)
    refresh_asked = Signal()
    answers_asked = Signal()
    answers_dropped = Signal(object)

    def __init__(self) -> None:
        super().__init__("Readers", flush=True)
        self.setAcceptDrops(True)
        self.refresh = button(
            "", "quiet", icon="refresh", small=True, tooltip="Take in what was read here so far"
        )
        self.answers = button(
            "", "quiet", icon="import", small=True, tooltip="Take in answers from another computer…"
        )
        self.add = button("Add", icon="plus", small=True, tooltip="Add a reader")
        for widget in (self.refresh, self.answers, self.add):
            self.add_head(widget)
        self._lay_out()
        self.add.clicked.connect(self.add_asked)
        self.refresh.clicked.connect(self.refresh_asked)
        self.answers.clicked.connect(self.answers_asked)

    def _lay_out(self) -> None:
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        inner = QWidget()
        inner.setLayout(self._list)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(inner)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.foot = label("", "hint", wrap=True)
        self.foot.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        self.body.setSpacing(0)
        self.body.addWidget(scroll, 1)
        self.body.addWidget(line())
        self.body.addWidget(self.foot)

    def show_readers(
        self,
        readers: tuple[ReaderRecord, ...],
        models: tuple[str, ...],
        protocol: ProtocolRecord | None,
        *,
        writable: bool,
        reading: frozenset[int] = frozenset(),
    ) -> None:
        """Show the readers of a protocol, and the arms that could read it.

        `reading` are the ids of those who read in a window of their own now.
        """
        clear(self._list)
        blinded = protocol is not None and not protocol.unblinded
        for reader in readers:
            self._add_reader(reader, blinded and writable, reader.id in reading)
        for arm in models:
            model = ModelRow(arm)
            model.read_asked.connect(self.model_asked)
            self._list.addWidget(model)
            self._list.addWidget(line())
        if not readers and not models:
            words = label(_nobody(protocol), "hint", wrap=True)
            words.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
            self._list.addWidget(words)
        self._list.addStretch(1)
        self._chain()
        self.set_hint(f"v{protocol.version}" if protocol else "")
        reason = _why_no_more(protocol, writable)
        self.add.set_enabled_because(not reason, reason)
        comes = bool(readers) and blinded
        self.refresh.set_enabled_because(comes, "Nothing can come in.")
        self.answers.set_enabled_because(comes and writable, "Nothing can come in.")
        self.foot.setText(_foot(protocol))

    def _add_reader(self, reader: ReaderRecord, may_read: bool, is_reading: bool) -> None:
        row = ReaderRow(reader, may_read=may_read, is_reading=is_reading)
        row.read_asked.connect(self.read_asked)
        row.pack_asked.connect(self.pack_asked)
        row.issue_asked.connect(self.issue_asked)
        row.early_asked.connect(self.early_asked)
        row.ahead_asked.connect(self.ahead_asked)
        self._list.addWidget(row)
        self._list.addWidget(line())

    def _chain(self) -> None:
        """Tab goes from Add to the rows' buttons from top to bottom, however often they change."""
        items = (self._list.itemAt(k) for k in range(self._list.count()))
        rows = (item.widget() for item in items if item is not None)
        chain = [self.add, *(one for row in rows if row for one in row.findChildren(Button))]
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Answers that came back may be dropped here."""
        if self.answers.isEnabled() and _answers(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take them in."""
        found = _answers(event)
        if found is not None:
            self.answers_dropped.emit(found)


def _answers(event: QDropEvent) -> Path | None:
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.name.lower().endswith(ANSWERS) else None


def _nobody(protocol: ProtocolRecord | None) -> str:
    if protocol is None:
        return "Readers are added once a protocol is sealed."
    return "Nobody reads this version yet. Add a reader; each gets an own order."


def _why_no_more(protocol: ProtocolRecord | None, writable: bool) -> str:
    if protocol is None:
        return "Seal a protocol first."
    if protocol.unblinded:
        return "This version is unblinded. Seal the next one first."
    return "" if writable else "The study is open read-only."


def _foot(protocol: ProtocolRecord | None) -> str:
    if protocol is not None and protocol.unblinded:
        day = protocol.unblinded[:10]
        what = f"Version {protocol.version} was unblinded on {day}"
        return f"{what} by {protocol.unblinded_by}: {protocol.unblinding_reason}"
    which = f"Version {protocol.version}. " if protocol is not None else ""
    return f"{which}No accuracy is shown before unblinding."
