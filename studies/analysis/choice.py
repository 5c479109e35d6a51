"""What an analysis was asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studies.errors import StudyError
from studies.statistics.mrmc import COVARIANCES, FIGURES


@dataclass(frozen=True)
class Choice:
    """`figure` of merit, `covariance` method, and the rating from which an answer is positive."""

    figure: str
    covariance: str
    positive_at: float | None

    def check(self) -> None:
        """Raise StudyError for a choice that nothing can carry out."""
        for word, known, what in (
            (self.figure, FIGURES, "figure of merit"),
            (self.covariance, COVARIANCES, "covariance"),
        ):
            if word not in known:
                raise StudyError(f"The {what} is {', '.join(known)}, not {word}.")
        if self.covariance == "delong" and self.figure != "auc":
            raise StudyError(
                f"The delong covariance is defined for the AUC only; use jackknife for "
                f"{self.figure}."
            )
        if self.positive_at is not None and not math.isfinite(self.positive_at):
            raise StudyError(
                f"The rating from which on an answer is positive is a number, not "
                f"{self.positive_at:g}. Give --positive-at a rating of the file."
            )
