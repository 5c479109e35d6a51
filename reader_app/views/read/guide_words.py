"""What a reader is told before the first picture, and the keys. Nothing that primes or tells."""

from __future__ import annotations

from reader_app.state.reading_session import ReadingSession
from reader_app.views.read.screen_words import key_hints
from studies.protocols import real_or_synthetic
from studies.protocols.questions import CODES, questions
from studies.records import ClassScheme, Question

Lines = tuple[tuple[str, str], ...]
"""(heading, sentence) from top to bottom."""


def intro_lines(session: ReadingSession) -> Lines:
    """What will be asked, with which keys, when to pause, and what is recorded."""
    return (
        *_before_the_reading(session),
        *(("Asked", _question_words(question)) for question in session.questions),
        ("Going on", "Space takes your answers and shows the next picture. U opens the last once."),
        (
            "Pauses",
            "P hides the picture and stops the clock. Every answer is saved at once: leave when "
            "you like, and go on at the same picture.",
        ),
        ("Recorded", _recorded(session)),
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


def screen_keys(scheme: ClassScheme) -> Lines:
    """The reading screen's keys whatever a protocol asks; classes as far as a study has some."""
    codes = CODES if scheme.categories else (real_or_synthetic.CODE,)
    return (
        *((_short(one), f"{one.text} {_choices(one)}") for one in questions(codes, scheme)),
        *_SCREEN,
        ("Up Down", "Slices; Page Up and Page Down: five, Home: the marked one"),
        ("H", "Held: without the ring round the lesion"),
        ("Shift Up Down", "Window; Shift Left and Right: level, where they are free"),
    )


_SCREEN = (
    ("Space", "Next picture, once every question has its answer"),
    ("U", "Open the last picture once more"),
    ("P", "Pause: hides the picture and stops the clock"),
    ("Esc", "Pause, then leave; every answer is saved"),
    ("?", "These keys; the clock stands still while they are shown"),
)


def _before_the_reading(session: ReadingSession) -> Lines:
    """Training, whose right class is shown, and practice; then how many pictures count."""
    taught = sum(bool(trial.right) for trial in session.trials)
    practice = sum(trial.practice for trial in session.trials) - taught
    rest = len(session.trials) - taught - practice
    lines = []
    if taught:
        again = "; too few right, and they come again" if session.contents.pass_mark else ""
        told = f"to learn from: the right class is shown after your answer{again}"
        lines.append(("Training", f"{_count(taught, 'comes')} first {told}."))
    if practice:
        when = "next" if taught else "first"
        lines.append(("Practice", f"{_count(practice, 'comes')} {when} to practise on."))
    if not lines:
        return ()
    name, text = lines.pop()
    counted = f"Nothing of this is analysed. Then {_count(rest, 'follows')}."
    return (*lines, (name, f"{text} {counted}"))


def _count(number: int, does: str) -> str:
    """ "1 picture comes", "2 pictures come"."""
    return f"1 picture {does}" if number == 1 else f"{number} pictures {does.removesuffix('s')}"


def _recorded(session: ReadingSession) -> str:
    """What this package's log holds beside the answers; nothing that it does not hold."""
    told = [
        "Your answers and corrections",
        "the time for each picture without pauses",
        "when another window had the keyboard",
    ]
    if not session.window_locked and key_hints(session.trials, locked=True):
        told.append("changes of the grey window")
    if session.contents.display_check:
        told.append("what you said of yourself and your display")
    return f"{', '.join(told[:-1])}, and {told[-1]}."


def _question_words(question: Question) -> str:
    return f"{question.text} {_choices(question)}."


def _choices(question: Question) -> str:
    return ", ".join(f"{choice.key} {choice.label}" for choice in question.choices)


def _short(question: Question) -> str:
    """ "1 to 3" or "R, S": the keys alone."""
    keys = [choice.key for choice in question.choices]
    return f"{keys[0]} to {keys[-1]}" if len(keys) > 2 else ", ".join(keys)
