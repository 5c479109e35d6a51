"""Which questions exist, and the ones a protocol asks."""

from __future__ import annotations

from studies.errors import StudyError
from studies.protocols import confidence, diagnosis, real_or_synthetic
from studies.records import ClassScheme, Question

CODES = (diagnosis.CODE, real_or_synthetic.CODE, confidence.CODE)


def questions(codes: tuple[str, ...], scheme: ClassScheme) -> tuple[Question, ...]:
    """The questions of `codes`, always in the order diagnosis, origin, confidence.

    Raises StudyError for none, an unknown one, or a confidence without a class to be sure of.
    """
    unknown = set(codes) - set(CODES)
    if unknown or not codes:
        raise StudyError("A protocol asks at least one question: class, real or synthetic.")
    if confidence.CODE in codes and diagnosis.CODE not in codes:
        raise StudyError("Confidence is asked of the class; ask the class too, or neither.")
    makers = {
        diagnosis.CODE: diagnosis.question,
        real_or_synthetic.CODE: real_or_synthetic.question,
        confidence.CODE: confidence.question,
    }
    return tuple(makers[code](scheme) for code in CODES if code in codes)


def asked(codes: tuple[str, ...], scheme: ClassScheme) -> tuple[Question, ...]:
    """The questions of one part, in the order of `codes`.

    Without a class the confidence is of real or synthetic. Raises StudyError for an unknown one.
    """
    makers = {
        diagnosis.CODE: diagnosis.question(scheme),
        real_or_synthetic.CODE: real_or_synthetic.question(scheme),
        confidence.CODE: confidence.question(scheme, of_class=diagnosis.CODE in codes),
    }
    if not codes or not set(codes) <= set(makers):
        raise StudyError("A part of a reading asks at least one question.")
    return tuple(makers[code] for code in codes)
