"""The Classifier's lesions, one by one: the chosen one read, its maps made in the background."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.explain import Explained as Explained
from engine.jobs import Failure, Progress
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import Pointer, StudyState
from studies.store import Store

if TYPE_CHECKING:
    from reader_app.state.results_loading import LesionDetail
    from studies.report.lesion_cases import LesionCase

LANE = "explain"
_KEPT = 64  # maps kept in memory, 32 KiB each


@dataclass(frozen=True)
class MapsAsked:
    """Which maps: of an arm's network, of a lesion, of a class."""

    run_id: int
    lesion_id: int
    category: str


class ResultsCases(QObject):
    """`chosen_changed` with another lesion, `maps_changed` when its maps come, go or fail."""

    chosen_changed = Signal()
    maps_changed = Signal()

    def __init__(
        self, study: StudyState, jobs: Jobs, failed: Callable[[Failure], None],
        go: Callable[[str], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self._study, self._jobs, self._failed, self._go = study, jobs, failed, go
        self.case: LesionCase | None = None
        self.detail: LesionDetail | None = None
        self.making: MapsAsked | None = None
        self._maps: dict[MapsAsked, Explained] = {}
        self._turn = self._job = 0

    def forget(self) -> None:
        """Results are read anew: the chosen lesion and the maps of old networks go."""
        self._turn += 1
        if self.making is not None:
            self._jobs.cancel(self._job)
        self.case = self.detail = self.making = None
        self._maps.clear()
        self.chosen_changed.emit()

    def choose(self, case: LesionCase | None, protocol_id: int | None) -> None:
        """Read what is known of a lesion; `chosen_changed` when it is here."""
        self._turn += 1
        turn, store = self._turn, self._study.store
        if case is None or store is None:
            self.case = self.detail = None
            self.chosen_changed.emit()
            return
        self._jobs.small(
            lambda: _load_case(store, case, protocol_id),
            lambda detail: self._read(turn, case, detail),
            self._failed,
        )

    def maps(self, asked: MapsAsked) -> Explained | None:
        """The maps, where they have been made."""
        return self._maps.get(asked)

    def make_maps(self, asked: MapsAsked) -> None:
        """Make them in the background, beside trainings; one at a time."""
        store = self._study.store
        if store is None or self.making is not None or asked in self._maps:
            return
        self.making = asked
        self._job = self._jobs.run(
            "Maps of what a network used",
            lambda: _explain(store, asked),
            lambda found: self._made(store, asked, found),
            lambda failure: self._not_made(asked, failure),
            cancelled=lambda: self._ended(asked),
            lane=LANE,
        )
        self.maps_changed.emit()

    def open_slice(self, case: LesionCase) -> None:
        """Show a lesion on Annotate."""
        if self._study.study is not None and self._study.study.kind == "ct":
            self._go("annotate")
            lesion = case.lesion
            self._study.pointed.emit(Pointer(lesion.case_id, lesion.series_id, lesion.id))

    @property
    def has_slices(self) -> bool:
        """Whether the study holds CT, so that a lesion can be opened on Annotate."""
        return self._study.study is not None and self._study.study.kind == "ct"

    def _read(self, turn: int, case: LesionCase, detail: LesionDetail) -> None:
        if turn == self._turn:
            self.case, self.detail = case, detail
            self.chosen_changed.emit()

    def _made(self, store: Store, asked: MapsAsked, found: Explained) -> None:
        if store is self._study.store and self.making == asked:
            while len(self._maps) >= _KEPT:
                self._maps.pop(next(iter(self._maps)))
            self._maps[asked] = found
        self._ended(asked)

    def _not_made(self, asked: MapsAsked, failure: Failure) -> None:
        self._failed(failure)
        self._ended(asked)

    def _ended(self, asked: MapsAsked) -> None:
        if self.making == asked:
            self.making = None
            self.maps_changed.emit()


# Statistics, pictures and the engine are imported when first asked for.


def _load_case(store: Store, case: LesionCase, protocol_id: int | None) -> LesionDetail:
    from reader_app.state.results_loading import load_case

    return load_case(store, case, protocol_id)


def _explain(store: Store, asked: MapsAsked) -> Generator[Progress, None, Explained]:
    from reader_app.workflows.explain import explain

    return (yield from explain(store, asked.run_id, asked.lesion_id, asked.category))
