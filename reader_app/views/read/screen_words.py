"""What the reading screen says where it shows no picture, and which keys move a picture."""

from __future__ import annotations

from reader_app.state.reading_session import (
    CHECK,
    FINISHED,
    INTRO,
    KEYS,
    PAUSED,
    TRAINED,
    UNUSUAL,
    ReadingSession,
)
from reader_app.state.trial_place import BREAK, PRACTISED
from reader_app.views.read.enlarge import is_roi
from studies.package import PackageTrial

_WORDS = {
    CHECK: ("", ""),
    INTRO: ("", ""),
    KEYS: ("", ""),
    PRACTISED: (
        "The practice is over",
        "What follows is the study itself: from the next picture on every answer counts.",
    ),
    PAUSED: ("Paused", "The picture is hidden and the clock stands still."),
    BREAK: ("A good moment for a break", "Every answer is saved. Go on when you like."),
    UNUSUAL: ("", ""),
    FINISHED: ("Thank you, that was the last one", "Every answer is saved."),
}


def words_of(session: ReadingSession) -> tuple[str, str]:
    """Title and sentence in place of the picture."""
    if session.mode == TRAINED:
        counts = session.trial is not None and not session.trial.practice
        return _after_training(*session.training, study_follows=counts)
    return _WORDS[session.mode]


def key_hints(trials: tuple[PackageTrial, ...], *, locked: bool) -> str:
    """The keys of slices; "" where there are only ROIs."""
    pictures = [trial.picture for trial in trials if not is_roi(trial.picture)]
    hints = []
    if any(picture.slices > 1 for picture in pictures):
        hints.append("Wheel, ↑ ↓: slices · Home: the marked one")
    if any(picture.ring is not None for picture in pictures):
        hints.append("Hold H: without the ring")
    if pictures and not locked:
        hints.append("Right drag, Shift ↑ ↓ ← →: window")
    return " · ".join(hints)


def _after_training(right: int, of: int, needed: int, *, study_follows: bool) -> tuple[str, str]:
    if right >= needed:
        told = f"{right} of {of} right. What follows has no feedback."
        if study_follows:
            told += " It is the study itself: every answer counts."
        return "The training is done", told
    return (
        "The training starts over",
        f"{right} of {of} right, {needed} are needed. The same pictures come again.",
    )
