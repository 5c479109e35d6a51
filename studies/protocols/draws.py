"""Seeded draws that never change with a library's version: SHA-256 in counter mode.

numpy and `random` may change their shuffles between releases; a stored order must be the same
in ten years.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """An endless stream of uniform draws from a seed and a purpose."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._prefix = f"{purpose}:{seed}:".encode()
        self._counter = 0

    def below(self, limit: int) -> int:
        """A uniform integer in 0..limit-1 (limit ≥ 1), by rejection."""
        ceiling = (1 << 64) - (1 << 64) % limit
        while True:
            block = hashlib.sha256(self._prefix + str(self._counter).encode()).digest()
            self._counter += 1
            value = int.from_bytes(block[:8], "big")
            if value < ceiling:
                return value % limit

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A uniform permutation (Fisher-Yates)."""
        result = list(items)
        for last in range(len(result) - 1, 0, -1):
            other = self.below(last + 1)
            result[last], result[other] = result[other], result[last]
        return result


def derive(seed: int, *parts: object) -> int:
    """A 63-bit seed from a seed and what it is for."""
    text = ":".join(str(part) for part in (seed, *parts)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big") >> 1
