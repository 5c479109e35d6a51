"""What the Data page tells of the lesions that train: whose, how large, from where."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.learn_data import source_left_out
from reader_app.state.study_state import Pointer, StudyState
from reader_app.workflows.patches import training_data
from studies import cases
from studies.records import Category, ClassScheme, LesionRecord, SeriesRecord
from studies.store import Store

DRAW_FOLDS, GO_TO = "Draw folds", "Show the first"


@dataclass(frozen=True)
class ClassData:
    """One class: the lesions that train by fold, their patients, extra ones, their sizes in mm.

    `ready` and `extra_ready` count those, too, that the recipe leaves out.
    """

    category: Category
    lesions: int
    patients: int
    per_fold: tuple[int, ...]
    extra: int
    sizes_mm: tuple[float, ...]
    ready: int = 0
    extra_ready: int = 0

    @property
    def size_words(self) -> str:
        """ "23 mm [8, 61]": median, smallest, largest."""
        if not self.sizes_mm:
            return "–"
        low, middle, high = np.quantile(self.sizes_mm, (0, 0.5, 1))
        return f"{middle:.0f} mm [{low:.0f}, {high:.0f}]"


@dataclass(frozen=True)
class Remark:
    """Something to know, as a sentence; `action` names the button that mends or shows it."""

    role: str  # ok | info | warning | error
    words: str
    action: str = ""
    pointer: Pointer | None = None


@dataclass(frozen=True)
class Dataset:
    """All the page shows; `patients_per_fold` is empty while no folds are drawn.

    Everything is counted of the lesions that train; `left_out` are the others, by source.
    """

    classes: tuple[ClassData, ...]
    patients: int
    patients_per_fold: tuple[int, ...]
    sources: tuple[tuple[str, int], ...]
    remarks: tuple[Remark, ...]
    left_out: tuple[tuple[str, int], ...] = ()

    @property
    def words(self) -> str:
        """ "27 of 30 lesions train; 3 left out: lossy CT"; "" where none is left out."""
        if not self.left_out:
            return ""
        out = sum(count for _, count in self.left_out)
        train = sum(one.lesions + one.extra for one in self.classes)
        one = len(self.left_out) == 1
        names = ", ".join(name if one else f"{count:,} {name}" for name, count in self.left_out)
        return f"{train:,} of {train + out:,} lesions train; {out:,} left out: {names}"


class DatasetState(QObject):
    """Read in a thread when the page is asked for, and when lesions change."""

    changed = Signal()
    asked = Signal(str)  # another page by name

    def __init__(self, study: StudyState, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self.found: Dataset | None = None
        self._leave_out: tuple[str, ...] = ()
        self._reading = 0
        study.opened.connect(self._forget)
        study.changed.connect(self._changed)

    def read(self) -> None:
        """Read the study."""
        store, record = self._study.store, self._study.study
        if store is None or record is None:
            return
        scheme, leave_out = record.scheme, self._leave_out
        self._reading += 1
        number = self._reading
        self._jobs.small(
            lambda: read_dataset(store, scheme, leave_out),
            lambda found: self._take(found) if number == self._reading else None,
        )

    def leave_out(self, sources: tuple[str, ...]) -> None:
        """The recipe trains without these sources from now on."""
        self._leave_out = sources
        self.read()

    def act(self, remark: Remark, folds: int) -> None:
        """What a remark's button does."""
        store = self._study.store
        if remark.action == DRAW_FOLDS and store is not None:
            self._jobs.small(lambda: training_data(store, folds), self._drawn, self._failed)
        elif remark.pointer is not None:
            self._study.pointed.emit(remark.pointer)
            self.asked.emit("annotate")

    def _drawn(self, _data: object) -> None:
        self._messages.ok("Folds were drawn by patient. They stay as they are from now on.")
        self._study.notify("lesions")

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)

    def _forget(self) -> None:
        self.found = None
        self._reading += 1
        self.read()

    def _changed(self, topic: str) -> None:
        if topic in ("cases", "lesions", "study", "runs") and self.found is not None:
            self.read()

    def _take(self, found: Dataset) -> None:
        if found != self.found:
            self.found = found
            self.changed.emit()


def read_dataset(store: Store, scheme: ClassScheme, leave_out: tuple[str, ...] = ()) -> Dataset:
    """Count what trains and what does not; `leave_out` are sources the recipe goes without."""
    return dataset(cases.lesions(store), cases.all_series(store), scheme, leave_out)


def dataset(
    lesions: tuple[LesionRecord, ...],
    series: tuple[SeriesRecord, ...],
    scheme: ClassScheme,
    leave_out: tuple[str, ...] = (),
) -> Dataset:
    """The same of records."""
    by_id = {one.id: one for one in series}
    every = tuple(one for one in lesions if one.is_ready)
    out = {one.id: source_left_out(by_id[one.series_id], leave_out) for one in every}
    ready = tuple(one for one in every if not out[one.id])
    own = tuple(one for one in ready if not one.extra)
    folds = max((one.fold for one in every if one.fold is not None), default=-1) + 1
    fold_of = {one.patient: one.fold for one in own}
    held = Counter(fold for fold in fold_of.values() if fold is not None)
    sources = Counter(name for one in own for name in _sources(by_id[one.series_id]))
    return Dataset(
        tuple(_class_data(one, every, ready, folds, by_id) for one in scheme.categories),
        len({one.patient for one in own}),
        tuple(held[fold] for fold in range(folds)),
        tuple(sorted(sources.items(), key=lambda pair: (-pair[1], pair[0]))),
        _remarks(lesions, own, folds, by_id),
        tuple(sorted(Counter(source for source in out.values() if source).items())),
    )


def _class_data(
    category: Category,
    every: tuple[LesionRecord, ...],
    ready: tuple[LesionRecord, ...],
    folds: int,
    series: dict[int, SeriesRecord],
) -> ClassData:
    theirs = [one for one in ready if one.category == category.code]
    extra = Counter(one.extra for one in every if one.category == category.code)
    own = [one for one in theirs if not one.extra]
    counted = Counter(one.fold for one in own)
    sizes = (
        one.diameter_mm
        for one in own
        if one.diameter_mm is not None and series[one.series_id].row_spacing > 0
    )
    return ClassData(
        category,
        len(own),
        len({one.patient for one in own}),
        tuple(counted[fold] for fold in range(folds)),
        len(theirs) - len(own),
        tuple(sorted(sizes)),
        extra[False],
        extra[True],
    )


def _sources(series: SeriesRecord) -> tuple[str, ...]:
    """Where an ROI comes from, as far as it matters to a network."""
    if series.simulated:
        return ("simulated CT" if series.kind == "dicom" else "simulated picture",)
    kind = "CT in HU" if series.has_hu else "picture or CT without HU"
    if series.hu_confirmed_by:
        kind = "stored values, confirmed as HU"
    lossy = any("lossy" in badge for badge in series.badges)
    return (kind, "lossy compression") if lossy else (kind,)


def _remarks(
    lesions: tuple[LesionRecord, ...],
    own: tuple[LesionRecord, ...],
    folds: int,
    series: dict[int, SeriesRecord],
) -> tuple[Remark, ...]:
    unready = [one for one in lesions if not one.is_ready]
    waiting = [one for one in unready if one.awaits_hu]
    lossy = [one for one in own if any("lossy" in b for b in series[one.series_id].badges)]
    newcomers = [one for one in own if folds and one.fold is None]
    found = [_leak(own, folds)]
    if not folds:
        words = "No folds are drawn yet; training draws them by patient, and they are then kept."
        found.append(Remark("info", words, DRAW_FOLDS if own else ""))
    said = (
        (unready, "without margin, diagnosis or basis: not trained on."),
        (waiting, "of these wait for a word whether their stored values are HU."),
        (lossy, "on lossy CT: HU may differ from the scanner's; every report marks them."),
        (newcomers, "without a fold yet; training gives them one."),
    )
    for some, words in said:
        if some:
            count = "1 lesion" if len(some) == 1 else f"{len(some)} lesions"
            place = Pointer(some[0].case_id, some[0].series_id, some[0].id)
            found.append(Remark("warning", f"{count} {words}", GO_TO, place))
    return tuple(found)


def _leak(own: tuple[LesionRecord, ...], folds: int) -> Remark:
    """Whether a patient lies in two folds."""
    places: dict[str, set[int]] = {}
    for one in own:
        if one.fold is not None:
            places.setdefault(one.patient, set()).add(one.fold)
    torn = sorted(patient for patient, found in places.items() if len(found) > 1)
    if torn:
        words = f"{', '.join(torn[:3])}{' and others' if len(torn) > 3 else ''} lie in two folds: "
        return Remark("error", words + "what is tested there was trained on. Draw folds anew.")
    if not folds:
        return Remark("info", "Whether a patient lies in two folds is checked once they are drawn.")
    return Remark("ok", f"No patient in two folds: {len(places)} patients checked.")
