"""Column types of our own: arrays and tuples, stored without pickle."""

from __future__ import annotations

import io
import json
import math
from functools import lru_cache
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
        return None if value is None else _array(bytes(value))


_V1, _PREFIX = b"\x93NUMPY\x01\x00", 10
"""What a file of format 1.0 begins with; the header's length follows, two bytes."""


def _array(data: bytes) -> npt.NDArray[Any]:
    """The array in the bytes of an .npy file, lying in those bytes; it cannot be written to.

    Thousands of pictures with one and the same header are read at once, and numpy takes longer to
    understand a header than to read the picture behind it.
    """
    start = _PREFIX + int.from_bytes(data[8:_PREFIX], "little")
    form = _form(data[:start]) if data.startswith(_V1) else None
    if form is None or len(data) < start + form[2]:
        array: npt.NDArray[Any] = np.load(io.BytesIO(data), allow_pickle=False)
        array.setflags(write=False)
        return array
    shape, dtype, _ = form
    return np.frombuffer(data, dtype, count=math.prod(shape), offset=start).reshape(shape)


@lru_cache(maxsize=64)
def _form(head: bytes) -> tuple[tuple[int, ...], np.dtype[Any], int] | None:
    """Shape, type and bytes that a header tells; None for what is left to numpy.

    Damaged headers too are numpy's: a side below 0 would be taken for "all there is".
    """
    stream = io.BytesIO(head)
    np.lib.format.read_magic(stream)
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    if by_columns or dtype.hasobject or not dtype.itemsize or not shape or min(shape) < 0:
        return None
    return shape, dtype, math.prod(shape) * dtype.itemsize


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
    """Lists as tuples at every depth; numbers, of which a margin has hundreds, cost no call."""
    if not isinstance(value, list):
        return value
    return tuple([_tuples(part) if isinstance(part, list) else part for part in value])
