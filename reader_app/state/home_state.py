"""Home: steps, next actions, lesions by class, recent studies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.settings import RecentStudy, Settings
from reader_app.state import cover, next_steps
from reader_app.state.job_signals import Jobs
from reader_app.state.next_steps import NextAction, Step
from reader_app.state.opening import Opening
from reader_app.state.study_state import StudyState
from studies import cases, learning, reading
from studies.records import Category, LesionRecord, ProtocolRecord, RoiRecord
from studies.store import Store

ROIS_PER_CLASS = 14


@dataclass(frozen=True)
class ClassLine:
    """A class's lesions: how many, in which folds (empty before folds), some ROIs."""

    category: Category
    count: int
    share: float  # of the largest class, 0..1
    folds: tuple[int, ...]
    images: tuple[npt.NDArray[np.float32], ...]


@dataclass(frozen=True)
class _Found:
    """What Home reads of a study in a thread: ROIs that may be shown, flagged ones, copies.

    `hidden`: how many ROIs may not be shown yet to whoever sits here.
    """

    store: Store
    rois: tuple[RoiRecord, ...]
    hidden: int
    close: int
    copies: int


class HomeState(QObject):
    """`changed` whenever Home should look again; `asked` to switch page."""

    changed = Signal()
    asked = Signal(str)
    open_asked = Signal()
    new_asked = Signal()
    tour_asked = Signal()

    def __init__(
        self,
        study: StudyState,
        jobs: Jobs,
        messages: Messages,
        settings: Settings,
        opening: Opening,
    ) -> None:
        super().__init__()
        self._study, self._jobs = study, jobs
        self._messages, self._settings = messages, settings
        self.opening = opening
        self._rois: tuple[RoiRecord, ...] = ()
        self._flagged, self._copies, self._hidden = 0, 0, 0
        self._seen, self._stale = False, True
        self._behind = False  # something changed while Home was hidden
        study.opened.connect(self._reload)
        study.changed.connect(self._hear)
        opening.demo_changed.connect(self._tell)
        opening.recent_changed.connect(self._tell)

    @property
    def has_study(self) -> bool:
        """Whether a study is open."""
        return self._study.study is not None

    @property
    def folder(self) -> Path | None:
        """The open study's folder."""
        return self._study.study.folder if self._study.study else None

    @property
    def empty_words(self) -> tuple[str, str]:
        """What Home says while no study is open."""
        if self.making_demo:
            why = "Simulated CT with known lesions, made once on this computer. Progress is below."
            return "The demo study is being made", why
        why = "Try the demo to look around, or make a study for your own CT."
        return "No study is open", why

    @property
    def making_demo(self) -> bool:
        """Whether the demo is being made."""
        return self.opening.making_demo

    @property
    def steps(self) -> tuple[Step, ...]:
        """The five-step line."""
        counts, store = self._study.counts(), self._study.store
        if counts is None or store is None:
            return ()
        return with_versions(next_steps.steps(counts), reading.protocols(store))

    @property
    def actions(self) -> tuple[NextAction, ...]:
        """What to do next, at most three."""
        counts = self._study.counts()
        return next_steps.next_actions(counts, self._flagged, self._copies) if counts else ()

    @property
    def lines(self) -> tuple[ClassLine, ...]:
        """Diagnosed lesions by class of the scheme."""
        store, study = self._study.store, self._study.study
        if store is None or study is None:
            return ()
        found = tuple(one for one in cases.lesions(store) if not one.extra)
        return class_lines(study.scheme.categories, found, self._rois)

    @property
    def window_words(self) -> str:
        """How ROIs are cut: "ROIs 64 × 64, W 350 L 75"."""
        study = self._study.study
        if study is None:
            return ""
        if study.kind == "roi":
            return "ROIs 64 × 64, grey values"
        width = study.window_high - study.window_low
        level = (study.window_high + study.window_low) / 2
        return f"ROIs 64 × 64, W {width:.0f} L {level:.0f}"

    @property
    def hidden_words(self) -> str:
        """How many ROIs are not shown, being of margins this author must not see; "" for none."""
        if not self._hidden:
            return ""
        what = "1 ROI is" if self._hidden == 1 else f"{self._hidden:,} ROIs are"
        return f"{what} hidden until you compare margins in Annotate. "

    @property
    def recent(self) -> tuple[RecentStudy, ...]:
        """Studies opened before."""
        return self.opening.recent

    def cover(self, folder: Path) -> QImage | None:
        """A recent study's picture."""
        return cover.load(folder)

    def is_open(self, folder: Path) -> bool:
        """Whether this is the open study."""
        return self._study.study is not None and self._study.study.folder == folder

    def watch(self, seen: bool) -> None:
        """Home is on screen, or not: the study is read only for eyes."""
        self._seen = seen
        if seen and self._stale:
            self._look()
        if seen and self._behind:
            self._tell()

    def _reload(self) -> None:
        self._rois, self._flagged, self._copies, self._stale = (), 0, 0, True
        self._hidden = 0
        if self._seen:
            self._look()
        self._tell()

    def _hear(self, topic: str) -> None:
        self._stale = self._stale or topic in ("lesions", "cases", "study", "synthetic")
        if self._seen:
            self._look()
        self._tell()

    def _tell(self) -> None:
        """To eyes at once; a hidden page looks again when it is next seen."""
        self._behind = not self._seen
        if self._seen:
            self.changed.emit()

    def _look(self) -> None:
        store = self._study.store
        if store is not None and self._stale:
            self._stale = False
            author = "" if self._study.read_only else self._settings.author
            self._jobs.small(lambda: _read(store, author), self._take, self._missed)

    def _take(self, found: _Found) -> None:
        store = found.store
        if store is self._study.store:
            self._rois, self._flagged, self._copies = found.rois, found.close, found.copies
            self._hidden = found.hidden
            if not store.read_only:
                cover.save(store.folder, found.rois)
            self._tell()

    def _missed(self, failure: Failure) -> None:
        if self._study.store is not None:
            self._messages.error(failure.sentence, failure.details)


def _read(store: Store, author: str) -> _Found:
    """ROIs cut by a margin that this author must not see yet are left out."""
    hidden = {one.lesion_id for one in cases.authorships(store) if one.hides_training(author)}
    every = cases.rois(store, extra=False)
    rois = tuple(one for one in every if one.lesion_id not in hidden)
    return _Found(store, rois, len(every) - len(rois), *flagged(store))


def with_versions(
    steps: tuple[Step, ...], versions: tuple[ProtocolRecord, ...]
) -> tuple[Step, ...]:
    """Results as they are where versions differ: an unblinded one is open beside a sealed one."""
    opened = [one.version for one in versions if one.unblinded]
    closed = [one.version for one in versions if not one.unblinded]
    if not opened or len(versions) < 2:
        return steps
    parts = [f"version {', '.join(map(str, opened))} unblinded"]
    if closed:
        parts.append(f"{', '.join(map(str, closed))} sealed")
    line = ", ".join(parts).capitalize()
    return tuple(
        replace(one, number="Open", line=line, state="open" if one.state == "locked" else one.state)
        if one.page == "results"
        else one
        for one in steps
    )


def flagged(store: Store) -> tuple[int, int]:
    """Synthetic ROIs close to a training ROI on which nobody has decided; and copies."""
    found = learning.synthetic_tally(store)
    close = [one for one in found if one.audit == "close" and one.accepted and not one.is_decided]
    return sum(one.count for one in close), sum(one.count for one in found if one.audit == "copy")


def class_lines(
    categories: tuple[Category, ...],
    lesions: tuple[LesionRecord, ...],
    rois: tuple[RoiRecord, ...],
) -> tuple[ClassLine, ...]:
    """Count ready lesions by class and fold; ROIs of different patients first."""
    ready = tuple(one for one in lesions if one.is_ready)
    by_class = Counter(one.category for one in ready)
    largest = max(by_class.values(), default=0)
    folds = sorted({one.fold for one in ready if one.fold is not None})
    return tuple(
        ClassLine(
            category,
            by_class[category.code],
            by_class[category.code] / largest if largest else 0.0,
            tuple(
                sum(one.fold == fold and one.category == category.code for one in ready)
                for fold in folds
            ),
            _some_images(category.code, rois),
        )
        for category in categories
    )


def _some_images(code: str, rois: tuple[RoiRecord, ...]) -> tuple[npt.NDArray[np.float32], ...]:
    own = [roi for roi in rois if roi.category == code]
    seen: set[str] = set()
    first: list[npt.NDArray[np.float32]] = []
    later: list[npt.NDArray[np.float32]] = []
    for roi in own:
        (later if roi.patient in seen else first).append(roi.image)
        seen.add(roi.patient)
    return tuple((first + later)[:ROIS_PER_CLASS])
