"""Opening a file of margins: which kind it is, told by its content, never by its name."""

from __future__ import annotations

from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.uid import UID

from studies.errors import ImportRefusedError
from studies.imaging.dicom.claims import refuse_inflating
from studies.imaging.dicom.codecs import Decode
from studies.imaging.dicom.foreign import guarded
from studies.imaging.exchange.incoming.label_volume import LabelVolume
from studies.imaging.exchange.incoming.margins_document import MarginsDocument
from studies.imaging.exchange.incoming.segmentation import LABELMAP, SEG, Segmentation
from studies.imaging.exchange.incoming.structure_set import RTSTRUCT, StructureSet
from studies.imaging.exchange.incoming.taken import MarginFile
from studies.imaging.exchange.incoming.wording import plain

LARGEST_FILE = 1 << 30
_GZIP, _TEXT = b"\x1f\x8b", (b"{", b"\xef\xbb\xbf{")
_HEADER_SIZES = (348, 540)
_STARTS = (b"\x08\x00", b"\x02\x00")


def opened(path: Path, decode: Decode | None = None) -> MarginFile:
    """The file's margins, ready to be read onto a series.

    Takes DICOM SEG and RTSTRUCT, NIfTI masks, and our own JSON. `decode` is asked for a SEG's
    pixels of the JPEG family, which are refused without it.

    Raises:
        ImportRefusedError: with the reason where it is none of these, or damaged.
    """
    start = _start(path)
    if start[128:132] == b"DICM" or start[:2] in _STARTS:
        return _dicom(path, start, decode)
    if start[:2] == _GZIP or int.from_bytes(start[:4], "little") in _HEADER_SIZES:
        return LabelVolume.opened(path)
    if int.from_bytes(start[:4], "big") in _HEADER_SIZES:
        return LabelVolume.opened(path)
    if start.lstrip()[:4].startswith(_TEXT):
        return MarginsDocument.opened(path)
    raise ImportRefusedError(
        f"{path.name} is no file of margins that this program reads: DICOM SEG or RTSTRUCT, a "
        "NIfTI mask, or our own JSON."
    )


def _start(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(352)
    except OSError as error:
        raise ImportRefusedError(f"{path.name} cannot be read: {error.strerror}.") from error
    if not size:
        raise ImportRefusedError(f"{path.name} is empty.")
    if size > LARGEST_FILE:
        raise ImportRefusedError(f"{path.name} is larger than 1 GB, more than margins take.")
    return start


def _dicom(path: Path, start: bytes, decode: Decode | None) -> MarginFile:
    damaged = f"{path.name} is damaged: its DICOM content cannot be read."
    is_file = start[128:132] == b"DICM"
    if is_file:
        guarded(lambda: refuse_inflating(path), damaged)
    dataset = guarded(lambda: dcmread(path, force=not is_file), damaged)
    kind = guarded(lambda: _kind(dataset), damaged)
    if kind in (SEG, LABELMAP):
        return guarded(lambda: Segmentation.of(dataset, path, decode), damaged)
    if kind == RTSTRUCT:
        return guarded(lambda: StructureSet.of(dataset, path.name), damaged)
    name = guarded(lambda: UID(kind).name, damaged) if kind else "it does not say what it holds"
    known = plain(name, 80) if name != kind else "an unknown kind of file"
    raise ImportRefusedError(
        f"{path.name} holds no margins: {known}. Take in a SEG or RTSTRUCT; CT slices are "
        "imported on the Cases page."
    )


def _kind(dataset: Dataset) -> str:
    said = str(dataset.get("SOPClassUID", "") or "")
    meta = getattr(dataset, "file_meta", None)
    return said or str((meta or Dataset()).get("MediaStorageSOPClassUID", "") or "")
