"""One slice as this program stores it: explicit VR little endian, uncompressed (PS3.5 7.1.2).

Only such files are read here, by their few needed values: a series opens several times faster
than by a general reader, and the first window needs none. Foreign files go through the gate.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

Stored = npt.NDArray[np.int16] | npt.NDArray[np.uint16]

_FIRST_READ, _MOST_READ = 4096, 1 << 20
_LONG = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
_PIXELS = 0x7FE00010
_SOP_UID, _POSITION, _ORIENTATION = 0x00080018, 0x00200032, 0x00200037
_ROWS, _COLUMNS, _SIGN = 0x00280010, 0x00280011, 0x00280103
_PADDING, _PADDING_LIMIT = 0x00280120, 0x00280121
_LEVEL, _WIDTH = 0x00281050, 0x00281051
_INTERCEPT, _SLOPE = 0x00281052, 0x00281053
_NEEDED = frozenset((_SOP_UID, _POSITION, _ORIENTATION, _ROWS, _COLUMNS, _SIGN, _PADDING,
                     _PADDING_LIMIT, _LEVEL, _WIDTH, _INTERCEPT, _SLOPE))  # fmt: skip


@dataclass(frozen=True)
class StoredSlice:
    """The header's needed values, mm and HU. `padding` the range of padding's stored values."""

    sop_uid: str
    corner: tuple[float, float, float]  # ImagePositionPatient: the first pixel's centre
    orientation: tuple[float, ...]
    rows: int
    columns: int
    signed: bool
    slope: float
    intercept: float
    padding: tuple[int, int] | None
    starts: int  # byte of the file at which the pixels start
    size: int  # bytes of pixels
    window: tuple[float, float] | None = None  # the scanner's own: low, high

    @property
    def position(self) -> float:
        """mm along the slice's own normal (PS3.3 C.7.6.2.1.1)."""
        a, b, c, d, e, f = self.orientation
        normal = (b * f - c * e, c * d - a * f, a * e - b * d)
        return sum(one * other for one, other in zip(self.corner, normal, strict=True))


def read_header(file: BinaryIO) -> StoredSlice:
    """The header of a stored slice; ValueError or KeyError for any other file."""
    start = file.read(_FIRST_READ)
    try:
        return _header(start)
    except (struct.error, IndexError):  # a longer header than most
        return _whole_header(start + file.read(_MOST_READ))


def read_pixels(file: BinaryIO, head: StoredSlice) -> Stored:
    """The stored values (rows, columns), read into place; ValueError where some are missing."""
    if head.size < 2 * head.rows * head.columns:
        raise ValueError("the slice holds fewer pixels than its header says")
    shape = (head.rows, head.columns)
    values: Stored = np.empty(shape, "<i2") if head.signed else np.empty(shape, "<u2")
    file.seek(head.starts)
    if file.readinto(values.data.cast("B")) != values.nbytes:  # type: ignore[attr-defined]
        raise ValueError("the slice is cut short")
    return values


def _whole_header(content: bytes) -> StoredSlice:
    try:
        return _header(content)
    except (struct.error, IndexError) as error:
        raise ValueError("the slice has no pixels") from error


def _header(content: bytes) -> StoredSlice:
    if content[128:132] != b"DICM":
        raise ValueError("the slice is not DICOM")
    values, starts, size = _elements(content)
    x, y, z = _decimals(values[_POSITION])
    orientation = _decimals(values[_ORIENTATION])
    if len(orientation) != 6:
        raise ValueError("the slice has no orientation")
    signed = _whole(values[_SIGN]) == 1
    return StoredSlice(
        sop_uid=values[_SOP_UID].rstrip(b"\0 ").decode("ascii"),
        corner=(x, y, z),
        orientation=orientation,
        rows=_whole(values[_ROWS]),
        columns=_whole(values[_COLUMNS]),
        signed=signed,
        slope=_decimals(values.get(_SLOPE) or b"1")[0],
        intercept=_decimals(values.get(_INTERCEPT) or b"0")[0],
        padding=_padding(values, signed=signed),
        starts=starts,
        size=size,
        window=_window(values),
    )


def _elements(content: bytes) -> tuple[dict[int, bytes], int, int]:
    """The needed values by tag, and where the pixels start and how many bytes they are."""
    found: dict[int, bytes] = {}
    at = 132
    while True:
        group, element, kind = struct.unpack_from("<HH2s", content, at)
        tag = group << 16 | element
        is_long = kind in _LONG
        (length,) = struct.unpack_from(
            "<I" if is_long else "<H", content, at + (8 if is_long else 6)
        )
        at += 12 if is_long else 8
        if tag == _PIXELS:
            return found, at, length
        if length == 0xFFFFFFFF:
            raise ValueError("the slice is not stored as this program stores it")
        if tag in _NEEDED:
            found[tag] = content[at : at + length]
        at += length


def _padding(values: dict[int, bytes], *, signed: bool) -> tuple[int, int] | None:
    """The lowest and the highest stored value of padding (PS3.3 C.7.5.1.1.2), None without any.

    In the pixels' own sign, whatever sign the header's element has.
    """
    if not values.get(_PADDING):
        return None
    ends = [values[_PADDING], values.get(_PADDING_LIMIT) or values[_PADDING]]
    low, high = sorted(int.from_bytes(end[:2], "little", signed=signed) for end in ends)
    return low, high


def _window(values: dict[int, bytes]) -> tuple[float, float] | None:
    """Low and high of the first window (PS3.3 C.11.2.1.2), None without one."""
    if not (values.get(_LEVEL) and values.get(_WIDTH)):
        return None
    level, width = _decimals(values[_LEVEL])[0], _decimals(values[_WIDTH])[0]
    return (level - width / 2, level + width / 2) if width > 0 else None


def _whole(value: bytes) -> int:
    return int.from_bytes(value[:2], "little")


def _decimals(value: bytes) -> tuple[float, ...]:
    return tuple(float(part) for part in value.rstrip(b"\0").split(b"\\"))
