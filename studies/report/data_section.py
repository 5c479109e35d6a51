"""The report's section on data: lesions by class, sizes, scanners, folds, Fig. 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median

from studies import cases
from studies.errors import StudyError
from studies.imaging import roi, volume, window
from studies.records import LesionRecord, RoiRecord, SeriesRecord, StudyRecord
from studies.report import sections as titles
from studies.report.document import Section
from studies.report.drawing import Figure
from studies.report.example_figures import ClassExamples, Extraction, example_figure
from studies.report.table import Table
from studies.store import Store

_SHOWN = 6  # ROIs of a class in Fig. 1


def data_section(store: Store, study: StudyRecord, *, pictures: bool) -> Section:
    """Counts and sizes; Fig. 1 where `pictures` are wanted and the ROIs can be read."""
    counts, lesions = cases.counts(store), cases.lesions(store)
    ready = [one for one in lesions if one.is_ready]
    sentence = (
        f"{counts.patients} patients, {counts.series} series, {counts.lesions} lesions, of which "
        f"{counts.diagnosed} have margin, diagnosis and basis; {counts.synthetic} synthetic ROIs."
    )
    tables = (
        _class_table(study, ready),
        _basis_table(study, ready),
        _fold_table(study, ready),
        _series_table(cases.all_series(store), study),
    )
    said, figure = _examples(store, study, ready) if pictures else ((), None)
    return Section(
        titles.STUDY,
        (sentence, *said),
        tuple(table for table in tables if table.rows),
        (figure,) if figure is not None else (),
    )


def _class_table(study: StudyRecord, ready: Sequence[LesionRecord]) -> Table:
    rows = []
    for category in study.scheme.categories:
        own = [one for one in ready if one.category == category.code]
        main = [one for one in own if not one.extra]
        rows.append(
            (category.name, str(len(main)), str(len({one.patient for one in main})),
             size_words([one.diameter_mm for one in main]), str(len(own) - len(main)))
        )  # fmt: skip
    main = [one for one in ready if not one.extra]
    rows.append(
        ("All", str(len(main)), str(len({one.patient for one in main})),
         size_words([one.diameter_mm for one in main]), str(len(ready) - len(main)))
    )  # fmt: skip
    note = (
        "Diameter: largest caliper of the key slice's margin, median (smallest to largest). The "
        "paper: 53 cysts, 64 metastases and 65 hemangiomas, 10 to 102 mm."
    )
    columns = ("Class", "Lesions", "Patients", f"Diameter, {_unit(study)}",
               "Additional cases' lesions")  # fmt: skip
    title = "Lesions with margin, diagnosis and basis"
    return Table("lesions", title, columns, tuple(rows), note, study.simulated)


def _unit(study: StudyRecord) -> str:
    return "mm" if study.kind == "ct" else "mm or px"


def size_words(sizes: Sequence[float | None]) -> str:
    """`23.4 (10.1 to 51.0)`; a dash without sizes."""
    known = [size for size in sizes if size is not None]
    if not known:
        return "–"
    return f"{median(known):.1f} ({min(known):.1f} to {max(known):.1f})"


def _basis_table(study: StudyRecord, ready: Sequence[LesionRecord]) -> Table:
    main = [one for one in ready if not one.extra]
    bases = sorted({one.basis for one in main})
    rows = []
    for category in study.scheme.categories:
        own = Counter(one.basis for one in main if one.category == category.code)
        rows.append((category.name, *(str(own[basis]) for basis in bases)))
    columns = ("Class", *(basis.capitalize() for basis in bases))
    title = "Reference standard: on what the diagnosis rests"
    note = "Lesions of the main cases. The paper: biopsy or clinical follow-up."
    return Table("reference_basis", title, columns, tuple(rows) if bases else (), note,
                 study.simulated)  # fmt: skip


def _fold_table(study: StudyRecord, ready: Sequence[LesionRecord]) -> Table:
    placed = [one for one in ready if one.fold is not None and not one.extra]
    rows = []
    for fold in sorted({one.fold for one in placed if one.fold is not None}):
        own = [one for one in placed if one.fold == fold]
        by_class = Counter(one.category for one in own)
        each = tuple(str(by_class[code]) for code in study.scheme.codes)
        rows.append((str(fold + 1), *each, str(len(own)), str(len({one.patient for one in own}))))
    shared = Counter(patient for patient, _ in {(one.patient, one.fold) for one in placed})
    twice = sum(n > 1 for n in shared.values())
    note = (
        f"{twice} patients stand in two folds: the folds leak."
        if twice
        else "No patient stands in two folds."
    )
    columns = ("Fold", *study.scheme.names, "Lesions", "Patients")
    return Table("folds", "Folds by patient", columns, tuple(rows), note, study.simulated)


def _series_table(series: Sequence[SeriesRecord], study: StudyRecord) -> Table:
    """By scanner: how many series, slice and pixel spacing, badges. No names of files."""
    by_scanner: dict[str, list[SeriesRecord]] = {}
    for one in series:
        by_scanner.setdefault(one.scanner or "not said", []).append(one)
    rows = []
    for scanner, own in sorted(by_scanner.items()):
        badges = Counter(badge for one in own for badge in one.badges)
        told = ", ".join(f"{badge}: {n}" for badge, n in sorted(badges.items()))
        spacing = _range([one.slice_spacing for one in own if one.slice_spacing > 0])
        pixel = _range([one.row_spacing for one in own if one.row_spacing > 0])
        rows.append((scanner, str(len(own)), str(sum(s.has_hu for s in own)), spacing, pixel,
                     told or "none"))  # fmt: skip
    note = "Spacings smallest to largest. Badges: what the import found and kept in view."
    columns = ("Scanner", "Series", "With HU", "Slice spacing, mm", "Pixel spacing, mm", "Badges")
    return Table("series", "Series by scanner", columns, tuple(rows), note, study.simulated)


def _range(values: Sequence[float]) -> str:
    if not values:
        return "–"
    low, high = min(values), max(values)
    return f"{low:.2f}" if high - low < 0.005 else f"{low:.2f} to {high:.2f}"


# --- figure 1 -------------------------------------------------------------------------------


def _examples(
    store: Store, study: StudyRecord, ready: Sequence[LesionRecord]
) -> tuple[tuple[str, ...], Figure | None]:
    """Fig. 1 and what is to be said where it cannot be drawn."""
    if not ready:
        return ("No lesion is ready: there is no ROI to show.",), None
    try:
        found = cases.rois(store, extra=False)
        shown = [_class_examples(study, found, code) for code in study.scheme.codes]
        extraction = _extraction(store, found, ready)
    except StudyError as error:
        return (f"Examples are not shown. {error}",), None
    kept = tuple(one for one in shown if one.images)
    return (), example_figure(kept, extraction, study.scheme, simulated=study.simulated)


def _class_examples(study: StudyRecord, found: Sequence[RoiRecord], code: str) -> ClassExamples:
    """From the smallest to the largest lesion of a class, at most six."""
    own = sorted(
        (one for one in found if one.category == code),
        key=lambda one: (one.native.diameter_mm, one.lesion_id),
    )
    places = _spread(len(own), _SHOWN)
    unit = "mm" if study.kind == "ct" else "px"
    return ClassExamples(
        code,
        tuple(own[k].image for k in places),
        tuple(f"{own[k].native.diameter_mm:.0f} {unit}" for k in places),
        len(own),
    )


def _spread(count: int, most: int) -> list[int]:
    """At most `most` places out of `count`, first and last among them, evenly apart."""
    if count <= most:
        return list(range(count))
    return [round(k * (count - 1) / (most - 1)) for k in range(most)]


def _extraction(
    store: Store, found: Sequence[RoiRecord], ready: Sequence[LesionRecord]
) -> Extraction | None:
    """The lesion of middle size on its key slice."""
    if not found:
        return None
    order = sorted(found, key=lambda one: (one.native.diameter_mm, one.lesion_id))
    chosen = order[len(order) // 2]
    contour = cases.key_contour(store, chosen.lesion_id)
    lesion = next(one for one in ready if one.id == chosen.lesion_id)
    series = cases.series(store, lesion.series_id)
    if contour is None:
        return None
    pixels = volume.load_slice(series, contour.slice_index)
    square = roi.geometry(contour.points, series.row_spacing, series.column_spacing)
    native = chosen.native
    unit = "mm" if series.row_spacing > 0 else "px"
    return Extraction(
        chosen.category,
        window.apply(pixels, native.window_low, native.window_high),
        (series.row_spacing, series.column_spacing),
        tuple((float(x), float(y)) for x, y in contour.points),
        square.box,
        chosen.image,
        f"{native.diameter_mm:.1f} {unit} across",
        f"{chosen.side_mm:.1f} {unit} a side",
    )
