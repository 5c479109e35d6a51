"""The study's records gathered into results, tables and the report's document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from studies import cases, learning, reading
from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.errors import BlindingError
from studies.records import AnswerRecord, ProtocolRecord, StudyRecord
from studies.report import figures
from studies.report import sections as titles
from studies.report.checklist import checklist_tables
from studies.report.classifier import ClassifierResults, GroupResult, assemble_classifier
from studies.report.classifier_tables import classifier_tables
from studies.report.conditions import assemble_conditions
from studies.report.conduct import Conduct, conduct_of, conduct_sentences, conduct_tables
from studies.report.csv_file import write_table
from studies.report.document import RESEARCH_ONLY, SIMULATED, Document, Section, methods
from studies.report.flow import flow_table, study_flow
from studies.report.gallery import disagreements
from studies.report.gallery_pictures import SHOWN, gallery_pictures, item_images
from studies.report.network_roc import network_rocs
from studies.report.paper import CITATION, paper_matrix
from studies.report.ratings import RatingFiles, write_ratings
from studies.report.reader_figures import flow_figure
from studies.report.reader_sections import ReaderAnalyses, reader_sections
from studies.report.readers import MARGIN, ReaderResults, assemble_readers
from studies.report.sentences import comparison_sentence
from studies.report.subgroup_tables import groupings
from studies.report.table import Table, matrix_table
from studies.report.times import ReaderTimes, assemble_times
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
    require(store, COORDINATOR, ANALYST)
    answers = reading.answers(store, protocol_id)
    return _assembled(answers, cases.study(store), _protocol_of(store, protocol_id))


def _protocol_of(store: Store, protocol_id: int | None) -> ProtocolRecord | None:
    return analysable_protocol(store, protocol_id)


def _assembled(
    answers: tuple[AnswerRecord, ...], study: StudyRecord, protocol: ProtocolRecord | None
) -> ReaderResults:
    return assemble_readers(
        answers,
        study.scheme,
        simulated_study=study.simulated,
        margin=_margin(protocol),
        sealed=(protocol.real_items, protocol.synthetic_items) if protocol else None,
        planned=_planned(protocol),
    )


def _planned(protocol: ProtocolRecord | None) -> tuple[str, ...]:
    """The protocol's conditions in its order."""
    return protocol.draft.conditions if protocol else ()


def _margin(protocol: ProtocolRecord | None) -> float:
    """The equivalence margin that was sealed; the default where it is out of its range."""
    margin = protocol.draft.margin if protocol else MARGIN
    return margin if 0 < margin < 0.5 else MARGIN


def classifier_results(store: Store) -> ClassifierResults:
    """Results of all finished classifier runs; without groups when there is none."""
    require(store, COORDINATOR, ANALYST)
    scheme = cases.study(store).scheme
    return assemble_classifier(learning.runs(store), learning.predictions(store), scheme)


def analysable_protocol(store: Store, protocol_id: int | None = None) -> ProtocolRecord | None:
    """The protocol of that id; for None the newest unblinded one; else the newest sealed one.

    None before the first seal.
    """
    sealed = reading.protocols(store)
    if protocol_id is not None:
        return next((p for p in sealed if p.id == protocol_id), None)
    opened = tuple(p for p in sealed if p.unblinded)
    return max(opened or sealed, key=lambda p: p.version, default=None)


def reader_analyses(store: Store, protocol_id: int | None = None) -> ReaderAnalyses:
    """Reader results with conditions (MRMC) and the gallery of disagreement, from one reading.

    Raises as `reader_results`.
    """
    require(store, COORDINATOR, ANALYST)
    study, protocol = cases.study(store), _protocol_of(store, protocol_id)
    answers = reading.answers(store, protocol_id)
    results = _assembled(answers, study, protocol)
    groups, said = classifier_results(store).chosen, learning.predictions(store)
    drawn = network_rocs(groups, said, answers, results.classes)
    return ReaderAnalyses(
        protocol,
        answers,
        replace(results, rocs=results.rocs + drawn),
        assemble_conditions(
            answers, study.scheme, simulated_study=study.simulated, planned=_planned(protocol)
        ),
        disagreements(answers),
        groupings(cases.lesions(store), cases.all_series(store)),
    )


def reader_times(store: Store, protocol_id: int | None = None) -> tuple[ReaderTimes, ...]:
    """Times and trends of every person's readings; raises as `reader_results`.

    Apart from the other results, since its models take their time.
    """
    require(store, COORDINATOR, ANALYST)
    answers = reading.answers(store, protocol_id)
    return assemble_times(answers, simulated_study=cases.study(store).simulated)


def make_document(store: Store, protocol_id: int | None = None, *, draws: bool = True) -> Document:
    """The whole report on a version (None = the newest unblinded, else the newest sealed one).

    While blinded it holds no answer and says so.
    Without `draws` there are no figures and pictures: for the tables alone.
    """
    require(store, COORDINATOR, ANALYST)
    study = cases.study(store)
    protocol = analysable_protocol(store, protocol_id)
    found, reason = _analyses_or_reason(store, protocol)
    conduct = conduct_of(store, protocol) if protocol else None
    networks = classifier_results(store)
    results = found.results if found else None
    simulated = study.simulated or networks.simulated or bool(results and results.simulated)
    sections = (
        _study_section(store, study),
        _flow_section(store, study, protocol, results, draws=draws),
        *((_conduct_section(conduct),) if conduct else ()),
        *_reader_part(store, found, reason, study, draws=draws),
        _network_section(networks, study, draws=draws),
        *((_map_section(store, study),) if draws else ()),
    )
    deviations = conduct.deviations if conduct else ()
    return Document(
        title=f"{study.name}: reader study report",
        subtitle=f"Made {now()} by Blindread from the study as it stood then.",
        labels=(RESEARCH_ONLY, *((SIMULATED,) if simulated else ())),
        sections=(*sections, _checklist_section(sections)),
        methods=methods(study, protocol, results, networks, deviations),
        made=f"“Paper” is {CITATION}.",
    )


def export_tables(store: Store, folder: Path, protocol_id: int | None = None) -> tuple[Path, ...]:
    """Write every table of the report as CSV into `folder`; the paths written.

    Raises StudyError when the folder cannot be written.
    """
    document = make_document(store, protocol_id, draws=False)
    tables = [table for section in document.sections for table in section.tables]
    return tuple(write_table(folder, table) for table in tables)


def export_ratings(store: Store, folder: Path, protocol_id: int | None = None) -> RatingFiles:
    """Write the readings for iMRMC, RJafroc and MRMCaov, and classes in words, into `folder`.

    Raises BlindingError before unblinding or without a protocol, StudyError for a folder that
    cannot be written.
    """
    require(store, COORDINATOR, ANALYST)
    protocol = analysable_protocol(store, protocol_id)
    if protocol is None:
        raise BlindingError(NOT_SEALED)
    study, answers = cases.study(store), reading.answers(store, protocol.id)
    simulated = study.simulated or any(a.reader_kind == "simulated" for a in answers)
    return write_ratings(
        answers, study.scheme, folder, simulated=simulated, planned=_planned(protocol)
    )


def _analyses_or_reason(
    store: Store, protocol: ProtocolRecord | None
) -> tuple[ReaderAnalyses | None, str]:
    if protocol is None:
        return None, NOT_SEALED
    try:
        return reader_analyses(store, protocol.id), ""
    except BlindingError:
        return None, SEALED


def _reader_part(
    store: Store,
    found: ReaderAnalyses | None,
    reason: str,
    study: StudyRecord,
    *,
    draws: bool,
) -> tuple[Section, ...]:
    if found is None or found.protocol is None:
        return (Section(titles.READERS, (reason,)),)
    if not found.results.scores:
        words = "The protocol is unblinded, but nobody has read yet."
        return (Section(titles.READERS, (words,)),)
    shown = [one.item for one in found.gallery[:SHOWN]] if draws else []
    images = item_images(store, found.protocol.id, shown) if shown else ()
    times = assemble_times(found.answers, simulated_study=study.simulated)
    pictures = gallery_pictures(found.gallery, images, study.scheme)
    return reader_sections(found, times, pictures, study, draws=draws)


def _flow_section(
    store: Store,
    study: StudyRecord,
    protocol: ProtocolRecord | None,
    results: ReaderResults | None,
    *,
    draws: bool,
) -> Section:
    flow = study_flow(cases.counts(store), cases.lesions(store), protocol, results)
    flow = replace(flow, simulated=study.simulated)
    sealed = (
        f"; {protocol.real_items} real and {protocol.synthetic_items} synthetic ROIs were sealed "
        "for reading"
        if protocol
        else ""
    )
    sentence = f"{flow.cases} cases of {flow.patients} patients were imported{sealed}."
    return Section(
        titles.FLOW, (sentence,), (flow_table(flow),), (flow_figure(flow),) if draws else ()
    )


def _conduct_section(conduct: Conduct) -> Section:
    return Section(titles.CONDUCT, conduct_sentences(conduct), conduct_tables(conduct))


def _checklist_section(sections: Sequence[Section]) -> Section:
    present = [one.title for one in sections if one.tables or one.figures]
    sentence = (
        "Prefilled with where this report bears on an item; the rest is for the authors to write."
    )
    return Section(titles.CHECKLISTS, (sentence,), checklist_tables([*present, titles.METHODS]))


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
    return Section(titles.STUDY, (sentence,), (table,))


def _network_section(results: ClassifierResults, study: StudyRecord, *, draws: bool) -> Section:
    if not results.groups:
        return Section(titles.NETWORKS, ("No classifier has been trained to the end yet.",))
    drawn = figures.accuracy_figure(results) if draws else None
    return Section(
        titles.NETWORKS,
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
        return Section(titles.MAPS, ("No map has been made yet.",))
    sentence = (
        "Last-layer features of each network's own test ROIs and their augmentations, by t-SNE: "
        "one map is one network."
    )
    return Section(titles.MAPS, (sentence,), (), tuple(drawn))
