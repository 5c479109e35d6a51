"""What was dropped or chosen, told apart by its content: pictures to import, margins to take in.

A file is judged by its first bytes, so that thousands take no longer than their listing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from reader_app.state.cases_import import manifest_of
from studies.imaging.exchange.margins_json import FORMAT

LOOKED_AT = 4096
_SEG, _LABELMAP = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7"
_RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
_CLASSES = (_SEG, _LABELMAP, _RTSTRUCT)
_META_CLASS, _OWN_CLASS = b"\x02\x00\x02\x00", b"\x08\x00\x16\x00"
"""(0002,0002) and (0008,0016), little endian: the file's SOP class (PS3.10 7.1, PS3.3 C.12.1)."""
_SIZES, _MAGIC = (348, 540), (b"n+1\0", b"ni1\0", b"n+2\0", b"ni2\0")
_DICOM, _ZIP = b"DICM", b"PK\x03\x04"


@dataclass(frozen=True)
class Dropped:
    """Paths by what they hold; a folder of nothing but margins is given as its files."""

    pictures: tuple[Path, ...]
    margins: tuple[Path, ...]


def sorted_by_content(paths: Iterable[Path]) -> Dropped:
    """Margins apart from all else; our JSON first, since it holds every point of a line."""
    pictures: list[Path] = []
    margins: list[Path] = []
    for path in paths:
        if path.is_dir():
            found, others = _of_folder(path)
            margins += found
            if others or not found:
                pictures.append(path)
        else:
            (margins if kind_of(path) else pictures).append(path)
    margins.sort(key=lambda path: kind_of(path) != "JSON")
    return Dropped(tuple(pictures), tuple(margins))


def kind_of(path: Path) -> str:
    """DICOM, NIfTI or JSON for what looks like a file of margins, else ""."""
    start = _start(path)
    if start[128:132] == _DICOM or start[:2] in (b"\x08\x00", b"\x02\x00"):
        return "DICOM" if _class_of(start) in _CLASSES else ""
    if start[:2] == b"\x1f\x8b":
        return "NIfTI" if _is_nifti(_unpacked(start)) else ""
    if _is_nifti(start):
        return "NIfTI"
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "JSON" if text[:1] == b"{" and f'"{FORMAT}"'.encode() in text else ""


def _of_folder(folder: Path) -> tuple[list[Path], bool]:
    """The files of margins below a folder, and whether pictures to import lie there, too."""
    margins, others = [], manifest_of((folder,)) is not None
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if kind_of(path):
            margins.append(path)
        else:
            others = others or _may_be_pictures(path)
    return margins, others


def _may_be_pictures(path: Path) -> bool:
    """DICOM of another class than margins and reports, or a zip."""
    start = _start(path)
    is_dicom = start[128:132] == _DICOM or start[:2] in (b"\x08\x00", b"\x02\x00")
    return start[:4] == _ZIP or (is_dicom and not _class_of(start).startswith(_REPORTS))


_REPORTS = "1.2.840.10008.5.1.4.1.1.88."
"""The SOP classes of structured reports, which hold no pictures (PS3.4 B.5)."""


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LOOKED_AT)
    except OSError:  # the import says so in its list
        return b""


def _class_of(start: bytes) -> str:
    """The SOP class a DICOM file names in its first bytes, "" where it does not."""
    for tag in (_META_CLASS, _OWN_CLASS):
        at = start.find(tag)
        if at < 0:
            continue
        explicit = start[at + 4 : at + 6] == b"UI"
        size = start[at + 6 : at + 8] if explicit else start[at + 4 : at + 8]
        value = start[at + 8 : at + 8 + min(int.from_bytes(size, "little"), 64)]
        return value.rstrip(b"\0 ").decode("ascii", "replace")
    return ""


def _unpacked(start: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(start, 360)
    except zlib.error:
        return b""


def _is_nifti(start: bytes) -> bool:
    """A header's size and magic, in either byte order (the NIfTI-1 standard of 2003)."""
    sizes = {int.from_bytes(start[:4], order) for order in ("little", "big")}
    return bool(sizes & set(_SIZES)) and (start[344:348] in _MAGIC or start[4:8] in _MAGIC)
