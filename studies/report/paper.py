"""What Frid-Adar et al. 2018 print, as counts where these can be rebuilt from the text."""

from __future__ import annotations

from dataclasses import dataclass

from studies.statistics.agreement import PairOutcomes
from studies.statistics.confusion import ConfusionMatrix
from studies.statistics.proportions import Proportion, wilson

CITATION = "Frid-Adar et al. 2018, Neurocomputing 321:321-331"
CLASSES = ("cyst", "metastasis", "hemangioma")


@dataclass(frozen=True)
class PaperMethod:
    """A row of Tables 5 and 6: class-size-weighted sensitivity and specificity, percent."""

    method: str
    arm: str  # our arm of the same kind, "" where we have none
    sensitivity: float
    specificity: float


@dataclass(frozen=True)
class PaperExpert:
    """A row of Table 4."""

    name: str
    class_real: Proportion
    class_synthetic: Proportion
    class_total: Proportion
    origin_total: Proportion


@dataclass(frozen=True)
class PaperPoint:
    """An accuracy that the text states for Fig. 8: percent at so many added examples a fold."""

    examples: int
    percent: float
    arm: str


TABLE_2 = ConfusionMatrix(CLASSES, ((52, 1, 0), (2, 44, 18), (0, 18, 47)))
"""CNN-AUG at its optimum."""
TABLE_3 = ConfusionMatrix(CLASSES, ((53, 0, 0), (2, 52, 10), (1, 13, 51)))
"""CNN-AUG-GAN (DCGAN) at its optimum."""

TABLE_4 = (
    PaperExpert("Expert 1", wilson(142, 182), wilson(93, 120), wilson(235, 302), wilson(189, 302)),
    PaperExpert("Expert 2", wilson(126, 182), wilson(83, 120), wilson(209, 302), wilson(177, 302)),
)
"""The counts behind the percentages; 189/302 is 62.6 where the paper prints 62.5."""
EXPERTS = PairOutcomes(
    n=302, agree=222, both_correct=185, only_first=50, only_second=24, both_wrong=43, agree_wrong=37
)

TABLES_5_AND_6 = (
    PaperMethod("CNN-AUG-GAN (DCGAN)", "cnn-aug-gan", 85.7, 92.4),
    PaperMethod("CNN-AUG", "cnn-aug", 78.6, 88.4),
    PaperMethod("CNN-AUG-GAN (ACGAN)", "cnn-aug-acgan", 81.3, 90.0),
    PaperMethod("ACGAN discriminator", "acgan-d", 79.1, 88.8),
    PaperMethod("BoVW-MI, multi", "bovw-multi", 82.9, 90.8),
    PaperMethod("BoVW-MI, single", "bovw-single", 78.0, 88.3),
    PaperMethod("Gabor + SVM", "gabor", 74.2, 86.5),
    PaperMethod("GLCM + SVM", "glcm", 71.4, 84.9),
)

FIGURE_8 = (
    PaperPoint(0, 57.0, "cnn"),
    PaperPoint(5000, 78.6, "cnn-aug"),
    PaperPoint(8000, 85.7, "cnn-aug-gan"),
)


def paper_matrix(arm: str) -> tuple[str, ConfusionMatrix] | None:
    """Name and counts of the paper's confusion matrix for an arm, None where it prints none."""
    known = {"cnn-aug": ("Table 2", TABLE_2), "cnn-aug-gan": ("Table 3", TABLE_3)}
    return known.get(arm)
