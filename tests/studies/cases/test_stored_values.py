"""Stored values wait for somebody's word that they are HU, and the ROIs with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from foreign_ct import stack
from import_desk import run_import

from studies import cases
from studies.errors import BlindingError, StudyError
from studies.imaging import volume
from studies.records import SeriesRecord
from studies.store import Store

RING = tuple(
    (16 + 6 * np.cos(t), 16 + 6 * np.sin(t)) for t in np.linspace(0, 6.2, 24, endpoint=False)
)


@pytest.fixture
def waiting(store: Store, tmp_path: Path) -> SeriesRecord:
    """An imported series without a rescale, with a lesion that lacks nothing but HU."""
    stack(tmp_path / "in", (0.0, 5.0), RescaleSlope=None, RescaleIntercept=None)
    (series,) = run_import(store, tmp_path / "in").series
    lesion = cases.add_lesion(store, series.id, author="Ann")
    uid = volume.slice_uids(series)[0]
    cases.save_contour(store, lesion.id, uid, 0, RING, "Ann", "freehand")
    cases.confirm_diagnosis(store, lesion.id, "metastasis", "biopsy", "Ann")
    return series


def test_a_lesion_on_stored_values_is_not_ready(store: Store, waiting: SeriesRecord):
    (lesion,) = cases.lesions(store)
    assert (lesion.awaits_hu, lesion.is_ready) == (True, False)
    assert cases.rois(store) == ()


def test_the_word_makes_it_ready_and_is_kept_with_its_author(store: Store, waiting: SeriesRecord):
    found = cases.confirm_hu(store, waiting.id, " Ann ")
    assert (found.has_hu, found.hu_confirmed_by) == (True, "Ann")
    assert cases.series(store, waiting.id) == found
    assert cases.lesions(store)[0].is_ready
    assert len(cases.rois(store)) == 1
    assert volume.load(found).has_hu


def test_the_word_taken_back_takes_the_rois_with_it(store: Store, waiting: SeriesRecord):
    cases.confirm_hu(store, waiting.id, "Ann")
    first = cases.rois(store)[0]
    assert first.native.window_low == -100
    found = cases.withdraw_hu(store, waiting.id)
    assert (found.has_hu, found.hu_confirmed_by) == (False, "")
    assert cases.rois(store) == ()


def test_a_word_is_asked_once_and_only_where_it_is_needed(
    store: Store, waiting: SeriesRecord, series: SeriesRecord
):
    with pytest.raises(StudyError, match="The file itself"):
        cases.confirm_hu(store, series.id, "Ann")
    with pytest.raises(StudyError, match="Nobody"):
        cases.withdraw_hu(store, series.id)
    with pytest.raises(StudyError, match="who vouches"):
        cases.confirm_hu(store, waiting.id, " ")
    with pytest.raises(StudyError, match="no series 99"):
        cases.confirm_hu(store, 99, "Ann")
    cases.confirm_hu(store, waiting.id, "Ann")
    with pytest.raises(StudyError, match="Ann has vouched"):
        cases.confirm_hu(store, waiting.id, "Bob")


def test_an_analyst_gives_no_word(store: Store, waiting: SeriesRecord):
    folder = store.folder
    store.close()
    with Store.open(folder, role="analyst") as other, pytest.raises(BlindingError):
        cases.confirm_hu(other, waiting.id, "Ann")
