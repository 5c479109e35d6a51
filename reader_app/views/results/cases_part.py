"""Lesion by lesion: who was right, and for the chosen one its pictures, shares and maps."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from reader_app.state.results_loading import LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.layout import choice, offer
from reader_app.views.results.lesion_panel import LesionPanel
from reader_app.views.results.maps_panel import MapsPanel
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel
from reader_app.widgets.table import Cell, Column, Mark, Row, Table
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.arms import short_name
from studies.report.lesion_cases import ArmSaid, LesionCase

_ALL, _ERRORS, _READERS = "all", "errors", "readers"
_ARM = "arm:"
_FEW = 4  # arms that leave the lesions' names the spare room
_EVERY_CLASS = ""


class CasesPart(QWidget):
    """A list, hardest first; beside it the chosen lesion; below it the maps of a network."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state, self._cases = state, state.cases
        self._loaded: LoadedResults | None = None
        self._arms: tuple[str, ...] = ()
        self.listed = Panel("Lesions", " ", flush=True)
        self.which = choice("Which lesions", "All, or those that somebody got wrong", 12)
        self.classes = choice("Class", "Lesions of one class only (Up and Down arrow keys)", 9)
        self.open = button("Slice", small=True, icon="annotate", key="Enter")
        self.open.setToolTip("Open the chosen lesion's slice on Annotate (Enter)")
        self.simulated = Badge("simulated", "simulated", "Some of the readers are simulated")
        for widget in (self.simulated, self.which, self.classes, self.open):
            self.listed.add_head(widget)
        self._below = QVBoxLayout()
        self.listed.body.addLayout(self._below)
        self.lesion = LesionPanel("Choose a lesion to see its ROI, its slice and what was said.")
        self.maps = MapsPanel(self._cases, state.figures)
        self._lay_out()
        self.which.activated.connect(lambda _: self._fill())
        self.classes.activated.connect(lambda _: self._fill())
        self.open.clicked.connect(self._open)
        self._cases.chosen_changed.connect(self._show_chosen)
        self.table = self._made_table(())

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[2])
        column.addWidget(self.listed, 1)
        column.addWidget(self.maps)
        self.parts = QSplitter(Qt.Orientation.Horizontal)
        self.parts.setObjectName("classifierCases")
        self.parts.setChildrenCollapsible(False)
        self.parts.setHandleWidth(SPACE[2])
        self.parts.addWidget(left)
        self.parts.addWidget(self.lesion)
        self.parts.setStretchFactor(0, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.parts)

    # --- filling ----------------------------------------------------------------------------

    def show_results(self, loaded: LoadedResults) -> None:
        """Offer the filters and list the lesions; the chosen one stays where it is listed."""
        self._loaded = loaded
        scheme = loaded.study.scheme
        self.lesion.set_categories(scheme.categories)
        self._arms = tuple(g.arm for g in loaded.networks.chosen)
        self.simulated.setVisible(bool(loaded.readers and loaded.readers.simulated_readers))
        offers = [("All lesions", _ALL), ("Any error", _ERRORS)]
        offers += [(f"Wrong: {short_name(arm)}", _ARM + arm) for arm in self._arms]
        if any(case.readers_asked for case in loaded.lesion_cases):
            offers.append(("Wrong: a reader", _READERS))
        offer(self.which, offers)
        offer(
            self.classes,
            [("All classes", _EVERY_CLASS), *((c.name, c.code) for c in scheme.categories)],
        )
        self._use_table(self._arms)
        self._fill()

    def _use_table(self, arms: tuple[str, ...]) -> None:
        """A table with a column an arm; a new one where the arms are others."""
        if self.table.columns != _columns(arms):
            self._below.removeWidget(self.table)
            self.table.hide()
            self.table.deleteLater()
            self.table = self._made_table(arms)

    def _made_table(self, arms: tuple[str, ...]) -> Table:
        table = Table(_columns(arms), row_height=28, name="Lesions, hardest first")
        table.setToolTip("Enter opens the lesion's slice on Annotate")
        table.chosen.connect(self._choose)
        table.activated_row.connect(lambda _: self._open())
        self._below.addWidget(table)
        return table

    @property
    def shown(self) -> tuple[LesionCase, ...]:
        """The lesions that pass both filters, hardest first."""
        if self._loaded is None:
            return ()
        kind, code = self.which.currentData() or _ALL, self.classes.currentData() or ""
        return tuple(
            case
            for case in self._loaded.lesion_cases
            if code in (_EVERY_CLASS, case.truth) and _passes(case, kind)
        )

    def _fill(self) -> None:
        if self._loaded is None:
            return
        shown, scheme = self.shown, self._loaded.study.scheme
        self.table.set_rows(tuple(_row(case, self._arms, scheme) for case in shown))
        total = len(self._loaded.lesion_cases)
        self.listed.set_hint(f"{len(shown)} of {total}, hardest first")
        self._show_chosen()

    def ask(self) -> None:
        """The part is looked at: the hardest lesion is shown unless one was chosen."""
        if self._cases.case is None and self.shown:
            self._choose(self.shown[0].lesion.id)

    # --- the chosen one ---------------------------------------------------------------------

    def _choose(self, lesion_id: object) -> None:
        if self._loaded is None:
            return
        case = next((c for c in self._loaded.lesion_cases if c.lesion.id == lesion_id), None)
        protocol = self._loaded.protocol
        self._cases.choose(case, protocol.id if protocol is not None else None)

    def _show_chosen(self) -> None:
        if self._loaded is None:
            return
        detail, case = self._cases.detail, self._cases.case
        if case is not None:
            self.table.choose(case.lesion.id)
        self.lesion.show_lesion(detail)
        image = detail.image if detail is not None else None
        self.maps.show_case(
            case, image, self._loaded.study.scheme, simulated=self._loaded.networks.simulated
        )
        reason = "Choose a lesion first" if case is None else ""
        if not self._cases.has_slices:
            reason = "This study holds ROIs only, so there is no slice to open"
        self.open.set_enabled_because(not reason, reason)

    def _open(self) -> None:
        case = self._cases.case
        if case is not None:
            self._cases.open_slice(case)


def _passes(case: LesionCase, kind: str) -> bool:
    if kind == _ERRORS:
        return case.has_error
    if kind == _READERS:
        return case.readers_right < case.readers_asked
    if kind.startswith(_ARM):
        said = case.of_arm(kind.removeprefix(_ARM))
        return said is not None and not said.right
    return True


def _columns(arms: tuple[str, ...]) -> tuple[Column, ...]:
    own = (
        Column("Lesion", width=0 if len(arms) <= _FEW else 150),
        Column("Truth", width=112),
    )
    said = tuple(
        Column(
            short_name(arm), width=112, tooltip="What the network said that never saw the lesion"
        )
        for arm in arms
    )
    last = (
        Column(
            "Readers", "right", 76, "Readings that gave the true class, of all; after unblinding"
        ),
        Column("Wrong", "right", 68, "Share of networks and readings that are wrong"),
    )
    return own + last + said


def _row(case: LesionCase, arms: tuple[str, ...], scheme: ClassScheme) -> Row:
    category = scheme.category(case.truth)
    name = f"{case.lesion.patient} · {case.lesion.name}"
    cells = [
        Cell(name, tooltip=name, strong=True),
        Cell(marks=(Mark(category.marker, category.color, category.short),), sort=category.name),
    ]
    readers = f"{case.readers_right} of {case.readers_asked}" if case.readers_asked else "–"
    share = case.readers_right / case.readers_asked if case.readers_asked else -1.0
    cells.append(Cell(readers, sort=share, quiet=not case.readers_asked))
    cells.append(Cell(f"{100 * case.hardness:.0f} %", sort=case.hardness))
    cells += [_said_cell(case.of_arm(arm), scheme) for arm in arms]
    return Row(tuple(cells), case.lesion.id)


def _said_cell(said: ArmSaid | None, scheme: ClassScheme) -> Cell:
    if said is None:
        return Cell("–", quiet=True, sort=-1.0, tooltip="Not tested on this lesion")
    category = scheme.category(said.prediction.predicted)
    place = scheme.codes.index(category.code)
    share = said.prediction.probabilities[place]
    words = f"{said.name} says {category.name}, p {share:.2f}: {'right' if said.right else 'wrong'}"
    return Cell(
        category.short,
        badge="done" if said.right else "error",
        sort=float(said.right),
        tooltip=words,
    )
