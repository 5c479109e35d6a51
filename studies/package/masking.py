"""What makes the presentations of one picture unlike each other: a mask over their bytes.

A hidden repeat, and the same item in stages A and B, are the same picture; as plain bytes they
would be equal files, which a file manager finds. Every trial's bytes are therefore XORed with a
stream of SHAKE-256 (FIPS 202) over the package's uid and the trial's id, filled up to one size,
since a volume near the end of its series is shorter. What the contents say of a trial's picture is
masked alike. The key lies in the package: this hides pairs from whoever looks at files, or reads
the contents with another program; it keeps nothing secret.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from studies.package.contents import PackageContents

PIECE = 1 << 18
"""Bytes read, hashed and unmasked at once: some milliseconds. Each has a stream of its own."""

_WORDS = -1  # the piece whose stream masks what the contents say
Bytes = npt.NDArray[np.uint8]


def mask(uid: str, trial_id: str, piece: int, size: int) -> Bytes:
    """The first `size` bytes (n,) uint8 of the stream of piece 0, 1, … of a trial's picture."""
    stream = hashlib.shake_256(f"{uid}:{trial_id}:{piece}".encode())
    return np.frombuffer(stream.digest(size), dtype=np.uint8)


def stored_bytes(contents: PackageContents, trial_id: str, data: bytes) -> bytes:
    """A picture's bytes as its file holds them: filled up and masked, or as they are."""
    if not contents.masked:
        return data
    stored = np.zeros(contents.file_size or len(data), dtype=np.uint8)
    stored[: len(data)] = np.frombuffer(data, dtype=np.uint8)
    for piece, start in enumerate(range(0, len(stored), PIECE)):
        part = stored[start : start + PIECE]
        part ^= mask(contents.uid, trial_id, piece, len(part))
    return stored.tobytes()


def masked_text(uid: str, trial_id: str, text: str, size: int) -> str:
    """JSON filled up with blanks to `size` bytes (UTF-8) and masked, as hexadecimal digits."""
    data = np.frombuffer(text.encode().ljust(size), dtype=np.uint8)
    return bytes(data ^ mask(uid, trial_id, _WORDS, size)).hex()


def unmasked_text(uid: str, trial_id: str, digits: str) -> str:
    """The text below the mask, blanks with it. ValueError where it is none of ours."""
    data = np.frombuffer(bytes.fromhex(digits), dtype=np.uint8)
    return bytes(data ^ mask(uid, trial_id, _WORDS, len(data))).decode()
