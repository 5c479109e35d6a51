"""The paper's second task: is the ROI cut from a scan or made by a generator?"""

from __future__ import annotations

from studies.records import Choice, ClassScheme, Question

CODE = "origin"


def question(scheme: ClassScheme) -> Question:
    """Two choices, on R and S, whatever the scheme."""
    return Question(
        CODE,
        "Real or synthetic?",
        (Choice("real", "Real", "R"), Choice("synthetic", "Synthetic", "S")),
    )
