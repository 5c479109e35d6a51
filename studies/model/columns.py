"""Column types of our own: arrays and tuples, stored without pickle."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class ArrayColumn(TypeDecorator[npt.NDArray[Any]]):
    """A numpy array as the bytes of an .npy file."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        """Array → bytes."""
        if value is None:
            return None
        stream = io.BytesIO()
        np.save(stream, np.ascontiguousarray(value), allow_pickle=False)
        return stream.getvalue()

    def process_result_value(self, value: Any, dialect: Dialect) -> npt.NDArray[Any] | None:
        """Bytes → array that cannot be written to."""
        if value is None:
            return None
        array: npt.NDArray[Any] = np.load(io.BytesIO(value), allow_pickle=False)
        array.setflags(write=False)
        return array


class TupleColumn(TypeDecorator[tuple[Any, ...]]):
    """A tuple (of tuples) of numbers and words as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Tuple → JSON text."""
        return None if value is None else json.dumps(value, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[Any, ...] | None:
        """JSON text → tuple of tuples."""
        return None if value is None else _tuples(json.loads(value))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value
