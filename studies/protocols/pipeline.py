"""The one way from a 64x64 float ROI, real or synthetic, to the picture a reader sees.

Version "u8-1": values clipped to 0..1, rounded to 256 grey levels (what a screen shows), one
byte a pixel in rows, no header. Every item therefore has the same size and the same encoder.
"""

from __future__ import annotations

import hashlib

import numpy as np

from studies.errors import StudyError
from studies.records import FloatArray

VERSION = "u8-1"
SIDE = 64


def to_bytes(image: FloatArray, *, flipped: bool = False) -> bytes:
    """(64, 64) float, 0..1 → 4096 bytes; `flipped` mirrors left and right (hidden repeats).

    Raises StudyError for another shape or values that are no numbers.
    """
    if image.shape != (SIDE, SIDE) or not bool(np.isfinite(image).all()):
        raise StudyError(
            f"An ROI is not {SIDE} x {SIDE} finite values and cannot be shown to readers. "
            "Draw its margin again or generate it anew."
        )
    oriented = image[:, ::-1] if flipped else image
    levels = np.rint(np.clip(oriented, 0.0, 1.0) * 255.0).astype(np.uint8)
    return bytes(levels.tobytes())


def from_bytes(data: bytes) -> FloatArray:
    """4096 bytes → (64, 64) float32, 0..1. Raises StudyError for another length."""
    if len(data) != SIDE * SIDE:
        raise StudyError("A picture of this reading has the wrong size; its file is damaged.")
    levels = np.frombuffer(data, dtype=np.uint8).reshape(SIDE, SIDE)
    return levels.astype(np.float32) / np.float32(255.0)


def image_hash(data: bytes) -> str:
    """SHA-256 of a stored picture, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
