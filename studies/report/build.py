"""The study's records gathered into results, tables and the report's document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from studies import cases, learning, reading
from studies.access import ANALYST, COORDINATOR, require
from studies.clock import now
from studies.errors import BlindingError
from studies.records import AnswerRecord, ProtocolRecord, StudyRecord
from studies.report import sections as titles
from studies.report.checklist import checklist_tables
from studies.report.classifier import ClassifierResults, assemble_classifier
from studies.report.classifier_tables import classifier_tables
from studies.report.closing_sections import (
    absent_section,
    flattered,
    glossary_section,
    limits_section,
    provenance_section,
    summary_section,
)
from studies.report.conditions import assemble_conditions
from studies.report.conduct import Conduct, conduct_of, conduct_sentences, conduct_tables
from studies.report.csv_file import write_table
from studies.report.data_section import data_section
from studies.report.document import RESEARCH_ONLY, SIMULATED, Document, Section, methods
from studies.report.flow import flow_table, study_flow
from studies.report.flow_figure import flow_figure
from studies.report.gallery import disagreements
from studies.report.gallery_pictures import SHOWN, gallery_pictures, item_images
from studies.report.network_roc import network_rocs
from studies.report.network_sections import (
    HIDDEN,
    map_section,
    methods_section,
    network_section,
    synthetic_section,
)
from studies.report.paper import CITATION
from studies.report.pictures import NO_PICTURES, ReportPictures
from studies.report.primary import primary_sentence
from studies.report.quality_tables import quality_table
from studies.report.ratings import RatingFiles, write_ratings
from studies.report.reader_sections import ReaderAnalyses, reader_sections
from studies.report.readers import MARGIN, ReaderResults, assemble_readers
from studies.report.subgroup_tables import groupings
from studies.report.table import Table
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
        _foldless(store, answers),
    )


def _foldless(store: Store, answers: Sequence[AnswerRecord]) -> int:
    """Synthetic ROIs among the answered ones whose generator has no fold, or is gone."""
    read = {a.synthetic_id for a in answers if a.synthetic_id is not None}
    folded = {run.id for run in learning.runs(store) if run.fold is not None}
    return len(read - {one.id for one in learning.synthetic_rois(store) if one.run_id in folded})


def reader_times(store: Store, protocol_id: int | None = None) -> tuple[ReaderTimes, ...]:
    """Times and trends of every person's readings; raises as `reader_results`.

    Apart from the other results, since its models take their time.
    """
    require(store, COORDINATOR, ANALYST)
    answers = reading.answers(store, protocol_id)
    return assemble_times(answers, simulated_study=cases.study(store).simulated)


def make_document(
    store: Store,
    protocol_id: int | None = None,
    *,
    draws: bool = True,
    pictures: ReportPictures = NO_PICTURES,
) -> Document:
    """The whole report on a version (None = the newest unblinded, else the newest sealed one).

    While blinded it holds no answer and no picture of an item, and says so. Without `draws` there
    are no figures and pictures: for the tables alone. `pictures` is what a workflow gathered.
    """
    require(store, COORDINATOR, ANALYST)
    study = cases.study(store)
    protocol = analysable_protocol(store, protocol_id)
    found, reason = _analyses_or_reason(store, protocol)
    conduct = conduct_of(store, protocol) if protocol else None
    networks = classifier_results(store)
    results = found.results if found else None
    simulated = study.simulated or networks.simulated or bool(results and results.simulated)
    shows = protocol is None or found is not None
    main = [one for one in cases.lesions(store) if one.is_ready and not one.extra]
    prose = methods(
        study, protocol, results, networks, conduct.deviations if conduct else (), pictures,
        foldless=found.foldless if found else 0,
    )  # fmt: skip
    data = data_section(store, study, pictures=draws and shows)
    body = (
        data if shows else replace(data, sentences=(*data.sentences, HIDDEN)),
        _flow_section(store, study, protocol, results, draws=draws),
        methods_section(study, prose, networks, pictures, len(main), shows=shows, draws=draws),
        network_section(store, networks, study, pictures, draws=draws),
        synthetic_section(store, study, pictures, shows=shows, draws=draws),
        *((map_section(store, study),) if draws else ()),
        *_reader_part(store, found, reason, study, draws=draws),
        limits_section(study, len(main), networks, found, protocol, pictures),
        provenance_section(study, protocol, networks, pictures, _run_table(networks, study)),
        *((_conduct_section(conduct),) if conduct else ()),
    )
    primary = (
        primary_sentence(protocol.draft, found.results, found.conditions)
        if protocol and found and found.results.scores
        else ""
    )
    summary = summary_section(_counted(store, study), results, reason, primary, networks, pictures)
    summary = replace(summary, prose=(*summary.prose, *flattered(found, networks)))
    return Document(
        title=f"{study.name}: reader study report",
        subtitle=f"Made {now()} by Blindread from the study as it stood then.",
        labels=_labels(store, protocol if found else None, simulated=simulated),
        sections=(
            summary,
            *body,
            absent_section(body, networks, draws=draws, blinded=not shows),
            _checklist_section(body),
            glossary_section((summary, *body)),
        ),
        made=f"“Paper” is {CITATION}: its values are printed there and were measured on its data.",
    )


def _labels(store: Store, opened: ProtocolRecord | None, *, simulated: bool) -> tuple[str, ...]:
    """What a reader of the report must know first; of an opened version also which is not yet."""
    always = (RESEARCH_ONLY, *((SIMULATED,) if simulated else ()))
    if opened is None:
        return always
    newer = [p for p in reading.protocols(store) if p.version > opened.version and not p.unblinded]
    return always + tuple(
        f"Version {one.version} of the protocol is still blinded: keep this report from its "
        "readers, since it tells what the ROIs are."
        for one in newer
    )


def _counted(store: Store, study: StudyRecord) -> str:
    """`30 lesions of 24 patients (9 Cyst, …) have margin, diagnosis and basis; …`."""
    main = [one for one in cases.lesions(store) if one.is_ready and not one.extra]
    each = Counter(one.category for one in main)
    classes = ", ".join(f"{each[c.code]} {c.name}" for c in study.scheme.categories)
    patients = len({one.patient for one in main})
    drawn = cases.counts(store).synthetic
    made = f"; {drawn} synthetic ROIs were drawn" if drawn else ""
    return (
        f"{len(main)} lesions of {patients} patients ({classes}) have margin, diagnosis and "
        f"basis{made}."
    )


def _run_table(networks: ClassifierResults, study: StudyRecord) -> Table | None:
    """The runs by what the study itself knows, where no workflow has read their checkpoints."""
    found = classifier_tables(networks, study.scheme)
    return next((table for table in found if table.key == "runs"), None)


def export_tables(
    store: Store,
    folder: Path,
    protocol_id: int | None = None,
    pictures: ReportPictures = NO_PICTURES,
) -> tuple[Path, ...]:
    """Write every table of the report as CSV into `folder`; the paths written.

    Raises StudyError when the folder cannot be written.
    """
    document = make_document(store, protocol_id, draws=False, pictures=pictures)
    numbers = quality_table(pictures.quality, cases.study(store).scheme)
    more = (numbers,) if numbers.rows else ()
    return tuple(write_table(folder, table) for table in (*document.tables, *more))


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
    present = [one.title for one in sections if one.tables or one.figures or one.prose]
    sentence = (
        "Prefilled with where this report bears on an item; the rest is for the authors to write."
    )
    return Section(titles.CHECKLISTS, (sentence,), checklist_tables(present))
