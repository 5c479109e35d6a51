"""Pixels of a foreign slice in HU, padding marked; every compressed syntax, or a sentence."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from studies.errors import ImportRefusedError
from studies.imaging.dicom import codecs
from studies.imaging.dicom.claims import refuse_claims
from studies.imaging.dicom.codecs import Decode, Frames
from studies.imaging.dicom.foreign import guarded
from studies.imaging.dicom.head import SliceHead

PADDED = -32768
"""The stored value of padding in the files we write; no HU comes near it."""
LOWEST, HIGHEST = -32767, 32767
FEWEST_BITS = 8

Stored = npt.NDArray[np.int16]


class SliceReader:
    """Reads slices of foreign files; keeps the last file, since its frames come in turn.

    `decode` is asked for pixels of the JPEG family, whose codecs may crash on damaged files.
    """

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._path: Path | None = None
        self._frames: Frames = np.zeros((0, 0, 0))
        self._dataset = Dataset()

    def read(self, head: SliceHead) -> Stored:
        """(rows, columns) int16 HU, PADDED where the scanner wrote padding.

        Where the file has no rescale these are its stored values. ImportRefusedError with the
        reason where the pixels cannot be had rightly.
        """
        self._open(head)
        if head.frame >= len(self._frames):
            raise ImportRefusedError("The file holds fewer frames than it describes.")
        raw = self._frames[head.frame]
        if raw.shape != (head.rows, head.columns):
            raise ImportRefusedError("The picture has another size than the header says.")
        padded = guarded(lambda: padding(raw, self._dataset), "The padding value is unusable.")
        return to_hu(raw, head.slope, head.intercept, padded)

    def header(self, head: SliceHead) -> Dataset:
        """The header of the slice's file; ImportRefusedError as `read`."""
        self._open(head)
        return self._dataset

    def fingerprint(self, head: SliceHead) -> bytes:
        """A hash of the slice's pixels; unreadable pixels count as all alike."""
        try:
            return hashlib.sha256(self.read(head).tobytes()).digest()
        except ImportRefusedError:
            return b""

    def _open(self, head: SliceHead) -> None:
        path = head.source.path
        if path == self._path:
            return
        self._path = None
        self._dataset = codecs.read_whole(path)
        refuse_claims(self._dataset, path)
        stored = self._dataset.get("BitsStored")
        if isinstance(stored, int) and stored < FEWEST_BITS:
            raise ImportRefusedError(f"The header gives a value {stored} bits, too few for CT.")
        needs_codec = guarded(lambda: codecs.needs_codec(self._dataset), "The syntax is unusable.")
        pixels = self._decode(path) if needs_codec else codecs.decoded(self._dataset)
        self._frames = pixels if pixels.ndim == 3 else pixels[None]
        del self._dataset.PixelData  # decoded: twice is too much of a large file
        self._path = path


def to_hu(
    raw: npt.NDArray[Any],
    slope: float | None,
    intercept: float | None,
    padded: npt.NDArray[np.bool_] | None,
) -> Stored:
    """int16 of slope * raw + intercept, rounded (PS3.3 C.11.1.1.2), padding masked before.

    Values beyond what int16 holds are refused rather than clipped.
    """
    values = raw.astype(np.float64) * (1.0 if slope is None else slope)
    values += 0.0 if intercept is None else intercept
    if padded is not None:
        values[padded] = 0.0
    if not np.isfinite(values).all() or values.min() < LOWEST or values.max() > HIGHEST:
        raise ImportRefusedError("Some values are far beyond any CT number; they are not imported.")
    stored = np.rint(values).astype(np.int16)
    if padded is not None:
        stored[padded] = PADDED
    return stored


def padding(raw: npt.NDArray[Any], dataset: Dataset) -> npt.NDArray[np.bool_] | None:
    """Pixels of PixelPaddingValue up to its range limit (PS3.3 C.7.5.1.1.2), or None."""
    value = _number(dataset.get("PixelPaddingValue"))
    if value is None:
        return None
    limit = _number(dataset.get("PixelPaddingRangeLimit"))
    ends = sorted(_as_stored(end, raw.dtype) for end in (value, value if limit is None else limit))
    mask = (raw >= ends[0]) & (raw <= ends[1])
    return mask if mask.any() else None


def _number(value: object) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bytes):  # the wrong VR for the sign: two little-endian bytes
        return int.from_bytes(value[:2], "little")
    return guarded(lambda: int(str(value)), "The padding value is unusable.")


def _as_stored(number: int, dtype: np.dtype[Any]) -> int:
    """In the pixels' own signedness: it is often written in the other."""
    if dtype.kind not in "iu":
        return number
    info = np.iinfo(dtype)
    span = int(info.max) - int(info.min) + 1
    if number > info.max:
        return number - span
    return number + span if number < info.min else number
