"""Expected failures of the study domain: each carries one sentence for the user."""

from __future__ import annotations


class StudyError(Exception):
    """Something a user can understand and act on; `str(error)` is the sentence shown."""


class NotAStudyError(StudyError):
    """The folder is no study, or one this version cannot open."""


class ReadOnlyError(StudyError):
    """The study is open read-only, or its folder cannot be written."""


class BlindingError(StudyError):
    """The action would show truth to someone who must not see it yet."""


class SealedError(StudyError):
    """A sealed protocol, or an answer already given, cannot be changed."""


class ImportRefusedError(StudyError):
    """A file cannot be taken; the sentence is the reason listed beside it."""


class WashoutError(StudyError):
    """The same lesions would be read again too soon; a written reason may allow it."""
