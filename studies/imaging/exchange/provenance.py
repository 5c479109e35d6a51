"""What a file handed on says of where it comes from: program, author, patient, slices."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from studies.errors import StudyError
from studies.imaging.exchange.frames import header_of
from studies.imaging.exchange.outgoing import OutgoingSeries

if TYPE_CHECKING:
    from pydicom import Dataset

MAKER = "Blindread"
SERIAL = "0"
MACHINE_TOOLS = ("phantom",)
"""Tools of margins that no person drew."""

_EMPTY_WHERE_MISSING = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID",
    "StudyDate", "StudyTime", "ReferringPhysicianName",
)  # fmt: skip  # type 2 (PS3.3 C.7.1.1, C.7.2.1): present, though empty
_DEIDENTIFIED = (
    "PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
)  # fmt: skip
LONGEST_PERSON = 64
_SHORT, LONGEST_SHORT = ("AccessionNumber", "StudyID"), 16  # VR SH (PS3.5 6.2)


def program_version() -> str:
    """This program's version, as files name it."""
    try:
        return version("blindread")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "unknown"


def person(name: str) -> str:
    """An author as a DICOM person name (PS3.5 6.2, PN): the whole name as its family name."""
    plain = "".join(" " if c in "\\^=" or not c.isprintable() else c for c in name).strip()
    return f"{plain[: LONGEST_PERSON - 1].rstrip() or 'unknown'}^"


def text(words: str, longest: int = 64) -> str:
    """Words as a DICOM text of limited length: no backslash, no control character."""
    plain = "".join(" " if c == "\\" or not c.isprintable() else c for c in words)
    return plain.strip()[:longest].rstrip()


@contextmanager
def pseudonyms_allowed() -> Iterator[None]:
    """Without highdicom's remark that a name of one part, as a pseudonym is, may be a mistake."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The string .* is unlikely to represent")
        yield


def source_headers(series: OutgoingSeries, slices: Iterable[int]) -> list[Dataset]:
    """The headers of these slices as they are referred to, without pixels.

    StudyError for a series that is no DICOM or whose files cannot be read.
    """
    if not series.frames:
        raise StudyError(
            f"Series {series.number} of {series.patient} holds pictures without DICOM, so no DICOM "
            "file can refer to it. Export COCO or CSV instead."
        )
    return [_header(series, index) for index in slices]


def keep_deidentification(target: Dataset, source: Dataset) -> None:
    """What a source says of having been de-identified holds for what is made of it too."""
    for name in _DEIDENTIFIED:
        if name in source and name not in target:
            target[name] = source[name]


def _header(series: OutgoingSeries, index: int) -> Dataset:
    header = header_of(series.files[index])
    for name in _EMPTY_WHERE_MISSING:
        if name not in header:
            setattr(header, name, "")
    for name in _SHORT:  # scanners write more than the standard allows
        setattr(header, name, str(getattr(header, name) or "")[:LONGEST_SHORT])
    return header
