"""Conditions compared over readers and cases (MRMC), and networks against the readers' mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studies.protocols.parts import ROI
from studies.records import AnswerRecord, ClassScheme
from studies.report.readings import (
    OWN,
    Answers,
    Reading,
    condition_rank,
    condition_words,
    readings,
)
from studies.statistics.mrmc import (
    LEAST_READERS,
    AlgorithmDifference,
    CrossedAnswers,
    CrossedRatings,
    ObuchowskiRockette,
    algorithm_against_readers,
    obuchowski_rockette,
)
from studies.statistics.roc import one_versus_rest

ACCURACY, AREA = "accuracy", "auc"


@dataclass(frozen=True)
class ConditionAnalysis:
    """One figure of merit: accuracy, or the AUC of a class against the rest (`category`).

    Conditions are in the order of `ConditionResults.conditions`: differences are the first
    minus the second.
    """

    figure: str  # accuracy | auc
    category: str  # code, "" for accuracy
    result: ObuchowskiRockette


@dataclass(frozen=True)
class NetworkDifference:
    """A network minus the mean of the readers, on the real ROIs of the main condition."""

    network: str
    difference: AlgorithmDifference


@dataclass(frozen=True)
class ConditionResults:
    """What conditions do to readers, on real ROIs that every reader answered under each of them.

    `readers` are people (or simulated). Without conditions nothing could be compared; `declined`
    says why. `left_out` real ROIs lack an answer.
    """

    conditions: tuple[str, ...]  # in the protocol's order
    readers: tuple[str, ...]
    items: int
    left_out: int
    analyses: tuple[ConditionAnalysis, ...]
    networks: tuple[NetworkDifference, ...]
    declined: tuple[str, ...]
    simulated: bool


@dataclass(frozen=True)
class _Crossed:
    """Every reader's answer to every real item under every condition."""

    conditions: tuple[str, ...]
    readers: tuple[str, ...]
    items: tuple[int, ...]
    answers: tuple[tuple[tuple[AnswerRecord, ...], ...], ...]  # [condition][reader][item]
    left_out: int
    main: int = 0  # place of the condition that networks are compared in


def assemble_conditions(
    answers: Answers,
    scheme: ClassScheme,
    *,
    simulated_study: bool = False,
    planned: Sequence[str] = (),
) -> ConditionResults:
    """MRMC over conditions and readers: accuracy, and each class's AUC where confidences are.

    `planned` are the protocol's conditions, whose order is that of the differences.
    Source: Obuchowski-Rockette with Hillis' degrees of freedom, jackknife. Two readers or one get
    the analysis with fixed readers only, and the reason in words; networks are compared with the
    mean of three readers or more.
    """
    found = readings(answers)
    people = [one for one in found if one.kind != "model"]
    crossed = _crossed(people, planned)
    simulated = simulated_study or any(one.kind == "simulated" for one in people)
    if len(crossed.items) < 2:
        words = _nothing_shared(people)
        return ConditionResults(
            crossed.conditions, crossed.readers, 0, crossed.left_out, (), (), words, simulated
        )
    networks = [one for one in found if one.kind == "model"]
    return ConditionResults(
        tuple(map(condition_words, crossed.conditions)),
        crossed.readers,
        len(crossed.items),
        crossed.left_out,
        _analyses(crossed, scheme),
        _networks(crossed, networks) if len(crossed.readers) >= LEAST_READERS else (),
        _declined(crossed),
        simulated,
    )


def _crossed(people: Sequence[Reading], planned: Sequence[str]) -> _Crossed:
    names = tuple(dict.fromkeys(one.reader for one in people))
    by_key = {(one.reader, one.condition): _real(one) for one in people}
    known = dict.fromkeys(one.condition for one in people)
    conditions = [c for c in known if all(by_key.get((name, c)) for name in names)]
    if ROI in conditions and OWN in conditions:
        conditions.remove(OWN)
    main = conditions[:1]
    conditions.sort(key=lambda name: condition_rank(name, planned))
    tables = [by_key[name, c] for c in conditions for name in names]
    seen = set().union(*tables) if tables else set()
    shared = tuple(sorted(seen.intersection(*tables)))
    answers = tuple(
        tuple(tuple(by_key[name, c][item] for item in shared) for name in names) for c in conditions
    )
    place = conditions.index(main[0]) if main else 0
    return _Crossed(tuple(conditions), names, shared, answers, len(seen) - len(shared), place)


def _real(one: Reading) -> dict[int, AnswerRecord]:
    return {a.item: a for a in one.asked if a.truth_origin == "real"}


def _nothing_shared(people: Sequence[Reading]) -> tuple[str, ...]:
    if not any(one.asked for one in people):
        return ("No person has classed a real ROI yet, so conditions are not compared.",)
    return ("No real ROI has been answered by every reader, so readers are not averaged.",)


def _analyses(crossed: _Crossed, scheme: ClassScheme) -> tuple[ConditionAnalysis, ...]:
    right = np.array(
        [[[a.diagnosis == a.truth_category for a in row] for row in rows]
         for rows in crossed.answers],
        dtype=bool,
    )  # fmt: skip
    made = [ConditionAnalysis(ACCURACY, "", obuchowski_rockette(CrossedAnswers(right), ACCURACY))]
    for code in scheme.codes:
        rated = _rated(crossed, code)
        if rated is not None:
            made.append(ConditionAnalysis(AREA, code, obuchowski_rockette(rated, AREA)))
    return tuple(made)


def _rated(crossed: _Crossed, code: str) -> CrossedRatings | None:
    """None without confidences, or with fewer than two items of the class or of the others."""
    rows = [row for rows in crossed.answers for row in rows]
    positive = np.array([a.truth_category == code for a in rows[0]], dtype=bool)
    if any(a.confidence is None for row in rows for a in row):
        return None
    if min(int(positive.sum()), int((~positive).sum())) < 2:
        return None
    ratings = [
        one_versus_rest([a.diagnosis for a in row], [a.confidence or 0 for a in row], code)
        for row in rows
    ]
    shape = len(crossed.conditions), len(crossed.readers), len(crossed.items)
    return CrossedRatings(np.array(ratings).reshape(shape), positive)


def _networks(crossed: _Crossed, networks: Sequence[Reading]) -> tuple[NetworkDifference, ...]:
    """Accuracy of each network that has classed all these items, against the readers' mean."""
    found = []
    people = [
        [a.diagnosis == a.truth_category for a in row] for row in crossed.answers[crossed.main]
    ]
    for network in networks:
        said = _real(network)
        if all(item in said for item in crossed.items):
            own = [said[i].diagnosis == said[i].truth_category for i in crossed.items]
            data = CrossedAnswers(np.array([[own, *people]], dtype=bool))
            difference = algorithm_against_readers(data, 0, ACCURACY)
            found.append(NetworkDifference(network.name, difference))
    return tuple(found)


def _declined(crossed: _Crossed) -> tuple[str, ...]:
    count, words = len(crossed.readers), []
    if count < LEAST_READERS:
        readers = "one reader" if count == 1 else "two readers"
        words.append(
            f"Readers are not taken as a random sample: {readers} cannot show how readers differ; "
            "three or more are needed. What is given holds for these readers only."
        )
    if len(crossed.conditions) < 2:
        words.append("All was read under one condition, so there is no difference of conditions.")
    return tuple(words)
