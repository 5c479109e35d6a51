"""The protocol as one form; every field changes the draft, and with it order and audit.

On a high window all three parts stand below each other; on a low one, one at a time.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from reader_app.state.read_preview import FormFacts
from reader_app.views.read import fields
from reader_app.views.read.form_design import DesignFields
from reader_app.views.read.form_items import ItemFields
from reader_app.views.read.form_rules import RuleFields
from reader_app.widgets.badge import Badge
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import SPACE
from studies.errors import StudyError
from studies.protocols import parts
from studies.records import ProtocolDraft

PARTS = ("Items", "Design", "Rules")


class ProtocolForm(Panel):
    """`edited` with the new draft after every change."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__("Protocol", flush=True)
        self._draft: ProtocolDraft | None = None
        self.part = Segmented(PARTS, name="Part of the form")
        self.badge = Badge("", "running")
        self.add_head(self.part)
        self.add_head(self.badge)
        self.items = ItemFields(self._edit)
        self.design = DesignFields(self._edit)
        self.rules = RuleFields(self._edit)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self._lay_out()
        self.part.chosen.connect(lambda _text: self._arrange())

    def _lay_out(self) -> None:
        self._inner = QWidget()
        column = QVBoxLayout(self._inner)
        column.setContentsMargins(SPACE[3], SPACE[2], SPACE[2], SPACE[2])
        column.setSpacing(SPACE[1])
        self._sections: tuple[QWidget, ...] = (self.items, self.design, self.rules)
        self._lines: tuple[QFrame, ...] = (fields.line(), fields.line())
        for k, one in enumerate(self._sections):
            column.addWidget(one)
            if k < len(self._lines):
                column.addWidget(self._lines[k])
        column.addWidget(self.problem)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._inner)
        self.body.addWidget(self._scroll)

    def show_draft(self, draft: ProtocolDraft, facts: FormFacts) -> None:
        """Show a draft without a signal."""
        self._draft = draft
        self.badge.set(f"draft of version {facts.version}", "running")
        for one in (self.items, self.design, self.rules):
            one.show_draft(draft, facts)
        counts = (*draft.real_per_category, *draft.synthetic_per_category)
        total = sum(count for _, count in counts) + draft.repeats
        self.set_hint("" if self._is_low() else f"{total} trials")
        self._show_problem(draft)
        self._arrange()

    def set_writable(self, writable: bool) -> None:
        """Whether the fields take changes; the parts can be looked at all the same."""
        self._inner.setEnabled(writable)

    def _show_problem(self, draft: ProtocolDraft) -> None:
        words = ""
        try:
            parts.check(draft)
        except StudyError as error:
            words = str(error)
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _needed(self) -> int:
        """Height of all parts together, px."""
        own = sum(one.sizeHint().height() for one in self._sections)
        spaces = SPACE[1] * 5 + 2 * SPACE[2] + 2
        return own + spaces + (self.problem.sizeHint().height() if self.problem.text() else 0)

    def _is_low(self) -> bool:
        return self._scroll.viewport().height() < self._needed()

    def _arrange(self) -> None:
        """All parts where they fit, else the chosen one."""
        low = self._is_low()
        chosen = PARTS.index(self.part.value)
        self.part.setVisible(low)
        for k, one in enumerate(self._sections):
            one.setVisible(not low or k == chosen)
        for rule in self._lines:
            rule.setVisible(not low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another height may hold more or fewer parts."""
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """The height is known now."""
        super().showEvent(event)
        self._arrange()

    def _edit(self, *_: object) -> None:
        if self._draft is None:
            return
        draft = self._draft
        for one in (self.items, self.design, self.rules):
            draft = one.taken(draft)
        if draft != self._draft:
            self.edited.emit(draft)
