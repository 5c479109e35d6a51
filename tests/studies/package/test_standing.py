"""Steps, training and entries in a package's log: what may come next, and what survives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reading_desk import OF_CLASS, VOLUME, Planned, package_of

from studies.errors import NotAStudyError, ReadOnlyError, SealedError, StudyError
from studies.package import (
    DisplayCheck,
    Feedback,
    PackageTrial,
    Questionnaire,
    ReadingPackage,
    Response,
    Unusual,
    WindowChange,
    reading_package,
)

AIDED = Planned(opinion=(0.1, 0.2, 0.7))
TAUGHT = Planned(practice=True, right="cyst")


def answer(trial: PackageTrial | None, said: str = "cyst", step: int = 1) -> Response:
    assert trial is not None
    return Response(trial.trial_id, said, "", 3, "2026-01-01", 400.0, 900.0, 900.0, step=step)


def opened(tmp_path: Path, *planned: Planned, **settings: object) -> ReadingPackage:
    package_of(tmp_path / "r.reading", planned, asked=OF_CLASS, **settings)
    return ReadingPackage.open(tmp_path / "r.reading")


def test_the_second_answer_needs_the_own_one_first(tmp_path: Path) -> None:
    package = opened(tmp_path, AIDED, AIDED)
    with pytest.raises(SealedError, match="own answer comes before"):
        package.record(answer(package.current, step=2))
    package.record(answer(package.current))
    with pytest.raises(SealedError, match="stays as it was"):
        package.record(answer(package.current, "metastasis", step=1))
    package.record(answer(package.current, "metastasis", step=2))
    assert (package.position, package.answered) == (1, 1)
    package.close()


def test_a_trial_without_an_opinion_has_one_step(tmp_path: Path) -> None:
    package = opened(tmp_path, Planned())
    with pytest.raises(SealedError):
        package.record(answer(package.current, step=2))
    package.record(answer(package.current))
    assert package.current is None
    package.close()


def test_no_trial_of_the_study_is_open_before_the_training_is_passed(tmp_path: Path) -> None:
    package = opened(tmp_path, TAUGHT, TAUGHT, Planned(), pass_mark=0.5)
    study = package.trials[2]
    for said in ("metastasis", "metastasis"):
        package.record(answer(package.current, said), Feedback(said == "cyst"))
    with pytest.raises(SealedError):
        package.record(answer(study))
    assert package.position == 0
    for said in ("cyst", "metastasis"):
        package.record(answer(package.current, said), Feedback(said == "cyst"))
    assert package.current == study
    assert [(one.right, one.of) for one in package.attempts] == [(0, 2), (1, 2)]
    package.close()
    again = ReadingPackage.open(tmp_path / "r.reading")
    assert again.current == study
    assert again.attempts == package.attempts
    again.close()


def test_an_answer_and_its_feedback_stand_together_or_not_at_all(tmp_path: Path) -> None:
    package = opened(tmp_path, TAUGHT, Planned())
    connection = package._log._connection
    connection.execute("CREATE TRIGGER full BEFORE INSERT ON event WHEN NEW.kind = 'feedback' "
                       "BEGIN SELECT RAISE(ABORT, 'disk is full'); END")  # fmt: skip
    with pytest.raises(ReadOnlyError, match="disk is full"):
        package.record(answer(package.current), Feedback(True))
    assert (package.events, package.position) == ((), 0)
    connection.execute("DROP TRIGGER full")
    package.record(answer(package.current), Feedback(True))
    assert [event.kind for event in package.events] == ["response", "feedback"]
    assert package.verify().ok
    package.close()


def test_entries_that_can_wait_are_written_with_the_next_answer(tmp_path: Path) -> None:
    package = opened(tmp_path, Planned(), Planned())
    first = package.trials[0].trial_id
    package.note(WindowChange(-100.0, 250.0), at_once=False)
    assert package.events == ()
    package.record(answer(package.current))
    package.note(WindowChange(-50.0, 250.0), at_once=False)
    package.close()
    again = ReadingPackage.open(tmp_path / "r.reading")
    assert [event.kind for event in again.events] == ["window", "response", "window"]
    assert again.events[0].trial_id == first, "it belongs to the trial in which it happened"
    assert again.verify().receipt == "matches"
    again.close()


def test_entries_are_kept_in_words(tmp_path: Path) -> None:
    package = opened(tmp_path, Planned())
    assert not package.has("questionnaire")
    for entry in (
        Questionnaire(14, "radiology"),
        DisplayCheck(3840, 2160, 1.5, 11),
        Unusual(True, "noise"),
    ):
        package.note(entry)
    assert package.has("questionnaire")
    assert [(event.kind, json.loads(event.payload)) for event in package.events] == [
        ("questionnaire", {"years": 14, "speciality": "radiology", "remark": ""}),
        ("display", {"width": 3840, "height": 2160, "scale": 1.5, "steps_seen": 11}),
        ("unusual", {"noticed": True, "text": "noise"}),
    ]
    package.close()


def test_an_answer_is_one_transaction_and_folds_nothing_in(tmp_path: Path) -> None:
    """One sync a answer: the write-ahead log grows until `settle`, and the answers are in it."""
    package = opened(tmp_path, *(Planned(),) * 260)
    statements: list[str] = []
    package._log._connection.set_trace_callback(statements.append)
    database = tmp_path / "r.reading" / "reading.sqlite"
    before = database.stat().st_mtime_ns
    for _ in range(250):
        package.note(WindowChange(0.0, 1.0), at_once=False)
        package.record(answer(package.current))
    assert statements.count("COMMIT") == 250
    assert database.stat().st_mtime_ns == before
    package.settle()
    assert database.stat().st_mtime_ns > before
    copied = ReadingPackage.open(tmp_path / "r.reading")
    assert copied.answered == 250
    for one in (copied, package):
        one.close()


def test_a_picture_swapped_after_opening_is_noticed_as_it_is_read(tmp_path: Path) -> None:
    package = opened(tmp_path, Planned(), Planned(picture=VOLUME), Planned(picture=VOLUME))
    for trial, size in zip(package.trials[:2], (4096, VOLUME.size - 2), strict=True):
        (package.folder / "items" / f"{trial.trial_id}.raw").write_bytes(bytes(size))
        with pytest.raises(NotAStudyError, match="was changed or is damaged"):
            reading_package.read_picture(package.folder, trial)
    whole = reading_package.read_picture(package.folder, package.trials[2])
    assert whole.shape == (7, 96, 128)
    assert (whole.dtype, whole.flags.writeable) == ("<i2", False)
    package.close()


def test_large_packages_open_by_size_and_verify_by_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = opened(tmp_path, Planned(picture=VOLUME))
    package.close()
    picture = next((tmp_path / "r.reading" / "items").iterdir())
    whole = picture.read_bytes()
    picture.write_bytes(bytes(VOLUME.size))
    with pytest.raises(StudyError, match="was changed"):
        ReadingPackage.open(tmp_path / "r.reading")
    monkeypatch.setattr(reading_package, "HASHED_AT_OPENING", VOLUME.size - 1)
    package = ReadingPackage.open(tmp_path / "r.reading")
    assert not package.verify().ok
    package.close()
    picture.write_bytes(whole[:-1])
    with pytest.raises(StudyError, match="was changed"):
        ReadingPackage.open(tmp_path / "r.reading")
