"""What the Results page shows, read from the study in a background thread."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from reader_app.state.results_map import ReaderMark, reader_marks
from studies import cases, learning, reading, report
from studies.errors import BlindingError, StudyError
from studies.imaging import volume, window
from studies.learning import EmbeddingPoint, EmbeddingRecord
from studies.records import (
    AnswerRecord,
    Category,
    LesionRecord,
    Points,
    PredictionRecord,
    ProtocolRecord,
    RoiRecord,
    StudyRecord,
    TrainingRunRecord,
)
from studies.report import ClassifierResults, ReaderAnalyses, ReaderResults
from studies.report.arms import arm_name
from studies.report.condition_tables import condition_sentences
from studies.report.conditions import ConditionResults
from studies.report.gallery import GalleryItem
from studies.report.gallery_pictures import item_images
from studies.report.lesion_cases import LesionCase, lesion_cases
from studies.report.primary import primary_sentence
from studies.report.sentences import comparison_sentence, reader_sentences
from studies.report.subgroup_tables import subgroup_table
from studies.report.table import Table
from studies.report.times import ReaderTimes
from studies.store import Store

Image = npt.NDArray[np.float32]
NEIGHBOURS = 5


@dataclass(frozen=True)
class NetworkMap:
    """A network's t-SNE map. `fold` is 0-based, None for a network trained on all folds."""

    run: TrainingRunRecord
    embedding: EmbeddingRecord
    said: tuple[PredictionRecord, ...] = ()  # this network's own, of its test lesions

    @property
    def name(self) -> str:
        """The arm as in tables."""
        return arm_name(self.run.arm)

    @property
    def fold(self) -> str:
        """The fold whose lesions are on the map, in words."""
        return "All folds" if self.run.fold is None else f"Test fold {self.run.fold + 1}"


@dataclass(frozen=True)
class LoadedResults:
    """All results of a study. `readers` is None before unblinding or without a protocol."""

    study: StudyRecord
    protocol: ProtocolRecord | None
    readers: ReaderResults | None
    reader_sentences: tuple[str, ...]
    networks: ClassifierResults
    network_sentences: tuple[str, ...]
    maps: tuple[NetworkMap, ...]
    lesions: tuple[LesionRecord, ...]
    readers_enrolled: int
    readers_finished: int
    conditions: ConditionResults | None = None
    condition_sentences: tuple[str, ...] = ()
    gallery: tuple[GalleryItem, ...] = ()
    subgroups: Table | None = None
    primary: str = ""
    versions: tuple[ProtocolRecord, ...] = ()  # unblinded ones, newest first
    reader_marks: tuple[ReaderMark, ...] = ()  # none while blinded
    runs: tuple[TrainingRunRecord, ...] = ()
    lesion_cases: tuple[LesionCase, ...] = ()  # hardest first; readers count after unblinding

    @property
    def simulated(self) -> bool:
        """Whether any figure rests on simulated images or readers."""
        return any(map(self.is_simulated, ("Readers", "Classifier")))

    def is_simulated(self, tab: str) -> bool:
        """Whether figures of a tab (Readers, Classifier, t-SNE, Export) are simulated."""
        readers = self.readers is not None and self.readers.simulated
        networks = self.networks.simulated or any(one.run.simulated for one in self.maps)
        of_tab = {"Readers": readers, "Classifier": networks, "t-SNE": networks}
        return self.study.simulated or of_tab.get(tab, readers or networks)


@dataclass(frozen=True)
class Neighbour:
    """A lesion close by on the map, with its distance in map units."""

    lesion: LesionRecord
    distance: float
    image: Image | None = field(repr=False, compare=False)


@dataclass(frozen=True)
class LesionDetail:
    """Everything known of a lesion chosen on a map. Readers' answers only after unblinding."""

    lesion: LesionRecord
    category: Category | None
    image: Image | None = field(repr=False, compare=False)  # (64, 64), 0..1
    slice_image: Image | None = field(repr=False, compare=False)  # whole slice, 0..1
    margin: Points
    slice_number: int
    slices: int
    predictions: tuple[tuple[str, PredictionRecord], ...]  # arm's name, its out-of-fold words
    answers: tuple[AnswerRecord, ...]
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True)
class ItemDetail:
    """An item of the gallery, large; `lesion` is None for a synthetic ROI or a removed lesion."""

    item: GalleryItem
    image: Image | None = field(repr=False, compare=False)  # (64, 64), 0..1, as readers saw it
    lesion: LesionDetail | None


def load(store: Store, protocol_id: int | None = None) -> LoadedResults:
    """Read and compute everything but figures and times, of a version (None = the newest)."""
    protocol = report.analysable_protocol(store, protocol_id)
    found = _readers(store, protocol)
    readers = found.results if found else None
    networks = report.classifier_results(store)
    enrolled = reading.readers(store, protocol.id) if protocol else ()
    lesions, marks = cases.lesions(store), reader_marks(found.answers) if found else ()
    study = cases.study(store)
    return LoadedResults(
        study=study,
        protocol=protocol,
        readers=readers,
        reader_sentences=reader_sentences(readers) if readers else (),
        networks=networks,
        network_sentences=tuple(map(comparison_sentence, networks.comparisons)),
        maps=tuple(_maps(store)),
        lesions=lesions,
        readers_enrolled=len(enrolled),
        readers_finished=sum(bool(r.trials) and r.answered >= r.trials for r in enrolled),
        conditions=found.conditions if found else None,
        condition_sentences=condition_sentences(found.conditions, study.scheme) if found else (),
        gallery=found.gallery if found else (),
        subgroups=_subgroups(found) if found else None,
        primary=_primary(found),
        versions=tuple(p for p in reversed(reading.protocols(store)) if p.unblinded),
        reader_marks=marks,
        runs=learning.runs(store),
        lesion_cases=lesion_cases(
            networks,
            learning.predictions(store),
            lesions,
            {one.lesion_id: (one.right, one.asked) for one in marks},
        ),
    )


def _primary(found: ReaderAnalyses | None) -> str:
    if found is None or found.protocol is None:
        return ""
    return primary_sentence(found.protocol.draft, found.results, found.conditions)


def _subgroups(found: ReaderAnalyses) -> Table | None:
    table = subgroup_table(found.answers, found.groupings, simulated=found.results.simulated)
    return table if table.rows else None


def _readers(store: Store, protocol: ProtocolRecord | None) -> ReaderAnalyses | None:
    if protocol is None:
        return None
    try:
        return report.reader_analyses(store, protocol.id)
    except BlindingError:
        return None


def load_times(store: Store, protocol_id: int | None = None) -> tuple[ReaderTimes, ...]:
    """Times and trends of every person's readings; none while blinded or without a protocol."""
    protocol = report.analysable_protocol(store, protocol_id)
    if protocol is None:
        return ()
    try:
        return report.reader_times(store, protocol.id)
    except BlindingError:
        return ()


def load_gallery(
    store: Store, protocol_id: int, items: tuple[GalleryItem, ...]
) -> tuple[tuple[int, Image], ...]:
    """The items' pictures as the readers saw them, by item."""
    return item_images(store, protocol_id, [one.item for one in items])


def load_item(store: Store, protocol_id: int, item: GalleryItem) -> ItemDetail:
    """An item of the gallery with its picture, and its lesion's slice where it is real."""
    images = dict(item_images(store, protocol_id, [item.item]))
    lesion = None
    if item.lesion_id is not None:
        try:
            lesion = _lesion_detail(store, item.lesion_id, (), protocol_id)
        except StudyError:  # the lesion was taken out after sealing: the ROI is still shown
            lesion = None
    return ItemDetail(item, images.get(item.item), lesion)


def _maps(store: Store) -> list[NetworkMap]:
    """Newest map of each arm and fold, folds in order."""
    newest: dict[tuple[str, int | None], NetworkMap] = {}
    said = learning.predictions(store)
    for run in learning.runs(store):
        embedding = learning.embedding(store, run.id)
        if embedding is not None and embedding.points:
            own = tuple(one for one in said if one.run_id == run.id)
            newest[run.arm, run.fold] = NetworkMap(run, embedding, own)
    order = {"cnn": 0, "cnn-aug": 1, "cnn-aug-gan": 2}
    return sorted(
        newest.values(),
        key=lambda m: (m.run.fold is None, m.run.fold or 0, order.get(m.run.arm, 3)),
    )


def load_lesion(
    store: Store, lesion_id: int, shown: NetworkMap, protocol_id: int | None = None
) -> LesionDetail:
    """A lesion chosen on a map, with ROI, slice, margin, networks, readers and neighbours."""
    return _lesion_detail(store, lesion_id, shown.embedding.points, protocol_id)


def load_case(store: Store, case: LesionCase, protocol_id: int | None = None) -> LesionDetail:
    """A lesion of the list, with what the tables' networks said of it."""
    said = tuple((one.name, one.prediction) for one in case.said)
    return replace(_lesion_detail(store, case.lesion.id, (), protocol_id), predictions=said)


def _lesion_detail(
    store: Store, lesion_id: int, points: tuple[EmbeddingPoint, ...], protocol_id: int | None
) -> LesionDetail:
    study = cases.study(store)
    lesions = {one.id: one for one in cases.lesions(store)}
    lesion = lesions.get(lesion_id) or cases.lesion(store, lesion_id)
    rois = {roi.lesion_id: roi for roi in cases.rois(store)}
    key = _key_slice(lesion)
    picture, count = _slice(store, lesion, key, study)
    return LesionDetail(
        lesion=lesion,
        category=_category(study, lesion.category),
        image=_image(rois, lesion_id),
        slice_image=picture,
        margin=_margin(store, lesion),
        slice_number=key + 1,
        slices=count,
        predictions=_predictions(store, lesion_id),
        answers=_answers(store, lesion_id, protocol_id),
        neighbours=_neighbours(points, lesion_id, lesions, rois),
    )


def _category(study: StudyRecord, code: str) -> Category | None:
    return study.scheme.category(code) if code in study.scheme.codes else None


def _key_slice(lesion: LesionRecord) -> int:
    return lesion.key_slice or 0


def _image(rois: dict[int, RoiRecord], lesion_id: int) -> Image | None:
    return rois[lesion_id].image if lesion_id in rois else None


def _slice(
    store: Store, lesion: LesionRecord, index: int, study: StudyRecord
) -> tuple[Image | None, int]:
    series = cases.series(store, lesion.series_id)
    try:
        pixels = volume.load_slice(series, index)
    except StudyError:  # the file is gone or damaged: the rest of the lesion is still shown
        return None, series.slices
    limits = (study.window_low, study.window_high) if series.has_hu else window.auto(pixels)
    return window.apply(pixels, *limits), series.slices


def _margin(store: Store, lesion: LesionRecord) -> Points:
    """The margin that the ROI was cut by, not another author's on the same slice."""
    key = cases.key_contour(store, lesion.id)
    return key.points if key is not None else ()


def _predictions(store: Store, lesion_id: int) -> tuple[tuple[str, PredictionRecord], ...]:
    """The newest finished out-of-fold prediction of each arm."""
    runs = {r.id: r for r in learning.runs(store) if r.state == "finished" and r.fold is not None}
    said: dict[str, PredictionRecord] = {}
    for prediction in learning.predictions(store):
        if prediction.lesion_id == lesion_id and prediction.run_id in runs:
            said[runs[prediction.run_id].arm] = prediction
    return tuple((arm_name(arm), prediction) for arm, prediction in said.items())


def _answers(store: Store, lesion_id: int, protocol_id: int | None) -> tuple[AnswerRecord, ...]:
    protocol = report.analysable_protocol(store, protocol_id)
    if protocol is None:
        return ()
    try:
        answers = reading.answers(store, protocol.id)
    except BlindingError:
        return ()
    return tuple(a for a in answers if a.lesion_id == lesion_id and not a.repeat)


def _neighbours(
    points: tuple[EmbeddingPoint, ...],
    lesion_id: int,
    lesions: dict[int, LesionRecord],
    rois: dict[int, RoiRecord],
) -> tuple[Neighbour, ...]:
    real = {p.lesion_id: p for p in points if not p.augmented}
    if lesion_id not in real:
        return ()
    here = real[lesion_id]
    distances = sorted(
        (float(np.hypot(p.x - here.x, p.y - here.y)), other)
        for other, p in real.items()
        if other != lesion_id and other in lesions
    )
    return tuple(
        Neighbour(lesions[other], distance, _image(rois, other))
        for distance, other in distances[:NEIGHBOURS]
    )
