"""Files without PatientID: who is one patient decides which fold the series stand in."""

from __future__ import annotations

from pathlib import Path

import pytest
from foreign_ct import ct
from import_desk import run_import

from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.create(tmp_path / "study.blindread", "Import") as made:
        yield made


def test_series_of_one_study_without_patient_id_are_one_patient(store: Store, tmp_path: Path):
    """In a folder each, as archives export them: two patients would stand in two folds."""
    for name in ("arterial", "venous"):
        ct(tmp_path / "in" / name / "one", uid=f"1.2.{len(name)}", series=f"1.3.{len(name)}",
           patient="")  # fmt: skip
    first, second = run_import(store, tmp_path / "in").series
    assert first.patient == second.patient
    assert "no PatientID: grouped by study" in first.badges


def test_no_patient_and_no_study_are_told_by_folder(store: Store, tmp_path: Path):
    for name in ("a", "b"):
        ct(tmp_path / "in" / name / "one", uid=f"1.2.{ord(name)}", patient="",
           StudyInstanceUID=None)  # fmt: skip
    first, second = run_import(store, tmp_path / "in").series
    assert first.patient != second.patient
    assert "no PatientID: grouped by folder" in first.badges
