"""Answers and predictions as long CSV, a row an answer, in words."""

from __future__ import annotations

from pathlib import Path

from studies import cases, learning, reading
from studies.access import ANALYST, COORDINATOR, require
from studies.errors import BlindingError
from studies.records import AnswerRecord, ClassScheme
from studies.report.build import analysable_protocol
from studies.report.csv_file import write_csv
from studies.report.readings import condition_words
from studies.store import Store

ANSWER_COLUMNS = (
    "reader", "kind", "part", "stage", "condition", "step", "position", "item", "hidden repeat",
    "truth class", "truth origin", "lesion", "patient", "class", "origin", "confidence",
    "active seconds", "answer changed", "first class", "first origin", "first confidence", "data",
)  # fmt: skip


def export_rows(store: Store, folder: Path, protocol_id: int | None = None) -> tuple[Path, ...]:
    """Write answers.csv (after unblinding only) and predictions.csv; the paths written."""
    require(store, COORDINATOR, ANALYST)
    study = cases.study(store)
    written = []
    answers = _answers(store, protocol_id)
    if answers:
        rows = [_answer_row(a, study.scheme, study.simulated) for a in answers]
        written.append(write_csv(folder / "answers.csv", ANSWER_COLUMNS, rows))
    rows = _prediction_rows(store, study.scheme)
    if rows:
        columns = ("arm", "group", "fold", "seed", "lesion", "truth", "predicted")
        shares = tuple(f"probability {name}" for name in study.scheme.names)
        written.append(write_csv(folder / "predictions.csv", (*columns, *shares, "data"), rows))
    return tuple(written)


def _answers(store: Store, protocol_id: int | None) -> tuple[AnswerRecord, ...]:
    protocol = analysable_protocol(store, protocol_id)
    if protocol is None:
        return ()
    try:
        return reading.answers(store, protocol.id)
    except BlindingError:
        return ()


def _name(scheme: ClassScheme, code: str) -> str:
    return scheme.category(code).name if code in scheme.codes else code


def _answer_row(a: AnswerRecord, scheme: ClassScheme, simulated: bool) -> tuple[str, ...]:
    return (
        a.reader,
        a.reader_kind,
        str(a.part),
        a.stage,
        condition_words(a.condition),
        str(a.step),
        str(a.position),
        str(a.item),
        "yes" if a.repeat else "no",
        _name(scheme, a.truth_category),
        a.truth_origin,
        "" if a.lesion_id is None else str(a.lesion_id),
        a.patient,
        _name(scheme, a.diagnosis),
        a.origin,
        "" if a.confidence is None else str(a.confidence),
        f"{a.seconds:.3f}",
        "yes" if a.corrected else "no",
        _name(scheme, a.first_diagnosis),
        a.first_origin,
        "" if a.first_confidence is None else str(a.first_confidence),
        "simulated" if simulated or a.reader_kind == "simulated" else "measured",
    )


def _prediction_rows(store: Store, scheme: ClassScheme) -> list[tuple[str, ...]]:
    runs = {run.id: run for run in learning.runs(store)}
    rows = []
    for p in learning.predictions(store):
        run = runs[p.run_id]
        rows.append(
            (
                run.arm,
                run.group,
                "all" if run.fold is None else str(run.fold + 1),
                str(run.seed),
                str(p.lesion_id),
                _name(scheme, p.category),
                _name(scheme, p.predicted),
                *(f"{value:.6f}" for value in p.probabilities),
                "simulated" if run.simulated else "measured",
            )
        )
    return rows
