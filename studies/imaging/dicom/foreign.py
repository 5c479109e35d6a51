"""The one place where a foreign file's faults of any kind become one kind of error."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from studies.errors import ImportRefusedError

T = TypeVar("T")


def guarded(read: Callable[[], T], otherwise: str) -> T:
    """The value of `read()`; whatever a malformed file makes it raise is ImportRefusedError.

    `otherwise` is the sentence shown; a refusal raised inside keeps its own.
    """
    try:
        with _quiet():
            return read()
    except ImportRefusedError:
        raise
    except Exception as error:
        raise ImportRefusedError(otherwise) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the reader's remarks, which quote values of the header, such as names."""
    remarks = logging.getLogger("pydicom")
    if remarks.disabled:  # inside another such: a header takes a dozen, and quiet costs time
        yield
        return
    remarks.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        remarks.disabled = False
