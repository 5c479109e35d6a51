"""Parts of a reading in the coordinator's words."""

from __future__ import annotations

from datetime import date

from reader_app.state.read_preview import PlannedPart
from studies.records import PartPlan, PartRecord

_CONDITIONS = {
    "roi": "ROI",
    "slice": "full slice",
    "volume": "volume",
    "aided": "aided by the network",
}
_TASKS = {"diagnosis": "class", "origin": "origin", "confidence": "confidence"}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_STATES = {
    "waiting": ("waiting", "neutral"),
    "ready": ("not made", "neutral"),
    "open": ("open", "neutral"),
    "reading": ("under way", "running"),
    "finished": ("finished", "done"),
}


def part_name(plan: PartPlan) -> str:
    """ "Stage A, ROI: class, confidence"."""
    stage = {"A": "Stage A, ", "B": "Stage B, "}.get(plan.stage, "")
    condition = _CONDITIONS.get(plan.condition, plan.condition)
    named = f"{stage}{condition}" if stage else condition[:1].upper() + condition[1:]
    asked = ", ".join(_TASKS.get(code, code) for code in plan.questions)
    return f"{named}: {asked}" if asked else named


def short_name(plan: PartPlan) -> str:
    """ "A, ROI", where room is short."""
    condition = _CONDITIONS.get(plan.condition, plan.condition).removesuffix(" by the network")
    return f"{plan.stage}, {condition}" if plan.stage in ("A", "B") else condition


def starting(planned: PlannedPart) -> str:
    """When a part can be read at the earliest, if part 1 is read today."""
    if not planned.plan.washout_days:
        return "at once"
    return f"from {day_words(planned.earliest)}, {planned.plan.washout_days} days later"


def day_words(day: date) -> str:
    """ "23 Dec 2026"; the same on every computer."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def state_words(part: PartRecord) -> tuple[str, str]:
    """(word, badge role) of a part's state."""
    if part.state in ("waiting", "open") and part.opens:
        return f"opens {day_words(date.fromisoformat(part.opens[:10]))[:-5]}", "neutral"
    return _STATES.get(part.state, (part.state, "neutral"))
