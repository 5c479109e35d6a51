"""The Annotate page: lesion list | slice | ROI twin, diagnosis, measures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from reader_app.state.annotate_state import AnnotateState, ShownMargin
from reader_app.views.annotate import on_slice
from reader_app.views.annotate.author_banner import AuthorBanner
from reader_app.views.annotate.case_panel import CasePanel
from reader_app.views.annotate.foot_line import FootLine
from reader_app.views.annotate.keys import Binding, PageKeys
from reader_app.views.annotate.side_panel import SidePanel
from reader_app.views.annotate.stored_banner import StoredBanner
from reader_app.views.annotate.tool_row import ToolRow
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.slice_view import Aids, Mode, SliceBar, SliceView
from reader_app.widgets.theme import PALETTE
from studies.imaging.window import PRESETS
from studies.records import ClassScheme


class AnnotatePage(QWidget):
    """Places the parts, carries the state's signals to them and the hands' to the state."""

    def __init__(self, state: AnnotateState) -> None:
        super().__init__()
        self._state = state
        self.setAccessibleName("Annotate")
        self.cases = CasePanel()
        self.slices = self.cases.slices
        self.banner = StoredBanner()
        self.person = AuthorBanner()
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
        self._locked = ""
        self._marked: tuple[ShownMargin, ...] = ()
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
        middle.addWidget(self.banner)
        middle.addWidget(self.person)
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
        state.loaded.connect(self._show_slices)
        state.loaded.connect(self._show_gaps)
        state.agreement_changed.connect(self._show_agreement)
        state.ghost_changed.connect(self.slice.set_ghost)
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
        self.tools.own_asked.connect(state.own_window)
        self.tools.fit_asked.connect(self.slice.fit)
        self.slice.mode_changed.connect(lambda: self.tools.show_mode(*self.slice.mode))
        self.slice.drawing.tracer = state.trace
        self.slice.proposal_asked.connect(state.propose)
        self.slice.hover_asked.connect(state.hover)
        self.slice.ghost_taken.connect(state.take_proposal)
        self.slice.mode_changed.connect(state.show_ghost)
        self.slice.drawn.connect(state.save_margin)
        self.slice.draft_changed.connect(state.set_draft)
        self.slice.stepped.connect(state.step)
        self.slice.went_to_end.connect(state.go_to_end)
        self.slice.window_dragged.connect(state.set_window)
        self.slice.margin_clicked.connect(state.choose_here)
        self.slice.blocked.connect(self._say_blocked)
        self.slice.nothing_enclosed.connect(self._say_nothing_enclosed)
        self.slice.nothing_to_push.connect(self._say_nothing_to_push)
        self.slice.mode_changed.connect(self._say_nothing_to_push)
        self.bar.chosen.connect(state.go_to)
        self._connect_lists()

    def _connect_lists(self) -> None:
        state = self._state
        self.cases.open_only_chosen.connect(state.show_open_only)
        self.slices.list.slice_chosen.connect(state.go_to)
        self.slices.list.key_chosen.connect(state.choose_key_slice)
        self.slices.between_asked.connect(state.propose_between)
        self.slices.only_mine_chosen.connect(state.show_only_mine)
        self.banner.confirmed.connect(state.confirm_hu)
        self.banner.withdrawn.connect(state.withdraw_hu)
        self.person.same_chosen.connect(state.be_the_same)
        self.person.other_chosen.connect(state.be_another)
        self.side.compare.asked.connect(state.show_others)
        self.side.agreement.slice_chosen.connect(state.go_to)
        self.side.agreement.next_asked.connect(state.next_disagreement)
        self.side.agreement.training_chosen.connect(state.choose_training_author)
        self.side.agreement.everywhere_asked.connect(state.train_everywhere_with)
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
        capped = {
            "D": self.tools.draw,
            "G": self.tools.propose,
            "N": self.tools.nudge,
            "R": self.tools.ruler,
            "B": self.side.bases["biopsy"],
            "F": self.side.bases["follow-up"],
            "I": self.slices.between,
        }
        self._keys = PageKeys(self, (*self._hand_keys(), *self._edit_keys()), capped)

    def keys(self) -> tuple[tuple[str, str], ...]:
        """(key, what it does) for the key sheet; class keys stand on their buttons."""
        return self._keys.sheet

    def _hand_keys(self) -> tuple[Binding, ...]:
        state, view = self._state, self.slice
        presets = (
            Binding(preset.key, partial(state.set_window, preset.low, preset.high))
            for preset in PRESETS
        )
        return (
            Binding("Return", self._enter, "Close the margin, take a proposal, or next lesion"),
            Binding("Enter", self._enter),
            Binding("Escape", self._escape, "Drop what is being drawn or proposed"),
            Binding("Backspace", view.step_back, "Take the last point back"),
            Binding("Ctrl+0", view.fit, "Whole slice"),
            Binding("6", state.own_window, "The series' own window"),
            Binding("0", state.auto_window, "Automatic window"),
            Binding("D", partial(self._draw, partial(view.set_mode, Mode.DRAW, False))),
            Binding("G", partial(self._draw, view.propose)),
            Binding("N", partial(self._draw, partial(view.set_mode, Mode.NUDGE, False))),
            Binding("R", partial(view.set_mode, Mode.DRAW, True)),
            *presets,
        )

    def _edit_keys(self) -> tuple[Binding, ...]:
        state = self._state
        return (
            Binding("Shift+Return", state.next_case, "Next case with something missing"),
            Binding("Shift+Enter", state.next_case),
            Binding("Ctrl+Return", state.take_all_proposals, "Take all proposals"),
            Binding("Ctrl+Enter", state.take_all_proposals),
            Binding("Ctrl+Down", partial(state.copy_margin, 1), "Copy to the next slice"),
            Binding("Ctrl+Up", partial(state.copy_margin, -1), "Copy to the slice before"),
            Binding("Delete", self._delete, "Delete the margin on this slice"),
            Binding("Ctrl+Z", self._undo, "Undo"),
            Binding("Ctrl+Y", self._redo, "Redo"),
            Binding("Ctrl+Shift+Z", self._redo),
            Binding("A", state.add_lesion, "Add a lesion"),
            Binding("Ctrl+Delete", state.remove_lesion, "Remove the lesion"),
            Binding("I", state.propose_between),
            Binding("B", partial(state.set_basis, "biopsy")),
            Binding("F", partial(state.set_basis, "follow-up")),
        )

    def _make_class_keys(self) -> None:
        scheme = self._state.scheme
        found = scheme.categories if scheme else ()
        self._keys.show_classes({c.key: partial(self._state.diagnose, c.code) for c in found})

    def _enter(self) -> None:
        if not self.slice.complete() and not self._state.take_proposal():
            self._state.next_lesion()

    def _escape(self) -> None:
        """First what is being drawn, then what is proposed, then the tool."""
        if not self.slice.drawing.is_active and self._state.drop_proposals():
            return
        if not self.slice.cancel():
            self.slice.set_mode(Mode.DRAW, bool(self._state.cannot_draw_because))

    def _draw(self, take: Callable[[], object]) -> None:
        """Take a drawing tool where anything can be drawn."""
        reason = self._state.cannot_draw_because
        if reason:
            self.foot.show_notice("info", reason)
        else:
            take()

    def _delete(self) -> None:
        """On the list of slices, of the row that is marked there."""
        row = self.slices.list.marked
        if self.slices.list.hasFocus() and row is not None:
            self._state.delete_at(row.slice_index)
        else:
            self._state.delete_margin()

    def _undo(self) -> None:
        if not self.slice.step_back():
            self._state.undo()

    def _redo(self) -> None:
        if not self.slice.step_forward():
            self._state.redo()

    def _say_blocked(self) -> None:
        self.foot.show_notice("info", "Close the margin (double click) or press Esc, then scroll.")

    def _say_nothing_enclosed(self) -> None:
        text = "This line encloses nothing, or a strip less than 2 px wide. Draw around the lesion."
        self.foot.show_notice("warning", text)

    def _say_nothing_to_push(self) -> None:
        if self.slice.mode[0] is Mode.NUDGE and self._state.chosen_margin is None:
            text = "No margin of the chosen lesion lies on this slice to push. Draw it first."
            self.foot.show_notice("info", text)

    # --- what is shown ----------------------------------------------------------------------

    def _show_all(self) -> None:
        self.tools.show_mode(*self.slice.mode)
        self._show_list()
        self._show_slice()
        self._show_window()

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
        self.cases.show_progress(*state.progress, open_only=state.shows_open_only)
        self.cases.show_series(group.case.series if group else (), series, state.thumbnail)
        self.cases.show_choice(lesion, can_edit=not state.is_read_only and series is not None)
        self.slice.set_color(self._color())
        self._show_locked("" if state.is_empty else state.cannot_draw_because)
        self.person.show_question(state.former_name, state.author)
        self.banner.show_question(state.asks_for_hu, state.hu_confirmed_by, not state.is_read_only)
        self._show_diagnosis()

    def _show_locked(self, reason: str) -> None:
        """Without drawing only the ruler is left in hand; with it again, the pen comes back."""
        if reason != self._locked:
            self._locked = reason
            self.tools.show_locked(reason)
            self.slice.set_mode(Mode.DRAW, bool(reason))

    def _show_slices(self) -> None:
        state = self._state
        self.slices.show_rows(state.slice_rows, state.index, not state.is_read_only)
        who = state.authorship
        others = who is not None and bool(who.others(state.author))
        blinded_to = " and ".join(who.others(state.author)) if who and state.is_blinded else ""
        self.slices.show_authors(others, state.only_mine, blinded_to, state.whereabouts)
        self.side.compare.show_blinded(blinded_to, state.may_compare)

    def _show_agreement(self) -> None:
        state, lesion = self._state, self._state.lesion
        found = state.agreement
        self.slices.show_agreement(found)
        chosen = lesion.training_author if lesion else ""
        self.side.agreement.show_agreement(found, state.authorship, chosen, not state.is_read_only)

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
        else:
            self.slice.set_picture(on_slice.picture(series, shown, state.extent))
            self.slice.set_corners(on_slice.corners(series, state.index, shown.position))
            self.bar.set_place(state.index, series.slices)
            self._show_gaps()
        self._show_margins()

    def _show_gaps(self) -> None:
        self.bar.set_gaps(on_slice.missing_behind(self._state.positions))

    def _show_window(self) -> None:
        self.slice.set_window(*self._state.window)
        self.tools.show_window(*self._state.window)

    def _show_margins(self) -> None:
        """Lines, marks, rows and what is said of the line on show: once a change."""
        self._show_lines()
        self._show_slices()
        self._show_twin()

    def _show_lines(self) -> None:
        state, twin = self._state, self._state.twin
        chosen, found = state.chosen_margin, state.measures
        lines = tuple(on_slice.margin_line(m) for m in state.slice_margins)
        axes = (found.long_axis, found.short_axis) if chosen is not None and found else ()
        self.slice.set_margins(lines, Aids(twin.box if chosen and twin else None, axes))
        if state.margins is not self._marked:  # a step to another slice marks nothing anew
            self._marked = state.margins
            self.bar.set_marks(tuple(on_slice.mark(m) for m in state.margins))
        place = state.whereabouts
        here = place is not None and place.slice_index == state.index
        self.slice.set_place((place.x, place.y) if place and here else None)

    def _show_twin(self) -> None:
        state = self._state
        self.side.show_twin(state.twin, self._color(), proposed=state.is_proposal_on_show)
        self.side.measures.show_measures(state.measures)
        self.side.show_warnings(state.warnings)

    def _color(self) -> str:
        category = self._state.category(self._state.diagnosis.category)
        return category.color if category else PALETTE.strong


def _side(content: QWidget) -> QFrame:
    """A column beside the slice, on panel ground."""
    frame = QFrame()
    frame.setObjectName("side")
    frame.setStyleSheet(f"QFrame#side {{ background: {PALETTE.panel}; }}")
    row = QHBoxLayout(frame)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(content)
    return frame
