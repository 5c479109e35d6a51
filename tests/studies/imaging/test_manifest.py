"""Manifests of pictures: every way a spreadsheet can write one, and every sentence."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studies.errors import ImportRefusedError, StudyError
from studies.imaging.manifest import Manifest, read_manifest, read_picture, scheme_of
from studies.records import DEFAULT_SCHEME

GREY = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 20
SQUARE = "[[1, 1], [9, 1], [9, 9], [1, 9]]"


def _read(folder: Path, text: str | bytes, **options: str) -> Manifest:
    path = folder / "manifest.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_manifest(path, **options)


# --- how it is written --------------------------------------------------------------------------

PLAIN = "file,patient,diagnosis,fold\na.png,P1,Benign,1\nb.png,P2,Malignant,2\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.rstrip("\n"),
        PLAIN + ",,,\n\n ,,,\n",
        PLAIN.replace("file,patient", " File ,PATIENT"),
        PLAIN.replace("a.png", '"a.png"').replace("P1", '" P1 "'),
        "x,file,patient,y,diagnosis,fold\n0,a.png,P1,,Benign,1\n0,b.png,P2,,Malignant,2\n",
        "x,file,patient,x,diagnosis,fold\n0,a.png,P1,,Benign,1\n0,b.png,P2,,Malignant,2\n",
    ],
    ids=["plain", "bom", "windows", "semicolon", "tab", "no-end", "blank-lines", "header-case",
         "quotes", "other-columns", "twice-another-column"],
)  # fmt: skip
def test_one_manifest_in_many_writings(tmp_path: Path, text: str):
    found = _read(tmp_path, text)
    assert [(r.file, r.patient, r.diagnosis, r.fold, r.points) for r in found.rois] == [
        ("a.png", "P1", "benign", 0, ()),
        ("b.png", "P2", "malignant", 1, ()),
    ]
    assert [roi.line for roi in found.rois] == [2, 3]
    assert found.rois[0].path == tmp_path / "a.png"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "no column file, patient, diagnosis"),
        (b"file,patient\na,b\n", "no column diagnosis"),
        (b"file,patient,diagnosis\n", "no lines"),
        (b"file,patient,diagnosis,file\na,b,c,d\n", "two columns named file"),
        (b"file,patient,diagnosis\na.png,P1,\n", "line 2: diagnosis is empty"),
        (b"file,patient,diagnosis\na.png\n", "line 2: patient is empty"),
        (b"file,patient,diagnosis\na,P1,A,extra\n", "line 2: more cells than columns"),
        (b'file,patient,diagnosis\n"a,P1,A\n', "not CSV"),
        ("file,patient,diagnosis\nä.png,P1,A\n".encode("latin-1"), "not UTF-8"),
        ("file,patient,diagnosis\na,P1,A\n".encode("utf-16"), "not UTF-8"),
        (b"file,patient,diagnosis\na,P1,A\nb,P2,A\n", "1 diagnoses"),
        (b"file,patient,diagnosis\na,P1,A\na,P1,B\n", "line 3: the ROI of line 2 again"),
        (b"file,patient,diagnosis,fold\na,P1,A,1\nb,P1,B,2\n", "patient P1 is in two folds"),
        (b"file,patient,diagnosis,fold\na,P1,A,1\nb,P2,B,\n", "line 3: fold is empty"),
        (b"file,patient,diagnosis,fold\na,P1,A,1\nb,P2,B,1\n", "in one fold"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: bytes, sentence: str):
    with pytest.raises(StudyError, match=sentence):
        _read(tmp_path, text)


@settings(max_examples=150)
@given(
    st.binary(max_size=80)
    | st.text(alphabet='file,patientdgos\n";[]0', max_size=80).map(str.encode)
)
def test_any_bytes_end_in_a_manifest_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    for start in (b"", b"file,patient,diagnosis,polygon,fold\n"):
        path.write_bytes(start + content)
        with suppress(StudyError):
            assert read_manifest(path).rois


# --- classes ------------------------------------------------------------------------------------


def test_case_and_spaces_make_no_second_class(tmp_path: Path):
    lines = ["A ,P1,benign", "B,P2, BENIGN ", "C,P3,Benign", "D,P4,focal  fat", "E,P5,Focal fat"]
    found = _read(tmp_path, "file,patient,diagnosis\n" + "\n".join(lines))
    assert [category.name for category in found.scheme.categories] == ["Benign", "Focal fat"]
    assert [roi.diagnosis for roi in found.rois] == ["benign"] * 3 + ["focal-fat"] * 2


def test_the_papers_names_keep_their_looks_in_any_case():
    own = tuple(category.name for category in DEFAULT_SCHEME.categories)
    assert scheme_of(tuple(name.upper() for name in reversed(own))) == DEFAULT_SCHEME
    assert len(scheme_of(own[:2]).codes) == 2


@pytest.mark.parametrize("count", [0, 1, 7, 20])
def test_other_than_two_to_six_classes_are_refused(count: int):
    with pytest.raises(StudyError, match="2 to 6"):
        scheme_of(tuple(f"Kind {number}" for number in range(count)))


@given(st.lists(st.text(min_size=1, max_size=14).filter(str.strip), min_size=2, max_size=6))
def test_classes_are_told_apart_by_everything(names: list[str]):
    names += [category.name for category in DEFAULT_SCHEME.categories][: max(0, 6 - len(names))]
    spellings = {" ".join(name.split()).casefold() for name in names}
    if not 2 <= len(spellings) <= 6:
        return
    made = scheme_of(tuple(names)).categories
    assert len(made) == len(spellings)
    for part in ("code", "name", "short", "key", "color", "print_color", "marker"):
        assert len({getattr(category, part) for category in made}) == len(made), part
    assert not {category.key for category in made} & set("BDFGNRSUPQ")


# --- folds and polygons -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "folds"),
    [
        (("0", "1", "2"), (0, 1, 2)),
        (("1", "2", "3"), (0, 1, 2)),
        (("10", "9", "2"), (2, 1, 0)),
        (("1.0", "2", "01"), (0, 1, 0)),
        (("train", "A", "b"), (2, 0, 1)),
        (("²", "2", "x"), (2, 0, 1)),
    ],
)
def test_folds_are_numbered_in_the_order_of_their_labels(
    tmp_path: Path, labels: tuple[str, ...], folds: tuple[int, ...]
):
    rows = (f"{n}.png,P{n},{'AB'[n % 2]},{label}" for n, label in enumerate(labels))
    found = _read(tmp_path, "file,patient,diagnosis,fold\n" + "\n".join(rows))
    assert tuple(roi.fold for roi in found.rois) == folds


def test_polygons_count_from_a_corner_or_from_a_pixels_centre(tmp_path: Path):
    text = f'file;patient;diagnosis;polygon\na;P1;A;"{SQUARE}"\nb;P2;B;{SQUARE}\n'
    corner, center = _read(tmp_path, text), _read(tmp_path, text, polygon_origin="center")
    assert corner.rois[0].points == corner.rois[1].points == ((1, 1), (9, 1), (9, 9), (1, 9))
    assert center.rois[0].points[0] == (1.5, 1.5)
    with pytest.raises(StudyError, match="corner or center"):
        _read(tmp_path, text, polygon_origin="middle")


@pytest.mark.parametrize(
    "polygon",
    ["[[1, 2], [3, 4]]", "[1, 2, 3]", "{", "[[1, 2, 3], [1, 2, 3], [1, 2, 3]]", "7", "null",
     "[[0, 0], [1, NaN], [1, 1]]", "[[0, 0], [1e999, 1], [1, 1]]", "[" * 5000,
     f"[[0, 0], [{10**400}, 1], [1, 1]]"],
)  # fmt: skip
def test_what_is_no_polygon_is_said_with_its_line(tmp_path: Path, polygon: str):
    cell = '"' + polygon.replace('"', '""') + '"'
    with pytest.raises(StudyError, match=r"line 2: (the|a) polygon"):
        _read(tmp_path, f"file,patient,diagnosis,polygon\na,P1,A,{cell}\nb,P2,B,\n")


def test_a_path_written_on_windows_is_found(tmp_path: Path):
    (tmp_path / "in").mkdir()
    Image.fromarray(GREY).save(tmp_path / "in" / "a.png")
    found = _read(tmp_path, "file,patient,diagnosis\nin\\a.png,P1,A\nb,P2,B\n")
    assert found.rois[0].path.is_file()


# --- pictures -----------------------------------------------------------------------------------


def test_sixteen_bits_stay_sixteen_bits(tmp_path: Path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    Image.fromarray(GREY.astype(">u2")).save(tmp_path / "b.tif")
    np.save(tmp_path / "c.npy", GREY)
    np.save(tmp_path / "d.npy", np.asfortranarray(GREY.astype(np.float64)))
    np.savez(tmp_path / "e.npz", image=GREY)
    np.savez_compressed(tmp_path / "f.npz", GREY)
    for path in sorted(tmp_path.iterdir()):
        pixels = read_picture(path)
        assert pixels.dtype == np.float32
        np.testing.assert_array_equal(pixels, GREY)


def test_colours_become_their_grey(tmp_path: Path):
    grey = (GREY >> 8).astype(np.uint8)
    colour = np.dstack([grey] * 3)
    Image.fromarray(colour).save(tmp_path / "rgb.png")
    Image.fromarray(np.dstack([colour, np.full_like(grey, 9)])).save(tmp_path / "rgba.png")
    Image.fromarray(np.dstack([grey, grey])).save(tmp_path / "la.png")
    Image.fromarray(grey).convert("P").save(tmp_path / "palette.png")
    for path in sorted(tmp_path.iterdir()):
        np.testing.assert_array_equal(read_picture(path), grey)


def _packed(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("image.npy", content)
    return buffer.getvalue()


def _npy(array: np.ndarray, *, pickled: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=pickled)
    return buffer.getvalue()


def _claiming(shape: tuple[int, ...]) -> bytes:
    """An npy header that claims a shape, with hardly any content behind it."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) + 1) + header + b"\n" + b"\0" * 64


def _frames() -> bytes:
    buffer = io.BytesIO()
    first, *more = (Image.fromarray((GREY >> 8).astype(np.uint8) + n) for n in range(3))
    first.save(buffer, "TIFF", save_all=True, append_images=more)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.png", b""),
        ("text.png", b"hello"),
        ("cut.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ("frames.tif", _frames()),
        ("huge.npy", _claiming((1 << 20, 1 << 20))),
        ("short.npy", _claiming((512, 512))),
        ("huge.npz", _packed(_claiming((1 << 20, 1 << 20)))),
        ("bomb.npz", _packed(_npy(np.zeros((9000, 9000), np.uint8)))),
        ("objects.npy", _npy(np.array([{}, []], dtype=object), pickled=True)),
        ("words.npy", _npy(np.array([["1", "2"], ["3", "4"]]))),
        ("complex.npy", _npy(GREY * 1j)),
        ("volume.npy", _npy(np.zeros((3, 64, 64)))),
        ("nan.npy", _npy(np.full((8, 8), np.nan))),
        ("flat.npy", _npy(np.ones((8, 8)))),
        ("zip.npz", b"PK\x03\x04 cut"),
    ],
)
def test_what_is_no_grey_picture_is_refused(tmp_path: Path, name: str, content: bytes):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ImportRefusedError, match=r"\.$"):
        read_picture(path)


@pytest.mark.parametrize("name", ["a.png", "a.npy", "a.npz", "a\0b.png"])
def test_a_picture_that_is_not_there_is_said(tmp_path: Path, name: str):
    with pytest.raises(ImportRefusedError):
        read_picture(tmp_path / name)


def test_the_manifest_of_ultrasound_lesions_is_read(tmp_path: Path):
    from ultrasound_manifest import write_manifest

    path = write_manifest(tmp_path, 3)
    found = read_manifest(path)
    assert found.scheme.codes == ("benign", "malignant", "normal")
    assert {json.dumps(roi.points) != "[]" for roi in found.rois} == {True}
    assert all(read_picture(roi.path).ndim == 2 for roi in found.rois)
