"""Which files each format makes of margins, and how they are compared when read back.

A format's library is imported when its first file is asked for: the window's first second needs
none of them.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from studies.imaging import window
from studies.imaging.exchange.kinds import PER_AUTHOR
from studies.imaging.exchange.outgoing import Outgoing, OutgoingSeries, RoundTrip
from studies.records import FloatArray

STUDY_STEM = "study"
LONGEST_NAME = 40


@dataclass(frozen=True)
class Draft:
    """A file to be: its name and what it will hold."""

    name: str
    data: bytes = field(repr=False, compare=False)


@dataclass(frozen=True)
class Bundle:
    """Files that belong together: all are put in place, or none.

    `compare` takes what was read back, in the order of `files`. `patient` is a pseudonym, "" for
    files of the whole study; `author` "" for files of all authors. `remark` is for the user.
    """

    kind: str
    patient: str
    author: str
    files: tuple[Draft, ...]
    compare: Callable[[tuple[bytes, ...]], RoundTrip] = field(repr=False, compare=False)
    remark: str = ""

    @property
    def is_dicom(self) -> bool:
        """Whether a DICOM checker can judge its files."""
        return self.kind in PER_AUTHOR


Making = Generator[str, None, Bundle]
"""A bundle being made: tells the lesion it has come to, where that takes long."""


def of_author(kind: str, outgoing: Outgoing, author: str) -> Making:
    """The SEG, SR or RTSTRUCT of one author on one series; StudyError where it cannot be made."""
    from studies.imaging.exchange import rtstruct, seg, sr

    round_trip = {"seg": seg.round_trip, "sr": sr.round_trip, "rtstruct": rtstruct.round_trip}[kind]
    name = f"{outgoing.series.file_stem}_{author_stem(author, outgoing.authors)}_{kind}.dcm"
    if kind == "sr":
        data = yield from sr.writing(outgoing, author)
    else:
        data = (seg.written if kind == "seg" else rtstruct.written)(outgoing, author)
    draft = Draft(name, data)
    return Bundle(
        kind,
        outgoing.series.patient,
        author,
        (draft,),
        lambda read: round_trip(read[0], outgoing, author),
        seg.unmasked(outgoing.by(author), outgoing) if kind == "seg" else "",
    )


def of_series(kind: str, outgoing: Outgoing) -> Bundle:
    """The NIfTI masks with their JSON, or the JSON alone, of one series with all its authors."""
    if kind == "nifti":
        return _nifti(outgoing)
    from studies.imaging.exchange import margins_json

    draft = Draft(f"{outgoing.series.file_stem}.json", margins_json.written(outgoing))
    return Bundle(
        kind,
        outgoing.series.patient,
        "",
        (draft,),
        lambda read: margins_json.round_trip(read[0], outgoing),
    )


def of_study(kind: str, handed: Sequence[Outgoing]) -> Bundle:
    """COCO, or the two CSV tables, of all these series."""
    from studies.imaging.exchange import coco, margins_csv

    if kind == "coco":
        draft = Draft(f"{STUDY_STEM}_coco.json", coco.written(handed))
        return Bundle(kind, "", "", (draft,), lambda read: coco.round_trip(read[0], handed))
    tables = (
        Draft(f"{STUDY_STEM}_margins.csv", margins_csv.margins(handed)),
        Draft(f"{STUDY_STEM}_vertices.csv", margins_csv.vertices(handed)),
    )
    return Bundle(kind, "", "", tables, lambda read: margins_csv.round_trip(read, handed))


def pictures(handed: Sequence[Outgoing]) -> tuple[tuple[str, OutgoingSeries, int], ...]:
    """The pictures a COCO file names: the file, its series and its slice."""
    from studies.imaging.exchange import coco

    return coco.pictures(handed)


def of_picture(name: str, patient: str, pixels: FloatArray, low: float, high: float) -> Bundle:
    """A slice (rows, columns) as PNG in the window `low` to `high`; compared grey by grey."""
    from studies.imaging.exchange import coco

    draft = Draft(name, coco.picture(pixels, low, high))
    meant = np.rint(window.apply(pixels, low, high) * 255).astype(np.uint8)

    def compare(read: tuple[bytes, ...]) -> RoundTrip:
        from PIL import Image

        with Image.open(io.BytesIO(read[0])) as image:
            found = np.asarray(image)
        if found.shape != meant.shape:
            return RoundTrip(False, float("inf"), "The picture has another size.")
        worst = int(np.abs(found.astype(int) - meant).max())
        how = "exactly" if worst == 0 else f"with grey levels up to {worst} off"
        return RoundTrip(worst == 0, worst, f"Picture read back {how}.")

    return Bundle("png", patient, "", (draft,), compare)


def author_stem(author: str, authors: Sequence[str]) -> str:
    """An author in a file's name: ASCII letters and digits, told apart by a number where two of
    these authors look alike."""
    plain = _plain(author)
    alike = [one for one in authors if _plain(one).casefold() == plain.casefold()]
    number = alike.index(author) if author in alike else 0
    return plain if number == 0 else f"{plain}-{number + 1}"


def _plain(author: str) -> str:
    letters = unicodedata.normalize("NFKD", author).encode("ascii", "ignore").decode()
    plain = "-".join("".join(c if c.isalnum() else " " for c in letters).split())
    return plain[:LONGEST_NAME].rstrip("-") or "author"


def _nifti(outgoing: Outgoing) -> Bundle:
    from studies.imaging.exchange import nifti

    files = nifti.written(outgoing)

    def compare(read: tuple[bytes, ...]) -> RoundTrip:
        back = tuple(replace(file, data=data) for file, data in zip(files, read, strict=True))
        return nifti.round_trip(back, outgoing)

    drafts = tuple(Draft(file.name, file.data) for file in files)
    return Bundle("nifti", outgoing.series.patient, "", drafts, compare, nifti.remark(outgoing))
