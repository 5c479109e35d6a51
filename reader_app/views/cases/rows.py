"""How series, lesions and patients look as rows of a table."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage

from reader_app.state.cases_rows import (
    CONFIRM,
    VOUCHED,
    ClassCount,
    LesionRow,
    PatientRow,
    Remark,
    SeriesRow,
    Standing,
)
from reader_app.widgets.table import Cell, Column, Mark, Row
from reader_app.widgets.theme import PALETTE
from studies.records import SeriesRecord

SERIES = (
    Column("Patient and series"),
    Column("Slices", "right", 64),
    Column("Voxel, mm", "right", 148, "Between columns × between rows × between slices"),
    Column("Lesions", width=112, tooltip="Lesions by class; a cross has no diagnosis"),
    Column("Badges", width=108, tooltip="What a reader of the series must know"),
    Column("State", width=112, tooltip="Margins and diagnoses of its lesions"),
)
LESIONS = (
    Column("Patient", width=104),
    Column("Lesion", width=72),
    Column("Class"),
    Column("Basis", tooltip="What the diagnosis rests on"),
    Column("Diameter", "right", 96, "Largest caliper on the key slice"),
    Column("Key slice", "right", 84),
    Column("Fold", "right", 64, "Patients keep to one fold"),
    Column("State", width=112, tooltip="What this lesion still needs"),
)
PATIENTS = (
    Column("Patient", width=112),
    Column("Cases", "right", 72),
    Column("Series", "right", 72),
    Column("Lesions", width=144, tooltip="Lesions by class; a cross has no diagnosis"),
    Column("Fold", "right", 72, "Patients keep to one fold; dealt when training starts"),
    Column("State", width=128),
    Column("Missing", tooltip="What this patient's lesions still need"),
)
HU_CONFIRMED = (VOUCHED, "neutral")
HIDDEN = "Another author's margin, hidden from you until you compare in Annotate"
UNDIAGNOSED = ("cross", PALETTE.text_3)


def blank() -> QImage:
    """Stands where a picture is not read yet."""
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(QColor(PALETTE.image))
    return image


def series_row(row: SeriesRow, picture: QImage) -> Row:
    """A series with its picture."""
    series = row.series
    name = Cell(
        series.patient,
        tooltip=f"{series.patient}: {series.description}. Double click or Enter opens it",
        below=series.description,
        strong=True,
        image=picture,
        sort=f"{series.patient} {series.description}".casefold(),
    )
    cells = (
        name,
        Cell(f"{series.slices:,}", sort=float(series.slices)),
        _voxel(series),
        _lesions(row.lesions),
        _remarks(row.remarks),
        _standing(row.standing, row.missing),
    )
    return Row(cells, row.key)


def lesion_row(row: LesionRow) -> Row:
    """A lesion."""
    lesion, category = row.lesion, row.category
    mark = Mark(category.marker, category.color, category.name) if category else None
    fold, key_slice = lesion.fold, lesion.key_slice
    cells = (
        Cell(
            lesion.patient,
            strong=True,
            sort=f"{lesion.patient} {_counting(lesion.name)}".casefold(),
            badges=(("extra", "neutral"),) if lesion.extra else (),
        ),
        Cell(lesion.name, sort=_counting(lesion.name)),
        Cell(marks=(mark,)) if mark else Cell("No diagnosis", quiet=True),
        Cell(lesion.basis or "–", quiet=not lesion.basis),
        _diameter(row),
        _number(key_slice, "–" if key_slice is None else f"{key_slice + 1}"),
        _number(fold, "–" if fold is None else f"{fold + 1}"),
        _standing(row.standing, row.missing),
    )
    return Row(cells, row.key)


def patient_row(row: PatientRow) -> Row:
    """A patient."""
    extra = (("extra", "neutral"),) if row.extra else ()
    cells = (
        Cell(row.patient, strong=True, badges=extra, sort=row.patient.casefold()),
        Cell(f"{len(row.case_ids)}", sort=float(len(row.case_ids))),
        Cell(f"{row.series}", sort=float(row.series)),
        _lesions(row.lesions),
        _number(row.fold, "–" if row.fold is None else f"{row.fold + 1}"),
        _standing(row.standing, row.missing),
        _missing(row.missing),
    )
    return Row(cells, row.key)


def _counting(name: str) -> str:
    """Sorts L2 before L10."""
    return f"{name.rstrip('0123456789')}{len(name):03d}{name}"


def _number(value: float | None, text: str) -> Cell:
    return Cell(text, quiet=value is None, sort=-1.0 if value is None else float(value))


def _diameter(row: LesionRow) -> Cell:
    """Neither told nor to be guessed from the order, where another author's margin is hidden."""
    diameter = row.lesion.diameter_mm
    if row.hides_size and diameter is not None:
        return Cell("hidden", HIDDEN, quiet=True, sort=-1.0)
    return _number(diameter, "–" if diameter is None else f"{diameter:.1f} {row.unit}")


def _voxel(series: SeriesRecord) -> Cell:
    if series.kind == "image":
        return Cell(f"{series.columns} × {series.rows} px", quiet=True, sort=0.0)
    apart = f"{series.slice_spacing:.2f}".removesuffix("0")  # 1.25 must not read as 1.2
    parts = f"{series.column_spacing:.2f} × {series.row_spacing:.2f} × {apart}"
    return Cell(parts, sort=series.column_spacing * series.row_spacing * series.slice_spacing)


def counts_in_words(counts: tuple[ClassCount, ...]) -> str:
    """ "2 cyst, 1 without diagnosis"."""
    return ", ".join(
        f"{one.count:,} {one.category.name.lower() if one.category else 'without diagnosis'}"
        for one in counts
    )


def _lesions(counts: tuple[ClassCount, ...]) -> Cell:
    if not counts:
        return Cell("none", quiet=True, sort=0.0)
    marks = []
    for one in counts:
        category = one.category
        marker, color = (category.marker, category.color) if category else UNDIAGNOSED
        marks.append(Mark(marker, color, f"{one.count}"))
    total = sum(one.count for one in counts)
    return Cell(marks=tuple(marks), tooltip=counts_in_words(counts), sort=float(total))


def _remarks(remarks: tuple[Remark, ...]) -> Cell:
    badges = tuple((one.word, one.role) for one in remarks)
    sentences = "\n".join(one.sentence for one in remarks)
    return Cell(badges=badges, tooltip=sentences, sort=" ".join(one.word for one in remarks))


def _standing(standing: Standing, missing: str) -> Cell:
    told = f"Missing: {missing}" if missing else "Nothing is missing"
    if standing.word == CONFIRM:
        told += ". Click to answer"
    return Cell(standing.word, told, badge=standing.role, sort=standing.word.casefold())


def _missing(words: str) -> Cell:
    return Cell(words or "–", words, quiet=not words)
