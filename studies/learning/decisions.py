"""What somebody decided on a synthetic ROI: why, who, when, as one stored text.

The column holds the reason on its first line, then `by NAME` and `at TIME`. Decisions stored
before names were kept have the reason alone.
"""

from __future__ import annotations

from dataclasses import dataclass

REASONS = ("copy", "artefact", "wrong class look", "cut off", "other")
"""Why a synthetic ROI is usually kept out; any other words may be typed."""

_BY, _AT = "by ", "at "


@dataclass(frozen=True)
class Decision:
    """`reason` in words, "" for an acceptance without one; `by` and `at` (UTC) "" where unknown."""

    reason: str
    by: str = ""
    at: str = ""


def decision_of(decided: str) -> Decision | None:
    """The decision in a stored text; None where nobody has decided."""
    if not decided:
        return None
    reason, *rest = decided.split("\n")
    by = next((line[len(_BY) :] for line in rest if line.startswith(_BY)), "")
    at = next((line[len(_AT) :] for line in rest if line.startswith(_AT)), "")
    return Decision(reason, by, at)


def stored_decision(decision: Decision) -> str:
    """The text that `decision_of` reads; blanks and line ends within a part are one blank."""
    reason, by, at = (
        " ".join(part.split()) for part in (decision.reason, decision.by, decision.at)
    )
    return f"{reason}\n{_BY}{by}\n{_AT}{at}"
