"""Accuracy, sensitivity and specificity by class where lesions share patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studies.statistics.confusion import ConfusionMatrix, confusion_matrix
from studies.statistics.rao_scott import ClusteredProportion, clustered_proportion


@dataclass(frozen=True)
class ClusteredMeasures:
    """A confusion matrix's measures with intervals for the patient; one a class, in its order."""

    matrix: ConfusionMatrix
    accuracy: ClusteredProportion
    sensitivity: tuple[ClusteredProportion, ...]
    specificity: tuple[ClusteredProportion, ...]


def clustered_measures(
    truth: Sequence[str],
    answers: Sequence[str],
    patients: Sequence[str],
    classes: Sequence[str],
    level: float = 0.95,
) -> ClusteredMeasures:
    """The measures of `ConfusionMatrix`, each class against the rest, with patients as clusters.

    Unanswered lesions ("") are in no figure. A class without lesions has n = 0. Intervals as in
    `clustered_proportion`. Raises ValueError for a class not among `classes`, unequal lengths.
    Example: clustered_measures("aab", "aba", "PQQ", "ab").sensitivity[0] -> 1 of 2.
    """
    if not len(truth) == len(answers) == len(patients):
        raise ValueError("truth, answers and patients must list the same lesions")
    matrix = confusion_matrix(truth, answers, classes)
    rows = [row for row in zip(truth, answers, patients, strict=True) if row[1]]
    accuracy = _share([(true == said, who) for true, said, who in rows], level)
    found = [[(said == c, who) for true, said, who in rows if true == c] for c in classes]
    spared = [[(said != c, who) for true, said, who in rows if true != c] for c in classes]
    return ClusteredMeasures(
        matrix,
        accuracy,
        tuple(_share(one, level) for one in found),
        tuple(_share(one, level) for one in spared),
    )


def _share(lesions: Sequence[tuple[bool, str]], level: float) -> ClusteredProportion:
    return clustered_proportion([r for r, _ in lesions], [who for _, who in lesions], level)
