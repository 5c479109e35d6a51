"""COCO, CSV and our JSON: vertices unchanged, measures right, cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_series import ANN, BEN
from foreign_margins import handed_on, read
from PIL import Image

from studies.errors import ImportRefusedError
from studies.imaging import contour
from studies.imaging.exchange import coco, margins_csv, margins_json
from studies.imaging.exchange.incoming.grid import grid_of
from studies.imaging.exchange.outgoing import Outgoing


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Outgoing:
    return handed_on(tmp_path_factory.mktemp("coco"))


def tables(handed: Outgoing) -> tuple[bytes, bytes]:
    return margins_csv.margins([handed]), margins_csv.vertices([handed])


def test_coco_holds_each_polygon_with_area_and_box(handed: Outgoing):
    data = coco.written([handed])
    content = json.loads(data)
    assert coco.round_trip(data, [handed]).exact
    assert len(content["annotations"]) == len(handed.margins) == 9
    images = {one["id"]: one for one in content["images"]}
    for found, margin in zip(content["annotations"], handed.margins, strict=True):
        xy = np.reshape(found["segmentation"][0], (-1, 2))
        assert [tuple(point) for point in xy.tolist()] == list(margin.points)
        assert found["area"] == contour.area_mm2(margin.points)
        x, y, width, height = found["bbox"]
        assert (x, y) == tuple(xy.min(axis=0))
        assert (x + width, y + height) == pytest.approx(tuple(xy.max(axis=0)))
        assert found["iscrowd"] == 0
        image = images[found["image_id"]]
        assert image["sop_uid"] == handed.series.frames[margin.slice_index].sop_uid
        assert (image["width"], image["height"]) == (handed.series.columns, handed.series.rows)
    assert len({one["id"] for one in content["annotations"]}) == 9


def test_coco_categories_are_the_schemes_and_undiagnosed_where_needed(handed: Outgoing):
    names = [one["name"] for one in json.loads(coco.written([handed]))["categories"]]
    assert names == list(handed.scheme.codes)
    open_case = replace(handed, margins=(replace(handed.margins[0], category=""),))
    content = json.loads(coco.written([open_case]))
    names = {one["id"]: one["name"] for one in content["categories"]}
    assert names[content["annotations"][0]["category_id"]] == coco.UNDIAGNOSED


def test_coco_numbers_go_on_over_several_series(handed: Outgoing):
    other = replace(handed, series=replace(handed.series, number=2, series_uid="1.2"))
    content = json.loads(coco.written([handed, other]))
    assert len({one["file_name"] for one in content["images"]}) == 6
    assert [one["id"] for one in content["annotations"]] == list(range(1, 19))


def test_a_round_trip_tells_another_vertex(handed: Outgoing):
    first, *rest = handed.margins
    moved = replace(handed, margins=(replace(first, points=((0.0, 0.0), *first.points)), *rest))
    assert not coco.round_trip(coco.written([handed]), [moved]).exact
    assert not margins_csv.round_trip(tables(handed), [moved]).exact
    assert not margins_json.round_trip(margins_json.written(handed), moved).exact


def test_pictures_are_grey_in_the_window(handed: Outgoing):
    names = [name for name, _, _ in coco.pictures([handed])]
    assert names == ["P-001_1_0002.png", "P-001_1_0003.png", "P-001_1_0004.png"]
    pixels = np.asarray([[-500.0, -100.0], [75.0, 400.0]], np.float32)
    found = np.asarray(Image.open(io.BytesIO(coco.picture(pixels, -100.0, 250.0))))
    assert found.tolist() == [[0, 0], [128, 255]]


def test_csv_tells_each_margin_and_each_vertex(handed: Outgoing):
    rows = list(csv.DictReader(io.StringIO(margins_csv.margins([handed]).decode("utf-8-sig"))))
    assert tuple(rows[0]) == margins_csv.MARGINS
    for row, margin in zip(rows, handed.margins, strict=True):
        assert int(row["slice"]) == margin.slice_index + 1
        assert float(row["area_mm2"]) == pytest.approx(margin.area_mm2, rel=1e-5)
        assert float(row["mean_hu"]) == pytest.approx(margin.mean_hu, rel=1e-5)
        assert (row["lesion"], row["author"]) == (margin.lesion, margin.author)
    assert margins_csv.round_trip(tables(handed), [handed]).exact
    unknown = replace(handed, margins=(replace(handed.margins[0], mean_hu=None),))
    bare = list(csv.DictReader(io.StringIO(margins_csv.margins([unknown]).decode("utf-8-sig"))))
    assert bare[0]["mean_hu"] == ""


def test_csv_runs_nothing_in_a_spreadsheet(handed: Outgoing):
    named = replace(handed, margins=(replace(handed.margins[0], author='=HYPERLINK("x")'),))
    text = margins_csv.margins([named]).decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert ",=HYPERLINK" not in text
    assert margins_csv.round_trip(tables(named), [named]).exact


def test_json_gives_back_the_same_bits(handed: Outgoing, tmp_path: Path):
    data = margins_json.written(handed)
    assert margins_json.round_trip(data, handed).exact
    path = tmp_path / "margins.json"
    path.write_bytes(data)
    found = read(path, grid_of(handed.series))
    assert [(lesion.name, lesion.author) for lesion in found.lesions] == [
        ("L1", ANN),
        ("L1", BEN),
        ("L2", ANN),
    ]
    points = [margin.points for lesion in found.lesions for margin in lesion.margins]
    assert points == [margin.points for margin in handed.margins]
    assert "confirm each diagnosis" in found.notes[0]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"version": 1', b'"version": 2', "later version"),
        (b"blindread-margins", b"other-margins", "no margins written"),
        (b'"rows": 32', b'"rows": 33', "33 x 32 px"),
        (b'"sop_uid": "2', b'"sop_uid": "3', "does not have"),
        (b'"slice_index": 1', b'"slice_index": "x"', "damaged"),
        (b'"lesion": "L2"', b'"lesion": "L1"', "two margins"),
        (b'"lesion"', b'"lesson"', "damaged"),
    ],
)
def test_json_that_does_not_fit_is_refused(
    handed: Outgoing, tmp_path: Path, old: bytes, new: bytes, reason: str
):
    data = margins_json.written(handed)
    assert old in data
    path = tmp_path / "margins.json"
    path.write_bytes(data.replace(old, new))
    with pytest.raises(ImportRefusedError, match=reason):
        read(path, grid_of(handed.series))


@pytest.mark.parametrize(
    "points",
    [
        "[[1, NaN], [1, 2], [2, 3]]",
        '[[1, "a"], [1, 2], [2, 3]]',
        "[[1, 2, 3], [1, 2, 3], [2, 3, 4]]",
        "[[1, true], [1, 2], [2, 3]]",
        "[[1, 1], [2, 2], [3, 3]]",
        "[[1, 1], [2, 2]]",
        "[]",
    ],
)
def test_json_with_points_that_are_none_is_refused(handed: Outgoing, tmp_path: Path, points: str):
    content = json.loads(margins_json.written(handed))
    content["margins"][0]["points"] = "HERE"
    path = tmp_path / "margins.json"
    path.write_text(json.dumps(content).replace('"HERE"', points), "utf-8")
    with pytest.raises(ImportRefusedError):
        read(path, grid_of(handed.series))
