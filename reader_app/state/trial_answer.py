"""A trial's choices and its times, to and from the answer that the package keeps."""

from __future__ import annotations

from reader_app.state.trial_clock import TrialClock
from studies.package import PackageTrial, Response
from studies.records import Question


def answer_from(
    trial: PackageTrial, choices: dict[str, str], clock: TrialClock, step: int
) -> Response:
    """The answer to record: `choices` are values by question code; `step` is 1, or 2 when aided."""
    confidence = choices.get("confidence")
    return Response(
        trial_id=trial.trial_id,
        diagnosis=choices.get("diagnosis", ""),
        origin=choices.get("origin", ""),
        confidence=int(confidence) if confidence else None,
        shown_at=clock.shown_at,
        first_key_ms=clock.first_key_ms,
        commit_ms=clock.commit_ms,
        active_ms=clock.active_ms,
        focus_losses=clock.focus_losses,
        window_changes=clock.window_changes,
        idle_ms=clock.idle_ms,
        step=step,
    )


def choices_of(given: Response | None) -> dict[str, str]:
    """Values by question code of an answer; none without one."""
    if given is None:
        return {}
    confidence = "" if given.confidence is None else str(given.confidence)
    named = (("diagnosis", given.diagnosis), ("origin", given.origin), ("confidence", confidence))
    return {code: value for code, value in named if value}


def feedback_words(of_class: tuple[Question, ...], right: str, given: str) -> tuple[str, str]:
    """Title and sentence after a training trial: the right class, and what was chosen."""
    labels = {one.value: one.label for question in of_class for one in question.choices}
    title = f"Right class: {labels.get(right, right)}"
    if given == right:
        return title, "That is what you chose."
    return title, f"You chose {labels.get(given, given)}."
