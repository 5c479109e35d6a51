"""What is handed on: margins with their measures, to those who may see them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from drawn_series import ANN, BEN, COLUMN_MM, ROW_MM, drawn_study

from studies import cases
from studies.access import ANALYST, TRUTH_AUTHOR
from studies.cases.handover import drawn_series, outgoing
from studies.errors import BlindingError, StudyError
from studies.imaging import contour, volume
from studies.imaging.exchange.outgoing import Outgoing
from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with drawn_study(tmp_path) as opened:
        yield opened


@pytest.fixture
def handed(store: Store) -> Outgoing:
    return outgoing(store, drawn_series(store)[0])


def test_every_standing_margin_is_handed_on_with_its_author(handed: Outgoing):
    told = [(m.lesion, m.author, m.slice_index) for m in handed.margins]
    assert told == [
        *(("L1", ANN, n) for n in (1, 2, 3)),
        *(("L1", BEN, n) for n in (1, 2, 3)),
        *(("L2", ANN, n) for n in (1, 2, 3)),
    ]
    assert handed.authors == (ANN, BEN)
    assert [len(lesion) for lesion in handed.lesions(ANN)] == [3, 3]
    assert {m.category_name for m in handed.by(BEN)} == {"Cyst"}


def test_measures_are_those_of_the_stored_pixels(store: Store, handed: Outgoing):
    series = cases.all_series(store)[0]
    for margin in handed.margins:
        pixels = volume.load_slice(series, margin.slice_index)
        inside = pixels[contour.mask(margin.points, pixels.shape)].astype(float)
        assert margin.mean_hu == pytest.approx(inside.mean())
        assert margin.sd_hu == pytest.approx(inside.std(ddof=1))
        mm = np.array(margin.points) * (COLUMN_MM, ROW_MM)
        longest = max(math.dist(a, b) for a in mm for b in mm)
        assert margin.long_axis_mm == pytest.approx(longest)
        assert 0 < margin.short_axis_mm <= margin.long_axis_mm


def test_frames_and_uids_are_those_of_the_stored_slices(store: Store, handed: Outgoing):
    record = cases.all_series(store)[0]
    assert tuple(frame.sop_uid for frame in handed.series.frames) == volume.slice_uids(record)
    assert handed.series.series_uid == record.series_uid
    assert handed.series.file_stem == "P-001_1"
    assert {(f.row_spacing, f.column_spacing) for f in handed.series.frames} == {
        (ROW_MM, COLUMN_MM)
    }


def test_a_lesion_is_tracked_by_one_uid(handed: Outgoing):
    by_lesion = {m.lesion: {x.tracking_uid for x in handed.margins if x.lesion == m.lesion}
                 for m in handed.margins}  # fmt: skip
    assert all(len(uids) == 1 for uids in by_lesion.values())
    assert by_lesion["L1"] != by_lesion["L2"]


def test_one_author_alone_can_be_asked_for(store: Store):
    (series_id,) = drawn_series(store)
    assert {m.author for m in outgoing(store, series_id, author=BEN).margins} == {BEN}
    with pytest.raises(StudyError, match="no margin by Cy"):
        outgoing(store, series_id, author="Cy")


def test_removed_lesions_and_deleted_margins_are_not_handed_on(store: Store):
    (series_id,) = drawn_series(store)
    first, second = cases.lesions(store)
    cases.remove_lesion(store, second.id)
    cases.delete_contour(store, cases.contours(store, lesion_id=first.id, author=BEN)[0].id)
    told = [(m.lesion, m.author) for m in outgoing(store, series_id).margins]
    assert told == [("L1", ANN)] * 3 + [("L1", BEN)] * 2
    cases.remove_lesion(store, first.id)
    assert drawn_series(store) == ()
    with pytest.raises(StudyError, match="has no margin"):
        outgoing(store, series_id)


def test_an_analyst_is_refused_and_a_truth_author_is_not(store: Store):
    (series_id,) = drawn_series(store)
    folder = store.folder
    store.close()
    with Store.open(folder, role=ANALYST) as other:
        with pytest.raises(BlindingError):
            outgoing(other, series_id)
        with pytest.raises(BlindingError):
            drawn_series(other)
    with Store.open(folder, role=TRUTH_AUTHOR) as other:
        assert len(outgoing(other, series_id).margins) == 9
