"""One reader of a protocol: parts, progress, what can be done next; never how well."""

from __future__ import annotations

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from reader_app.views.read.part_words import part_name, short_name, state_words
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import PartRecord, ReaderRecord

_BAR = 40  # px: the least that is left beside the numbers of a narrow panel


class ReaderRow(QFrame):
    """Name, note, parts, progress; signals carry the reader's id."""

    read_asked = Signal(int)
    pack_asked = Signal(int)
    issue_asked = Signal(int)
    early_asked = Signal(int)
    ahead_asked = Signal(int)

    def __init__(self, reader: ReaderRecord, *, may_read: bool, is_reading: bool = False) -> None:
        super().__init__()
        self._reader = reader
        self._may = may_read and reader.kind == "person"
        self.setAccessibleName(f"{reader.pseudonym}: {reader.answered} of {reader.trials}")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[3], SPACE[2])
        column.setSpacing(SPACE[1])
        column.addLayout(self._head(is_reading))
        column.addLayout(self._progress(is_reading))
        if len(reader.parts) > 1:
            for part in reader.parts:
                column.addWidget(self._part(part))

    def _head(self, is_reading: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addLayout(_named(self._reader.pseudonym, self._reader.note), 1)
        if is_reading:
            row.addWidget(Badge("reading now", "running"))
        elif self._may and _can_read(self._reader) and not _waits_for_its_day(self._reader):
            row.addWidget(self._read_button())
        else:
            row.addWidget(_badge(self._reader))
        return row

    def _progress(self, is_reading: bool) -> QHBoxLayout:
        row = _progress(self._reader)
        if self._may and not is_reading and _can_read(self._reader):
            row.addWidget(self._pack_button())
        return row

    def _read_button(self) -> Button:
        part = _at_hand(self._reader)
        verb = "Go on" if part is not None and part.answered else "Open reading"
        read = button(verb, icon="play", small=True)
        read.setToolTip(f"{verb}: {self._reader.pseudonym}, in a window of its own")
        read.setAccessibleName(f"{verb}: {self._reader.pseudonym}")
        read.clicked.connect(lambda: self.read_asked.emit(self._reader.id))
        return read

    def _pack_button(self) -> Button:
        pack = button(
            "", "quiet", icon="export", small=True, tooltip="Save as a file for another computer"
        )
        pack.setAccessibleName(f"Package of {self._reader.pseudonym}…")
        pack.clicked.connect(lambda: self.pack_asked.emit(self._reader.id))
        return pack

    def _part(self, part: PartRecord) -> QWidget:
        """A line for a part: its name, and its state or the button that makes it.

        A part that waits for its day has a second line: what can be done before it.
        """
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        column.addLayout(row)
        name = ElidedLabel(f"{part.plan.number}  {short_name(part.plan)}", "hint")
        row.addWidget(name, 1)
        box.setToolTip(part_name(part.plan))
        if self._may and part.state == "ready":
            row.addWidget(self._issue_button(part))
            return box
        words, role = state_words(part)
        row.addWidget(Badge(words, role))
        if self._may and part.state == "waiting" and part.opens:
            column.addLayout(self._before_its_day(part))
        return box

    def _before_its_day(self, part: PartRecord) -> QHBoxLayout:
        number = part.plan.number
        ahead = self._deed("Make it ahead", "link", self.ahead_asked)
        ahead.setToolTip(f"Make the package of part {number}; it cannot be opened before that day")
        early = self._deed("Read now…", "link", self.early_asked)
        early.setToolTip("Cut the washout short, with a written reason")
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addStretch(1)
        row.addWidget(ahead)
        row.addWidget(early)
        return row

    def _issue_button(self, part: PartRecord) -> Button:
        number = part.plan.number
        issue = self._deed(f"Issue part {number}", "normal", self.issue_asked)
        issue.setToolTip(f"Make the package of part {number}")
        return issue

    def _deed(self, words: str, role: str, asked: SignalInstance) -> Button:
        """A small button that asks for something with the reader's id."""
        made = button(words, role, small=True)
        made.setAccessibleName(f"{words} {self._reader.pseudonym}")
        made.clicked.connect(lambda: asked.emit(self._reader.id))
        return made


def _at_hand(reader: ReaderRecord) -> PartRecord | None:
    """The newest part whose package was made."""
    made = [part for part in reader.parts if part.id is not None]
    return made[-1] if made else None


def _can_read(reader: ReaderRecord) -> bool:
    """Whether trials of the package at hand are left."""
    part = _at_hand(reader)
    if part is None:
        return reader.answered < reader.trials
    return part.answered < part.trials


def _waits_for_its_day(reader: ReaderRecord) -> bool:
    """Whether the package at hand was made ahead: it travels, but nobody can open it yet."""
    part = _at_hand(reader)
    return part is not None and part.state == "open" and bool(part.opens)


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
    bar.setMinimumWidth(_BAR)
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
        pace = label(f"{seconds:.1f} s", "hint")
        pace.setToolTip("Median active seconds a trial, pauses left out")
        row.addWidget(pace)
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
        read.setAccessibleName(f"Let {arm.upper()} read")
        read.setToolTip("Each real ROI is read by the network that never saw it")
        read.clicked.connect(lambda: self.read_asked.emit(arm))
        row.addWidget(read)
