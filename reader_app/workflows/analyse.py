"""Analyse ratings from a file made elsewhere."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

from engine.jobs import Progress
from studies.analysis import Analysis, Columns, analyse, read_ratings


@dataclass(frozen=True)
class AnalysisOptions:
    """`figure`: auc | accuracy | sensitivity | specificity; `positive_at` a rating.

    `against` names the reader that is an algorithm, compared with all others.
    """

    figure: str = "auc"
    covariance: str = "jackknife"
    positive_at: float | None = None
    columns: Columns = field(default_factory=Columns)
    against: str = ""


def analyse_file(
    path: Path,
    options: AnalysisOptions = AnalysisOptions(),
) -> Generator[Progress, None, Analysis]:
    """Read and analyse; StudyError names the line and the reason, nothing is told half."""
    yield Progress(0, 2, f"Reading {path.name}")
    ratings = read_ratings(path, options.columns)
    yield Progress(1, 2, f"Analysing {len(ratings.rows)} ratings")
    result = analyse(
        ratings,
        figure=options.figure,
        covariance=options.covariance,
        positive_at=options.positive_at,
        against=options.against,
    )
    yield Progress(2, 2, "Analysed")
    return result
