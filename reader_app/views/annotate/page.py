"""The Annotate page: lesion list | slice | ROI twin, diagnosis, measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from reader_app.state.annotate_state import AnnotateState, ShownMargin
from reader_app.views.annotate.case_panel import CasePanel
from reader_app.views.annotate.foot_line import FootLine
from reader_app.views.annotate.side_panel import SidePanel
from reader_app.views.annotate.tool_row import ToolRow
from reader_app.widgets.buttons import Button
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.slice_view import (
    Aids,
    Corners,
    Finished,
    MarginLine,
    Mark,
    Mode,
    Picture,
    SliceBar,
    SliceView,
    Tag,
)
from reader_app.widgets.theme import PALETTE
from studies.imaging.window import PRESETS
from studies.records import ClassScheme, SeriesRecord

GESTURES = (
    ("drag", "Freehand margin"),
    ("click", "Points of a margin; the first point or a double click closes it"),
    ("Shift drag", "Magnetic margin"),
    ("right drag", "Window (Shift faster, Ctrl finer)"),
    ("middle drag", "Move the picture"),
    ("wheel", "Slices (Shift: ten); Ctrl: zoom"),
    ("Up Down", "Slices; Home and End: first and last"),
    ("Space", "Magnifier while held"),
    ("1 to 5", "Window presets"),
)


@dataclass(frozen=True)
class Binding:
    """A key of the page; `words` are for the key sheet, empty where a button says them."""

    key: str
    call: Callable[[], object]
    words: str = ""


class AnnotatePage(QWidget):
    """Places the parts, carries the state's signals to them and the hands' to the state."""

    def __init__(self, state: AnnotateState) -> None:
        super().__init__()
        self._state = state
        self.setAccessibleName("Annotate")
        self.cases = CasePanel()
        self.tools = ToolRow()
        self.slice = SliceView()
        self.bar = SliceBar()
        self.foot = FootLine()
        self.side = SidePanel()
        self.empty = EmptyPage(
            "annotate",
            "Nothing to annotate yet",
            "Import CT series or images first; then draw each lesion's margin here.",
            "Go to Cases",
        )
        self._lay()
        self._connect_state()
        self._connect_hands()
        self._scheme: ClassScheme | None = None
        self._make_keys()
        self._show_all()

    def _lay(self) -> None:
        middle = QVBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        picture = QHBoxLayout()
        picture.setSpacing(0)
        picture.addWidget(self.slice, 1)
        picture.addWidget(self.bar)
        middle.addWidget(self.tools)
        middle.addLayout(picture, 1)
        middle.addWidget(self.foot)
        desk = QWidget()
        row = QHBoxLayout(desk)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(_side(self.cases))
        row.addLayout(middle, 1)
        row.addWidget(_side(self.side))
        self._pages = QStackedLayout(self)
        self._pages.setContentsMargins(0, 0, 0, 0)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(desk)

    def _connect_state(self) -> None:
        state = self._state
        state.list_changed.connect(self._show_list)
        state.slice_changed.connect(self._show_slice)
        state.window_changed.connect(self._show_window)
        state.margins_changed.connect(self._show_margins)
        state.twin_changed.connect(self._show_twin)
        state.diagnosis_changed.connect(self._show_diagnosis)
        state.noticed.connect(self.foot.show_notice)

    def _connect_hands(self) -> None:
        state = self._state
        self.empty.acted.connect(lambda: state.asked.emit("cases"))
        self.cases.lesion_chosen.connect(state.choose_lesion)
        self.cases.case_chosen.connect(state.choose_case)
        self.cases.series_chosen.connect(state.choose_series)
        self.cases.add_asked.connect(state.add_lesion)
        self.cases.remove_asked.connect(state.remove_lesion)
        self.tools.mode_chosen.connect(self.slice.set_mode)
        self.tools.window_chosen.connect(state.set_window)
        self.tools.auto_asked.connect(state.auto_window)
        self.tools.fit_asked.connect(self.slice.fit)
        self.slice.mode_changed.connect(lambda: self.tools.show_mode(*self.slice.mode))
        self.slice.drawing.tracer = state.trace
        self.slice.proposal_asked.connect(state.propose)
        self.slice.drawn.connect(self._save)
        self.slice.draft_changed.connect(state.set_draft)
        self.slice.stepped.connect(state.step)
        self.slice.went_to_end.connect(state.go_to_end)
        self.slice.window_dragged.connect(state.set_window)
        self.slice.blocked.connect(self._say_blocked)
        self.slice.nothing_enclosed.connect(self._say_nothing_enclosed)
        self.bar.chosen.connect(state.go_to)
        self.side.category_chosen.connect(state.diagnose)
        self.side.basis_chosen.connect(state.set_basis)
        self.side.undo_asked.connect(self._undo)
        self.side.redo_asked.connect(self._redo)
        self.side.next_asked.connect(state.next_lesion)

    def showEvent(self, event: QShowEvent) -> None:
        """The slice takes the keys as soon as the page is seen."""
        super().showEvent(event)
        self.slice.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- keys -------------------------------------------------------------------------------

    def _make_keys(self) -> None:
        state = self._state
        found = self._bindings()
        self._keys = {one.key: self._key(one.key, one.call) for one in found}
        self._sheet = tuple((_spoken(one.key), one.words) for one in found if one.words)
        for preset in PRESETS:
            self._key(preset.key, partial(state.set_window, preset.low, preset.high))
        self._class_keys: list[QShortcut] = []

    def keys(self) -> tuple[tuple[str, str], ...]:
        """(key, what it does) for the key sheet; class keys stand on their buttons."""
        return (*GESTURES, *self._sheet)

    def _bindings(self) -> tuple[Binding, ...]:
        state = self._state
        draw, nudge, measure = (
            partial(self.slice.set_mode, Mode.DRAW, False),
            partial(self.slice.set_mode, Mode.NUDGE, False),
            partial(self.slice.set_mode, Mode.DRAW, True),
        )
        return (
            Binding("Return", self._enter, "Close the margin, or next lesion"),
            Binding("Enter", self._enter),
            Binding("Shift+Return", state.next_case, "Next case with something missing"),
            Binding("Shift+Enter", state.next_case),
            Binding("Escape", self._escape, "Drop what is being drawn"),
            Binding("Backspace", self.slice.step_back, "Take the last point back"),
            Binding("Delete", state.delete_margin, "Delete the margin on this slice"),
            Binding("Ctrl+Z", self._undo, "Undo"),
            Binding("Ctrl+Y", self._redo, "Redo"),
            Binding("Ctrl+Shift+Z", self._redo),
            Binding("Ctrl+0", self.slice.fit, "Whole slice"),
            Binding("0", state.auto_window, "Automatic window"),
            Binding("A", state.add_lesion, "Add a lesion"),
            Binding("Ctrl+Delete", state.remove_lesion, "Remove the lesion"),
            Binding("D", draw),
            Binding("G", self.slice.propose),
            Binding("N", nudge),
            Binding("R", measure),
            Binding("B", partial(state.set_basis, "biopsy")),
            Binding("F", partial(state.set_basis, "follow-up")),
        )

    def _key(self, name: str, call: Callable[[], object]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(name), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(lambda: call())
        return shortcut

    def _make_class_keys(self) -> None:
        """The scheme's keys come first; a tool whose letter a class takes answers with Shift."""
        scheme = self._state.scheme
        for old in self._class_keys:
            old.deleteLater()
        taken = {c.key.upper(): c.code for c in scheme.categories} if scheme else {}
        self._class_keys = [
            self._key(key, partial(self._state.diagnose, code)) for key, code in taken.items()
        ]
        capped = {
            "D": self.tools.draw,
            "G": self.tools.propose,
            "N": self.tools.nudge,
            "R": self.tools.ruler,
            "B": self.side.bases["biopsy"],
            "F": self.side.bases["follow-up"],
        }
        for letter, its_button in capped.items():
            spoken = f"Shift {letter}" if letter in taken else letter
            self._keys[letter].setKey(QKeySequence(spoken.replace(" ", "+")))
            _put_key(its_button, spoken)

    def _enter(self) -> None:
        if not self.slice.complete():
            self._state.next_lesion()

    def _escape(self) -> None:
        if not self.slice.cancel():
            self.slice.set_mode(Mode.DRAW)

    def _undo(self) -> None:
        if not self.slice.step_back():
            self._state.undo()

    def _redo(self) -> None:
        if not self.slice.step_forward():
            self._state.redo()

    def _save(self, finished: Finished) -> None:
        self._state.save_margin(finished.points, finished.tool, finished.gap)

    def _say_blocked(self) -> None:
        self.foot.show_notice("info", "Close the margin (double click) or press Esc, then scroll.")

    def _say_nothing_enclosed(self) -> None:
        self.foot.show_notice("warning", "This line encloses nothing. Draw around the lesion.")

    # --- what is shown ----------------------------------------------------------------------

    def _show_all(self) -> None:
        self.tools.show_mode(*self.slice.mode)
        self._show_list()
        self._show_slice()
        self._show_window()
        self._show_margins()
        self._show_twin()

    def _show_list(self) -> None:
        state = self._state
        self._show_desk(not state.is_empty)
        group, lesion, series = state.group, state.lesion, state.series
        if state.scheme != self._scheme:
            self._scheme = state.scheme
            self.side.show_scheme(state.scheme)
            self._make_class_keys()
        self.cases.list.show_groups(
            state.groups,
            state.scheme,
            group.case.id if group else None,
            lesion.id if lesion else None,
        )
        self.cases.show_progress(*state.progress)
        self.cases.show_series(group.case.series if group else (), series, state.thumbnail)
        self.cases.show_choice(lesion, can_edit=not state.is_read_only and series is not None)
        self.slice.set_color(self._color())
        self._show_diagnosis()

    def _show_desk(self, has_cases: bool) -> None:
        if self._pages.currentIndex() != int(has_cases):
            self._pages.setCurrentIndex(int(has_cases))
            self.slice.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_diagnosis(self) -> None:
        state = self._state
        enabled = state.lesion is not None and not state.is_read_only
        self.side.show_diagnosis(state.diagnosis, enabled)
        self.slice.set_color(self._color())

    def _show_slice(self) -> None:
        state = self._state
        series, shown = state.series, state.shown
        if series is None or shown is None:
            self.slice.set_picture(None)
            self.bar.set_place(0, 0)
            return
        self.slice.set_picture(
            Picture(
                shown.pixels,
                series.row_spacing,
                series.column_spacing,
                shown.orientation if series.kind == "dicom" else (),
                series.id,
                "HU" if series.has_hu else "grey",
                series.kind == "dicom",
                state.extent,
            )
        )
        self.slice.set_corners(_corners(series, state.index, shown.position))
        self.bar.set_place(state.index, series.slices)

    def _show_window(self) -> None:
        self.slice.set_window(*self._state.window)
        self.tools.show_window(*self._state.window)

    def _show_margins(self) -> None:
        state, twin = self._state, self._state.twin
        chosen, found = state.chosen_margin, state.measures
        lines = tuple(_line(m) for m in state.slice_margins)
        axes = (found.long_axis, found.short_axis) if chosen is not None and found else ()
        self.slice.set_margins(lines, Aids(twin.box if chosen and twin else None, axes))
        self.bar.set_marks(tuple(_mark(m) for m in state.margins))

    def _show_twin(self) -> None:
        state = self._state
        self.side.show_twin(state.twin, self._color())
        self.side.measures.show_measures(state.measures)
        if not self.slice.drawing.is_active:
            self._show_margins()

    def _color(self) -> str:
        category = self._state.category(self._state.diagnosis.category)
        return category.color if category else PALETTE.strong


def _spoken(key: str) -> str:
    """A key as its cap says it."""
    return key.replace("+", " ").replace("Return", "Enter").replace("Escape", "Esc")


def _put_key(target: Button, key: str) -> None:
    """Another key in a button's cap and tooltip."""
    target.setToolTip(target.toolTip().replace(f"({target.key})", f"({key})"))
    target.key = key
    target.updateGeometry()
    target.update()


def _side(content: QWidget) -> QFrame:
    """A column beside the slice, on panel ground."""
    frame = QFrame()
    frame.setObjectName("side")
    frame.setStyleSheet(f"QFrame#side {{ background: {PALETTE.panel}; }}")
    row = QHBoxLayout(frame)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(content)
    return frame


def _corners(series: SeriesRecord, index: int, position: float) -> Corners:
    described = series.description if series.description != series.patient else ""
    if series.slice_spacing and " mm" not in described:
        described = f"{described}, {series.slice_spacing:.1f} mm".removeprefix(", ")
    has_mm = series.kind == "dicom"
    z = f"z {position:.1f} mm".replace("-", "−") if has_mm else ""
    tags = tuple(Tag(badge, _tag_role(badge)) for badge in series.badges)
    if series.simulated and "simulated" not in series.badges:
        tags = (Tag("simulated", "simulated"), *tags)
    return Corners(
        title=series.patient,
        subtitle=described,
        tags=tags,
        number=str(index + 1),
        count=series.slices,
        position=z,
    )


def _tag_role(badge: str) -> str:
    return "simulated" if "simulated" in badge.lower() else "warning"


def _line(shown: ShownMargin) -> MarginLine:
    color = shown.category.color if shown.category else PALETTE.strong
    name = shown.lesion.name
    if shown.is_chosen and shown.category:
        name = f"{name} · {shown.category.name}"
    return MarginLine(shown.margin.points, color, name, shown.is_chosen)


def _mark(shown: ShownMargin) -> Mark:
    color = shown.category.color if shown.category else PALETTE.strong
    return Mark(shown.margin.slice_index, color, shown.lesion.name, shown.is_chosen)
