"""Who reads and how far they are; never how well."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from reader_app.views.read.fields import line
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import ProtocolRecord, ReaderRecord


class ReaderRow(QFrame):
    """Name, note, state, progress; `read_asked` with the reader's id."""

    read_asked = Signal(int)

    def __init__(self, reader: ReaderRecord, *, may_read: bool) -> None:
        super().__init__()
        self.setAccessibleName(f"{reader.pseudonym}: {reader.answered} of {reader.trials}")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        column.setSpacing(SPACE[1])
        column.addLayout(self._head(reader, may_read))
        column.addLayout(_progress(reader))

    def _head(self, reader: ReaderRecord, may_read: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addLayout(_named(reader.pseudonym, reader.note), 1)
        if may_read and reader.kind == "person" and reader.answered < reader.trials:
            verb = "Go on" if reader.answered else "Open reading"
            read = button(verb, icon="play", small=True)
            read.setToolTip(f"{verb}: {reader.pseudonym}, in the full window")
            read.setAccessibleName(f"{verb}: {reader.pseudonym}")
            read.clicked.connect(lambda: self.read_asked.emit(reader.id))
            row.addWidget(read)
        else:
            row.addWidget(_badge(reader))
        return row


def _named(name: str, note: str) -> QVBoxLayout:
    """A name above its note; both give way to the button beside them."""
    column = QVBoxLayout()
    column.setSpacing(0)
    column.addWidget(ElidedLabel(name, "panel"))
    if note:
        column.addWidget(ElidedLabel(note, "hint"))
    return column


def _badge(reader: ReaderRecord) -> Badge:
    if reader.kind == "simulated":
        return Badge("simulated", "simulated")
    if reader.kind == "model":
        return Badge("network", "neutral")
    if reader.answered >= reader.trials:
        return Badge("finished", "done")
    return Badge("open" if not reader.answered else "under way", "neutral")


def _progress(reader: ReaderRecord) -> QHBoxLayout:
    bar = QProgressBar()
    bar.setRange(0, max(1, reader.trials))
    bar.setValue(reader.answered)
    bar.setTextVisible(False)
    bar.setAccessibleName(f"Progress of {reader.pseudonym}")
    if reader.answered >= reader.trials:
        bar.setStyleSheet(
            f"QProgressBar::chunk {{ background: {PALETTE.ok}; border-radius: 3px; }}"
        )
    seconds = reader.seconds_per_trial
    row = QHBoxLayout()
    row.setSpacing(SPACE[1])
    row.addWidget(bar, 1)
    row.addWidget(label(f"{reader.answered} / {reader.trials}", "body"))
    if seconds is not None:
        row.addWidget(label(f"{seconds:.1f} s a trial", "hint"))
    return row


class ModelRow(QFrame):
    """A trained arm that has not read yet; `read_asked` with its name."""

    read_asked = Signal(str)

    def __init__(self, arm: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        row.setSpacing(SPACE[1])
        row.addLayout(_named(arm.upper(), "network, trained"), 1)
        read = button("Let it read", icon="network", small=True)
        read.setToolTip("Each real ROI is read by the network that never saw it")
        read.clicked.connect(lambda: self.read_asked.emit(arm))
        row.addWidget(read)


class ReadersPanel(Panel):
    """`add_asked`, `read_asked` with a reader's id, `refresh_asked` to take answers in."""

    add_asked = Signal()
    read_asked = Signal(int)
    model_asked = Signal(str)
    refresh_asked = Signal()

    def __init__(self) -> None:
        super().__init__("Readers", flush=True)
        self.refresh = button(
            "", "quiet", icon="refresh", small=True, tooltip="Take in what was read so far"
        )
        self.add = button("Add", icon="plus", small=True, tooltip="Add a reader")
        self.add_head(self.refresh)
        self.add_head(self.add)
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
        self.add.clicked.connect(self.add_asked)
        self.refresh.clicked.connect(self.refresh_asked)

    def show_readers(
        self,
        readers: tuple[ReaderRecord, ...],
        models: tuple[str, ...],
        protocol: ProtocolRecord | None,
        *,
        writable: bool,
    ) -> None:
        """Show the readers of a protocol, and the arms that could read it."""
        while (item := self._list.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        blinded = protocol is not None and not protocol.unblinded
        for reader in readers:
            row = ReaderRow(reader, may_read=blinded and writable)
            row.read_asked.connect(self.read_asked)
            self._list.addWidget(row)
            self._list.addWidget(line())
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
        self.set_hint(f"version {protocol.version}" if protocol else "")
        reason = _why_no_more(protocol, writable)
        self.add.set_enabled_because(not reason, reason)
        self.refresh.set_enabled_because(bool(readers) and blinded, "Nothing can come in.")
        self.foot.setText(_foot(protocol))


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
        return f"Unblinded on {day} by {protocol.unblinded_by}: {protocol.unblinding_reason}"
    return "No accuracy is shown to anyone before unblinding."
