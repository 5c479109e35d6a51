"""What a reader is told before the first picture, and the keys. Nothing that primes or tells."""

from __future__ import annotations

from reader_app.state.reading_session import ReadingSession
from reader_app.views.read.screen_words import key_hints
from studies.records import Question

Lines = tuple[tuple[str, str], ...]
"""(heading, sentence) from top to bottom."""


def intro_lines(session: ReadingSession) -> Lines:
    """What will be asked, with which keys, when to pause, and what is recorded."""
    practice = sum(trial.practice for trial in session.trials)
    rest = len(session.trials) - practice
    first = "One picture comes first" if practice == 1 else f"{practice} pictures come first"
    follows = "1 picture follows" if rest == 1 else f"{rest} pictures follow"
    return (
        ("Practice", f"{first} to practise on; nothing of them is analysed. Then {follows}."),
        *(("Asked", _question_words(question)) for question in session.questions),
        ("Going on", "Space takes your answers and shows the next picture. U opens the last once."),
        (
            "Pauses",
            "P hides the picture and stops the clock. Every answer is saved at once: leave when "
            "you like, and go on at the same picture.",
        ),
        (
            "Recorded",
            "Your answers and corrections, the time for each picture without pauses, when another "
            "window had the keyboard, changes of the window, and what you said of your display.",
        ),
        ("Keys", "? shows them at any time; that counts as a pause."),
    )


def key_lines(session: ReadingSession) -> Lines:
    """Every key of the reading screen."""
    slices = key_hints(session.trials, locked=session.window_locked)
    return (
        *((_short(question), _choices(question)) for question in session.questions),
        ("Space", "next picture, once every question has its answer"),
        ("U", "open the last picture once more"),
        ("P", "pause: hides the picture and stops the clock"),
        ("Esc", "pause, then leave; every answer is saved"),
        ("?", "these keys; the clock stands still while they are shown"),
        *((("Slices", slices),) if slices else ()),
    )


def _question_words(question: Question) -> str:
    return f"{question.text} {_choices(question)}."


def _choices(question: Question) -> str:
    return ", ".join(f"{choice.key} {choice.label}" for choice in question.choices)


def _short(question: Question) -> str:
    """ "1 to 3" or "R, S": the keys alone."""
    keys = [choice.key for choice in question.choices]
    return f"{keys[0]} to {keys[-1]}" if len(keys) > 2 else ", ".join(keys)
