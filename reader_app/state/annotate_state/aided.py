"""Aids of the Annotate page: proposals under the pointer and between slices, copies."""

from __future__ import annotations

from PySide6.QtCore import Signal

from reader_app.state.annotate_state.editing import Editing
from reader_app.state.annotate_state.proposals import Hover, Proposals
from reader_app.state.annotate_state.slice_rows import PROPOSED
from reader_app.widgets.slice_view import Finished
from studies import cases
from studies.imaging import aids
from studies.imaging.contour import SliceLine
from studies.records import Points


class Aided(Editing):
    """The desk with its aids; nothing that they find is saved before the user takes it."""

    ghost_changed = Signal(object, str)  # Points, a word; () = nothing is proposed here

    def _reset(self) -> None:
        super()._reset()
        self._proposals = Proposals()
        self._hover = Hover()

    # --- around a point ---------------------------------------------------------------------

    def hover(self, x: float, y: float) -> None:
        """Show what would be proposed around the pointer."""
        self.ghost_changed.emit(self._around((x, y)), PROPOSED)

    def propose(self, x: float, y: float) -> None:
        """Save the margin that stands out around a point; undo takes it away."""
        points = self._around((x, y))
        self.show_ghost()
        if points:
            self.save_margin(Finished(points, "proposal", seeds=((x, y),)))
        else:
            self.noticed.emit("info", "Nothing stands out around this point. Draw the margin.")

    def _around(self, at: tuple[float, float]) -> Points:
        has_hu = self.series is not None and self.series.has_hu
        return self._hover.points(self._shown, at, has_hu, self._slices.beside(self._index))

    def trace(self, start: tuple[float, float], end: tuple[float, float]) -> Points:
        """The line between two points of the slice that keeps to edges."""
        return aids.live_wire(self.shown.pixels, start, end) if self.shown else (start, end)

    def save_margin(self, line: Finished) -> None:
        """As `Editing` saves it; what was proposed for this slice is answered by it."""
        answers = bool(self.ghost)
        super().save_margin(line)
        if answers and self.chosen_margin is not None and self.chosen_margin.is_own:
            self._proposals.forget(self._index)
            self._tell_proposals()

    # --- between slices ---------------------------------------------------------------------

    @property
    def proposed(self) -> tuple[SliceLine, ...]:
        """What is proposed for the chosen lesion, in z order."""
        return self._proposals.of((self._lesion_id, self.author))

    @property
    def ghost(self) -> Points:
        """What is proposed for the chosen lesion on the slice on show."""
        if self.is_read_only:
            return ()
        return self._proposals.at((self._lesion_id, self.author), self._index)

    def propose_between(self) -> None:
        """Propose a margin for each slice between those that this author drew."""
        lesion, series = self.lesion, self.series
        if lesion is None or series is None:
            self.noticed.emit("info", "Choose a lesion first.")
            return
        drawn = self._ends(lesion.id)
        spacing = series.row_spacing, series.column_spacing
        with self._reading():
            count = self._proposals.fill(
                (lesion.id, self.author), drawn, self._positions(), spacing
            )
            self._tell_proposals()
            self._say_proposed(count)

    def _positions(self) -> tuple[float, ...]:
        series, known = self.series, self._slices.positions
        if known or series is None:
            return known
        return tuple(self._slices.at(index).position for index in range(series.slices))

    def _say_proposed(self, count: int) -> None:
        if not count:
            text = "Draw the lesion on two slices with others between them first."
            self.noticed.emit("info", text)
            return
        self.noticed.emit("info", f"{count} proposed. Enter: take it, Ctrl Enter: all, Esc: none")
        nearest = self._proposals.nearest(self._index)
        if nearest is not None:
            self.go_to(nearest)

    def take_proposal(self) -> bool:
        """Save what is proposed on this slice and go to the next one; whether there was any."""
        points = self.ghost
        if not points:
            return False
        self.save_margin(Finished(points, "between", is_edit=True))
        following = self._proposals.nearest(self._index)
        if following is not None:
            self.go_to(following)
        return True

    def take_all_proposals(self) -> None:
        """Save all that is proposed for the chosen lesion; undo takes them back one by one."""
        lesion, lines = self.lesion, self.proposed
        if lesion is None or not lines:
            return
        with self._write():
            placed = [self._placed(line) for line in lines]
            self._edits.save_margins(lesion.id, placed, "between")
            self._proposals.forget()
            self._reload_lesions(lesion.id)
            self.noticed.emit("ok", f"{lesion.name}: {len(lines)} margins saved.")

    def _placed(self, line: SliceLine) -> cases.PlacedLine:
        sop_uid = self._slices.at(line.slice_index).sop_uid
        return cases.PlacedLine(sop_uid, line.slice_index, line.points)

    def drop_proposals(self) -> bool:
        """Drop all that is proposed for the chosen lesion; whether there was any."""
        had = bool(self.proposed)
        if had:
            self._proposals.forget()
            self._tell_proposals()
            self.noticed.emit("info", "Proposals dropped.")
        return had

    def _tell_proposals(self) -> None:
        self._tell_margins()
        self.show_ghost()

    def show_ghost(self) -> None:
        """Show what is proposed on this slice in place of what was under the pointer."""
        self.ghost_changed.emit(self.ghost, PROPOSED if self.ghost else "")

    def _tell_edited(self) -> None:
        super()._tell_edited()
        self.show_ghost()

    def _load_margins(self) -> None:
        super()._load_margins()
        lesion_id, author = self._proposals.owner
        lesion = self._all.lesion(lesion_id)
        elsewhere = lesion is not None and (
            self.series is None or lesion.series_id != self.series.id
        )
        if lesion_id is None or author != self.author or elsewhere:
            return
        if self._proposals.forget_unless(self._ends(lesion_id)):
            text = "Proposals dropped: a margin that they lay between has changed."
            self.noticed.emit("info", text)

    def _ends(self, lesion_id: int) -> tuple[SliceLine, ...]:
        """What this author drew of a lesion of the series on show, in z order."""
        return tuple(
            SliceLine(shown.margin.slice_index, shown.margin.points)
            for shown in self._margins
            if shown.is_own and shown.lesion.id == lesion_id
        )

    def _line_on_show(self) -> Points:
        """Also a proposal, where nothing is drawn."""
        return super()._line_on_show() or self.ghost

    @property
    def is_proposal_on_show(self) -> bool:
        """Twin and measures are of a proposal."""
        return not self._draft and self.chosen_margin is None and bool(self.ghost)

    def _show_slice(self, look_for_body: bool = False) -> None:
        super()._show_slice(look_for_body)
        self.show_ghost()

    # --- copies -----------------------------------------------------------------------------

    def copy_margin(self, slices: int) -> None:
        """Copy this slice's margin to one so many further, where the author drew none yet."""
        shown, series = self.chosen_margin, self.series
        target = self._index + slices
        if shown is None or series is None:
            self.noticed.emit("info", "There is no margin of this lesion on this slice to copy.")
        elif not 0 <= target < series.slices:
            self.noticed.emit("info", "There is no further slice to copy to.")
        elif any(m.is_own and m.lesion == shown.lesion for m in self._margins_on(target)):
            self.noticed.emit("info", "You drew this lesion on that slice already.")
        else:
            self.go_to(target)
            drawn = shown.margin
            self.save_margin(Finished(drawn.points, "copy", anchors=drawn.anchors, is_edit=True))
