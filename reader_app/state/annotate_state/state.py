"""The state behind the Annotate page: edits and aids, and what two authors and a series need."""

from __future__ import annotations

from itertools import chain

from PySide6.QtCore import QTimer, Signal

from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.annotate_state.aided import Aided
from reader_app.state.annotate_state.editing import LAST_NAME
from reader_app.state.annotate_state.slice_rows import RowBook, SliceRow
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import Pointer, StudyState
from studies import cases
from studies.access import COORDINATOR, authors
from studies.cases import Authorship, LesionAgreement
from studies.records import LesionRecord

AGREE_MS = 200


class AnnotateState(Aided):
    """Everything the page shows and does."""

    agreement_changed = Signal()  # two authors on the chosen lesion

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        self.agreements: tuple[LesionAgreement, ...] = ()
        self._jobs = jobs
        super().__init__(study, jobs, messages, settings)
        self._compare = QTimer(self)
        self._compare.setSingleShot(True)
        self._compare.setInterval(AGREE_MS)
        self._compare.timeout.connect(self.update_agreement)
        self.list_changed.connect(self._compare_anew)
        study.pointed.connect(self._turn_to)

    def _reset(self) -> None:
        super()._reset()
        self._rows = RowBook()
        self._pairs: tuple[LesionAgreement, ...] | None = None
        self._since = object()  # the last edit
        self._asked: object | None = None  # the comparison that is under way
        had, self.agreements = bool(self.agreements), ()
        if had:
            self.agreement_changed.emit()

    def _turn_to(self, pointer: Pointer) -> None:
        """Another page asks for a lesion, a series or a case."""
        if pointer.lesion_id is not None:
            self.open_lesion(pointer.lesion_id)
            return
        self.choose_case(pointer.case_id)
        if pointer.series_id is not None:
            self.choose_series(pointer.series_id)

    def open_lesion(self, lesion_id: int) -> bool:
        """Show a lesion by its id, chosen, on its key slice; whether it stands in the study.

        Other pages ask for it by `StudyState.pointed` (a Pointer with its `lesion_id`) after
        their own `asked("annotate")`.
        """
        is_there = self._all.lesion(lesion_id) is not None
        if is_there:
            self.choose_lesion(lesion_id)
        else:
            self.noticed.emit("warning", "This lesion was taken out of the study.")
        return is_there

    # --- the lesion's slices ----------------------------------------------------------------

    @property
    def slice_rows(self) -> tuple[SliceRow, ...]:
        """The chosen lesion's slices: drawn, proposed, left out."""
        training = self.authorship.training if self.authorship else ""
        return self._rows.rows(
            self.lesion, self.series, self._margins, self.proposed, self.positions, training
        )

    def choose_key_slice(self, index: int) -> None:
        """The slice whose ROI is used; the present one again = the largest margin's."""
        lesion, entry = self.lesion, self.entry
        if lesion is None or entry is None:
            return
        if entry.hides_size:  # whether the others drew a slice would be told by what is refused
            text = "Compare first: the key slice is one of the margins that train, hidden from you."
            self.noticed.emit("info", text)
            return
        with self._write():
            wanted = None if index == lesion.key_slice else index
            found = self._edits.choose_key_slice(lesion, wanted)
            self._reload_lesions(lesion.id)
            place = "none" if found.key_slice is None else str(found.key_slice + 1)
            how = "the largest margin" if wanted is None else "your choice"
            self.noticed.emit("ok", f"{lesion.name}: key slice {place}, {how}.")

    def delete_at(self, index: int) -> None:
        """Delete this author's margin of the chosen lesion on a slice."""
        self.go_to(index)
        self.delete_margin()

    # --- two authors ------------------------------------------------------------------------

    @property
    def authorship(self) -> Authorship | None:
        """Who drew the chosen lesion."""
        return self._all.who.get(self._lesion_id) if self._lesion_id is not None else None

    @property
    def agreement(self) -> LesionAgreement | None:
        """Of this author with the first other one, else of the first two."""
        mine = (pair for pair in self.agreements if self.author in (pair.first, pair.second))
        return next(chain(mine, self.agreements), None)

    def _compare_anew(self) -> None:
        """Nothing that is out of date, or hidden by now, stays on show until the hand rests."""
        self._compare.start()
        self._asked = None
        if self.agreements and not self._may_compare(self.agreements[0].lesion_id):
            self._show_agreements(())

    def _may_compare(self, lesion_id: int) -> bool:
        who = self.authorship
        is_shown = who is not None and who.lesion_id == lesion_id and len(who.people) > 1
        return is_shown and not self.is_blinded and not self.only_mine

    def update_agreement(self) -> None:
        """Compare the authors of the chosen lesion behind the window; not while one is blinded.

        `agreement_changed` follows; what was asked for before is void.
        """
        who, self._asked = self.authorship, None
        if who is None or not self._may_compare(who.lesion_id):
            self._show_agreements(())
            return
        store, lesion_id = self._store(), who.lesion_id
        asked = self._asked = object()
        self._jobs.small(
            lambda: cases.agreements(store, lesion_id),
            lambda found: self._take_agreements(found, asked),
            lambda failure: self._give_up(str(failure.sentence), asked),
        )

    @property
    def is_comparing(self) -> bool:
        """Figures were asked for and are not there yet."""
        return self._asked is not None

    def _take_agreements(self, found: tuple[LesionAgreement, ...], asked: object) -> None:
        if asked is self._asked:
            self._asked = None
            self._show_agreements(found)

    def _give_up(self, sentence: str, asked: object) -> None:
        if asked is self._asked:
            self._asked = None
            self._messages.error(sentence)

    def _show_agreements(self, found: tuple[LesionAgreement, ...]) -> None:
        before, self.agreements = self.agreements, found
        if found or before:
            self.agreement_changed.emit()

    @property
    def may_compare(self) -> bool:
        """This author has drawn the chosen lesion and may end drawing it blinded."""
        who = self.authorship
        return self.is_blinded and who is not None and self.author in who.people

    def show_others(self) -> None:
        """Show this author the others' margins of the chosen lesion; the study keeps that."""
        lesion, who = self.lesion, self.authorship
        if lesion is None or who is None or not self.is_blinded:
            return
        is_begun, names = self.may_compare, " and ".join(who.others(self.author))
        with self._write():
            cases.show_others(self._store(), lesion.id, self.author)
            self._reload_lesions(lesion.id)
            if is_begun:
                self.noticed.emit(*self._compared(lesion, names))
            else:
                text = f"You see {names}'s margins: yours of {lesion.name} are not independent."
                self.noticed.emit("info", text)

    def _compared(self, lesion: LesionRecord, names: str) -> tuple[str, str]:
        """What is said once one's own margins are done: whether they are of one lesion at all."""
        found = cases.agreements(self._store(), lesion.id)
        mine = [pair for pair in found if self.author in (pair.first, pair.second)]
        strange = sorted({index for pair in mine for index in pair.strange})
        if strange:
            place = f"{lesion.name}, slice {strange[0] + 1}: your margin and {names}'s do not meet"
            return "warning", f"{place}. Is it the same lesion?"
        if mine and not any(pair.common for pair in mine):
            return "warning", f"{lesion.name}: you and {names} drew no slice in common."
        return "ok", f"{lesion.name}: compared with {names}'s margins."

    def next_disagreement(self) -> None:
        """Go through all lesions that two persons drew, the least overlap first."""
        if self._pairs is not None:
            self._visit_next(self._pairs)
            return
        store, since = self._store(), self._since
        self._jobs.small(
            lambda: cases.disagreements(store),
            lambda found: self._keep_pairs(found, since),
            lambda failure: self._messages.error(str(failure.sentence)),
        )

    def _keep_pairs(self, found: tuple[LesionAgreement, ...], since: object) -> None:
        """Compared once, as long as nothing is edited."""
        if since is self._since:
            self._pairs = found
        self._visit_next(found)

    def _tell_edited(self) -> None:
        self._pairs, self._since = None, object()
        super()._tell_edited()

    def _visit_next(self, found: tuple[LesionAgreement, ...]) -> None:
        """The one after the lesion on show; of those that this author may see."""
        entries = {pair.lesion_id: self._all.entry(pair.lesion_id) for pair in found}
        seen = [p for p in found if (e := entries[p.lesion_id]) is not None and not e.is_blinded]
        if not seen:
            self.noticed.emit("info", "No lesion has margins of two authors that you may see.")
            return
        ids = [pair.lesion_id for pair in seen]
        at = ids.index(self._lesion_id) + 1 if self._lesion_id in ids else 0
        pair = seen[at % len(seen)]
        self.choose_lesion(pair.lesion_id)
        self.go_to(pair.disagreements[0].slice_index)
        place = f"disagreement {at % len(seen) + 1} of {len(seen)}"
        self.noticed.emit("info", f"Dice {pair.dice:.2f}: {place}, largest first.")

    def choose_training_author(self, author: str) -> None:
        """Whose margins of the chosen lesion train; "" = the first author's."""
        lesion = self.lesion
        if lesion is None or author == lesion.training_author:
            return
        with self._write():
            cases.choose_training_author(self._store(), lesion.id, author)
            self._reload_lesions(lesion.id)
            self.noticed.emit("ok", f"{lesion.name} trains with {author or 'its first author'}.")

    def train_everywhere_with(self, author: str) -> None:
        """The same choice for every lesion that this person drew."""
        with self._write():
            count = cases.choose_training_author_of_all(self._store(), author)
            self._reload_lesions()
            self.noticed.emit("ok", f"{count} lesions train with {author or 'the first author'}.")

    # --- a new name -------------------------------------------------------------------------

    @property
    def former_name(self) -> str:
        """Who drew in this study last on this computer, where a name sits here that never did."""
        last = self._settings.text(LAST_NAME)
        store = self._study.store
        is_same = last in ("", self.author)
        if store is None or is_same or self.is_read_only or store.access.role != COORDINATOR:
            return ""
        known = authors(store)
        return last if last in known and self.author not in known else ""

    def be_the_same(self) -> None:
        """All that the former name drew and diagnosed goes over to this one."""
        before = self.former_name
        if before:
            with self._write():
                done = cases.rename_author(self._store(), before, self.author)
                self._edits.forget(before)
                self._reload()
                self.noticed.emit("ok", f"What {done.before} drew and said is {done.after}'s now.")

    def be_another(self) -> None:
        """This name is another person's."""
        self._keep_name()
        self.list_changed.emit()

    # --- stored values ----------------------------------------------------------------------

    @property
    def asks_for_hu(self) -> bool:
        """The series holds stored values of which nobody has said yet that they are HU."""
        series = self.series
        return series is not None and series.kind == "dicom" and not series.has_hu

    @property
    def hu_confirmed_by(self) -> str:
        """Who said that the stored values are HU; empty where the file says it, or nobody yet."""
        return self.series.hu_confirmed_by if self.series else ""

    def confirm_hu(self) -> None:
        """This author says that the stored values are HU."""
        series = self.series
        if series is not None and self.asks_for_hu:
            with self._write():
                cases.confirm_hu(self._store(), series.id, self.author)
                self._show_anew("Recorded: the stored values of this series are HU.")

    def withdraw_hu(self) -> None:
        """Take that word back."""
        series = self.series
        if series is not None and series.hu_confirmed_by:
            with self._write():
                cases.withdraw_hu(self._store(), series.id)
                self._show_anew("Withdrawn: nothing is measured in HU on this series.")

    def _show_anew(self, notice: str) -> None:
        """The same slice of the series as it is stored now."""
        series = self.series
        self._load_groups()
        self._show_series(self._all.series(series.id) if series else None, self._index)
        self.noticed.emit("ok", notice)
