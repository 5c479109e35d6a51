"""Which parts a reader reads, in which order: stages, conditions, washout, counterbalancing.

A part is one package. Stage A asks the class; stage B, afterwards, whether the ROI is real: being
told of synthesis changes the answer, so every stage A comes before any stage B. The order of the
conditions rotates over readers by a Latin square that is balanced for first-order carry-over
(Williams 1949, Aust J Sci Res 2:149). Synthetic ROIs exist as ROIs only: the other conditions
present the real items and do not ask the origin.
"""

from __future__ import annotations

from studies.errors import StudyError
from studies.protocols import confidence, diagnosis, real_or_synthetic
from studies.records import PartPlan, ProtocolDraft

BOTH, STAGE_A, STAGE_B = "both", "A", "B"
ROI, SLICE, VOLUME, AIDED = "roi", "slice", "volume", "aided"
CONDITIONS = (ROI, SLICE, VOLUME, AIDED)


def parts(draft: ProtocolDraft, place: int) -> tuple[PartPlan, ...]:
    """The parts of the reader in `place` 1, 2, … among those who take turns, in order.

    Places count people (or simulated readers) only: a network that reads between two of them
    must not shift the rotation. Raises StudyError for an unknown condition, none, one named
    twice, stages without both tasks, or a condition without any question left.
    """
    check(draft)
    order = draft.conditions
    if draft.counterbalanced:
        order = tuple(draft.conditions[k] for k in balanced_row(len(order), place - 1))
    if draft.staged:
        planned = [(STAGE_A, condition) for condition in order]
        planned += [(STAGE_B, ROI)] if ROI in order else []
    else:
        planned = [(BOTH, condition) for condition in order]
    origin_first = draft.tasks_rotate and _round(draft, place) % 2 == 1
    asked = [_questions(draft, stage, condition, origin_first) for stage, condition in planned]
    return tuple(
        PartPlan(
            number=number,
            stage=stage,
            condition=condition,
            questions=codes,
            washout_days=_washout(draft, stage, number),
        )
        for number, ((stage, condition), codes) in enumerate(
            zip(planned, asked, strict=True), start=1
        )
    )


def check(draft: ProtocolDraft) -> None:
    """StudyError where the draft's conditions and stages do not fit together."""
    unknown = [name for name in draft.conditions if name not in CONDITIONS]
    if unknown or not draft.conditions or len(set(draft.conditions)) < len(draft.conditions):
        raise StudyError(f"The conditions are some of {', '.join(CONDITIONS)}, each of them once.")
    tasks = {diagnosis.CODE, real_or_synthetic.CODE}
    if draft.staged and not tasks <= set(draft.questions):
        raise StudyError("Two stages need both questions: the class, and real or synthetic.")
    if draft.staged and ROI not in draft.conditions:
        raise StudyError("Two stages need the condition roi: synthetic lesions exist as ROIs only.")
    if diagnosis.CODE not in draft.questions and set(draft.conditions) != {ROI}:
        raise StudyError("Slice, volume and aided reading ask the class. Ask it, or read ROIs.")
    if AIDED in draft.conditions and not draft.aid_arm:
        raise StudyError("Aided reading shows a network's opinion: choose which arm's.")
    if draft.show_notes and _shows_synthetic(draft):
        raise StudyError(
            "A clinical note beside the real lesions alone would tell which ones are synthetic. "
            "Leave the synthetic ROIs out, or show no notes."
        )


def balanced_row(size: int, row: int) -> tuple[int, ...]:
    """Row of a Williams square: places 0..size-1; `row` counts readers from 0 and wraps.

    With an even `size` the square has `size` rows, with an odd one `2 * size`; in each column
    every place is equally frequent, and each follows each other equally often.
    Example: size 4 → 0132, 1203, 2310, 3021.
    """
    zigzag = [0]
    for step in range(1, size):
        zigzag.append(-(-step // 2) if step % 2 else size - step // 2)
    turned, mirrored = row % size, size % 2 == 1 and (row // size) % 2 == 1
    places = [(place + turned) % size for place in zigzag]
    return tuple(reversed(places)) if mirrored else tuple(places)


def _round(draft: ProtocolDraft, place: int) -> int:
    """How often all orders of conditions were gone through before: tasks rotate over that, so that
    the order of tasks is not tied to the order of conditions.
    """
    size = len(draft.conditions)
    rows = 1 if not draft.counterbalanced else size if size % 2 == 0 or size == 1 else 2 * size
    return (place - 1) // rows


def caution(draft: ProtocolDraft) -> str:
    """A sentence about a design in which familiarity tells something, "" for others.

    Slices, volumes and aided reading show the real lesions only: whoever has seen these knows
    that what is new among the ROIs is synthetic. A note makes a hidden repeat easy to know again.
    """
    if draft.show_notes and draft.repeats:
        return (
            "A hidden repeat comes with the same clinical note, so a reader may know it again. "
            "Leave the repeats or the notes out, or read the repeats with caution."
        )
    if len(draft.conditions) < 2 or real_or_synthetic.CODE not in draft.questions:
        return ""
    return (
        "The other conditions show real lesions only, so a reader may know a synthetic ROI by "
        "never having seen it. Ask the origin in a protocol of its own, or read with caution."
    )


def _shows_synthetic(draft: ProtocolDraft) -> bool:
    """Whether some part shows synthetic items; they exist as ROIs only."""
    return ROI in draft.conditions and any(count for _, count in draft.synthetic_per_category)


def _questions(
    draft: ProtocolDraft, stage: str, condition: str, origin_first: bool
) -> tuple[str, ...]:
    """Class and its confidence stay together; in stage B the confidence is of the origin."""
    of_class = [c for c in (diagnosis.CODE, confidence.CODE) if c in draft.questions]
    of_origin = [c for c in (real_or_synthetic.CODE,) if c in draft.questions]
    if stage == STAGE_B:
        sure = [confidence.CODE] if confidence.CODE in draft.questions else []
        return tuple(of_origin + sure)
    if stage == STAGE_A or condition != ROI:
        return tuple(of_class)
    if origin_first:
        return tuple(of_origin + of_class)
    standard = (diagnosis.CODE, real_or_synthetic.CODE, confidence.CODE)
    return tuple(code for code in standard if code in draft.questions)


def _washout(draft: ProtocolDraft, stage: str, number: int) -> int:
    """The items come again in every part; only stage B may follow at once, by the protocol."""
    if number == 1 or (stage == STAGE_B and not draft.stage_b_waits):
        return 0
    return draft.washout_days
