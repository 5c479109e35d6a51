"""The report's sections on readers, from what their answers say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from studies.records import AnswerRecord, ProtocolRecord, StudyRecord
from studies.report import reader_figures as drawn
from studies.report import sections as titles
from studies.report.agreement_tables import agreement_tables
from studies.report.condition_tables import (
    condition_sentences,
    condition_tables,
    time_sentences,
    time_tables,
)
from studies.report.conditions import ConditionResults
from studies.report.document import Section
from studies.report.drawing import Figure
from studies.report.gallery import GalleryItem
from studies.report.gallery_pictures import Picture, gallery_sentence, gallery_table
from studies.report.primary import primary_sentence
from studies.report.reader_tables import (
    accuracy_tables,
    conduct_tables,
    detection_tables,
    roc_tables,
)
from studies.report.readers import ReaderResults
from studies.report.sentences import (
    detection_sentence,
    equivalence_text,
    reader_sentences,
    roc_sentences,
)
from studies.report.subgroup_tables import Grouping, subgroup_table
from studies.report.table import Table, matrix_table
from studies.report.times import ReaderTimes


@dataclass(frozen=True)
class ReaderAnalyses:
    """What the answers of an unblinded protocol say, but for times."""

    protocol: ProtocolRecord | None
    answers: tuple[AnswerRecord, ...]
    results: ReaderResults
    conditions: ConditionResults
    gallery: tuple[GalleryItem, ...]
    groupings: tuple[Grouping, ...] = ()  # the ways that part the lesions in subgroups
    foldless: int = 0  # synthetic ROIs read whose generator was trained without folds


def reader_sections(
    found: ReaderAnalyses,
    times: tuple[ReaderTimes, ...],
    pictures: tuple[Picture, ...],
    study: StudyRecord,
    *,
    draws: bool = True,
) -> tuple[Section, ...]:
    """Accuracy, agreement, origin, ROC, conditions, times and disagreement; empty ones left out.

    Without `draws` there are no figures, which take most of the time.
    """
    made = (
        _accuracy(found, study, draws),
        _agreement(found),
        _origin(found, draws),
        _roc(found, study, draws),
        _conditions(found, study, draws),
        _times(found, times, draws),
        _gallery(found, pictures, study),
    )
    return tuple(one for one in made if one.sentences or one.tables or one.figures)


def reader_matrices(results: ReaderResults, study: StudyRecord) -> tuple[Table, ...]:
    """Each reading's confusion matrix."""
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


def _accuracy(found: ReaderAnalyses, study: StudyRecord, draws: bool) -> Section:
    results = found.results
    return Section(
        titles.READERS,
        (*_primary(found), *reader_sentences(results)),
        _filled((*accuracy_tables(results, study.scheme), _subgroups(found)))
        + reader_matrices(results, study),
        (drawn.interval_figure(results), *drawn.matrix_figures(results, study.scheme))
        if draws
        else (),
    )


def _primary(found: ReaderAnalyses) -> tuple[str, ...]:
    """The sealed primary analysis; nothing where no protocol is known."""
    if found.protocol is None:
        return ()
    return (primary_sentence(found.protocol.draft, found.results, found.conditions),)


def _subgroups(found: ReaderAnalyses) -> Table:
    return subgroup_table(found.answers, found.groupings, simulated=found.results.simulated)


def _agreement(found: ReaderAnalyses) -> Section:
    tables = _filled(agreement_tables(found.results))
    return Section(titles.AGREEMENT, () if tables else found.results.declined, tables)


def _origin(found: ReaderAnalyses, draws: bool) -> Section:
    results = found.results
    told = [
        f"{detection_sentence(s.reader, s.detection)} {equivalence_text(s.detection)}"
        for s in results.scores
        if s.detection
    ]
    return Section(
        titles.ORIGIN,
        tuple(told),
        _filled(detection_tables(results)),
        _present((drawn.detection_figure(results),)) if draws else (),
    )


def _roc(found: ReaderAnalyses, study: StudyRecord, draws: bool) -> Section:
    results = found.results
    people = dict.fromkeys(r.condition for r in results.rocs if r.kind != "model")
    shown = (people or {"": None}) if draws else {}
    return Section(
        titles.ROC,
        roc_sentences(results, study.scheme),
        _filled(roc_tables(results, study.scheme)),
        _present(drawn.roc_figure(results, study.scheme, one) for one in shown),
    )


def _conditions(found: ReaderAnalyses, study: StudyRecord, draws: bool) -> Section:
    results = found.conditions
    figure = drawn.condition_figure(results, study.scheme) if draws else None
    return Section(
        titles.CONDITIONS,
        condition_sentences(results, study.scheme),
        condition_tables(results, study.scheme),
        _present((figure,)),
    )


def _times(found: ReaderAnalyses, times: tuple[ReaderTimes, ...], draws: bool) -> Section:
    return Section(
        titles.TIMES,
        time_sentences(times),
        time_tables(times) + _filled(conduct_tables(found.results)),
        _present((drawn.time_figure(times),)) if draws else (),
    )


def _gallery(found: ReaderAnalyses, pictures: tuple[Picture, ...], study: StudyRecord) -> Section:
    results = found.results
    table = gallery_table(found.gallery, study.scheme, results.simulated)
    sentence = gallery_sentence(found.gallery, results.items)
    return Section(titles.GALLERY, (sentence,), _filled((table,)), (), pictures)


def _filled(tables: Iterable[Table]) -> tuple[Table, ...]:
    return tuple(table for table in tables if table.rows)


def _present(figures: Iterable[Figure | None]) -> tuple[Figure, ...]:
    return tuple(figure for figure in figures if figure is not None)
