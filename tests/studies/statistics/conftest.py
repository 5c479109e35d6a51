"""Published figures and the data they were printed for."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from shared_data import shared_path

from studies.statistics.mrmc import CrossedRatings


@pytest.fixture
def expected() -> Callable[[str], Any]:
    """Reads a file of printed results by name."""

    def read(name: str) -> Any:
        return json.loads(shared_path(f"reference/reader/expected/{name}.json").read_text())

    return read


@pytest.fixture
def rows() -> Callable[[str], list[dict[str, str]]]:
    """Reads a data file as rows of text."""

    def read(name: str) -> list[dict[str, str]]:
        with shared_path(f"reference/reader/data/{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    return read


@pytest.fixture
def rating_array(rows: Callable[[str], list[dict[str, str]]]) -> Callable[..., npt.NDArray[Any]]:
    """Reads numeric ratings 1..q as 0-based categories, -1 where empty."""

    def read(name: str, *, skip: tuple[str, ...] = ()) -> npt.NDArray[Any]:
        return np.array(
            [
                [int(float(v)) - 1 if v else -1 for k, v in row.items() if k not in skip]
                for row in rows(name)
            ],
            np.int64,
        )

    return read


@pytest.fixture
def vandyke(rows: Callable[[str], list[dict[str, str]]]) -> CrossedRatings:
    """Van Dyke's two conditions, five readers and 114 cases."""
    ratings, positive = np.zeros((2, 5, 114)), np.zeros(114, bool)
    for row in rows("vandyke"):
        case = int(row["case"]) - 1
        ratings[int(row["treatment"]) - 1, int(row["reader"]) - 1, case] = float(row["rating"])
        positive[case] = row["truth"] == "1"
    return CrossedRatings(ratings, positive)
