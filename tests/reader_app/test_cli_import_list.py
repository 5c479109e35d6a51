"""`import --list` prints what could be taken and takes nothing; `--series` takes some."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from foreign_ct import ct, stack

from reader_app.cli import program
from studies import cases
from studies.store import Store

HEIGHTS = (0.0, 5.0, 10.0)


def run(*arguments: str | Path) -> int:
    return program(lambda _: 0, lambda *_: 0, [str(one) for one in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    into = tmp_path / "in"
    stack(into / "a", HEIGHTS, series="1.1", patient="A", SeriesDescription="Portal venous")
    stack(into / "b", HEIGHTS, series="1.2", patient="B", LossyImageCompression="01")
    return into


def test_a_list_makes_no_study_and_names_each_series(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "new.blindread"
    assert run("import", study, folder, "--list") == 0
    told = capsys.readouterr().out
    assert "2 series in 6 files, 0 of them left out. Nothing was taken." in told
    assert "P-001  Portal venous  3 slices of 32 x 32, 0.70 x 0.80 x 5.00 mm" in told
    assert "--series 1.2" in told
    assert "[lossy compression]" in told
    assert not study.exists()


def test_a_list_of_some_series_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", tmp_path / "new.blindread", folder, "--list", "--series", "1.1") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "--list prints every series. Leave out --series, or --list.\n"


def test_a_list_as_json_tells_what_cannot_be_taken(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "s.blindread"
    assert run("import", study, folder / "a") == 0
    ct(folder / "scout", uid="9.1", series="9", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    capsys.readouterr()
    assert run("import", study, folder, "--list", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    first, second = told["series"]
    assert (first["series_uid"], first["takeable"]) == ("1.1", False)
    assert first["reason"] == "This series is in the study already."
    assert (second["patient"], second["slices"], second["slice_spacing"]) == ("P-002", 3, 5.0)
    assert second["badges"] == ["lossy compression"]
    assert [Path(one["file"]).name for one in told["left_out"]] == ["scout"]
    with Store.open(study, read_only=True) as store:
        assert len(cases.all_series(store)) == 1


def test_series_by_uid_come_in_alone_and_count_as_all(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "s.blindread"
    assert run("import", study, folder, "--series", "1.2", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["patient"] for one in told["series"]] == ["P-002"]
    assert {one["reason"] for one in told["left_out"]} == {"Its series was not chosen."}
    assert run("import", study, folder, "--series", "1.9") == 1
    assert "There is no series 1.9 here" in capsys.readouterr().err


def test_nothing_usable_and_manifests_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "letter.txt").write_text("no picture")
    study = tmp_path / "s.blindread"
    assert run("import", study, tmp_path / "letter.txt", "--list") == 2
    assert "left out: letter.txt" in capsys.readouterr().out.replace(f"{tmp_path}/", "")
    (tmp_path / "m.csv").write_text("file,patient,diagnosis\n")
    assert run("import", study, tmp_path / "m.csv", "--list") == 2
    assert "A manifest lists its pictures itself" in capsys.readouterr().err
    assert not study.exists()
