"""The paper's first task: which class is the lesion of?"""

from __future__ import annotations

from studies.records import Choice, ClassScheme, Question

CODE = "diagnosis"


def question(scheme: ClassScheme) -> Question:
    """One choice a category, on the digits 1…k in the order of the scheme."""
    choices = tuple(
        Choice(category.code, category.name, str(number))
        for number, category in enumerate(scheme.categories, start=1)
    )
    return Question(CODE, "Which class?", choices)
