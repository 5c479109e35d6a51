"""What is handed on of one series: its geometry and the margins drawn on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from studies.imaging.exchange.frames import SliceFrame
from studies.records import ClassScheme, Points


@dataclass(frozen=True)
class OutgoingMargin:
    """One author's margin of a lesion on one slice, with what was measured of it.

    `points` (x, y) px from the outer corner of the first pixel. `category` is a class's code, ""
    while there is no diagnosis; `category_name` its name. Lengths mm, `area_mm2` mm² of the
    polygon, `mean_hu` and `sd_hu` HU of its pixels, None where the series has no HU (`sd_hu` also
    under one pixel). `tracking_uid` is the lesion's, the same on every slice and for each author.
    """

    lesion: str  # L1, L2, … within its case
    lesion_id: int
    tracking_uid: str
    slice_index: int
    points: Points
    author: str
    tool: str
    created: str
    category: str
    category_name: str
    basis: str
    long_axis_mm: float
    short_axis_mm: float
    area_mm2: float
    mean_hu: float | None = None
    sd_hu: float | None = None


@dataclass(frozen=True)
class OutgoingSeries:
    """The series the margins lie on: pseudonym, UIDs, and slices in z order.

    The UIDs are those the files are referenced by: the stored ones, or the original ones where
    `identity.original` put them in their place. `frames` is empty for a series of kind `image`.
    """

    patient: str  # pseudonym
    number: int  # which of the patient's series, from 1
    kind: str  # dicom | image
    study_uid: str
    series_uid: str
    frame_of_reference_uid: str
    description: str
    rows: int
    columns: int
    row_spacing: float
    column_spacing: float
    slices: int
    frames: tuple[SliceFrame, ...] = field(repr=False)
    files: tuple[Path, ...] = field(repr=False)
    has_hu: bool = True
    simulated: bool = False

    @property
    def file_stem(self) -> str:
        """What its files are called: pseudonym and number, nothing of the patient.

        A pseudonym with other signs than a file's name takes gets letters of its own behind it,
        so that two of them never share a file.
        """
        kept = (c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in self.patient)
        safe = "".join(kept)
        if safe != self.patient:
            safe += f"-{sha256(self.patient.encode()).hexdigest()[:6]}"
        return f"{safe}_{self.number}"


@dataclass(frozen=True)
class Outgoing:
    """One series with its margins, and the study's words for them.

    `window_low` and `window_high`: the study's ROI window (HU), for pictures beside the margins.
    """

    series: OutgoingSeries
    margins: tuple[OutgoingMargin, ...]
    scheme: ClassScheme
    study_name: str
    window_low: float
    window_high: float

    @property
    def authors(self) -> tuple[str, ...]:
        """Who drew here, by name."""
        return tuple(sorted({margin.author for margin in self.margins}))

    def by(self, author: str) -> tuple[OutgoingMargin, ...]:
        """One author's margins, by lesion and slice."""
        own = (margin for margin in self.margins if margin.author == author)
        return tuple(sorted(own, key=lambda m: (m.lesion_id, m.slice_index)))

    def lesions(self, author: str) -> tuple[tuple[OutgoingMargin, ...], ...]:
        """One author's margins, a tuple a lesion, in the order the lesions were found."""
        own = self.by(author)
        ids = dict.fromkeys(margin.lesion_id for margin in own)
        return tuple(tuple(m for m in own if m.lesion_id == number) for number in ids)


@dataclass(frozen=True)
class RoundTrip:
    """Whether a file, read back, tells what was put in; `words` says how far it does not.

    `worst` is the largest difference found: px of a line, pixels of a mask.
    """

    exact: bool
    worst: float
    words: str
