"""Synthetic ROIs from the command line: listed, accepted, kept out, placed on maps."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from gallery_study import add_rois, gallery_study

from engine.jobs import Progress
from reader_app.cli import program
from reader_app.workflows import embed
from studies import learning
from studies.errors import StudyError
from studies.learning import decision_of
from studies.store import Store


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "g.blindread"
    with gallery_study(folder, per_class=2) as store:
        add_rois(store, 1, "cyst", ("clear", "close", "copy", "clear"))
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "g.blindread")
    return tmp_path / "g.blindread"


def run(*words: object) -> int:
    def no_window(*_: object) -> int:
        raise AssertionError("no window is wanted")

    return program(no_window, no_window, ["synthetic", *map(str, words)])


def stored(study: Path) -> list[tuple[bool, str, str]]:
    """Accepted, reason and person of each, oldest first."""
    with Store.open(study, read_only=True) as store:
        rois = learning.synthetic_rois(store)
    decisions = [decision_of(roi.decided) for roi in rois]
    return [
        (roi.accepted, one.reason if one else "", one.by if one else "")
        for roi, one in zip(rois, decisions, strict=True)
    ]


def test_they_are_listed_with_verdict_and_decision(study: Path, capsys) -> None:
    assert run("list", study, "--audit", "close", "--json") == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["id"], one["audit"], one["accepted"], one["decided"]) == (2, "close", True, False)
    assert run("list", study) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3", "4"]
    assert lines[2].endswith("kept out")


def test_those_named_are_kept_out_with_reason_and_person(study: Path, capsys) -> None:
    assert run("keep-out", study, 1, 4, "--by", "Dr A", "--reason", "cut off", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["reason"], one["by"]) for one in told["decided"]] == [
        (1, "cut off", "Dr A"),
        (4, "cut off", "Dr A"),
    ]
    assert stored(study)[0] == stored(study)[3] == (False, "cut off", "Dr A")
    assert stored(study)[1] == (True, "", "")


def test_a_class_is_accepted_but_for_its_copies(study: Path, capsys) -> None:
    assert run("accept", study, "--category", "cyst", "--by", "Dr B") == 0
    assert capsys.readouterr().out.strip() == "3 synthetic ROIs accepted; 1 copy left out."
    assert [one[0] for one in stored(study)] == [True, True, False, True]
    assert run("accept", study, 3, "--by", "Dr B") == 1


@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (("keep-out", 1, "--by", "A"), "Say why", 1),
        (("accept", "--by", "A"), "Say which", 1),
        (("accept", 99, "--by", "A"), "no synthetic ROI 99", 1),
        (("accept", "--audit", "fine", "--by", "A"), "--audit takes one of", 1),
        (("accept", "--category", "wart", "--by", "A"), "--category takes one of", 1),
        (("accept", 1), "--by", 2),
    ],
)
def test_what_cannot_be_meant_is_said(study: Path, words, said: str, code: int, capsys) -> None:
    before = stored(study)
    assert run(words[0], study, *words[1:]) == code
    assert said in capsys.readouterr().err
    assert stored(study) == before


def test_placing_tells_how_many_maps_got_some(study: Path, monkeypatch, capsys) -> None:
    def placed(_store: Store):
        yield Progress(0, 1, "Placing synthetic ROIs")
        return 2

    monkeypatch.setattr(embed, "place_synthetic", placed)
    assert run("place", study, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"placed_on": 2, "maps": []}


def test_a_locked_study_keeps_its_decisions(study: Path, monkeypatch, capsys) -> None:
    from studies.access import set_passphrase

    with Store.open(study) as store:
        set_passphrase(store, "long enough words")
    monkeypatch.setenv("BLINDREAD_PASSPHRASE", "wrong words here")
    assert run("accept", study, 1, "--by", "Dr A") == 1
    monkeypatch.setenv("BLINDREAD_PASSPHRASE", "long enough words")
    assert run("accept", study, 1, "--by", "Dr A") == 0
    with pytest.raises(StudyError), Store.open(study) as shut:
        learning.synthetic_rois(shut)
