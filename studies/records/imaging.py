"""What was imported, drawn and cut; lengths in mm, px with the origin at the outer corner."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from studies.records.arrays import FloatArray, Points


@dataclass(frozen=True)
class SeriesRecord:
    """A series as stored: DICOM slices in z order, or one image (`kind` image)."""

    id: int
    case_id: int
    patient: str
    series_uid: str
    kind: str  # dicom | image
    description: str
    slices: int
    rows: int
    columns: int
    row_spacing: float  # mm between rows (y)
    column_spacing: float  # mm between columns (x)
    slice_spacing: float  # mm between slice centres, 0 for one slice
    scanner: str
    has_hu: bool
    simulated: bool
    badges: tuple[str, ...]  # lossy, gaps, tilt, stored values, simulated, ...
    folder: Path
    hu_confirmed_by: str = ""  # who said that the stored values are HU; empty where the file does


@dataclass(frozen=True)
class CaseRecord:
    """One patient's examination; cases of one `patient` stay in one fold."""

    id: int
    patient: str
    extra: bool  # one of the additional cases that join training only
    simulated: bool
    series: tuple[SeriesRecord, ...]
    imported: str
    clinical_note: str = ""  # told to readers where the protocol shows notes


@dataclass(frozen=True)
class ContourRecord:
    """A lesion's margin on one slice by one author."""

    id: int
    lesion_id: int
    series_id: int
    sop_uid: str
    slice_index: int
    author: str
    points: Points
    tool: str  # freehand, polygon, magnetic, proposal, nudge, between, copy, import, phantom
    created: str
    anchors: Points = ()  # a polygon's own points, by which it re-opens
    seeds: Points = ()  # where an aid was asked


@dataclass(frozen=True)
class LesionRecord:
    """A finding with identity. `category` and `basis` are empty until diagnosed."""

    id: int
    case_id: int
    series_id: int
    patient: str
    name: str  # L1, L2, ... within its case
    category: str
    basis: str  # biopsy | follow-up | manifest | simulation | ""; one half may still be missing
    diagnosed_by: str
    extra: bool
    fold: int | None  # 0-based
    key_slice: int | None  # index of the slice with the largest margin, or the author's choice
    diameter_mm: float | None  # largest caliper of the key contour (px where there is no spacing)
    contours: int
    training_author: str = ""  # whose margins train by choice; empty: the first author's
    chosen_slice: int | None = None  # the key slice by choice; None: the largest margin's
    awaits_hu: bool = False  # nobody has said yet that its series' stored values are HU

    @property
    def is_ready(self) -> bool:
        """Has margin, diagnosis, basis, and HU to rely on: its ROI may enter training and reading.

        Pictures that are not CT have no HU and wait for none.
        """
        diagnosed = bool(self.category) and bool(self.basis)
        return self.contours > 0 and diagnosed and not self.awaits_hu


@dataclass(frozen=True)
class NativeCrop:
    """The native pixels around a lesion from which its ROI and augmentations are sampled once.

    `pixels` (h, w) float32 in HU (grey values without HU), before windowing, large enough for
    any rotation, shift and scale of the recipe; beyond the image the edge value is repeated.
    `center` (x, y) px in crop coordinates (corner origin). `diameter_mm` is the largest caliper.
    """

    pixels: FloatArray
    center: tuple[float, float]
    row_spacing: float
    column_spacing: float
    diameter_mm: float
    window_low: float
    window_high: float


@dataclass(frozen=True)
class RoiRecord:
    """The square crop of a lesion's key slice that CNN, GAN and readers see."""

    lesion_id: int
    patient: str
    category: str
    extra: bool
    fold: int | None
    image: FloatArray = field(repr=False, compare=False)  # (64, 64), 0..1
    native: NativeCrop = field(repr=False, compare=False)
    side_mm: float
    beyond_image: bool
    lossy: bool


@dataclass(frozen=True)
class RoiStack:
    """A lesion's square on its key slice and as many slices on each side: a 2.5-D ROI.

    `images` (slices, 64, 64) in 0..1, in z order, the key slice in the middle; `natives` their
    native crops. Beyond the series its last slice is repeated.
    """

    lesion_id: int
    images: FloatArray = field(repr=False, compare=False)
    natives: tuple[NativeCrop, ...] = field(repr=False, compare=False)


@dataclass(frozen=True)
class FileVerdict:
    """One input file's end: `verdict` taken | badged | left_out, with the reason in words."""

    file: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """Every input file exactly once, and the series that came of them."""

    files: tuple[FileVerdict, ...]
    series: tuple[SeriesRecord, ...]

    @property
    def taken(self) -> tuple[FileVerdict, ...]:
        """Files stored without remark."""
        return tuple(f for f in self.files if f.verdict == "taken")

    @property
    def badged(self) -> tuple[FileVerdict, ...]:
        """Files stored with a remark that follows them."""
        return tuple(f for f in self.files if f.verdict == "badged")

    @property
    def left_out(self) -> tuple[FileVerdict, ...]:
        """Files not stored, with the reason."""
        return tuple(f for f in self.files if f.verdict == "left_out")
