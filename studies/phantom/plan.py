"""Who is simulated: patients, scanners and lesions, drawn from one seed.

The full plan has the paper's counts (section 2.1: 53 cysts, 64 metastases, 65 hemangiomas;
section 4.2.2: 78 more cases), sizes (10-102 mm) and acquisition (two scanners, 120 kVp,
140-400 mAs, 1.25-5 mm).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SMALL_SEED = 2018
FULL_SEED = 20180921
PAPER_COUNTS = (("cyst", 53), ("metastasis", 64), ("hemangioma", 65))
PAPER_EXTRA = 78
SMALL_COUNTS = (("cyst", 9), ("metastasis", 10), ("hemangioma", 11))
SMALL_PATIENTS = 24
FULL_PATIENTS = 150
SMALLEST_MM, LARGEST_MM = 10.0, 102.0
LONGEST_SERIES = 20


@dataclass(frozen=True)
class Scanner:
    """The look of a scanner: in-plane blur (mm, one sigma) and noise texture.

    `noise_peak` is the noise-power spectrum's peak in cycles/mm, `noise_at_250` the standard
    deviation in HU at 250 mAs and 5 mm.
    """

    name: str
    blur_mm: float
    noise_peak: float
    noise_at_250: float


SCANNERS = (
    Scanner("SIMULATED scanner A", 0.55, 0.26, 10.0),
    Scanner("SIMULATED scanner B", 0.75, 0.18, 9.0),
)


@dataclass(frozen=True)
class LesionPlan:
    """One lesion before it is placed: what it is, how large, and the seed of its shape."""

    category: str
    diameter_mm: float
    seed: int


@dataclass(frozen=True)
class CasePlan:
    """One patient's simulated series. Lengths in mm, dose in mAs."""

    patient: str
    seed: int
    extra: bool
    scanner: Scanner
    pixel_mm: float
    slice_mm: float
    mas: int
    slices: int
    lesions: tuple[LesionPlan, ...]


def small_plan(seed: int = SMALL_SEED) -> tuple[CasePlan, ...]:
    """24 patients with 30 lesions: the demo that opens at the first start."""
    lesions = _lesions(SMALL_COUNTS, seed)
    return _cases(lesions, SMALL_PATIENTS, "SIM-", seed, extra=False, longest=16)


def full_plan(seed: int = FULL_SEED) -> tuple[CasePlan, ...]:
    """The paper's 182 lesions over 150 patients, and 78 further cases of one lesion each."""
    study = _cases(_lesions(PAPER_COUNTS, seed), FULL_PATIENTS, "SIM-", seed, False, LONGEST_SERIES)
    third = PAPER_EXTRA // len(PAPER_COUNTS)
    more = _lesions(tuple((name, third) for name, _ in PAPER_COUNTS), seed + 1)
    extra = _cases(more, PAPER_EXTRA, "SIM-X", seed + 1, True, LONGEST_SERIES)
    return study + extra


def _lesions(counts: tuple[tuple[str, int], ...], seed: int) -> tuple[LesionPlan, ...]:
    rng = np.random.default_rng(seed)
    names = [name for name, count in counts for _ in range(count)]
    rng.shuffle(names)
    return tuple(LesionPlan(name, _diameter(rng), int(rng.integers(2**31))) for name in names)


def _diameter(rng: np.random.Generator) -> float:
    """Long-tailed as in clinic: median 27 mm, within the paper's 10-102 mm."""
    drawn = math.exp(rng.normal(math.log(27.0), 0.55))
    return float(np.clip(drawn, SMALLEST_MM, LARGEST_MM))


def _cases(
    lesions: tuple[LesionPlan, ...],
    patients: int,
    prefix: str,
    seed: int,
    extra: bool,
    longest: int,
) -> tuple[CasePlan, ...]:
    """Give each patient one lesion, then the first ones a second until none is left."""
    rng = np.random.default_rng([seed, 7])
    groups = [list(lesions[i::patients]) for i in range(patients)]
    return tuple(
        _case(f"{prefix}{number:03d}", tuple(group), extra, longest, rng)
        for number, group in enumerate(groups, start=1)
    )


def _case(
    patient: str,
    lesions: tuple[LesionPlan, ...],
    extra: bool,
    longest: int,
    rng: np.random.Generator,
) -> CasePlan:
    thickness = float(rng.choice((1.25, 2.5, 3.0, 5.0), p=(0.15, 0.25, 0.25, 0.35)))
    wanted = 1.3 * max(lesion.diameter_mm for lesion in lesions) / thickness
    slices = int(np.clip(math.ceil(wanted) + rng.integers(2, 5), 9, longest))
    return CasePlan(
        patient=patient,
        seed=int(rng.integers(2**31)),
        extra=extra,
        scanner=SCANNERS[int(rng.integers(len(SCANNERS)))],
        pixel_mm=round(float(rng.uniform(0.68, 0.86)), 4),
        slice_mm=thickness,
        mas=int(rng.integers(140, 401)),
        slices=slices,
        lesions=lesions,
    )
