"""What the Cases tables show: one record a series, lesion and patient, and how far it is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from studies.records import CaseRecord, Category, ClassScheme, LesionRecord, SeriesRecord

READY, TODO, OTHER = "ready", "todo", ""
_QUIET = ("simulated", "no HU", "phase")
_GAPS = re.compile(r"at (\d+) place")


@dataclass(frozen=True)
class ClassCount:
    """Lesions of a class; `category` None for those without a diagnosis."""

    category: Category | None
    count: int


@dataclass(frozen=True)
class Remark:
    """A badge: its word, its role, and the whole sentence for the tooltip."""

    word: str
    role: str
    sentence: str


@dataclass(frozen=True)
class Standing:
    """How far a row is, in a word; `kind` ready | todo | "" is what the filter asks."""

    word: str
    role: str
    kind: str


@dataclass(frozen=True)
class SeriesRow:
    """A series; `picture` is the slice that stands for it."""

    series: SeriesRecord
    lesions: tuple[ClassCount, ...]
    remarks: tuple[Remark, ...]
    standing: Standing
    picture: int

    @property
    def key(self) -> int:
        """The series' id."""
        return self.series.id

    @property
    def words(self) -> str:
        """What a search looks through."""
        return f"{self.series.patient} {self.series.description}".casefold()


@dataclass(frozen=True)
class LesionRow:
    """A lesion; `unit` of its diameter: mm, or px where there is no spacing."""

    lesion: LesionRecord
    category: Category | None
    unit: str
    standing: Standing

    @property
    def key(self) -> int:
        """The lesion's id."""
        return self.lesion.id

    @property
    def words(self) -> str:
        """What a search looks through."""
        name = self.category.name if self.category else "no diagnosis"
        return f"{self.lesion.patient} {self.lesion.name} {name} {self.lesion.basis}".casefold()


@dataclass(frozen=True)
class PatientRow:
    """A patient with all cases; they stay in one fold (`fold` 0-based, None before folds)."""

    patient: str
    case_ids: tuple[int, ...]
    series: int
    extra: bool
    lesions: tuple[ClassCount, ...]
    fold: int | None
    standing: Standing

    @property
    def key(self) -> str:
        """The patient's pseudonym."""
        return self.patient

    @property
    def words(self) -> str:
        """What a search looks through."""
        return self.patient.casefold()


AnyRow = SeriesRow | LesionRow | PatientRow


@dataclass(frozen=True)
class Tables:
    """All rows of the three tabs."""

    series: tuple[SeriesRow, ...] = ()
    lesions: tuple[LesionRow, ...] = ()
    patients: tuple[PatientRow, ...] = ()

    @property
    def line(self) -> str:
        """ "9 series · 8 patients · 18 lesions"."""
        return (
            f"{len(self.series):,} series · {counted(len(self.patients), 'patient')} · "
            f"{counted(len(self.lesions), 'lesion')}"
        )


def counted(number: int, noun: str) -> str:
    """ "1 patient", "2 patients"; "series" stays as it is."""
    plural = "" if number == 1 or noun.endswith("s") else "s"
    return f"{number:,} {noun}{plural}"


def tables(
    found: tuple[CaseRecord, ...], lesions: tuple[LesionRecord, ...], scheme: ClassScheme
) -> Tables:
    """The rows of a study's cases and standing lesions."""
    of_series: dict[int, list[LesionRecord]] = {}
    of_case: dict[int, list[LesionRecord]] = {}
    for lesion in lesions:
        of_series.setdefault(lesion.series_id, []).append(lesion)
        of_case.setdefault(lesion.case_id, []).append(lesion)
    series = tuple(
        _series_row(one, tuple(of_series.get(one.id, ())), case.id in of_case, scheme)
        for case in found
        for one in case.series
    )
    kinds = {row.series.id: row.series.kind for row in series}
    return Tables(
        series,
        tuple(_lesion_row(one, kinds.get(one.series_id, ""), scheme) for one in lesions),
        _patient_rows(found, of_case, scheme),
    )


def filtered(rows: tuple[AnyRow, ...], text: str, kind: str) -> tuple[AnyRow, ...]:
    """Rows of a standing ("" = all) in which every searched word occurs."""
    wanted = text.casefold().split()
    return tuple(
        row
        for row in rows
        if (not kind or row.standing.kind == kind) and all(word in row.words for word in wanted)
    )


def _series_row(
    series: SeriesRecord, own: tuple[LesionRecord, ...], seen: bool, scheme: ClassScheme
) -> SeriesRow:
    slices = [one.key_slice for one in own if one.key_slice is not None]
    standing = (
        standing_of(own) if own else Standing("No lesion", "neutral", OTHER if seen else TODO)
    )
    return SeriesRow(
        series=series,
        lesions=class_counts(own, scheme),
        remarks=tuple(remark(badge) for badge in series.badges),
        standing=standing,
        picture=slices[0] if slices else series.slices // 2,
    )


def standing_of(own: tuple[LesionRecord, ...]) -> Standing:
    """Margins come first, then diagnoses."""
    total, margins = len(own), sum(one.contours > 0 for one in own)
    if margins < total:
        if total == 1:
            return Standing("No margin", "neutral", TODO)
        return Standing(f"{margins} of {total} margins", "running", TODO)
    ready = sum(one.is_ready for one in own)
    if ready < total:
        if total == 1:
            return Standing("No diagnosis", "running", TODO)
        return Standing(f"{ready} of {total} diagnosed", "running", TODO)
    return Standing("Ready", "done", READY)


def class_counts(own: tuple[LesionRecord, ...], scheme: ClassScheme) -> tuple[ClassCount, ...]:
    """Counts in the scheme's order, those without a diagnosis last; classes of none left out."""
    by_class = Counter(one.category for one in own)
    named = tuple(
        ClassCount(category, by_class[category.code])
        for category in scheme.categories
        if by_class[category.code]
    )
    return (*named, ClassCount(None, by_class[""])) if by_class[""] else named


def remark(badge: str) -> Remark:
    """A stored badge as one word, with its sentence kept."""
    role = "warning"
    if badge.startswith(_QUIET):
        role = "simulated" if badge == "simulated" else "neutral"
    return Remark(short(badge), role, badge[:1].upper() + badge[1:])


def short(badge: str) -> str:
    """The badge's word: "gaps: slices are missing at 2 places" is "gap 2"."""
    gaps = _GAPS.search(badge)
    if badge.startswith("gaps") and gaps:
        return f"gap {gaps.group(1)}"
    known = {"lossy compression": "lossy", "gantry tilt": "tilt"}
    if badge in known:
        return known[badge]
    return badge.partition(":")[0].removesuffix(" of a series")


def _lesion_row(lesion: LesionRecord, kind: str, scheme: ClassScheme) -> LesionRow:
    known = {category.code: category for category in scheme.categories}
    unit = "px" if kind == "image" else "mm"
    return LesionRow(lesion, known.get(lesion.category), unit, standing_of((lesion,)))


def _patient_rows(
    found: tuple[CaseRecord, ...], of_case: dict[int, list[LesionRecord]], scheme: ClassScheme
) -> tuple[PatientRow, ...]:
    of_patient: dict[str, list[CaseRecord]] = {}
    for case in found:
        of_patient.setdefault(case.patient, []).append(case)
    return tuple(
        _patient_row(patient, tuple(own), of_case, scheme) for patient, own in of_patient.items()
    )


def _patient_row(
    patient: str,
    own: tuple[CaseRecord, ...],
    of_case: dict[int, list[LesionRecord]],
    scheme: ClassScheme,
) -> PatientRow:
    lesions = tuple(lesion for case in own for lesion in of_case.get(case.id, ()))
    folds = [lesion.fold for lesion in lesions if lesion.fold is not None]
    nothing = Standing("No lesion", "neutral", TODO)
    return PatientRow(
        patient=patient,
        case_ids=tuple(case.id for case in own),
        series=sum(len(case.series) for case in own),
        extra=all(case.extra for case in own),
        lesions=class_counts(lesions, scheme),
        fold=folds[0] if folds else None,
        standing=standing_of(lesions) if lesions else nothing,
    )
