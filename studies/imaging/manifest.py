"""ROI import: pictures that are not DICOM, listed in a CSV with patient and diagnosis.

Columns `file, patient, diagnosis` and, if wanted, `polygon` (JSON [[x, y], …] in image px) and
`fold` (any labels: their order numbers the folds), parted by commas, semicolons or tabs. Paths are
relative to the manifest. Pictures become grey values, never HU.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image, UnidentifiedImageError

from studies.errors import ImportRefusedError, StudyError
from studies.imaging.dicom.foreign import guarded
from studies.records import DEFAULT_SCHEME, Category, ClassScheme, FloatArray, Points

NEEDED = ("file", "patient", "diagnosis")
OPTIONAL = ("polygon", "fold")
FEWEST, MOST = 2, 6
LARGEST_MANIFEST = 64 << 20
MOST_PIXELS = 64 << 20
ORIGINS = ("corner", "center")
_GREY = ("L", "I;16", "I;16L", "I;16B", "I", "F")
_MORE = (
    ("#e6cf52", "#b8860b", "diamond"),
    ("#c792ea", "#7b3fa0", "star"),
    ("#7fd6e8", "#00788a", "cross"),
    ("#f08a4b", "#d55e00", "circle"),
    ("#8398fb", "#0072b2", "triangle"),
    ("#2dbb8f", "#009e73", "square"),
)


@dataclass(frozen=True)
class ManifestRoi:
    """One line of a manifest. `fold` 0-based, None where not given; `points` () = whole image."""

    line: int
    file: str
    path: Path
    patient: str
    diagnosis: str  # the scheme's code
    points: Points
    fold: int | None


@dataclass(frozen=True)
class Manifest:
    """A read manifest: the class scheme its diagnoses make, and its lines."""

    scheme: ClassScheme
    rois: tuple[ManifestRoi, ...]


def read_manifest(path: Path, *, polygon_origin: str = "corner") -> Manifest:
    """Read a manifest; StudyError with the line number for anything that is not right.

    `polygon_origin` "center" says that polygons count from the first pixel's centre.
    """
    if polygon_origin not in ORIGINS:
        raise StudyError("polygon_origin is corner or center.")
    rows = _rows(path)
    scheme = scheme_of(tuple(row["diagnosis"] for _, row in rows))
    codes = {_spelling(category.name): category.code for category in scheme.categories}
    shift = 0.5 if polygon_origin == "center" else 0.0
    folds = _numbered(rows)
    rois = tuple(
        _roi(path, line, row, codes[_spelling(row["diagnosis"])], shift, folds[row["fold"]])
        for line, row in rows
    )
    _check_patients(path, rois)
    _check_diagnoses(path, rois)
    return Manifest(scheme, rois)


def scheme_of(names: tuple[str, ...]) -> ClassScheme:
    """A scheme of 2-6 diagnosis names, in their order; the default's names keep their looks.

    Raises StudyError for another number of classes.
    """
    known = {_spelling(category.name): category for category in DEFAULT_SCHEME.categories}
    spelled: dict[str, str] = {}
    for name in names:
        spelled.setdefault(_spelling(name), _title(name))
    titles = [known[key].name if key in known else title for key, title in spelled.items()]
    if not FEWEST <= len(titles) <= MOST:
        raise StudyError(
            f"The manifest names {len(titles)} diagnoses; a study has 2 to 6 classes. Put rare "
            "ones together, or correct spellings that differ."
        )
    own = {category.name: category for category in DEFAULT_SCHEME.categories}
    if all(title in own for title in titles):
        chosen = [c for c in DEFAULT_SCHEME.categories if c.name in titles]
        return ClassScheme(tuple(chosen))
    return ClassScheme(_categories(titles, own))


def read_picture(path: Path) -> FloatArray:
    """A picture as grey values (rows, columns) float32; ImportRefusedError with the reason."""
    if path.suffix.lower() in (".npy", ".npz"):
        pixels = guarded(lambda: _array(path), "The array cannot be read.")
    else:
        pixels = guarded(lambda: _picture(path), "The picture is damaged or cut short.")
    if pixels.ndim != 2 or min(pixels.shape) < 2 or pixels.size > MOST_PIXELS:
        raise ImportRefusedError("The picture is not a grey image of a usable size.")
    if not np.isfinite(pixels).all():
        raise ImportRefusedError("The picture holds values that are not numbers.")
    if pixels.min() == pixels.max():
        raise ImportRefusedError("The picture is of one grey value; there is nothing to see.")
    return pixels


def _categories(titles: list[str], known: dict[str, Category]) -> tuple[Category, ...]:
    looks = [look for look in _MORE if not _taken(look[0], titles, known)]
    looks = [*[x for x in _MORE[3:] if x in looks], *[x for x in _MORE[:3] if x in looks]]
    made: list[Category] = []
    for title in titles:
        if title in known:
            made.append(known[title])
            continue
        color, printed, marker = looks.pop(0)
        others = [*made, *(known[other] for other in titles if other in known)]
        key = _free_key(title, {category.key for category in others})
        code = _free_code(title, {category.code for category in others})
        short = _free_short(title, {category.short for category in others})
        made.append(Category(code, title, short, key, color, printed, marker))
    return tuple(made)


def _taken(color: str, titles: list[str], known: dict[str, Category]) -> bool:
    return any(title in known and known[title].color == color for title in titles)


def _free_key(title: str, reserved: set[str]) -> str:
    """The first letter that no other class has; never one of the page's own keys."""
    letters = [letter for letter in title.upper() if letter.isascii() and letter.isalpha()]
    offered: list[str] = letters + list("ACEHIJKLMOTVWXYZ")
    for letter in offered:
        if letter not in reserved | set("BDFGNRSUPQ"):
            return letter
    return letters[0] if letters else "X"


def _free_code(title: str, taken: set[str]) -> str:
    plain = str(unicodedata.normalize("NFKD", title)).encode("ascii", "ignore").decode()
    code = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "class"
    number, found = 2, code
    while found in taken:
        found, number = f"{code}-{number}", number + 1
    return found


def _free_short(title: str, taken: set[str]) -> str:
    """At most 8 characters that no other class has."""
    number, found = 2, title[:8]
    while found in taken:
        found, number = f"{title[:6].strip()} {number}", number + 1
    return found


def _spelling(name: str) -> str:
    """What makes two spellings one diagnosis: case and spaces do not matter."""
    return " ".join(name.split()).casefold()


def _title(name: str) -> str:
    """One spelling of a diagnosis: outer and double spaces gone, first letter a capital."""
    words = " ".join(name.split())
    return words[:1].upper() + words[1:]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        _check_header(path, header)
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise StudyError(f"{path.name}, line {reader.line_num}: not CSV ({error}).") from error
    rows = [(line, _row(path, line, header, cells)) for line, cells in lines if any(cells)]
    if not rows:
        raise StudyError(f"{path.name} has no lines below its first.")
    return rows


def _separator(text: str) -> str:
    """What stands between the columns' names; spreadsheets of many countries write semicolons."""
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _check_header(path: Path, header: list[str]) -> None:
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise StudyError(
            f"{path.name} has no column {', '.join(missing)}. The first line names the "
            "columns: file, patient, diagnosis[, polygon][, fold]."
        )
    twice = [name for name in (*NEEDED, *OPTIONAL) if header.count(name) > 1]
    if twice:
        raise StudyError(f"{path.name} has two columns named {twice[0]}. Keep one.")


def _row(path: Path, line: int, header: list[str], cells: list[str]) -> dict[str, str]:
    """The cells of the columns that are known, "" for what a short line leaves out."""
    if any(cells[len(header) :]):
        raise StudyError(
            f"{path.name}, line {line}: more cells than columns. Put quotes around a polygon or a "
            "file name that holds the separator."
        )
    found = dict(zip(header, cells, strict=False))
    row = {name: found.get(name, "") for name in (*NEEDED, *OPTIONAL)}
    for name in NEEDED:
        if not row[name]:
            raise StudyError(f"{path.name}, line {line}: {name} is empty.")
    return row


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise StudyError(f"{path.name} is larger than 64 MB, too large for a manifest.")
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise StudyError(f"{path.name} is not UTF-8 text. Save it as CSV in UTF-8.") from error


def _roi(
    path: Path, line: int, row: dict[str, str], code: str, shift: float, fold: int | None
) -> ManifestRoi:
    where = f"{path.name}, line {line}"
    file = row["file"]
    points = _polygon(row["polygon"], where, shift)
    return ManifestRoi(
        line=line,
        file=file,
        path=_target(path.parent, file),
        patient=row["patient"],
        diagnosis=code,
        points=points,
        fold=fold,
    )


def _target(folder: Path, file: str) -> Path:
    """The picture's path, also where the manifest was written on Windows."""
    target = folder / file
    if "\\" in file and not target.is_file():
        return folder / file.replace("\\", "/")
    return target


def _numbered(rows: list[tuple[int, dict[str, str]]]) -> dict[str, int | None]:
    """0-based numbers of the fold column's values in their order; "" is no fold."""
    named = {row["fold"] for _, row in rows} - {""}
    order = sorted({_fold_label(name) for name in named})
    return {"": None, **{name: order.index(_fold_label(name)) for name in named}}


def _fold_label(name: str) -> tuple[float, str]:
    """Numbers in their order ("2", "02" and "2.0" are one fold), then names."""
    try:
        number = float(name)
    except ValueError:
        number = math.inf
    return (number, "") if math.isfinite(number) else (math.inf, name.casefold())


def _polygon(text: str, where: str, shift: float) -> Points:
    if not text:
        return ()
    try:
        points = tuple((float(x) + shift, float(y) + shift) for x, y in json.loads(text))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise StudyError(f"{where}: the polygon is not JSON of the form [[x, y], …].") from error
    if len(points) < 3 or not all(math.isfinite(v) for point in points for v in point):
        raise StudyError(f"{where}: a polygon needs at least three points of numbers.")
    return points


def _check_patients(path: Path, rois: tuple[ManifestRoi, ...]) -> None:
    """A patient lies in one fold, and folds are given for all lines or none."""
    given = [roi for roi in rois if roi.fold is not None]
    if given and len(given) < len(rois):
        line = next(roi.line for roi in rois if roi.fold is None)
        raise StudyError(f"{path.name}, line {line}: fold is empty, though other lines have one.")
    if given and len({roi.fold for roi in given}) == 1:
        raise StudyError("All lines are in one fold. Name at least two, or leave the column out.")
    folds: dict[str, int | None] = {}
    for roi in rois:
        if folds.setdefault(roi.patient, roi.fold) != roi.fold:
            raise StudyError(
                f"{path.name}, line {roi.line}: patient {roi.patient} is in two folds. All ROIs "
                "of a patient belong into one."
            )


def _check_diagnoses(path: Path, rois: tuple[ManifestRoi, ...]) -> None:
    """One margin has one diagnosis."""
    first: dict[tuple[str, str, Points], ManifestRoi] = {}
    for roi in rois:
        other = first.setdefault((roi.file, roi.patient, roi.points), roi)
        if other.diagnosis != roi.diagnosis:
            raise StudyError(
                f"{path.name}, line {roi.line}: the ROI of line {other.line} again, with another "
                "diagnosis. Keep the right line."
            )


def _picture(path: Path) -> FloatArray:
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ImportRefusedError("The picture is larger than 64 megapixels.")
            if getattr(image, "n_frames", 1) > 1:
                raise ImportRefusedError("The file holds several pictures; keep one in a file.")
            grey = image if image.mode in _GREY else image.convert("L")
            return np.asarray(grey, dtype=np.float32)
    except FileNotFoundError as error:
        raise ImportRefusedError("There is no such file beside the manifest.") from error
    except UnidentifiedImageError as error:
        raise ImportRefusedError("The file is not a picture this program reads.") from error


def _array(path: Path) -> FloatArray:
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                return _numbers(file)
        with zipfile.ZipFile(path) as packed:
            members = packed.namelist()
            if len(members) != 1:
                raise ImportRefusedError("The npz holds more than one array; keep one image each.")
            with packed.open(members[0]) as member:
                return _numbers(member)
    except FileNotFoundError as error:
        raise ImportRefusedError("There is no such file beside the manifest.") from error


def _numbers(file: IO[bytes]) -> FloatArray:
    """An npy's array; size and kind are judged by its header, before anything is unpacked."""
    version = np.lib.format.read_magic(file)
    formats = np.lib.format
    read = formats.read_array_header_1_0 if version == (1, 0) else formats.read_array_header_2_0
    shape, is_fortran, kind = read(file)
    if kind.kind not in "biuf":
        raise ImportRefusedError("The array holds no plain numbers.")
    count = math.prod(shape)
    if len(shape) != 2 or count > MOST_PIXELS:
        raise ImportRefusedError("The array is not a grey image (rows, columns) of a usable size.")
    content = file.read(count * kind.itemsize)
    values = np.frombuffer(content, dtype=kind, count=count)
    return np.asarray(values.reshape(shape, order="F" if is_fortran else "C"), dtype=np.float32)
