"""What the Cases tables show: one record a series, lesion and patient, and how far it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reader_app.state.annotate_state.worklist import BASIS, CLASS, KEY_SLICE, MARGIN, SECOND, WORD
from reader_app.state.annotate_state.worklist import entry as worklist_entry
from studies.cases import Authorship
from studies.cases.examinations import LONGEST_NOTE
from studies.records import CaseRecord, Category, ClassScheme, LesionRecord, SeriesRecord

READY, TODO, OTHER = "ready", "todo", ""
_QUIET = ("simulated", "no HU", "phase")
_GAPS = re.compile(r"(?:: |at )(\d+) (?:slice|place)")
_TILT = re.compile(r"gantry tilt: ([\d.]+°)")
_MEANS = (  # how a stored badge begins, what it means for the work
    ("lossy compression", "HU may differ from the scanner's"),
    ("gantry tilt", "drawing on the slices stays valid"),
    ("stored values", "say whether they are HU: choose the series, then Confirm HU"),
    ("no HU:", "if they are HU nevertheless, choose the series, then Confirm HU"),
    ("HU to be checked", "look at air in Annotate: it reads about -1000"),
)
_PLURALS = {CLASS: "classes", BASIS: "bases", SECOND: "second author's margins"}
NOTE_ROOM = LONGEST_NOTE  # characters
CONFIRM, VOUCHED = "Confirm HU", "HU confirmed"
WORD_ON_HU = "a word on HU"
NO_LESION = "no lesion drawn yet"


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
    """A series; `picture` is the slice that stands for it, `missing` says what is to be done."""

    series: SeriesRecord
    lesions: tuple[ClassCount, ...]
    remarks: tuple[Remark, ...]
    standing: Standing
    picture: int
    missing: str = ""
    note: str = ""  # the case's clinical note

    @property
    def key(self) -> int:
        """The series' id."""
        return self.series.id

    @property
    def words(self) -> str:
        """What a search looks through."""
        return f"{self.series.patient} {self.series.description}".casefold()

    @property
    def awaits_hu(self) -> bool:
        """Whether nobody, the file included, has said that its values are HU."""
        return self.series.kind == "dicom" and not self.series.has_hu


@dataclass(frozen=True)
class LesionRow:
    """A lesion; `unit` of its diameter: mm, or px where there is no spacing.

    `hides_size`: the diameter is of a margin that whoever sits here must not see yet.
    """

    lesion: LesionRecord
    category: Category | None
    unit: str
    standing: Standing
    missing: str = ""
    hides_size: bool = False

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
    missing: str = ""

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
    classes: tuple[ClassCount, ...] = ()  # of all lesions

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
    found: tuple[CaseRecord, ...],
    lesions: tuple[LesionRecord, ...],
    scheme: ClassScheme,
    wanted: Mapping[int, tuple[str, ...]] | None = None,
    hidden: frozenset[int] = frozenset(),
) -> Tables:
    """The rows of a study's cases and standing lesions; `wanted` as `missing_by_lesion` has it.

    `hidden` lesions' sizes are not told.
    """
    missing = missing_by_lesion(lesions) if wanted is None else wanted
    of_series: dict[int, list[LesionRecord]] = {}
    of_case: dict[int, list[LesionRecord]] = {}
    for lesion in lesions:
        of_series.setdefault(lesion.series_id, []).append(lesion)
        of_case.setdefault(lesion.case_id, []).append(lesion)
    series = tuple(
        _series_row(one, case, tuple(of_series.get(one.id, ())), case.id in of_case, scheme)
        for case in found
        for one in case.series
    )
    series = tuple(_with_missing(row, of_series.get(row.series.id, []), missing) for row in series)
    kinds = {row.series.id: row.series.kind for row in series}
    return Tables(
        series,
        tuple(
            replace(
                _lesion_row(one, kinds.get(one.series_id, ""), scheme, missing),
                hides_size=one.id in hidden,
            )
            for one in lesions
        ),
        _patient_rows(found, of_case, scheme, missing),
        class_counts(lesions, scheme),
    )


def missing_by_lesion(
    lesions: tuple[LesionRecord, ...],
    who: Mapping[int, Authorship] | None = None,
    author: str = "",
) -> dict[int, tuple[str, ...]]:
    """What each lesion still needs, in the worklist's words: margin, class, basis, …."""
    known = who or {}
    found = {one.id: worklist_entry(one, known.get(one.id), author).missing for one in lesions}
    return {key: tuple(words.split(", ")) if words else () for key, words in found.items()}


def missing_words(words: tuple[str, ...], *, awaits_hu: bool = False) -> str:
    """ "2 margins, 1 class" and, once, that somebody is to say that the values are HU."""
    counted_words = Counter(word for word in words if word != WORD)
    told = [
        f"{n} {word if n == 1 else _PLURALS.get(word, f'{word}s')}"
        for word in (MARGIN, CLASS, BASIS, KEY_SLICE, SECOND)
        if (n := counted_words[word])
    ]
    return ", ".join([*told, WORD_ON_HU] if awaits_hu else told)


def filtered(rows: tuple[AnyRow, ...], text: str, kind: str) -> tuple[AnyRow, ...]:
    """Rows of a standing ("" = all) in which every searched word occurs."""
    wanted = text.casefold().split()
    return tuple(
        row
        for row in rows
        if (not kind or row.standing.kind == kind) and all(word in row.words for word in wanted)
    )


def _series_row(
    series: SeriesRecord,
    case: CaseRecord,
    own: tuple[LesionRecord, ...],
    seen: bool,
    scheme: ClassScheme,
) -> SeriesRow:
    slices = [one.key_slice for one in own if one.key_slice is not None]
    standing = (
        standing_of(own) if own else Standing("No lesion", "neutral", OTHER if seen else TODO)
    )
    row = SeriesRow(
        series=series,
        lesions=class_counts(own, scheme),
        remarks=tuple(remark(badge) for badge in series.badges),
        standing=standing,
        picture=slices[0] if slices else series.slices // 2,
        note=case.clinical_note,
    )
    if not row.awaits_hu:
        return row if not series.hu_confirmed_by else replace(row, remarks=_vouched(row))
    return replace(row, standing=Standing(CONFIRM, "warning", TODO))


def _vouched(row: SeriesRow) -> tuple[Remark, ...]:
    """The badge of stored values gives way to whose word they now rest on."""
    who = row.series.hu_confirmed_by
    sentence = f"{who} confirmed that the stored values are HU. It can be withdrawn below."
    kept = tuple(one for one in row.remarks if one.word not in ("stored values", "no HU"))
    return (Remark(VOUCHED, "neutral", sentence), *kept)


def _with_missing(
    row: SeriesRow, own: list[LesionRecord], missing: Mapping[int, tuple[str, ...]]
) -> SeriesRow:
    words = tuple(word for one in own for word in missing[one.id])
    told = missing_words(words, awaits_hu=row.awaits_hu)
    if not own and row.standing.kind == TODO:
        told = f"{NO_LESION}, {told}" if told else NO_LESION
    return replace(row, missing=told)


def standing_of(own: tuple[LesionRecord, ...]) -> Standing:
    """Margins come first, then diagnoses, then the word on HU."""
    total, margins = len(own), sum(one.contours > 0 for one in own)
    if margins < total:
        if total == 1:
            return Standing("No margin", "neutral", TODO)
        return Standing(f"{margins} of {total} margins", "running", TODO)
    diagnosed = sum(bool(one.category) and bool(one.basis) for one in own)
    if diagnosed < total:
        if total == 1:
            return Standing("No basis" if own[0].category else "No class", "running", TODO)
        return Standing(f"{diagnosed} of {total} diagnosed", "running", TODO)
    if any(one.awaits_hu for one in own):
        return Standing(CONFIRM, "warning", TODO)
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
    return Remark(short(badge), role, explained(badge))


def explained(badge: str) -> str:
    """A stored badge as a clause, with what it means for the work."""
    means = next((words for begins, words in _MEANS if badge.startswith(begins)), "")
    return badge[:1].upper() + badge[1:] + (f"; {means}" if means else "")


def short(badge: str) -> str:
    """The badge's word: "gaps: 2 slices are missing at 63 and 118 mm" is "gap 2".

    Series that came in before the places were told have "gaps: slices are missing at 2 places",
    and a tilt without its angle.
    """
    gaps, tilt = _GAPS.search(badge), _TILT.match(badge)
    if badge.startswith("gaps") and gaps:
        return f"gap {gaps.group(1)}"
    if tilt:
        return f"tilt {tilt.group(1)}"
    known = {"lossy compression": "lossy", "gantry tilt": "tilt"}
    if badge in known:
        return known[badge]
    return badge.partition(":")[0].removesuffix(" of a series")


def _lesion_row(
    lesion: LesionRecord, kind: str, scheme: ClassScheme, missing: Mapping[int, tuple[str, ...]]
) -> LesionRow:
    known = {category.code: category for category in scheme.categories}
    unit = "px" if kind == "image" else "mm"
    words = (WORD_ON_HU if word == WORD else word for word in missing[lesion.id])
    own = known.get(lesion.category)
    return LesionRow(lesion, own, unit, standing_of((lesion,)), ", ".join(words))


def _patient_rows(
    found: tuple[CaseRecord, ...],
    of_case: dict[int, list[LesionRecord]],
    scheme: ClassScheme,
    missing: Mapping[int, tuple[str, ...]],
) -> tuple[PatientRow, ...]:
    of_patient: dict[str, list[CaseRecord]] = {}
    for case in found:
        of_patient.setdefault(case.patient, []).append(case)
    return tuple(
        _patient_row(patient, tuple(own), of_case, scheme, missing)
        for patient, own in of_patient.items()
    )


def _patient_row(
    patient: str,
    own: tuple[CaseRecord, ...],
    of_case: dict[int, list[LesionRecord]],
    scheme: ClassScheme,
    missing: Mapping[int, tuple[str, ...]],
) -> PatientRow:
    lesions = tuple(lesion for case in own for lesion in of_case.get(case.id, ()))
    folds = [lesion.fold for lesion in lesions if lesion.fold is not None]
    nothing = Standing("No lesion", "neutral", TODO)
    words = tuple(word for lesion in lesions for word in missing[lesion.id])
    told = missing_words(words, awaits_hu=any(one.awaits_hu for one in lesions))
    return PatientRow(
        patient=patient,
        case_ids=tuple(case.id for case in own),
        series=sum(len(case.series) for case in own),
        extra=all(case.extra for case in own),
        lesions=class_counts(lesions, scheme),
        fold=folds[0] if folds else None,
        standing=standing_of(lesions) if lesions else nothing,
        missing=told if lesions else NO_LESION,
    )
