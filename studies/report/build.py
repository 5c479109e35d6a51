"""The study's records gathered into results, tables and the report's document."""

from __future__ import annotations

from pathlib import Path

from studies import cases, learning, reading
from studies.clock import now
from studies.errors import BlindingError
from studies.records import ProtocolRecord, StudyRecord
from studies.report import figures
from studies.report.classifier import ClassifierResults, GroupResult, assemble_classifier
from studies.report.csv_file import write_table
from studies.report.document import RESEARCH_ONLY, SIMULATED, Document, Section, methods
from studies.report.paper import CITATION, paper_matrix
from studies.report.readers import MARGIN, ReaderResults, assemble_readers
from studies.report.sentences import comparison_sentence, detection_sentence, reader_sentences
from studies.report.tables import Table, classifier_tables, matrix_table, reader_tables
from studies.store import Store

NOT_SEALED = "No reading has been sealed in this study, so there are no reader results."
SEALED = (
    "The reading is still blinded: answers and truth stay apart until the coordinator unblinds "
    "the protocol."
)


def reader_results(store: Store, protocol_id: int | None = None) -> ReaderResults:
    """Reader results of a protocol (None = the newest).

    Raises BlindingError before unblinding, StudyError without a protocol.
    """
    study = cases.study(store)
    answers = reading.answers(store, protocol_id)
    known = {p.id: p for p in reading.protocols(store)}
    protocol = known.get(protocol_id) if protocol_id else analysable_protocol(store)
    return assemble_readers(
        answers,
        study.scheme,
        simulated_study=study.simulated,
        margin=_margin(protocol),
        sealed=(protocol.real_items, protocol.synthetic_items) if protocol else None,
    )


def _margin(protocol: ProtocolRecord | None) -> float:
    """The equivalence margin that was sealed; the default where it is out of its range."""
    margin = protocol.draft.margin if protocol else MARGIN
    return margin if 0 < margin < 0.5 else MARGIN


def classifier_results(store: Store) -> ClassifierResults:
    """Results of all finished classifier runs; without groups when there is none."""
    scheme = cases.study(store).scheme
    return assemble_classifier(learning.runs(store), learning.predictions(store), scheme)


def analysable_protocol(store: Store) -> ProtocolRecord | None:
    """The newest unblinded protocol; else the newest sealed one; None before the first seal."""
    sealed = reading.protocols(store)
    opened = tuple(p for p in sealed if p.unblinded)
    return max(opened or sealed, key=lambda p: p.version, default=None)


def make_document(store: Store) -> Document:
    """The whole report; while blinded it holds no answer and says so."""
    study = cases.study(store)
    protocol = analysable_protocol(store)
    readers, reason = _readers_or_reason(store, protocol)
    networks = classifier_results(store)
    simulated = study.simulated or networks.simulated or bool(readers and readers.simulated)
    sections = (
        _study_section(store, study),
        _reader_section(readers, reason, study),
        _network_section(networks, study),
        _map_section(store, study),
    )
    return Document(
        title=f"{study.name}: reader study report",
        subtitle=f"Made {now()} by Blindread from the study as it stood then.",
        labels=(RESEARCH_ONLY, *((SIMULATED,) if simulated else ())),
        sections=sections,
        methods=methods(study, protocol, readers, networks),
        made=f"“Paper” is {CITATION}.",
    )


def export_tables(store: Store, folder: Path) -> tuple[Path, ...]:
    """Write every table of the report as CSV into `folder`; the paths written.

    Raises StudyError when the folder cannot be written.
    """
    study = cases.study(store)
    readers, _ = _readers_or_reason(store, analysable_protocol(store))
    networks = classifier_results(store)
    tables = (
        _study_section(store, study).tables
        + (reader_tables(readers, study.scheme) if readers else ())
        + (_reader_matrices(readers, study) if readers else ())
        + classifier_tables(networks, study.scheme)
        + _network_matrices(networks, study)
    )
    return tuple(write_table(folder, table) for table in tables)


def _readers_or_reason(
    store: Store, protocol: ProtocolRecord | None
) -> tuple[ReaderResults | None, str]:
    if protocol is None:
        return None, NOT_SEALED
    try:
        return reader_results(store, protocol.id), ""
    except BlindingError:
        return None, SEALED


def _study_section(store: Store, study: StudyRecord) -> Section:
    counts = cases.counts(store)
    lesions = [one for one in cases.lesions(store) if one.is_ready]
    rows = []
    for category in study.scheme.categories:
        own = [one for one in lesions if one.category == category.code]
        main = [one for one in own if not one.extra]
        patients = {one.patient for one in main}
        rows.append((category.name, str(len(main)), str(len(patients)), str(len(own) - len(main))))
    table = Table(
        "lesions",
        "Lesions with margin, diagnosis and basis",
        ("Class", "Lesions", "Patients", "Additional cases' lesions"),
        tuple(rows),
        "The paper: 53 cysts, 64 metastases and 65 hemangiomas.",
        study.simulated,
    )
    sentence = (
        f"{counts.patients} patients, {counts.series} series, {counts.lesions} lesions, of which "
        f"{counts.diagnosed} have margin, diagnosis and basis; {counts.synthetic} synthetic ROIs."
    )
    return Section("Study", (sentence,), (table,))


def _reader_section(results: ReaderResults | None, reason: str, study: StudyRecord) -> Section:
    if results is None:
        return Section("Readers", (reason,))
    if not results.scores:
        return Section("Readers", ("The protocol is unblinded, but nobody has read yet.",))
    drawn = (figures.interval_figure(results), figures.roc_figure(results, study.scheme))
    told = tuple(detection_sentence(s.reader, s.detection) for s in results.scores if s.detection)
    return Section(
        "Readers",
        (*reader_sentences(results), *told, *results.declined),
        reader_tables(results, study.scheme) + _reader_matrices(results, study),
        tuple(figure for figure in drawn if figure is not None),
    )


def _reader_matrices(results: ReaderResults, study: StudyRecord) -> tuple[Table, ...]:
    return tuple(
        matrix_table(
            f"confusion_reader_{i}",
            f"Confusion matrix: {score.reader}",
            score.matrix,
            study.scheme,
            score.simulated,
        )
        for i, score in enumerate(results.scores, 1)
    )


def _network_section(results: ClassifierResults, study: StudyRecord) -> Section:
    if not results.groups:
        return Section("Networks", ("No classifier has been trained to the end yet.",))
    drawn = figures.accuracy_figure(results)
    return Section(
        "Networks",
        tuple(comparison_sentence(c) for c in results.comparisons),
        classifier_tables(results, study.scheme) + _network_matrices(results, study),
        (drawn,) if drawn else (),
    )


def _network_matrices(results: ClassifierResults, study: StudyRecord) -> tuple[Table, ...]:
    return tuple(t for group in results.chosen for t in _matrix_pair(group, study))


def _matrix_pair(group: GroupResult, study: StudyRecord) -> tuple[Table, ...]:
    """Ours, and the paper's where it prints one for this arm and the classes are the same."""
    title = f"Confusion matrix: {group.name}, {group.group}, seed {group.lead.seed}"
    key = f"confusion_{group.arm}"
    ours = matrix_table(key, title, group.lead.matrix, study.scheme, group.simulated)
    printed = paper_matrix(group.arm)
    if printed is None or printed[1].classes != group.lead.matrix.classes:
        return (ours,)
    title = f"Confusion matrix: {group.name}, the paper's {printed[0]}"
    return (ours, matrix_table(f"{key}_paper", title, printed[1], study.scheme))


def _map_section(store: Store, study: StudyRecord) -> Section:
    known = tuple((one.id, one.category) for one in cases.lesions(store))
    drawn = []
    for run in learning.runs(store):
        embedding = learning.embedding(store, run.id)
        if embedding is not None and embedding.points:
            fold = "all folds" if run.fold is None else f"test fold {run.fold + 1}"
            title = f"t-SNE: {run.arm}, {fold}"
            drawn.append(figures.map_figure(title, embedding, known, study.scheme, run.simulated))
    if not drawn:
        return Section("t-SNE", ("No map has been made yet.",))
    sentence = (
        "Last-layer features of each network's own test ROIs and their augmentations, by t-SNE: "
        "one map is one network."
    )
    return Section("t-SNE", (sentence,), (), tuple(drawn))
