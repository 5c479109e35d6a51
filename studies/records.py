"""Frozen records: the only things that leave `studies`. No database row ever does.

Lengths are in mm, image coordinates in px with x = column, y = row and the origin at the
outer corner of the first pixel (pixel centres at +.5). Times are UTC, ISO 8601.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Points = tuple[tuple[float, float], ...]
"""A polygon's vertices (x, y) in px, not repeated at the end."""


# --- the study ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Category:
    """One category of a ClassScheme; `color` is for dark grounds, `print_color` for white."""

    code: str
    name: str
    short: str
    key: str
    color: str
    print_color: str
    marker: str  # circle, triangle, square, diamond, star, cross
    is_lesion: bool = True


@dataclass(frozen=True)
class ClassScheme:
    """The study's 2-6 categories, in the order of its tables and answer keys."""

    categories: tuple[Category, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes in order; a category's index here is its `target` in the engine."""
        return tuple(category.code for category in self.categories)

    @property
    def names(self) -> tuple[str, ...]:
        """Full names in order."""
        return tuple(category.name for category in self.categories)

    def category(self, code: str) -> Category:
        """The category of a code; KeyError for a code of another scheme."""
        for category in self.categories:
            if category.code == code:
                return category
        raise KeyError(code)


DEFAULT_SCHEME = ClassScheme(
    (
        Category("cyst", "Cyst", "Cyst", "C", "#f08a4b", "#d55e00", "circle"),
        Category("metastasis", "Metastasis", "Met", "M", "#8398fb", "#0072b2", "triangle"),
        Category("hemangioma", "Hemangioma", "Hem", "H", "#2dbb8f", "#009e73", "square"),
    )
)


@dataclass(frozen=True)
class StudyRecord:
    """A ReaderStudy as stored. `kind`: ct | roi (images without HU)."""

    name: str
    kind: str
    simulated: bool
    scheme: ClassScheme
    window_low: float  # ROI window, HU; for kind roi the grey value mapped to 0
    window_high: float
    folder: Path
    created: str
    read_only: bool = False
    lock_holder: str = ""  # who has it open, where read_only


@dataclass(frozen=True)
class StudyCounts:
    """The numbers of Home's five-step line."""

    patients: int
    cases: int
    series: int
    lesions: int
    margins: int  # lesions with a margin
    diagnosed: int  # lesions with margin, diagnosis and basis
    runs: int
    runs_finished: int
    synthetic: int
    readers: int
    readers_finished: int
    protocol_version: int  # 0 before the first seal
    unblinded: bool


# --- imaging --------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class CaseRecord:
    """One patient's examination; cases of one `patient` stay in one fold."""

    id: int
    patient: str
    extra: bool  # one of the additional cases that join training only
    simulated: bool
    series: tuple[SeriesRecord, ...]
    imported: str


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
    tool: str  # freehand, polygon, magnetic, proposal, nudge, import, phantom
    created: str


@dataclass(frozen=True)
class LesionRecord:
    """A finding with identity. `category` and `basis` are empty until diagnosed."""

    id: int
    case_id: int
    series_id: int
    patient: str
    name: str  # L1, L2, ... within its case
    category: str
    basis: str  # biopsy | follow-up | manifest | simulation | ""
    diagnosed_by: str
    extra: bool
    fold: int | None  # 0-based
    key_slice: int | None  # index of the slice with the largest margin, or the author's choice
    diameter_mm: float | None  # largest caliper of the key contour (px where there is no spacing)
    contours: int

    @property
    def is_ready(self) -> bool:
        """Has margin, diagnosis and basis: its ROI may enter training and reading."""
        return self.contours > 0 and bool(self.category) and bool(self.basis)


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


# --- import ---------------------------------------------------------------------------------


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


# --- learning -------------------------------------------------------------------------------


@dataclass(frozen=True)
class TrainingRunRecord:
    """One run of a spec. `state`: queued | running | finished | failed | cancelled."""

    id: int
    run_hash: str
    arm: str  # cnn, cnn-aug, cnn-aug-gan, dcgan, ...
    kind: str  # classifier | generator
    category: str  # of a per-class generator, else ""
    fold: int | None  # test fold; None = trained on all folds
    seed: int
    profile: str
    group: str  # "D_aug 500", "D_aug 500 + D_synth 100x3", ...
    spec: str  # JSON of the engine's spec
    state: str
    message: str
    accuracy: float | None  # on the test fold
    correct: int | None
    n: int | None
    kid: float | None
    seconds: float | None
    device: str
    started: str
    finished: str
    folder: Path
    simulated: bool  # trained on simulated CT


@dataclass(frozen=True)
class PredictionRecord:
    """A classifier's probabilities for one lesion's ROI, out of fold."""

    run_id: int
    lesion_id: int
    category: str  # truth
    predicted: str
    probabilities: tuple[float, ...]


@dataclass(frozen=True)
class SyntheticRoiRecord:
    """A generated ROI = checkpoint + class + seed. `audit`: clear | close | copy | unchecked."""

    id: int
    run_id: int
    run_hash: str
    category: str
    seed: int
    index: int
    fold: int | None
    audit: str
    nearest_lesion_id: int | None
    similarity: float | None  # normalised cross-correlation with the nearest training ROI
    accepted: bool
    image: FloatArray = field(repr=False, compare=False)  # (64, 64), 0..1


# --- reading --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One answer of a question: `value` is stored, `key` is pressed."""

    value: str
    label: str
    key: str


@dataclass(frozen=True)
class Question:
    """One question of a trial. `code`: diagnosis | origin | confidence."""

    code: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class OrderConstraints:
    """What every reader's order keeps to (0 = no limit)."""

    longest_class_run: int = 4
    longest_synthetic_run: int = 5
    blocks: int = 8  # synthetic ROIs are spread evenly over these
    repeat_distance: int = 60


@dataclass(frozen=True)
class ProtocolDraft:
    """What the coordinator decides before sealing; defaults are the paper's reading."""

    name: str
    real_per_category: tuple[tuple[str, int], ...]
    synthetic_per_category: tuple[tuple[str, int], ...]
    questions: tuple[str, ...] = ("diagnosis", "origin", "confidence")
    seed: int = 20118
    repeats: int = 0
    practice: int = 0
    constraints: OrderConstraints = OrderConstraints()
    washout_days: int = 28
    window_locked: bool = True
    primary_analysis: str = "Class accuracy, Wilson"
    margin: float = 0.10
    stopping_rule: str = "All items are read"
    generator: str = ""  # arm of the generator runs drawn from, "" = all of them
    flip_repeats: bool = True  # hidden repeats are mirrored left to right


@dataclass(frozen=True)
class ProtocolRecord:
    """A sealed protocol; a change makes the next version."""

    id: int
    version: int
    draft: ProtocolDraft
    sealed: str
    seal_hash: str
    items: int
    real_items: int
    synthetic_items: int
    unblinded: str  # when, "" while blinded
    unblinded_by: str
    audit: str = ""  # passed | leak | undecided, at sealing
    override: str = ""  # why a leak was accepted
    unblinding_reason: str = ""


@dataclass(frozen=True)
class ReaderRecord:
    """Someone who reads. `kind`: person | model | simulated. No accuracy in here, ever."""

    id: int
    protocol_id: int
    pseudonym: str
    kind: str
    note: str  # "senior, 14 y"
    trials: int
    answered: int
    seconds_per_trial: float | None
    package: Path | None
    finished: str


@dataclass(frozen=True)
class AnswerRecord:
    """One reader's standing answer to one item, joined with the truth (after unblinding)."""

    reader: str
    reader_kind: str
    position: int
    item: int
    repeat: bool
    truth_category: str
    truth_origin: str  # real | synthetic
    lesion_id: int | None
    synthetic_id: int | None
    diagnosis: str
    origin: str
    confidence: int | None  # 1..5
    seconds: float
    corrected: bool
    first_diagnosis: str
    first_origin: str
    first_confidence: int | None = None
    patient: str = ""  # of a real item: lesions of one patient form a cluster
