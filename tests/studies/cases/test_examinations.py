"""Cases, series, and the study's own name, classes, window and numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from studies import cases, learning
from studies.cases import NewSeries
from studies.errors import StudyError
from studies.learning import NewRun, NewSynthetic
from studies.records import DEFAULT_SCHEME, ClassScheme, SeriesRecord
from studies.store import Store


def as_new(series: SeriesRecord, **changes: object) -> NewSeries:
    fields = {name: getattr(series, name) for name in NewSeries.__dataclass_fields__}
    fields |= {"folder": Path(series.folder.name), **changes}
    return NewSeries(**fields)


def test_a_patient_has_one_case_and_perhaps_an_extra_one(store: Store) -> None:
    first = cases.add_case(store, " P1 ", simulated=True)
    assert cases.add_case(store, "P1") == first
    extra = cases.add_case(store, "P1", extra=True)
    assert (first.patient, first.extra, first.simulated, first.series) == ("P1", False, True, ())
    assert (extra.id != first.id, extra.extra) == (True, True)
    assert [case.id for case in cases.cases(store)] == [first.id, extra.id]
    counted = cases.counts(store)
    assert (counted.patients, counted.cases) == (1, 2)


def test_a_case_needs_a_patient(store: Store) -> None:
    with pytest.raises(StudyError, match="Give a pseudonym"):
        cases.add_case(store, "  ")


def test_a_series_comes_back_as_recorded(store: Store, series: SeriesRecord) -> None:
    assert cases.series(store, series.id) == series
    assert cases.all_series(store) == (series,)
    assert cases.cases(store)[0].series == (series,)
    assert series.folder == store.series_folder / "P1"
    assert (series.patient, series.badges) == ("P1", ("simulated", "lossy"))


def test_series_that_cannot_be_are_refused(store: Store, series: SeriesRecord) -> None:
    case = series.case_id
    refused = (
        (case, {}, "in this study already"),
        (99, {"series_uid": "9"}, "no case 99"),
        (case, {"series_uid": "9", "folder": Path("P2")}, "are not in the study"),
        (case, {"series_uid": "9", "folder": Path("../runs")}, "inside the study's series folder"),
        (case, {"series_uid": "9", "folder": store.runs_folder}, "inside the study's series"),
    )
    for number, changes, words in refused:
        with pytest.raises(StudyError, match=words):
            cases.add_series(store, number, as_new(series, **changes))
    with pytest.raises(StudyError, match="no series 99"):
        cases.series(store, 99)
    assert cases.all_series(store) == (series,)


def test_the_name_changes_and_the_folder_keeps_its_own(store: Store) -> None:
    folder = store.folder
    assert cases.rename(store, " Liver 2 ").name == "Liver 2"
    assert (cases.study(store).name, cases.study(store).folder) == ("Liver 2", folder)
    with pytest.raises(StudyError, match="needs a name"):
        cases.rename(store, " ")


def test_classes_change_only_before_the_first_diagnosis(store: Store, series: SeriesRecord) -> None:
    first, second, _ = DEFAULT_SCHEME.categories
    two = ClassScheme((replace(first, name="Zyste"), second))
    assert cases.set_scheme(store, two).scheme == two
    with pytest.raises(StudyError, match="2 to 6 classes"):
        cases.set_scheme(store, ClassScheme((first,)))
    lesion = cases.add_lesion(store, series.id)
    cases.confirm_diagnosis(store, lesion.id, "cyst", "biopsy", "A")
    with pytest.raises(StudyError, match="cannot change once a lesion is diagnosed"):
        cases.set_scheme(store, DEFAULT_SCHEME)
    assert cases.study(store).scheme == two


def test_the_window_is_checked_and_kept(store: Store) -> None:
    changed = cases.set_window(store, -160, 240)
    assert (changed.window_low, changed.window_high) == (-160.0, 240.0)
    for low, high in ((5.0, 5.0), (10.0, 1.0), (float("nan"), 1.0)):
        with pytest.raises(StudyError, match="lower end"):
            cases.set_window(store, low, high)
    assert cases.study(store).window_low == -160.0


def test_the_numbers_of_home_count_what_is_listed(store: Store, series: SeriesRecord) -> None:
    assert cases.counts(store).protocol_version == 0
    drawn, bare, removed = (cases.add_lesion(store, series.id).id for _ in range(3))
    square = ((1.0, 1.0), (9.0, 1.0), (9.0, 9.0))
    for lesion in (drawn, removed):
        cases.save_contour(store, lesion, "u", 0, square, "A", "polygon")
        cases.confirm_diagnosis(store, lesion, "cyst", "biopsy", "A")
    cases.confirm_diagnosis(store, bare, "cyst", "biopsy", "A")
    cases.remove_lesion(store, removed)
    image = np.zeros((64, 64), np.float32)
    for name in ("kept", "taken out"):
        run = learning.start_run(store, NewRun(name, "dcgan", "generator", 1, "smoke", "{}"))
        learning.add_synthetic(store, run.id, (NewSynthetic("cyst", 1, 0, image),))
        learning.update_run(store, run.id, state="finished")
    learning.delete_run(store, run.id)
    counted = cases.counts(store)
    assert (counted.lesions, counted.margins, counted.diagnosed) == (2, 1, 1)
    assert (counted.runs, counted.runs_finished, counted.synthetic) == (1, 1, 1)
    assert len(learning.synthetic_rois(store)) == counted.synthetic
    assert (counted.series, counted.readers, counted.unblinded) == (1, 0, False)
