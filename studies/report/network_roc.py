"""ROC curves of the networks that read: their out-of-fold probabilities on the sealed lesions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from studies.records import PredictionRecord
from studies.report.classifier import GroupResult
from studies.report.readers import ReaderRoc
from studies.report.readings import Answers
from studies.statistics.roc import auc, roc_curve

PROBABILITY = "probability"
"""Stands where a reader's condition would: the rating is the probability of the class."""


def network_rocs(
    groups: Sequence[GroupResult],
    predictions: Sequence[PredictionRecord],
    answers: Answers,
    classes: Sequence[str],
) -> tuple[ReaderRoc, ...]:
    """A curve a network and class, for networks among the readers, on the real items they read.

    Each lesion is rated by the network that never saw it (leading seed). A class with no lesion, or
    nothing but its own, has no curve.
    """
    read = {a.reader.upper() for a in answers if a.reader_kind == "model"}
    lesions = {a.lesion_id for a in answers if a.lesion_id is not None}
    found: list[ReaderRoc] = []
    for group in groups:
        if read & {group.name.upper(), group.arm.upper()}:
            own = [p for p in predictions if p.run_id in group.lead.run_ids]
            rated = {p.lesion_id: p for p in own if p.lesion_id in lesions}
            found += _curves(group.name, list(rated.values()), classes)
    return tuple(found)


def _curves(
    name: str, rated: Sequence[PredictionRecord], classes: Sequence[str]
) -> Iterable[ReaderRoc]:
    for place, category in enumerate(classes):
        positive = [p.probabilities[place] for p in rated if p.category == category]
        negative = [p.probabilities[place] for p in rated if p.category != category]
        if positive and negative:
            curve, area = roc_curve(positive, negative), auc(positive, negative)
            yield ReaderRoc(name, "model", PROBABILITY, category, curve, area)
