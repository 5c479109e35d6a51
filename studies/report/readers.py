"""Answers to reader results: the paper's Table 4, agreement, ROC, and real or synthetic."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

from studies.records import AnswerRecord, ClassScheme
from studies.statistics.agreement import (
    Coefficient,
    PairOutcomes,
    brennan_prediger,
    code_ratings,
    cohen,
    cohen_table,
    conger,
    fleiss,
    gwet_ac1,
    krippendorff_alpha,
    pair_outcomes,
)
from studies.statistics.confusion import ConfusionMatrix, confusion_matrix
from studies.statistics.detection import (
    BinomialTest,
    Estimate,
    TwoByTwo,
    balanced_accuracy,
    binomial_test,
    criterion,
    d_prime,
)
from studies.statistics.equivalence import Equivalence, equivalence
from studies.statistics.paired import McNemar, PairedDifference, mcnemar, paired_difference
from studies.statistics.proportions import Proportion, wilson
from studies.statistics.roc import Auc, RocCurve, auc, roc_curve

Answers = tuple[AnswerRecord, ...]
MARGIN = 0.10


@dataclass(frozen=True)
class Detection:
    """One reader's real-or-synthetic answers; the signal is "synthetic"."""

    counts: TwoByTwo
    d_prime: Estimate
    criterion: Estimate
    balanced_accuracy: Estimate
    prevalence: BinomialTest  # against the share that always saying "real" gets right
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
    """A row of Table 4 with what stands behind it. Hidden repeats are not in it."""

    reader: str
    kind: str  # person | model | simulated
    simulated: bool
    class_real: Proportion
    class_synthetic: Proportion
    class_total: Proportion
    origin_total: Proportion | None
    matrix: ConfusionMatrix
    detection: Detection | None
    repeats: Proportion | None  # same class on a hidden repeat
    corrections: int
    first_total: Proportion  # class accuracy with the first answers, before corrections
    times: Times


@dataclass(frozen=True)
class RaterPair:
    """Two readers on the same items: who said what, who was right."""

    first: str
    second: str
    simulated: bool
    table: tuple[tuple[int, ...], ...]  # first's class in rows
    outcomes: PairOutcomes
    coefficients: tuple[Coefficient, ...]
    mcnemar: McNemar
    difference: PairedDifference  # class accuracy, first minus second


@dataclass(frozen=True)
class ReaderRoc:
    """One reader's empirical ROC curve of a class against the rest, real ROIs only."""

    reader: str
    kind: str
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
        given = ((s.reader, s.matrix.n + s.matrix.unanswered) for s in self.scores)
        return tuple((reader, n) for reader, n in given if n < self.items)

    @property
    def simulated_readers(self) -> tuple[str, ...]:
        """Readers that are no people."""
        return tuple(s.reader for s in self.scores if s.kind == "simulated")

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
) -> ReaderResults:
    """Reader results of the standing answers of one protocol, joined with the truth.

    Readers come in their order of appearance, people before networks. Items left unanswered
    by a reader are out of that reader's figures, and the reader is among the `unfinished`.
    `margin` is the sealed one for equivalence of balanced accuracy to guessing; `sealed` the
    numbers of real and synthetic items (None: the items that anybody answered).
    """
    classes = scheme.codes
    by_reader = _by_reader(answers)
    scores = tuple(_score(own, classes, simulated_study, margin) for own in by_reader)
    people = [own for own in by_reader if own[0].reader_kind != "model"]
    truth = list({a.item: a.truth_origin for a in answers}.values())
    real, synthetic = sealed or (truth.count("real"), truth.count("synthetic"))
    simulated = simulated_study or any(s.kind == "simulated" for s in scores)
    return ReaderResults(
        classes=classes,
        scores=scores,
        pairs=tuple(_pair(a, b, classes, simulated_study) for a, b in combinations(by_reader, 2)),
        panel=_panel(people, classes),
        rocs=tuple(_rocs(by_reader, classes)),
        always_real=wilson(real, real + synthetic),
        declined=_declined(len(people)),
        simulated=simulated,
    )


def _by_reader(answers: Answers) -> list[Answers]:
    names = dict.fromkeys((a.reader_kind == "model", a.reader) for a in answers)
    ordered = sorted(names, key=lambda key: key[0])
    return [tuple(a for a in answers if a.reader == name) for _, name in ordered]


def _main(answers: Iterable[AnswerRecord]) -> Answers:
    return tuple(a for a in answers if not a.repeat)


def _score(
    own: Answers, classes: Sequence[str], simulated_study: bool, margin: float
) -> ReaderScore:
    main = _main(own)
    asked = tuple(a for a in main if a.diagnosis)
    origin = tuple(a for a in main if a.origin)
    first = tuple(a for a in main if a.first_diagnosis or a.diagnosis)
    kind = own[0].reader_kind
    return ReaderScore(
        reader=own[0].reader,
        kind=kind,
        simulated=simulated_study or kind == "simulated",
        class_real=_class_right(a for a in asked if a.truth_origin == "real"),
        class_synthetic=_class_right(a for a in asked if a.truth_origin == "synthetic"),
        class_total=_class_right(asked),
        origin_total=_proportion(a.origin == a.truth_origin for a in origin) if origin else None,
        matrix=_matrix(main, classes),
        detection=_detection(origin, margin),
        repeats=_repeats(own),
        corrections=sum(a.corrected for a in main),
        first_total=_proportion(
            (a.first_diagnosis or a.diagnosis) == a.truth_category for a in first
        ),
        times=_times(asked),
    )


def _proportion(right: Iterable[bool]) -> Proportion:
    values = list(right)
    return wilson(sum(values), len(values))


def _class_right(answers: Iterable[AnswerRecord]) -> Proportion:
    return _proportion(a.diagnosis == a.truth_category for a in answers)


def _matrix(answers: Answers, classes: Sequence[str]) -> ConfusionMatrix:
    return confusion_matrix(
        [a.truth_category for a in answers], [a.diagnosis for a in answers], classes
    )


def _times(answers: Answers) -> Times:
    def middle(values: list[float]) -> float:
        return median(values) if values else math.nan

    right = [a.seconds for a in answers if a.diagnosis == a.truth_category]
    wrong = [a.seconds for a in answers if a.diagnosis != a.truth_category]
    return Times(middle(right + wrong), middle(right), middle(wrong))


def _repeats(own: Answers) -> Proportion | None:
    first = {a.item: a.diagnosis for a in _main(own) if a.diagnosis}
    again = [a for a in own if a.repeat and a.diagnosis and a.item in first]
    return _proportion(a.diagnosis == first[a.item] for a in again) if again else None


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
        binomial_test(counts.correct, len(answers), len(real) / len(answers)),
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


def _pair(
    first: Answers, second: Answers, classes: Sequence[str], simulated_study: bool
) -> RaterPair:
    one = {a.item: a for a in _main(first)}
    other = {a.item: a for a in _main(second)}
    items = [item for item in one if item in other]
    truth = [one[i].truth_category for i in items]
    left, right = [one[i].diagnosis for i in items], [other[i].diagnosis for i in items]
    outcomes = pair_outcomes(truth, left, right)
    kinds = {first[0].reader_kind, second[0].reader_kind}
    return RaterPair(
        first[0].reader,
        second[0].reader,
        simulated_study or "simulated" in kinds,
        cohen_table(left, right, classes),
        outcomes,
        _coefficients([left, right], classes) if outcomes.n else (),
        mcnemar(outcomes.table),
        paired_difference(outcomes.table)
        if outcomes.n
        else PairedDifference(math.nan, math.nan, math.nan, 0, "no shared item"),
    )


def _coefficients(columns: Sequence[Sequence[str]], classes: Sequence[str]) -> tuple[
    Coefficient, ...
]:  # fmt: skip
    ratings, q = code_ratings(columns, classes), len(classes)
    if len(columns) == 2:
        own = cohen(cohen_table(columns[0], columns[1], classes)).kappa
    else:
        own = conger(ratings, q)
    several = () if len(columns) == 2 else (fleiss(ratings, q),)
    return (
        own,
        *several,
        brennan_prediger(ratings, q),
        gwet_ac1(ratings, q),
        krippendorff_alpha(ratings),
    )


def _panel(people: Sequence[Answers], classes: Sequence[str]) -> tuple[Coefficient, ...]:
    if len(people) < 2:
        return ()
    said = [{a.item: a.diagnosis for a in _main(own)} for own in people]
    items = sorted(set().union(*said))
    columns = [[own.get(item, "") for item in items] for own in said]
    shared = sum(sum(bool(c[i]) for c in columns) >= 2 for i in range(len(items)))
    each_read = all(any(column) for column in columns)
    return _coefficients(columns, classes) if shared and each_read else ()


def _rocs(by_reader: Sequence[Answers], classes: Sequence[str]) -> Iterable[ReaderRoc]:
    for own in by_reader:
        rated = [
            a
            for a in _main(own)
            if a.truth_origin == "real" and a.diagnosis and a.confidence is not None
        ]
        for category in classes:
            positive = [_rating(a, category) for a in rated if a.truth_category == category]
            negative = [_rating(a, category) for a in rated if a.truth_category != category]
            if positive and negative:
                yield ReaderRoc(
                    own[0].reader,
                    own[0].reader_kind,
                    category,
                    roc_curve(positive, negative),
                    auc(positive, negative),
                )


def _rating(answer: AnswerRecord, category: str) -> int:
    """Confidence where this class was chosen, else minus confidence."""
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
