"""The study itself: its class scheme and its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
