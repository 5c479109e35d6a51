"""What a file claims against what it can hold, judged before memory is taken for it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.filereader import read_file_meta_info

from studies.errors import ImportRefusedError
from studies.imaging.dicom.foreign import guarded

DEFLATED = "1.2.840.10008.1.2.1.99"
_JPEG_FAMILY = "1.2.840.10008.1.2.4."
MOST_BYTES = 2 << 30
MOST_PER_FILE_BYTE = 2_000
"""Decoded bytes a compressed byte may claim: beyond it the file is a bomb, not a CT."""
MOST_INFLATED, INFLATED_RATIO, INFLATED_FREELY = 1 << 30, 100, 64 << 20
_META_START = 144  # preamble, DICM, and the element that gives the group's length
_CHUNK = 1 << 20
_BOMB = "The file claims far more pixels than it can hold."


def refuse_inflating(path: Path) -> None:
    """ImportRefusedError for a deflated file that unpacks to more than a CT needs."""
    meta = guarded(lambda: read_file_meta_info(path), "The file's beginning is damaged.")
    if str(meta.get("TransferSyntaxUID", "")) != DEFLATED:
        return
    start = guarded(
        lambda: _META_START + int(meta.FileMetaInformationGroupLength), "The header is damaged."
    )
    packed = max(1, path.stat().st_size - start)
    allowed = min(MOST_INFLATED, max(INFLATED_FREELY, INFLATED_RATIO * packed))
    if guarded(lambda: any(n > allowed for n in _inflated(path, start)), "The file is damaged."):
        raise ImportRefusedError("The file unpacks to far more than a CT needs; it is not opened.")


def _inflated(path: Path, start: int) -> Iterator[int]:
    """Bytes unpacked so far, never more than a chunk of them in memory."""
    unpacking, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
    with path.open("rb") as file:
        file.seek(start)
        while packed := unpacking.unconsumed_tail or file.read(_CHUNK):
            try:
                total += len(unpacking.decompress(packed, _CHUNK))
            except zlib.error:
                return  # damaged: reading it says so
            yield total


def refuse_claims(dataset: Dataset, path: Path) -> None:
    """ImportRefusedError where header and pixels cannot belong together."""
    guarded(lambda: _refuse(dataset, path), "The header does not describe its pixels.")


def _refuse(dataset: Dataset, path: Path) -> None:
    if "PixelData" not in dataset:
        raise ImportRefusedError("The file has no pixels behind its header.")
    claims = _claimed(dataset)
    if claims > MOST_BYTES or claims > MOST_PER_FILE_BYTE * max(1, path.stat().st_size):
        raise ImportRefusedError(_BOMB)
    syntax = str(dataset.file_meta.get("TransferSyntaxUID", "")) if dataset.file_meta else ""
    if syntax.startswith(_JPEG_FAMILY):
        _refuse_codestreams(dataset)
    elif not dataset["PixelData"].is_undefined_length:
        _refuse_surplus(dataset, len(dataset.PixelData) - claims)
    _refuse_bits(dataset)


def _claimed(dataset: Dataset) -> int:
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    bits = int(dataset.get("BitsAllocated", 16))
    return int(dataset.Rows) * int(dataset.Columns) * frames * max(1, bits // 8)


def _refuse_surplus(dataset: Dataset, surplus: int) -> None:
    """Bytes of padding are usual; a row too many shows that rows or columns are not as said."""
    row = int(dataset.Columns) * max(1, int(dataset.get("BitsAllocated", 16)) // 8)
    if surplus >= row:
        raise ImportRefusedError("The file holds more pixels than its header says.")


def _refuse_bits(dataset: Dataset) -> None:
    """Values stand in the lowest bits; any other place would be read as other HU."""
    stored, high = dataset.get("BitsStored"), dataset.get("HighBit")
    if isinstance(stored, int) and isinstance(high, int) and high != stored - 1:
        raise ImportRefusedError(
            "The header puts the values at other bits than the standard allows."
        )


def _refuse_codestreams(dataset: Dataset) -> None:
    """A JPEG's own size counts for its decoder, so it must be the header's."""
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    size = (int(dataset.Rows), int(dataset.Columns), 1)
    coded = guarded(
        lambda: tuple(generate_frames(dataset.PixelData, number_of_frames=frames)),
        "The compressed pixels are damaged or cut short.",
    )
    if any(coded_size(frame) not in (None, size) for frame in coded):
        raise ImportRefusedError("The compressed picture has another size than the header says.")


def coded_size(frame: bytes) -> tuple[int, int, int] | None:
    """(rows, columns, components) of a JPEG, JPEG-LS or JPEG 2000 codestream; None if unsaid."""
    start = frame.find(b"\xff\x4f\xff\x51", 0, 4096)
    if start >= 0 and len(frame) >= start + 42:
        corners = [
            int.from_bytes(frame[start + at : start + at + 4], "big") for at in (8, 12, 16, 20)
        ]
        right, bottom, left, top = corners
        return bottom - top, right - left, int.from_bytes(frame[start + 40 : start + 42], "big")
    return _jpeg_size(frame)


def _jpeg_size(frame: bytes) -> tuple[int, int, int] | None:
    at = 2
    while frame[:2] == b"\xff\xd8" and at + 10 <= len(frame) and frame[at] == 0xFF:
        kind = frame[at + 1]
        if kind == 0xF7 or (0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC)):
            rows = int.from_bytes(frame[at + 5 : at + 7], "big")
            return rows, int.from_bytes(frame[at + 7 : at + 9], "big"), frame[at + 9]
        at += 1 if kind == 0xFF else 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return None
