"""What makes the files of one picture unlike each other: a mask over its bytes.

A hidden repeat, and the same item in stages A and B, are the same picture; as plain bytes they
would be equal files, which a file manager finds. Every trial's bytes are therefore XORed with a
stream of SHAKE-256 (FIPS 202) over the package's uid and the trial's id. The key lies in the
package: this hides pairs from whoever looks at files, it keeps nothing secret.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from studies.package.contents import PackageContents

PIECE = 1 << 18
"""Bytes read, hashed and unmasked at once: some milliseconds. Each has a stream of its own."""

Bytes = npt.NDArray[np.uint8]


def mask(uid: str, trial_id: str, piece: int, size: int) -> Bytes:
    """The first `size` bytes (n,) uint8 of the stream of piece 0, 1, … of a trial's picture."""
    stream = hashlib.shake_256(f"{uid}:{trial_id}:{piece}".encode())
    return np.frombuffer(stream.digest(size), dtype=np.uint8)


def stored_bytes(contents: PackageContents, trial_id: str, data: bytes) -> bytes:
    """A picture's bytes as its file holds them: masked, or as they are in an unmasked package."""
    if not contents.masked:
        return data
    stored = np.frombuffer(data, dtype=np.uint8).copy()
    for piece, start in enumerate(range(0, len(stored), PIECE)):
        part = stored[start : start + PIECE]
        part ^= mask(contents.uid, trial_id, piece, len(part))
    return stored.tobytes()
