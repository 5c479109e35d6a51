"""Protocols, readers and answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Choice:
    """One answer of a question: `value` is stored, `key` is pressed."""

    value: str
    label: str
    key: str


@dataclass(frozen=True)
class Question:
    """One question of a trial. `code`: diagnosis | origin | confidence."""

    code: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class OrderConstraints:
    """What every reader's order keeps to (0 = no limit)."""

    longest_class_run: int = 4
    longest_synthetic_run: int = 5
    blocks: int = 8  # synthetic ROIs are spread evenly over these
    repeat_distance: int = 60


@dataclass(frozen=True)
class ProtocolDraft:
    """What the coordinator decides before sealing; defaults are the paper's reading."""

    name: str
    real_per_category: tuple[tuple[str, int], ...]
    synthetic_per_category: tuple[tuple[str, int], ...]
    questions: tuple[str, ...] = ("diagnosis", "origin", "confidence")
    seed: int = 20118
    repeats: int = 0
    practice: int = 0
    constraints: OrderConstraints = OrderConstraints()
    washout_days: int = 28
    window_locked: bool = True
    primary_analysis: str = "Class accuracy, Wilson"
    margin: float = 0.10
    stopping_rule: str = "All items are read"
    generator: str = ""  # arm of the generator runs drawn from, "" = all of them
    flip_repeats: bool = True  # hidden repeats are mirrored left to right
    staged: bool = False  # stage A class and confidence, then stage B real or synthetic
    stage_b_waits: bool = False  # stage B after the washout, else at once after stage A
    ask_unusual: bool = False  # at the end of stage A: did you notice anything unusual?
    conditions: tuple[str, ...] = ("roi",)  # roi | slice | volume | aided
    counterbalanced: bool = True  # the order of conditions rotates over readers (Latin square)
    tasks_rotate: bool = False  # every second reader is asked the origin before the class
    aid_arm: str = ""  # arm whose opinion the condition aided shows
    training: int = 0  # trials with feedback before the sealed reading, never of its items
    pass_mark: float = 0.0  # share of these to get right
    break_every: int = 50
    display_check: bool = False  # display and questionnaire before a sitting
    readers_planned: int = 2
    audits: tuple[str, ...] = ("clear", "close", "unchecked")  # copy audit of synthetic ROIs
    volume_reach: int = 10  # slices on each side of the lesion's in the condition volume
    show_notes: bool = False  # each case's clinical note, where a part shows real items only


@dataclass(frozen=True)
class PartPlan:
    """One part of a reader's reading: a package of its own. `stage`: both | A | B."""

    number: int  # 1, 2, … in this reader's sequence
    stage: str
    condition: str
    questions: tuple[str, ...]  # codes in the order asked
    washout_days: int  # since this reader's last part, 0 = at once


@dataclass(frozen=True)
class ProtocolRecord:
    """A sealed protocol; a change makes the next version."""

    id: int
    version: int
    draft: ProtocolDraft
    sealed: str
    seal_hash: str
    items: int
    real_items: int
    synthetic_items: int
    unblinded: str  # when, "" while blinded
    unblinded_by: str
    audit: str = ""  # passed | leak | undecided, at sealing
    override: str = ""  # why a leak was accepted
    unblinding_reason: str = ""


@dataclass(frozen=True)
class PartRecord:
    """A part of a reader's reading, made or still to come.

    `state`: waiting (for the part before it, or the washout) | ready (its package can be made) |
    open (made, not answered) | reading | finished. `opens` is when the washout ends (UTC, "" = no
    wait); `id` is None and `package` too while it is not made.
    """

    id: int | None
    plan: PartPlan
    state: str
    trials: int
    answered: int
    seconds_per_trial: float | None
    package: Path | None
    opens: str
    finished: str
    override: str  # why a washout was cut short


@dataclass(frozen=True)
class ReaderRecord:
    """Someone who reads. `kind`: person | model | simulated. No accuracy in here, ever.

    `trials` and `answered` count every part; `package` is that of the part at hand.
    """

    id: int
    protocol_id: int
    pseudonym: str
    kind: str
    note: str  # "senior, 14 y"
    trials: int
    answered: int
    seconds_per_trial: float | None
    package: Path | None
    finished: str
    parts: tuple[PartRecord, ...] = ()


@dataclass(frozen=True)
class AnswerRecord:
    """One reader's standing answer to one item, joined with the truth (after unblinding).

    An answer of the condition aided stands twice: `step` 1 before and 2 after the opinion.
    """

    reader: str
    reader_kind: str
    position: int
    item: int
    repeat: bool
    truth_category: str
    truth_origin: str  # real | synthetic
    lesion_id: int | None
    synthetic_id: int | None
    diagnosis: str
    origin: str
    confidence: int | None  # 1..5
    seconds: float
    corrected: bool
    first_diagnosis: str
    first_origin: str
    first_confidence: int | None = None
    patient: str = ""  # of a real item: lesions of one patient form a cluster
    part: int = 1
    stage: str = "both"
    condition: str = "roi"
    step: int = 1
