"""The command line on real studies: exit codes, JSON, sentences."""

from __future__ import annotations

import io
import json
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from foreign_ct import stack
from learn_study import make_study
from shared_data import shared_path

from engine.jobs import Progress
from reader_app.cli import program
from reader_app.cli.progress_line import ProgressLine, follow, time_words
from reader_app.cli.study import import_code
from reader_app.workflows import import_cases
from studies import cases, learning
from studies.errors import StudyError
from studies.records import FileVerdict, ImportReport
from studies.store import Store


class Calls:
    """Stands for the window and remembers how it was opened."""

    def __init__(self) -> None:
        self.opened: list[Path | None] = []
        self.shots: list[tuple[Path | None, Path, int]] = []

    def open_window(self, study: Path | None) -> int:
        self.opened.append(study)
        return 0

    def take_shots(self, study: Path | None, folder: Path, scale: int) -> int:
        self.shots.append((study, folder, scale))
        return 0


@pytest.fixture
def calls() -> Calls:
    return Calls()


def run(*arguments: object, calls: Calls | None = None) -> int:
    calls = calls or Calls()
    return program(calls.open_window, calls.take_shots, [str(word) for word in arguments])


def test_without_a_command_the_window_opens(calls: Calls) -> None:
    assert run(calls=calls) == 0
    assert calls.opened == [None]


def test_app_opens_a_study(calls: Calls, tmp_path: Path) -> None:
    assert run("app", tmp_path, calls=calls) == 0
    assert calls.opened == [tmp_path]


def test_app_refuses_a_missing_study(calls: Calls, tmp_path: Path, capsys) -> None:
    assert run("app", tmp_path / "no", calls=calls) == 1
    assert calls.opened == []
    assert "There is no folder" in capsys.readouterr().err


def test_shots_take_folder_and_study(calls: Calls, tmp_path: Path) -> None:
    assert run("shots", tmp_path, calls=calls) == 0
    assert run("shots", tmp_path, "--study", "x", "--scale", 200, calls=calls) == 0
    assert calls.shots == [(None, tmp_path, 100), (Path("x"), tmp_path, 200)]


@pytest.mark.parametrize(
    "call", [("train",), ("nonsense",), ("train", "x", "--seeds", "none"), ("import", "x")]
)
def test_bad_calls_end_with_2(call: tuple[str, ...], capsys) -> None:
    assert run(*call) == 2
    assert "Error" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["train", "synthesise", "report", "export", "verify"])
def test_what_is_no_study_ends_with_2_and_a_sentence(command: str, tmp_path: Path, capsys) -> None:
    assert run(command, tmp_path) == 2
    said = capsys.readouterr()
    assert "no study" in said.err
    assert "Traceback" not in said.err + said.out


def test_every_command_explains_itself(capsys) -> None:
    assert run("--help") == 0
    listed = capsys.readouterr().out
    commands = [
        "analyse", "app", "demo", "experiment", "export", "headless", "import", "plan", "report",
        "self-test", "shots",
        "synthesise", "train", "verify",
    ]  # fmt: skip
    for command in commands:
        assert command in listed
        assert run(command, "--help") == 0
        assert len(capsys.readouterr().out) > 100


def test_training_too_few_lesions_gives_a_sentence(tmp_path: Path, capsys) -> None:
    make_study(tmp_path / "s", per_class=1).close()
    assert run("train", tmp_path / "s", "--profile", "smoke", "--arm", "cnn") == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert said.strip().endswith(".")


def test_unknown_profile_gives_a_sentence(tmp_path: Path, capsys) -> None:
    make_study(tmp_path / "s").close()
    assert run("train", tmp_path / "s", "--profile", "huge") == 1
    assert "huge" in capsys.readouterr().err


@pytest.mark.slow
def test_train_then_synthesise_then_report(tmp_path: Path, capsys) -> None:
    study = tmp_path / "s"
    make_study(study, per_class=4).close()
    assert run("train", study, "--arm", "cnn", "--profile", "smoke", "--json") == 0
    trained = json.loads(capsys.readouterr().out)
    assert [one["fold"] for one in trained] == [0, 1, 2]
    assert all(one["state"] == "finished" and one["n"] > 0 for one in trained)
    assert run("train", study, "--arm", "cnn", "--profile", "smoke") == 0
    assert "3 of these runs had been trained before" in capsys.readouterr().out
    assert run("synthesise", study) == 1
    assert "no trained generator" in capsys.readouterr().err
    assert run("report", study) == 0
    page = Path(capsys.readouterr().out.splitlines()[-1])
    assert "<html" in page.read_text(encoding="utf-8").lower()
    assert run("export", study, "--to", tmp_path / "out") == 0
    files = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert files
    assert all(file.parent == tmp_path / "out" and file.stat().st_size for file in files)
    store = Store.open(study)
    assert len(learning.runs(store)) == 3
    store.close()


def test_verify_a_study_without_readers(tmp_path: Path, capsys) -> None:
    make_study(tmp_path / "s").close()
    assert run("verify", tmp_path / "s") == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [("taken taken", 0), ("taken badged", 0), ("taken left_out", 1), ("left_out", 2), ("", 2)],
)
def test_import_codes(verdicts: str, code: int) -> None:
    files = tuple(FileVerdict(str(k), v, "") for k, v in enumerate(verdicts.split()))
    assert import_code(ImportReport(files, ())) == code


def test_import_of_a_missing_path_makes_no_study(tmp_path: Path, capsys) -> None:
    assert run("import", tmp_path / "s", tmp_path / "nowhere") == 2
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "s").exists()


def counting(total: int) -> Generator[Progress, None, str]:
    for done in range(total):
        yield Progress(done, total, f"epoch {done}")
    return "result"


def test_follow_returns_the_result(capsys) -> None:
    assert follow(counting(3)) == "result"
    assert "epoch 0" in capsys.readouterr().err


def test_follow_closes_the_work_on_an_error() -> None:
    closed: list[bool] = []

    def work() -> Generator[Progress, None, None]:
        try:
            yield Progress(0, 1, "start")
            raise StudyError("Disk full.")
        finally:
            closed.append(True)

    with pytest.raises(StudyError, match="Disk full"):
        follow(work())
    assert closed == [True]


def test_progress_words_have_bar_count_and_time_left() -> None:
    line = ProgressLine(io.StringIO(), started=0.0)
    words = line.words(Progress(50, 100, "epoch 50"), now=30.0)
    assert words == f"[{'#' * 12}{' ' * 12}] 50/100  epoch 50  30 s left"
    assert "left" not in line.words(Progress(0, 0, "waiting"), now=30.0)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.1, "1 s"), (54, "54 s"), (60, "1 min"), (7800, "2 h 10 min")]
)
def test_time_in_words(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


def test_study_is_closed_after_a_command(tmp_path: Path) -> None:
    make_study(tmp_path / "s").close()
    assert run("verify", tmp_path / "s") == 0
    store = Store.open(tmp_path / "s")
    assert not store.read_only
    assert cases.study(store).name == "T"
    store.close()


def test_plan_gives_the_published_power(capsys) -> None:
    expected = json.loads(
        shared_path("reference/reader/expected/mrmc_sample_size.json").read_text(encoding="utf-8")
    )
    random, fixed = expected["cases"]
    pilot = shared_path("reference/reader/data/vandyke.csv")
    for case, place in ((random, 0), (fixed, 1)):
        words = ("--readers", case["J"], "--cases", case["K"], "--effect", case["effect"])
        assert run("plan", pilot, *words, "--json") == 0
        found = json.loads(capsys.readouterr().out)[place]
        assert found["power"] == pytest.approx(case["power"], abs=1e-6)


def test_plan_needs_a_graded_pilot(tmp_path: Path, capsys) -> None:
    pilot = tmp_path / "pilot.csv"
    pilot.write_text("reader,case,rating\nA,1,cyst\nB,1,cyst\n")
    assert run("plan", pilot, "--readers", 5, "--cases", 100, "--effect", 0.05) == 1
    assert "gives no variance components" in capsys.readouterr().err
    assert run("plan", pilot, "--readers", 5, "--cases", 100, "--effect", 5) == 1
    assert "between 0 and 1" in capsys.readouterr().err


def test_experiment_status_and_report(tmp_path: Path, capsys) -> None:
    make_study(tmp_path / "s", per_class=4).close()
    assert run("experiment", "status", tmp_path / "s", "--profile", "smoke", "--json") == 1
    groups = json.loads(capsys.readouterr().out)
    assert {"cnn", "cnn-aug", "cnn-aug-gan", "acgan-d", "bovw-multi"} <= {g["arm"] for g in groups}
    assert all(group["finished"] == 0 < group["total"] for group in groups)
    assert run("experiment", "status", tmp_path / "s", "--arms", "nonsense") == 1
    assert "There is no arm nonsense; choose out of cnn" in capsys.readouterr().err
    assert run("experiment", "report", tmp_path / "s") == 0
    assert "No network is trained" in capsys.readouterr().out


@pytest.mark.slow
def test_experiment_runs_once(tmp_path: Path, capsys) -> None:
    make_study(tmp_path / "s", per_class=4).close()
    words = (tmp_path / "s", "--profile", "smoke", "--arms", "cnn")
    assert run("experiment", "run", *words) == 0
    assert "3 runs finished, 0 had been trained before" in capsys.readouterr().out
    assert run("experiment", "run", *words) == 0
    assert "3 runs finished, 3 had been trained before" in capsys.readouterr().out
    assert run("experiment", "status", *words) == 0
    capsys.readouterr()
    assert run("experiment", "report", tmp_path / "s", "--json") == 0
    assert "CNN" in capsys.readouterr().out


def test_import_of_real_ct_counts_every_file_once(tmp_path: Path, capsys) -> None:
    source = shared_path("data/ct_ts_example_dicom")
    files = sorted(str(path) for path in source.rglob("*") if path.is_file())
    code = run("import", tmp_path / "s.blindread", source, "--json")
    report = json.loads(capsys.readouterr().out)
    listed = [*report["taken"], *(v["file"] for v in report["badged"] + report["left_out"])]
    assert sorted(listed) == files
    assert code == (1 if report["left_out"] else 0)
    assert sum(series["slices"] for series in report["series"]) == 20
    assert all(verdict["reason"] for verdict in report["badged"] + report["left_out"])
    store = Store.open(tmp_path / "s.blindread")
    assert cases.study(store).name == "s"
    assert len(cases.cases(store)) == 1
    store.close()


def test_import_of_nothing_usable_ends_with_2_and_leaves_no_study(tmp_path: Path, capsys) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    assert run("import", tmp_path / "s", tmp_path / "in") == 2
    assert "notes.txt" in capsys.readouterr().out
    assert not (tmp_path / "s").exists()


def test_a_new_study_keeps_the_series_that_came_in_before_the_disk_was_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    for patient in "AB":
        stack(tmp_path / "in" / patient, (0.0, 5.0), series=f"1.2.{ord(patient)}", patient=patient)
    write, left = import_cases.write_synced, iter(range(3))

    def write_three(path: Path, content: bytes) -> None:
        if next(left, None) is None:
            raise StudyError("The disk is full.")
        write(path, content)

    monkeypatch.setattr(import_cases, "write_synced", write_three)
    assert run("import", tmp_path / "s", tmp_path / "in") == 1
    assert "The disk is full." in capsys.readouterr().err
    with Store.open(tmp_path / "s") as store:
        assert [one.slices for one in cases.all_series(store)] == [2]


def test_import_of_a_manifest_makes_a_roi_study(tmp_path: Path, capsys) -> None:
    from PIL import Image

    rows = ["file,patient,diagnosis"]
    for number in range(4):
        name = f"p{number}.png"
        pixels = np.random.default_rng(number).integers(0, 255, (80, 80), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / name)
        rows.append(f"{name},P{number},{'benign' if number % 2 else 'malignant'}")
    (tmp_path / "list.csv").write_text("\n".join(rows))
    assert run("import", tmp_path / "s", tmp_path / "list.csv") == 0
    store = Store.open(tmp_path / "s")
    study = cases.study(store)
    assert study.kind == "roi"
    assert sorted(name.casefold() for name in study.scheme.names) == ["benign", "malignant"]
    assert len(cases.lesions(store)) == 4
    store.close()
    capsys.readouterr()


def test_import_of_a_broken_manifest_gives_a_sentence(tmp_path: Path, capsys) -> None:
    (tmp_path / "list.csv").write_text("a,b\n1,2\n")
    assert run("import", tmp_path / "s", tmp_path / "list.csv") in (1, 2)
    said = capsys.readouterr().err
    assert said.strip()
    assert "Traceback" not in said
    assert not (tmp_path / "s").exists()
