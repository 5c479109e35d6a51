"""Readers and packages on the command line, and studies that need a passphrase."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from learn_study import make_study
from reading_study import loose_draft, read_all, readable_study

from reader_app.cli import program
from studies import reading
from studies.access import set_passphrase
from studies.package import ReadingPackage, pack_answers, unpack
from studies.store import Store

WORD = "correct horse"


def run(*arguments: object) -> int:
    return program(lambda _: 0, lambda _, __: 0, [str(word) for word in arguments])


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A sealed study with one reader, closed."""
    folder = tmp_path / "s.blindread"
    with readable_study(folder, per_class=3, synthetic=2) as store:
        reading.seal(store, loose_draft(store))
        reading.enrol(store, "Reader 1")
    return folder


@pytest.fixture
def two_parts(tmp_path: Path) -> Path:
    """The same in two conditions, 28 days apart."""
    folder = tmp_path / "s.blindread"
    with readable_study(folder, per_class=3, synthetic=2) as store:
        draft = loose_draft(store, conditions=("roi", "slice"), counterbalanced=False)
        reading.seal(store, draft)
        reading.enrol(store, "Reader 1")
    return folder


def sent(study: Path, to: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    capsys.readouterr()
    assert run("package", study, "reader 1", "--to", to) == 0
    return Path(capsys.readouterr().out.strip())


def read_elsewhere(archive: Path, desk: Path) -> Path:
    """Unpack, answer everything, pack the answers."""
    folder = unpack(archive, desk)
    package = ReadingPackage.open(folder)
    read_all(package)
    package.close()
    return pack_answers(folder, desk)


# --- there and back


def test_a_package_goes_out_and_its_answers_come_home(study: Path, tmp_path: Path, capsys) -> None:
    archive = sent(study, tmp_path / "mail", capsys)
    assert archive.parent == tmp_path / "mail"
    assert archive.name.endswith(".reading.zip")
    answers = read_elsewhere(archive, tmp_path / "desk")
    assert run("take-in", study, answers) == 0
    said = capsys.readouterr().out
    assert "Reader 1: 15 of 15 trials answered." in said
    assert "part 1 (stage both, roi): finished" in said
    assert run("take-in", study, answers) == 0, "once more changes nothing"
    assert run("verify", study) == 0
    with Store.open(study) as store:
        assert reading.readers(store)[0].finished


def test_readers_shows_progress_and_no_answer(study: Path, tmp_path: Path, capsys) -> None:
    archive = sent(study, tmp_path, capsys)
    run("take-in", study, read_elsewhere(archive, tmp_path / "desk"))
    capsys.readouterr()
    assert run("readers", study) == 0
    said = capsys.readouterr().out
    assert "Reader 1" in said
    assert "15/15" in said
    assert run("readers", study, "--json") == 0
    text = capsys.readouterr().out
    (row,) = json.loads(text)
    assert (row["reader"], row["part"]["answered"], row["part"]["trials"]) == ("Reader 1", 15, 15)
    assert row["median_seconds"] == pytest.approx(0.9)
    for word in ("cyst", "metastasis", "hemangioma", "synthetic"):
        assert word not in text + said


def test_the_next_part_waits_for_the_first_and_for_the_washout(
    two_parts: Path, tmp_path: Path, capsys
) -> None:
    assert run("issue", two_parts, "Reader 1") == 1
    assert "not finished" in capsys.readouterr().err
    archive = sent(two_parts, tmp_path, capsys)
    assert run("take-in", two_parts, read_elsewhere(archive, tmp_path / "desk")) == 0
    assert "opens 20" in capsys.readouterr().out
    assert run("issue", two_parts, "Reader 1") == 1
    assert "Traceback" not in capsys.readouterr().err
    assert run("issue", two_parts, "Reader 1", "--override", "The reader leaves") == 0
    assert "part 2 (stage both, slice): open" in capsys.readouterr().out
    second = sent(two_parts, tmp_path, capsys)
    assert second != archive
    with Store.open(two_parts) as store:
        assert reading.readers(store)[0].parts[1].override == "The reader leaves"


def test_what_is_not_there_is_a_sentence(study: Path, tmp_path: Path, capsys) -> None:
    assert run("package", study, "Nobody", "--to", tmp_path) == 1
    assert "There is no reader Nobody in this study; it has Reader 1." in capsys.readouterr().err
    assert run("take-in", study, tmp_path / "none.zip") == 2
    assert "There is no file" in capsys.readouterr().err
    (tmp_path / "words.zip").write_text("no zip")
    assert run("take-in", study, tmp_path / "words.zip") == 1
    assert "damaged" in capsys.readouterr().err
    make_study(tmp_path / "bare", per_class=1).close()
    assert run("readers", tmp_path / "bare") == 1
    assert "No protocol is sealed" in capsys.readouterr().err


def test_answers_of_another_study_are_not_taken_in(study: Path, tmp_path: Path, capsys) -> None:
    with readable_study(tmp_path / "other", per_class=3, synthetic=2) as store:
        reading.seal(store, loose_draft(store))
        foreign = reading.enrol(store, "Reader 1").package
        assert foreign is not None
    answers = pack_answers(foreign, tmp_path)
    assert run("take-in", study, answers) == 1
    assert "not made by this study" in capsys.readouterr().err


def test_every_command_explains_itself(capsys) -> None:
    for command in ("package", "take-in", "issue", "readers", "passphrase"):
        assert run(command, "--help") == 0
        assert len(capsys.readouterr().out) > 100


# --- the passphrase


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    folder = tmp_path / "locked.blindread"
    with make_study(folder, per_class=1, name="Liver") as store:
        set_passphrase(store, WORD)
    return folder


@pytest.mark.parametrize(
    "command",
    [("verify",), ("report",), ("export",), ("readers",), ("issue", "Reader 1"), ("train",),
     ("synthesise",), ("experiment", "status"), ("experiment", "report")],
)  # fmt: skip
def test_a_locked_study_asks_for_its_passphrase(
    locked: Path, command: tuple[str, ...], capsys
) -> None:
    words = (*command[:1], locked, *command[1:])
    if command[0] == "experiment":
        words = (*command, locked)
    assert run(*words) == 1
    said = capsys.readouterr()
    assert "Liver is locked" in said.err
    assert "BLINDREAD_PASSPHRASE" in said.err
    assert said.out == ""


def test_the_environment_unlocks(locked: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("BLINDREAD_PASSPHRASE", WORD)
    assert run("verify", locked) == 0
    monkeypatch.setenv("BLINDREAD_PASSPHRASE", "wrong horse")
    assert run("verify", locked) == 1
    assert "not the passphrase" in capsys.readouterr().err


def test_a_role_is_taken_from_the_environment(
    locked: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setenv("BLINDREAD_PASSPHRASE", WORD)
    monkeypatch.setenv("BLINDREAD_ROLE", "truth author")
    assert run("report", locked) == 1
    assert "for the coordinator or an analyst" in capsys.readouterr().err
    monkeypatch.setenv("BLINDREAD_ROLE", "king")
    assert run("report", locked) == 1
    assert "A role is one of" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_asked(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def prompt(words: str, **how: object) -> str:
        assert how["hide_input"]
        asked.append(words)
        return WORD

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("typer.prompt", prompt)
    assert run("verify", locked) == 0
    assert asked == ["Passphrase of Liver"]
    assert run("passphrase", locked) == 0
    assert asked[1:] == ["Passphrase of Liver", "New passphrase"]


def test_a_passphrase_is_set_and_changed_from_the_input(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    assert run("passphrase", study) == 1
    assert "--stdin" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{WORD}\n"))
    assert run("passphrase", study, "--stdin") == 0
    assert "There is no way to recover" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("another one\r\n"))
    assert run("passphrase", study, "--stdin") == 1, "the old one is needed"
    monkeypatch.setenv("BLINDREAD_PASSPHRASE", WORD)
    assert run("passphrase", study, "--stdin") == 0
    with Store.open(study, passphrase="another one") as store:
        assert store.access.unlocked
    assert WORD not in capsys.readouterr().out
