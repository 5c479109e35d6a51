"""The flow of inclusions and exclusions (STARD item 19): from cases imported to ROIs read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studies.records import LesionRecord, ProtocolRecord, StudyCounts
from studies.report.readers import ReaderResults
from studies.report.table import Table


@dataclass(frozen=True)
class FlowStep:
    """One box of the flow: what is counted, how many, and what left before the next box."""

    words: str
    count: int
    left: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Flow:
    """Real lesions step by step, the synthetic ROIs that joined, and what each reader read."""

    patients: int
    cases: int
    real: tuple[FlowStep, ...]
    synthetic: tuple[FlowStep, ...]
    read: tuple[tuple[str, int, int], ...]  # reader, ROIs answered, ROIs planned
    simulated: bool = False


def study_flow(
    counts: StudyCounts,
    lesions: Sequence[LesionRecord],
    protocol: ProtocolRecord | None,
    results: ReaderResults | None,
) -> Flow:
    """The flow as the study stands; sealed counts are those of the protocol.

    Lesions of additional cases join training only and are never read. Files left out at import
    are told by the import itself; they are no part of the study.
    """
    margin = [one for one in lesions if one.contours]
    ready = [one for one in margin if one.is_ready]
    readable = [one for one in ready if not one.extra]
    sealed = protocol.real_items if protocol else 0
    steps = [
        FlowStep("Lesions found", len(lesions), _left("no margin", len(lesions) - len(margin))),
        FlowStep(
            "With margin", len(margin), _left("no proven diagnosis", len(margin) - len(ready))
        ),
        FlowStep(
            "With proven diagnosis",
            len(ready),
            _left("additional cases, training only", len(ready) - len(readable)),
        ),
    ]
    drawn = _left("not drawn, or kept for practice", len(readable) - sealed) if protocol else ()
    steps.append(FlowStep("Eligible for reading", len(readable), drawn))
    synthetic = [FlowStep("Synthetic ROIs generated", counts.synthetic)]
    if protocol is not None:
        steps.append(FlowStep("Real ROIs sealed", sealed))
        left = _left("not drawn, or kept out by the copy audit",
                     counts.synthetic - protocol.synthetic_items)  # fmt: skip
        synthetic = [
            FlowStep("Synthetic ROIs generated", counts.synthetic, left),
            FlowStep("Synthetic ROIs sealed", protocol.synthetic_items),
        ]
    read = _read(results) if results is not None else ()
    return Flow(counts.patients, counts.cases, tuple(steps), tuple(synthetic), read)


def _left(words: str, count: int) -> tuple[tuple[str, int], ...]:
    return ((words, count),) if count > 0 else ()


def _read(results: ReaderResults) -> tuple[tuple[str, int, int], ...]:
    short = {gap.reader: gap for gap in results.gaps}
    found = []
    for score in results.scores:
        gap = short.get(score.reader)
        given = score.matrix.n + score.matrix.unanswered
        found.append((score.reader, gap.answered if gap else given, gap.planned if gap else given))
    return tuple(found)


def flow_table(flow: Flow) -> Table:
    """The flow as a table: step, count, and what left."""
    rows = [
        ("Patients", str(flow.patients), ""),
        ("Cases imported", str(flow.cases), ""),
        *(_row(step) for step in flow.real),
        *(_row(step) for step in flow.synthetic),
        *(
            (f"Read by {reader}", str(given), _unread(planned - given))
            for reader, given, planned in flow.read
        ),
    ]
    note = (
        "STARD 2015 item 19 (Bossuyt et al. 2015). Counts of the study as it stands now; sealed "
        "counts of the protocol. The import names every file that it left out, with the reason."
    )
    columns = ("Step", "n", "Left out")
    title = "Flow of inclusions and exclusions"
    return Table("flow", title, columns, tuple(rows), note, flow.simulated)


def _row(step: FlowStep) -> tuple[str, str, str]:
    return (step.words, str(step.count), "; ".join(f"{words}: {n}" for words, n in step.left))


def _unread(missing: int) -> str:
    return f"not answered: {missing}" if missing else ""
