"""The one place where a foreign file's faults of any kind become one kind of error."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

from studies.errors import ImportRefusedError

T = TypeVar("T")


def guarded(read: Callable[[], T], otherwise: str) -> T:
    """The value of `read()`; whatever a malformed file makes it raise is ImportRefusedError.

    `otherwise` is the sentence shown; a refusal raised inside keeps its own.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read()
    except ImportRefusedError:
        raise
    except Exception as error:
        raise ImportRefusedError(otherwise) from error
