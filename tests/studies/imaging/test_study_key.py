"""The key of a study: pseudonyms, UIDs and dates that hold, and sentences where it is lost."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from studies import places
from studies.errors import StudyError
from studies.imaging.study_key import NAME_FILE, SHIFT_DAYS, StudyKey, open_key

KEY = StudyKey(Path("unused"), bytes(range(32)))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "study" / "series").mkdir(parents=True)
    return tmp_path / "study"


def test_a_key_is_kept_outside_the_study_for_its_user_only(study: Path):
    open_key(study).named("Doe^Jane").save()
    again = open_key(study)
    assert again.pseudonym("Doe^Jane") == "P-001"
    assert places.keys_home() in again.path.parents
    assert stat.S_IMODE(again.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(again.path.parent.stat().st_mode) == 0o700
    assert not any("Doe" in file.read_text() for file in study.rglob("*") if file.is_file())


def test_names_that_others_have_are_not_given_again():
    key = KEY.named("A", frozenset({"P-001", "P-003"})).named("B", frozenset({"P-001", "P-003"}))
    assert key.patients == (("A", "P-002"), ("B", "P-004"))
    assert key.named("A") is key


@given(st.lists(st.text(), max_size=20), st.frozensets(st.integers(1, 9)))
def test_every_patient_has_a_name_of_their_own(patients: list[str], numbers: frozenset[int]):
    taken, key = frozenset(f"P-{number:03d}" for number in numbers), KEY
    for patient in patients:
        key = key.named(patient, taken)
    names = [name for _, name in key.patients]
    assert len(names) == len(set(names)) == len(set(patients))
    assert not taken & set(names)


@given(st.text(), st.text())
def test_uids_are_valid_and_told_apart(first: str, second: str):
    made = KEY.uid(first)
    assert UID(made).is_valid
    assert len(made) <= 44
    assert (made == KEY.uid(second)) == (first == second)
    assert made != StudyKey(Path("unused"), bytes(32)).uid(first)


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.dates(date(1950, 1, 1), date(2100, 1, 1)))
def test_dates_of_a_patient_keep_their_distance(one: date, other: date):
    moved = [KEY.shifted("A", f"{day:%Y%m%d}") for day in (one, other)]
    back, also = (date(int(m[:4]), int(m[4:6]), int(m[6:])) for m in moved)
    assert back - also == one - other
    assert 1 <= (one - back).days <= SHIFT_DAYS


@pytest.mark.parametrize("day", ["", "2020", "20201350", "Doe^Jane", "00010101", "2020.01.02"])
def test_what_is_no_date_is_not_kept(day: str):
    assert KEY.shifted("A", day) == ""


def test_a_lost_key_is_said_once_the_study_holds_ct(study: Path):
    path = open_key(study).path
    path.unlink()
    path = open_key(study).path  # nothing was imported yet: a new key does no harm
    slice_file = study / "series" / "0123" / "00000.dcm"
    slice_file.parent.mkdir()
    slice_file.write_bytes(b"")
    path.unlink()
    with pytest.raises(StudyError, match="not on this computer"):
        open_key(study)
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"secret": "xy", "patients": []}'])
def test_a_damaged_key_is_not_replaced(study: Path, content: str):
    path = open_key(study).path
    path.write_text(content)
    with pytest.raises(StudyError, match="damaged"):
        open_key(study)
    assert path.read_text() == content


def test_a_damaged_name_of_the_key_is_said(study: Path):
    (study / NAME_FILE).write_text("../../etc/passwd")
    with pytest.raises(StudyError, match="damaged"):
        open_key(study)
