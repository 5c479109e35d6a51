"""What the coordinator may watch, what the report tells of the course, and answers sent back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from reading_study import answer, loose_draft, read_all, readable_study

from studies import cases, places, reading
from studies.access import set_passphrase
from studies.errors import BlindingError, SealedError, StudyError
from studies.package import Clock, Questionnaire, ReadingPackage, Response, Unusual
from studies.package.transport import pack_answers
from studies.reading import PartProgress
from studies.records import OrderConstraints, ReaderRecord
from studies.store import Store


class Ticking:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def clock(self) -> Clock:
        start = datetime(2026, 5, 1, 8, tzinfo=UTC)
        return Clock(
            lambda: start + timedelta(seconds=self.seconds), lambda: round(self.seconds * 1e9)
        )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with readable_study(tmp_path / "s.blindread") as made:
        reading.seal(made, loose_draft(made, readers_planned=1), override="small")
        yield made


@pytest.fixture
def reader(store: Store) -> ReaderRecord:
    return reading.enrol(store, "Reader 1")


def timed(response: Response, seconds: float) -> Response:
    return replace(response, commit_ms=seconds * 1000, active_ms=seconds * 1000)


def read_timed(reader: ReaderRecord, seconds: float) -> None:
    """Two sittings of `seconds` a trial, an hour apart, with a pause and an undo."""
    ticking = Ticking()
    assert reader.package is not None
    for trials in (10, 100):
        package = ReadingPackage.open(reader.package, ticking.clock())
        package.log("opened")
        while trials and (trial := package.current) is not None:
            ticking.seconds += seconds
            package.record(timed(answer(trial), seconds))
            trials -= 1
        package.log("pause")
        package.log("closed")
        package.close()
        ticking.seconds += 3600


def test_the_monitor_tells_times_sittings_and_interruptions(
    store: Store, reader: ReaderRecord
) -> None:
    (before,) = reading.monitor(store, reader.protocol_id)
    assert (before.sittings, before.last_seen, before.median_seconds) == (0, "", None)
    read_timed(reader, 6.0)
    reading.merge(store, reader.id)
    (after,) = reading.monitor(store, reader.protocol_id)
    assert after.part.answered == after.part.trials == 27
    assert after.sittings == 2
    assert after.minutes == pytest.approx(27 * 6 / 60)
    assert after.median_seconds == after.slowest_seconds == 6.0
    assert after.block_seconds == (6.0,)
    assert after.pauses == 2
    assert after.last_seen.startswith("2026-05-01T09:02")


def test_the_monitor_is_the_same_whatever_was_answered(tmp_path: Path) -> None:
    seen = []
    for number, said in enumerate(("cyst", "metastasis")):
        with readable_study(tmp_path / str(number)) as one:
            reading.seal(one, loose_draft(one), override="small")
            reader = reading.enrol(one, "Reader 1")
            assert reader.package is not None
            ticking = Ticking()
            package = ReadingPackage.open(reader.package, ticking.clock())
            while (trial := package.current) is not None:
                ticking.seconds += 5
                package.record(timed(answer(trial, said, 1 + 3 * number), 5.0))
            package.close()
            reading.merge(one, reader.id)
            (progress,) = reading.monitor(one, reader.protocol_id)
            seen.append(
                {
                    field.name: getattr(progress, field.name)
                    for field in fields(PartProgress)
                    if field.name != "part"
                }
            )
    assert seen[0] == seen[1]


def test_declarations_are_kept_and_remarks_wait_for_the_unblinding(
    store: Store, reader: ReaderRecord
) -> None:
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    package.note(Questionnaire(14, "abdomen"))
    read_all(package)
    package.note(Unusual(True, "some look smooth"))
    package.close()
    reading.merge(store, reader.id)
    (told,) = reading.declarations(store, reader.protocol_id)
    assert (told.reader, told.part, told.kind) == ("Reader 1", 1, "questionnaire")
    assert told.entries == (("remark", ""), ("speciality", "abdomen"), ("years", "14"))
    with pytest.raises(BlindingError):
        reading.remarks(store, reader.protocol_id)
    reading.unblind(store, "C", "done")
    (remark,) = reading.remarks(store, reader.protocol_id)
    assert (remark.noticed, remark.text) == (True, "some look smooth")


def test_a_reading_as_planned_has_no_deviations_but_the_override(
    store: Store, reader: ReaderRecord
) -> None:
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    read_all(package)
    package.close()
    reading.merge(store, reader.id)
    reading.unblind(store, "C", "done")
    said = reading.deviations(store, reader.protocol_id)
    overridden = [words for words in said if words.startswith("Sealed in spite of a leak")]
    assert list(said) == overridden


def test_deviations_name_readers_trials_and_the_early_unblinding(
    store: Store, reader: ReaderRecord
) -> None:
    reading.enrol(store, "Reader 2")
    reading.unblind(store, "C", "impatience")
    said = " ".join(reading.deviations(store, reader.protocol_id))
    assert "Readers planned: 1; 2 were enrolled." in said
    assert "Reader 2 answered 0 of 27 trials of the reading." in said
    assert "Unblinded before the stopping rule was met" in said


def test_differences_name_each_field_that_an_amendment_changes(store: Store) -> None:
    old = loose_draft(store)
    new = replace(old, repeats=3, staged=True, constraints=replace(old.constraints, blocks=2))
    assert reading.differences(old, new) == (
        "Hidden repeats: 0 → 3",
        "Two stages: no → yes",
        "Blocks: 3 → 2",
    )
    assert reading.differences(old, old) == ()
    assert reading.differences(old, replace(old, constraints=OrderConstraints()))


# --- answers sent back


def test_answers_from_another_computer_are_taken_in_once(
    store: Store, reader: ReaderRecord, tmp_path: Path
) -> None:
    assert reader.package is not None
    archive = sent_back(reader, tmp_path)
    merged = reading.merge_answers(store, archive)
    assert merged.answered == 27
    assert reading.merge_answers(store, archive) == merged
    assert reading.merge(store, reader.id) == merged, "the package here is only behind"
    assert reading.verify(store).ok


def test_two_copies_that_were_both_read_are_not_mixed(
    store: Store, reader: ReaderRecord, tmp_path: Path
) -> None:
    archive = sent_back(reader, tmp_path)
    reading.merge_answers(store, archive)
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    trial = package.current
    assert trial is not None
    package.record(answer(trial, "metastasis"))
    package.close()
    with pytest.raises(StudyError, match="differs from the 27 rows merged before"):
        reading.merge(store, reader.id)


def test_answers_of_another_study_and_late_ones_are_refused(
    store: Store, reader: ReaderRecord, tmp_path: Path
) -> None:
    with readable_study(tmp_path / "other.blindread") as other:
        reading.seal(other, loose_draft(other), override="small")
        stranger = reading.enrol(other, "Reader 1")
        foreign = sent_back(stranger, tmp_path / "f")
    with pytest.raises(StudyError, match="not made by this study"):
        reading.merge_answers(store, foreign)
    archive = sent_back(reader, tmp_path / "late")
    reading.unblind(store, "C", "done")
    with pytest.raises(SealedError, match="after this version was unblinded"):
        reading.merge_answers(store, archive)


def sent_back(reader: ReaderRecord, place: Path) -> Path:
    """What comes back of a package that was read on another computer, with keys of its own."""
    assert reader.package is not None
    copy = place / "copy" / reader.package.name
    shutil.copytree(reader.package, copy)
    with pytest.MonkeyPatch.context() as other_computer:
        other_computer.setattr(places, "keys_home", lambda: place / "keys")
        package = ReadingPackage.open(copy)
        read_all(package)
        package.close()
        return pack_answers(copy, place)


# --- who may read


def test_who_drew_or_diagnosed_cannot_read(store: Store) -> None:
    lesion = cases.lesions(store)[0]
    cases.confirm_diagnosis(store, lesion.id, lesion.category, "biopsy", "Dr. Ada  Lang")
    for name in ("dr. ada lang", "Dr Ada Lang", "Ｄｒ. Ada Lang", "Dr. Ada\u200b Lang."):
        with pytest.raises(BlindingError, match="knows its truth"):
            reading.enrol(store, name)
    assert reading.enrol(store, "Dr. Bo Lang").pseudonym == "Dr. Bo Lang"


def test_who_reads_cannot_draw_or_diagnose_before_the_unblinding(
    store: Store, reader: ReaderRecord
) -> None:
    lesion = cases.lesions(store)[0]
    with pytest.raises(BlindingError, match="reads this study blinded"):
        cases.confirm_diagnosis(store, lesion.id, lesion.category, "biopsy", "reader 1")
    reading.unblind(store, "C", "done")
    cases.confirm_diagnosis(store, lesion.id, lesion.category, "biopsy", "reader 1")


def test_who_has_the_study_unlocked_cannot_read_it(store: Store) -> None:
    set_passphrase(store, "a long passphrase")
    store.lock()
    store.unlock("a long passphrase", "coordinator", "Dr. Boss")
    with pytest.raises(BlindingError, match="unlocked as the coordinator"):
        reading.enrol(store, "dr boss")
