"""ROI import: pictures that are not DICOM, listed in a CSV with patient and diagnosis.

Columns `file, patient, diagnosis` and, if wanted, `polygon` (JSON [[x, y], …] in image px) and
`fold` (any labels: their order
numbers the folds). Paths are relative to the manifest. Pictures become grey values, never HU.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from studies.errors import ImportRefusedError, StudyError
from studies.imaging.dicom.foreign import guarded
from studies.records import DEFAULT_SCHEME, Category, ClassScheme, FloatArray, Points

NEEDED = ("file", "patient", "diagnosis")
FEWEST, MOST = 2, 6
LARGEST_MANIFEST = 64 << 20
MOST_PIXELS = 64 << 20
ORIGINS = ("corner", "center")
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
    names = list(dict.fromkeys(row["diagnosis"] for _, row in rows))
    scheme = scheme_of(tuple(names))
    codes = {category.name: category.code for category in scheme.categories}
    shift = 0.5 if polygon_origin == "center" else 0.0
    folds = _numbered(rows)
    rois = tuple(
        _roi(path, line, row, codes[_title(row["diagnosis"])], shift, folds[row.get("fold", "")])
        for line, row in rows
    )
    _check_patients(path, rois)
    return Manifest(scheme, rois)


def scheme_of(names: tuple[str, ...]) -> ClassScheme:
    """A scheme of 2-6 diagnosis names, in their order; the default's names keep their looks.

    Raises StudyError for another number of classes.
    """
    titles = list(dict.fromkeys(_title(name) for name in names))
    if not FEWEST <= len(titles) <= MOST:
        raise StudyError(
            f"The manifest names {len(titles)} diagnoses; a study has 2 to 6 classes. Put rare "
            "ones together, or correct spellings that differ."
        )
    known = {category.name: category for category in DEFAULT_SCHEME.categories}
    if all(title in known for title in titles):
        chosen = [c for c in DEFAULT_SCHEME.categories if c.name in titles]
        return ClassScheme(tuple(chosen))
    return ClassScheme(_categories(titles, known))


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
        reserved = {category.key for category in made} | {
            known[other].key for other in titles if other in known
        }
        key = _free_key(title, reserved)
        code = _free_code(title, {category.code for category in made})
        made.append(Category(code, title, title[:8], key, color, printed, marker))
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


def _title(name: str) -> str:
    """One spelling of a diagnosis: outer and double spaces gone, first letter a capital."""
    words = " ".join(name.split())
    return words[:1].upper() + words[1:]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    text = _text(path)
    reader = csv.DictReader(io.StringIO(text), restkey="more", restval="", strict=True)
    try:
        header = [str(name).strip().casefold() for name in reader.fieldnames or ()]
        missing = [name for name in NEEDED if name not in header]
        if missing:
            raise StudyError(
                f"{path.name} has no column {', '.join(missing)}. The first line names the "
                "columns: file, patient, diagnosis[, polygon][, fold]."
            )
        rows = [(reader.line_num, _cells(header, row)) for row in reader]
    except csv.Error as error:
        raise StudyError(f"{path.name}, line {reader.line_num}: not CSV ({error}).") from error
    if not rows:
        raise StudyError(f"{path.name} has no lines below its first.")
    for line, row in rows:
        for name in NEEDED:
            if not row[name]:
                raise StudyError(f"{path.name}, line {line}: {name} is empty.")
    return rows


def _cells(header: list[str], row: dict[str | None, str]) -> dict[str, str]:
    values = [str(value or "").strip() for name, value in row.items() if name != "more"]
    return dict(zip(header, values, strict=True))


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
    target = Path(file) if Path(file).is_absolute() else path.parent / file
    points = _polygon(row.get("polygon", ""), where, shift)
    return ManifestRoi(
        line=line,
        file=file,
        path=target,
        patient=row["patient"],
        diagnosis=code,
        points=points,
        fold=fold,
    )


def _numbered(rows: list[tuple[int, dict[str, str]]]) -> dict[str, int | None]:
    """0-based numbers of the fold column's values in their order; "" is no fold."""
    named = {row.get("fold", "") for _, row in rows} - {""}
    order = sorted(
        named, key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name)
    )
    return {"": None, **{name: number for number, name in enumerate(order)}}


def _polygon(text: str, where: str, shift: float) -> Points:
    if not text:
        return ()
    try:
        points = tuple((float(x) + shift, float(y) + shift) for x, y in json.loads(text))
    except (ValueError, TypeError, RecursionError) as error:
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
    folds: dict[str, int | None] = {}
    for roi in rois:
        if folds.setdefault(roi.patient, roi.fold) != roi.fold:
            raise StudyError(
                f"{path.name}, line {roi.line}: patient {roi.patient} is in two folds. All ROIs "
                "of a patient belong into one."
            )


def _picture(path: Path) -> FloatArray:
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ImportRefusedError("The picture is larger than 64 megapixels.")
            grey = image if image.mode in ("L", "I;16", "I", "F") else image.convert("L")
            return np.asarray(grey, dtype=np.float32)
    except FileNotFoundError as error:
        raise ImportRefusedError("There is no such file beside the manifest.") from error
    except UnidentifiedImageError as error:
        raise ImportRefusedError("The file is not a picture this program reads.") from error


def _array(path: Path) -> FloatArray:
    loaded = np.load(path, allow_pickle=False)
    if isinstance(loaded, np.lib.npyio.NpzFile):
        with loaded:
            if len(loaded.files) != 1:
                raise ImportRefusedError("The npz holds more than one array; keep one image each.")
            return np.asarray(loaded[loaded.files[0]], dtype=np.float32)
    return np.asarray(loaded, dtype=np.float32)
