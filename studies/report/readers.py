"""Answers to reader results: the paper's Table 4, agreement, ROC, and real or synthetic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from studies.records import AnswerRecord, ClassScheme
from studies.report.pairing import RaterPair, coefficients, pairs_of
from studies.report.readings import Answers, Reading, main_readings, readings
from studies.statistics.agreement import Coefficient, IntraReader, intra_reader
from studies.statistics.cochran import CochranQ, cochran_q
from studies.statistics.confusion import ConfusionMatrix, confusion_matrix
from studies.statistics.detection import (
    BinomialTest,
    Estimate,
    TwoByTwo,
    balanced_accuracy,
    criterion,
    d_prime,
    prevalence_test,
)
from studies.statistics.equivalence import Equivalence, equivalence
from studies.statistics.proportions import Proportion, wilson
from studies.statistics.rao_scott import ClusteredProportion, clustered_proportion
from studies.statistics.roc import Auc, RocCurve, auc, roc_curve

__all__ = [
    "MARGIN", "Answers", "Detection", "RaterPair", "ReaderResults", "ReaderRoc", "ReaderScore",
    "Times", "assemble_readers",
]  # fmt: skip
MARGIN = 0.10
ORIGINS = ("real", "synthetic")


@dataclass(frozen=True)
class Detection:
    """One reader's real-or-synthetic answers; the signal is "synthetic"."""

    counts: TwoByTwo
    d_prime: Estimate
    criterion: Estimate
    balanced_accuracy: Estimate
    prevalence: BinomialTest  # against always giving the commoner answer
    auc: Auc | None  # of signed confidence in the origin, where that was asked
    equivalence: Equivalence  # of balanced accuracy to guessing


@dataclass(frozen=True)
class Times:
    """Active seconds a trial: medians, nan where there is none."""

    median: float
    right: float
    wrong: float


@dataclass(frozen=True)
class ReaderScore:
    """A row of Table 4 with what stands behind it. Hidden repeats are not in it.

    All figures but the `first_…` ones are of the standing answers. `clustered_real` allows for
    lesions that share a patient, None where no patient has two.
    """

    reader: str
    kind: str  # person | model | simulated
    condition: str  # roi | own | slice | volume | aided
    simulated: bool
    class_real: Proportion
    class_synthetic: Proportion
    class_total: Proportion
    origin_total: Proportion | None
    matrix: ConfusionMatrix
    detection: Detection | None
    intra: IntraReader | None  # class on hidden repeats
    intra_origin: IntraReader | None
    changed: int  # trials whose standing answer differs from the first
    first_total: Proportion  # class accuracy with the first answers
    first_origin: Proportion | None
    clustered_real: ClusteredProportion | None
    times: Times

    @property
    def repeats(self) -> Proportion | None:
        """Same class on a hidden repeat."""
        return self.intra.same if self.intra is not None else None


@dataclass(frozen=True)
class Gap:
    """A reading with fewer answers than were planned. `stage`: "" | A | B."""

    reader: str
    stage: str
    answered: int
    planned: int


@dataclass(frozen=True)
class ReaderRoc:
    """One reader's empirical ROC curve of a class against the rest, real ROIs only."""

    reader: str
    kind: str
    condition: str
    category: str
    curve: RocCurve
    auc: Auc


@dataclass(frozen=True)
class ReaderResults:
    """Everything the answers of one sealed protocol say. Empty scores = nobody has read."""

    classes: tuple[str, ...]
    scores: tuple[ReaderScore, ...]
    pairs: tuple[RaterPair, ...]
    panel: tuple[Coefficient, ...]  # all people together, where there are two or more
    rocs: tuple[ReaderRoc, ...]
    always_real: Proportion  # what saying "real" to every sealed item scores
    declined: tuple[str, ...]  # analyses not done, with the reason
    simulated: bool
    gaps: tuple[Gap, ...] = ()
    cochran: CochranQ | None = None  # are all people right equally often; three or more of them

    @property
    def items(self) -> int:
        """Items of the reading, real and synthetic."""
        return self.always_real.n

    @property
    def real_items(self) -> int:
        """Real items."""
        return self.always_real.successes

    @property
    def unfinished(self) -> tuple[tuple[str, int], ...]:
        """Readers with fewer answers than there are items, and how many they gave."""
        return tuple((gap.reader, gap.answered) for gap in self.gaps)

    @property
    def simulated_readers(self) -> tuple[str, ...]:
        """Readers that are no people."""
        return tuple(s.reader for s in self.scores if s.kind == "simulated")

    @property
    def conditions(self) -> tuple[str, ...]:
        """The conditions that were read, ROI first."""
        return tuple(dict.fromkeys(s.condition for s in self.scores))

    def is_real_only(self, score: ReaderScore) -> bool:
        """Whether a reading showed the real items alone: its total is none over all items."""
        return self.items > self.real_items and not score.class_synthetic.n

    def pair(self, first: str, second: str) -> RaterPair | None:
        """The pair of two readers in either order as it was computed."""
        names = {first, second}
        return next((p for p in self.pairs if {p.first, p.second} == names), None)


def assemble_readers(
    answers: Answers,
    scheme: ClassScheme,
    *,
    simulated_study: bool = False,
    margin: float = MARGIN,
    sealed: tuple[int, int] | None = None,
    planned: Sequence[str] = (),
) -> ReaderResults:
    """Reader results of the standing answers of one protocol, joined with the truth.

    Readers come in their order of appearance, people before networks; a reader in two stages is
    one row, each further condition another. Items left unanswered by a reader are out of that
    reader's figures, and the reader is among the `gaps`. `margin` is the sealed one for equivalence
    of balanced accuracy to guessing; `sealed` the numbers of real and synthetic items (None: the
    items that anybody answered); `planned` the protocol's conditions in its order.
    """
    classes, found = scheme.codes, readings(answers)
    people = [one for one in main_readings(found) if one.kind != "model"]
    truth = list({a.item: a.truth_origin for a in answers}.values())
    real, synthetic = sealed or (truth.count("real"), truth.count("synthetic"))
    return ReaderResults(
        classes=classes,
        scores=tuple(_score(one, classes, simulated_study, margin) for one in found),
        pairs=pairs_of(found, classes, simulated_study, planned),
        panel=_panel(people, classes),
        rocs=tuple(_rocs(found, classes)),
        always_real=wilson(real, real + synthetic),
        declined=_declined(len(people)),
        simulated=simulated_study or any(one.kind == "simulated" for one in found),
        gaps=tuple(gap for one in found for gap in _gaps(one, real, real + synthetic)),
        cochran=_cochran(people),
    )


# --- one reading ----------------------------------------------------------------------------


def _score(
    own: Reading, classes: Sequence[str], simulated_study: bool, margin: float
) -> ReaderScore:
    main = [a for a in own.class_answers if not a.repeat]
    first = [a for a in main if a.first_diagnosis or a.diagnosis]
    origin = own.asked_origin
    return ReaderScore(
        reader=own.name,
        kind=own.kind,
        condition=own.condition,
        simulated=simulated_study or own.kind == "simulated",
        class_real=_class_right(a for a in own.asked if a.truth_origin == "real"),
        class_synthetic=_class_right(a for a in own.asked if a.truth_origin == "synthetic"),
        class_total=_class_right(own.asked),
        origin_total=_proportion(a.origin == a.truth_origin for a in origin) if origin else None,
        matrix=_matrix(main, classes),
        detection=_detection(origin, margin),
        intra=_intra(own.class_answers, "diagnosis", classes),
        intra_origin=_intra(own.origin_answers, "origin", ORIGINS),
        changed=_changed(own),
        first_total=_proportion(
            (a.first_diagnosis or a.diagnosis) == a.truth_category for a in first
        ),
        first_origin=_proportion((a.first_origin or a.origin) == a.truth_origin for a in origin)
        if origin
        else None,
        clustered_real=_clustered(own.asked),
        times=_times(own.asked or origin),
    )


def _changed(own: Reading) -> int:
    """Trials whose standing answer differs from the first, of both stages."""
    each = {(a.part, a.position, a.step): a for a in own.class_answers + own.origin_answers}
    return sum(a.corrected and not a.repeat for a in each.values())


def _proportion(right: Iterable[bool]) -> Proportion:
    values = list(right)
    return wilson(sum(values), len(values))


def _class_right(answers: Iterable[AnswerRecord]) -> Proportion:
    return _proportion(a.diagnosis == a.truth_category for a in answers)


def _matrix(answers: Sequence[AnswerRecord], classes: Sequence[str]) -> ConfusionMatrix:
    return confusion_matrix(
        [a.truth_category for a in answers], [a.diagnosis for a in answers], classes
    )


def _times(answers: Answers) -> Times:
    def middle(values: list[float]) -> float:
        return median(values) if values else math.nan

    right = [a.seconds for a in answers if _is_right(a)]
    wrong = [a.seconds for a in answers if not _is_right(a)]
    return Times(middle(right + wrong), middle(right), middle(wrong))


def _is_right(answer: AnswerRecord) -> bool:
    """Of the class where it was asked, else of the origin."""
    if answer.diagnosis:
        return answer.diagnosis == answer.truth_category
    return answer.origin == answer.truth_origin


def _intra(own: Answers, field: str, words: Sequence[str]) -> IntraReader | None:
    """First answers against those to the hidden repeats of the same part; None without any."""
    first = {(a.part, a.item): str(getattr(a, field)) for a in own if not a.repeat}
    again = [a for a in own if a.repeat and (a.part, a.item) in first]
    before = [first[a.part, a.item] for a in again]
    after = [str(getattr(a, field)) for a in again]
    if not any(one and other for one, other in zip(before, after, strict=True)):
        return None
    return intra_reader(before, after, words)


def _clustered(asked: Answers) -> ClusteredProportion | None:
    """Class accuracy on real ROIs; None where every patient has one lesion or none is known."""
    real = [a for a in asked if a.truth_origin == "real"]
    patients = [a.patient for a in real]
    if not real or not all(patients) or len(set(patients)) == len(patients):
        return None
    return clustered_proportion([a.diagnosis == a.truth_category for a in real], patients)


def _gaps(own: Reading, real: int, items: int) -> Iterable[Gap]:
    planned = items if own.condition == "roi" or own.kind == "model" else real
    stages = [("A", own.class_answers), ("B", own.origin_answers)]
    if not own.is_staged:
        stages = [("", own.class_answers or own.origin_answers)]
    for stage, answers in stages:
        given = len({a.item for a in answers if not a.repeat})
        if given < planned:
            yield Gap(own.name, stage, given, planned)


def _detection(answers: Answers, margin: float) -> Detection | None:
    synthetic = [a for a in answers if a.truth_origin == "synthetic"]
    real = [a for a in answers if a.truth_origin == "real"]
    if not synthetic or not real:
        return None
    hits = sum(a.origin == "synthetic" for a in synthetic)
    alarms = sum(a.origin == "synthetic" for a in real)
    counts = TwoByTwo(hits, len(synthetic) - hits, alarms, len(real) - alarms)
    return Detection(
        counts,
        d_prime(counts),
        criterion(counts),
        balanced_accuracy(counts),
        prevalence_test(counts),
        _origin_auc(synthetic, real),
        equivalence(counts, margin),
    )


def _origin_auc(synthetic: Sequence[AnswerRecord], real: Sequence[AnswerRecord]) -> Auc | None:
    """Area of signed confidence; None where the class was asked too, since the confidence is
    then that of the class and says nothing about the origin."""

    def ratings(answers: Sequence[AnswerRecord]) -> list[int]:
        return [
            a.confidence if a.origin == "synthetic" else -a.confidence
            for a in answers
            if a.confidence is not None and not a.diagnosis
        ]

    positive, negative = ratings(synthetic), ratings(real)
    return auc(positive, negative) if positive and negative else None


# --- several readers ------------------------------------------------------------------------


def _panel(people: Sequence[Reading], classes: Sequence[str]) -> tuple[Coefficient, ...]:
    if len(people) < 2:
        return ()
    said = [{a.item: a.diagnosis for a in one.asked} for one in people]
    items = sorted(set().union(*said))
    columns = [[own.get(item, "") for item in items] for own in said]
    shared = sum(sum(bool(c[i]) for c in columns) >= 2 for i in range(len(items)))
    return coefficients(columns, classes) if shared and all(said) else ()


def _cochran(people: Sequence[Reading]) -> CochranQ | None:
    """Over the items that three people or more have all answered."""
    said = [{a.item: float(_is_right(a)) for a in one.asked} for one in people]
    if len(said) < 3:
        return None
    shared = sorted(set(said[0]).intersection(*said[1:]))
    return cochran_q([[own[item] for own in said] for item in shared]) if shared else None


def _rocs(found: Sequence[Reading], classes: Sequence[str]) -> Iterable[ReaderRoc]:
    for own in found:
        rated = [a for a in own.asked if a.truth_origin == "real" and a.confidence is not None]
        for category in classes:
            positive = [rating(a, category) for a in rated if a.truth_category == category]
            negative = [rating(a, category) for a in rated if a.truth_category != category]
            if positive and negative:
                yield ReaderRoc(
                    own.name,
                    own.kind,
                    own.condition,
                    category,
                    roc_curve(positive, negative),
                    auc(positive, negative),
                )


def rating(answer: AnswerRecord, category: str) -> int:
    """Confidence where this class was chosen, else minus confidence (READING section 5)."""
    confidence = answer.confidence or 0
    return confidence if answer.diagnosis == category else -confidence


def _declined(people: int) -> tuple[str, ...]:
    if people == 0:
        return ("No person has read yet: agreement between readers is not computed.",)
    if people < 3:
        readers = "one reader" if people == 1 else "two readers"
        return (
            f"Multi-reader multi-case analysis with readers as a random sample is not done: "
            f"{readers} cannot show how readers differ; it needs three or more.",
        )
    return ()


def between_people(results: ReaderResults) -> tuple[RaterPair, ...]:
    """Pairs of two people's main readings."""
    people = {s.reader for s in results.scores if s.kind != "model"}
    return tuple(p for p in results.pairs if not p.within and {p.first, p.second} <= people)
