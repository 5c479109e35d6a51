"""How sure the reader is of the answer, in five steps: what ROC analysis needs."""

from __future__ import annotations

from studies.records import Choice, ClassScheme, Question

CODE = "confidence"
STEPS = ("Guess", "Low", "Medium", "High", "Certain")
KEYS = ("6", "7", "8", "9", "0")
KEYS_OF_SIX_CLASSES = ("7", "8", "9", "0", "-")  # there 6 is the last class


def question(scheme: ClassScheme, *, of_class: bool = True) -> Question:
    """How sure of the class, or else of real or synthetic.

    Values "1" (guess) to "5" (certain) on the keys 6-0, clear of the classes' and R, S.
    """
    keys = KEYS if len(scheme.categories) < 6 else KEYS_OF_SIX_CLASSES
    choices = tuple(
        Choice(str(step), label, key)
        for step, (label, key) in enumerate(zip(STEPS, keys, strict=True), start=1)
    )
    words = "How sure of the class?" if of_class else "How sure are you?"
    return Question(CODE, words, choices)
