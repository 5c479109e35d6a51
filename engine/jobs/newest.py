"""The newest of several values that threads put under one key, until somebody takes it."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Newest(Generic[K, V]):
    """A letter box per key: a later value replaces one that nobody has taken yet."""

    def __init__(self) -> None:
        self._values: dict[K, V] = {}
        self._lock = threading.Lock()

    def put(self, key: K, value: V) -> bool:
        """Leave a value; True when none was waiting, so that somebody must be told."""
        with self._lock:
            was_empty = key not in self._values
            self._values[key] = value
            return was_empty

    def take(self, key: K) -> V | None:
        """The value that waited, if any."""
        with self._lock:
            return self._values.pop(key, None)
