"""What was found and waits for the person's word: series to tick, take them or nothing."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.cases_importing import Importing
from reader_app.state.cases_offer import Offered
from reader_app.state.cases_rows import counted
from reader_app.views.cases.offer_list import OfferList
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, SPACE

WITHOUT_ASKING = "From now on take all without asking"


class OfferPanel(QWidget):
    """The body of the import panel while an offer stands."""

    def __init__(self, importing: Importing) -> None:
        super().__init__()
        self._importing, self._offer = importing, importing.offer
        self._shown: Offered | None = None
        self._since = QElapsedTimer()  # valid while an offer may follow another unseen
        self.line = label("", "hint", wrap=True)
        self.place = label("", wrap=True)
        self.every = QCheckBox()
        self.every.setToolTip("Tick all series, or none")
        self.every.setStyleSheet(
            f"QCheckBox::indicator:indeterminate {{ background: {PALETTE.selected};"
            f" border-color: {PALETTE.accent}; }}"
        )
        self.every.clicked.connect(self._tick_every)
        self.list = OfferList(self._offer)
        self.list.taken.connect(self._take)
        self.always = QCheckBox(WITHOUT_ASKING)
        self.always.setToolTip("The menu of Import… asks again")
        self.always.clicked.connect(importing.set_takes_all)
        self.take = button("Take", "primary", key="Enter", tooltip="Import the ticked series")
        self.take.clicked.connect(self._take)
        self.nothing = button("Take nothing", tooltip="Let them go; nothing was copied")
        self.nothing.clicked.connect(self._take_nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        column.addWidget(self.list, 1)
        column.addWidget(self._foot())
        importing.changed.connect(self.refresh)
        self.refresh()

    def _head(self) -> QWidget:
        holder = QFrame()
        holder.setObjectName("offerHead")
        holder.setStyleSheet(f"#offerHead {{ border-bottom: 1px solid {PALETTE.line}; }}")
        column = QVBoxLayout(holder)
        column.setContentsMargins(SPACE[2], SPACE[2], SPACE[3], SPACE[1])
        column.setSpacing(2)
        for one in (self.line, self.place):
            one.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(one)
        column.addSpacing(SPACE[0])
        column.addWidget(self.every)
        return holder

    def _foot(self) -> QWidget:
        holder = QFrame()
        holder.setObjectName("offerFoot")
        holder.setStyleSheet(f"#offerFoot {{ border-top: 1px solid {PALETTE.line}; }}")
        column = QVBoxLayout(holder)
        column.setContentsMargins(SPACE[2], SPACE[1], SPACE[2], SPACE[2])
        column.setSpacing(SPACE[1])
        column.addWidget(self.always)
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        row.addWidget(self.take, 1)
        row.addWidget(self.nothing)
        column.addLayout(row)
        return holder

    def refresh(self) -> None:
        """The standing offer, its ticks, and what the buttons do now."""
        standing = self._offer.standing
        self._notice(standing)
        self.always.setChecked(self._importing.takes_all)
        self.list.refresh()
        if standing is None:
            return
        offer = standing.offer
        ticked, could = len(self._offer.ticked), len(self._offer.takeable)
        behind = (
            f"; {self._offer.behind} more to choose from after it" if self._offer.behind else ""
        )
        self.line.setText(
            f"{counted(len(offer.series), 'series')} in {counted(offer.files, 'file')}, nothing "
            f"copied yet{behind}. From"
        )
        self.place.setText(offer.source.replace("/", "/\u200b").replace("\\", "\\\u200b"))
        self.place.setToolTip(offer.source)
        self.place.setAccessibleName(offer.source)
        states = Qt.CheckState
        part = states.PartiallyChecked if ticked else states.Unchecked
        self.every.setCheckState(states.Checked if ticked == could else part)
        self.every.setText(f"{ticked:,} of {could:,} series ticked")
        self.take.setText(f"Take {ticked:,} series")
        self.take.setAccessibleName(self.take.text())
        self.take.updateGeometry()
        self.take.set_enabled_because(ticked > 0, "Tick a series first.")

    def _notice(self, standing: Offered | None) -> None:
        if standing is not self._shown:
            follows = standing is not None and self._shown is not None
            self._shown = standing
            self._since.start() if follows else self._since.invalidate()

    @property
    def is_seen(self) -> bool:
        """The second click of a double click must not answer for an offer that nobody has seen."""
        return not self._since.isValid() or self._since.hasExpired(
            QApplication.doubleClickInterval()
        )

    def _take(self) -> None:
        if self.is_seen:
            self._importing.take()

    def _take_nothing(self) -> None:
        if self.is_seen:
            self._importing.take_nothing()

    def _tick_every(self) -> None:
        every = self._offer.takeable
        self._offer.tick(every, on=len(self._offer.ticked) < len(every))

    def showEvent(self, event: QShowEvent) -> None:
        """The keys go to the list, unless somebody types."""
        super().showEvent(event)
        if not isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit):
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.list.ask_pictures()
