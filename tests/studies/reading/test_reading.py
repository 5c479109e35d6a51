"""From draft to joined answers: what is sealed stays, what is blinded stays blinded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from reading_study import LOOSE, answer, loose_draft, read_all, readable_study

from studies import cases, learning, reading
from studies.errors import BlindingError, SealedError, StudyError
from studies.package import ReadingPackage
from studies.reading import ModelAnswer
from studies.records import ReaderRecord
from studies.store import Store

OF_CLASS = ("diagnosis", "confidence")


def opened(reader: ReaderRecord) -> ReadingPackage:
    assert reader.package is not None
    return ReadingPackage.open(reader.package)


def finish(store: Store, reader: ReaderRecord) -> ReaderRecord:
    package = opened(reader)
    read_all(package)
    package.close()
    return reading.merge(store, reader.id)


def test_default_draft_takes_what_there_is(store: Store) -> None:
    draft = reading.draft_default(store)
    assert dict(draft.real_per_category) == dict.fromkeys(cases.study(store).scheme.codes, 5)
    assert dict(draft.synthetic_per_category) == dict.fromkeys(cases.study(store).scheme.codes, 3)
    assert len(reading.preview_order(store, draft, 1)) == 24


def test_the_preview_is_the_order_that_is_enrolled(store: Store) -> None:
    draft = loose_draft(store, repeats=2)
    previewed = reading.preview_order(store, draft, 1)
    reading.seal(store, draft)
    reader = reading.enrol(store, "Simulated 1", kind="simulated")
    key = reading.simulation_key(store, reader.id)
    assert [(t.category, t.origin, t.repeat) for t in key] == [
        (t.category, t.origin, t.repeat) for t in previewed
    ]


def test_truth_is_refused_before_unblinding_and_complete_after(
    store: Store, reader: ReaderRecord
) -> None:
    done = finish(store, reader)
    assert (done.answered, done.trials, bool(done.finished)) == (26, 26, True)
    assert done.seconds_per_trial == pytest.approx(0.9)
    for protocol_id in (None, done.protocol_id):
        with pytest.raises(BlindingError):
            reading.answers(store, protocol_id)
    with pytest.raises(BlindingError):
        reading.simulation_key(store, reader.id)
    record = reading.unblind(store, "Coordinator", "All have read")
    assert (record.unblinded_by, record.unblinding_reason) == ("Coordinator", "All have read")
    answers = reading.answers(store)
    assert sum(a.repeat for a in answers) == 2
    assert [a.position for a in answers] == list(range(26))
    first = [a for a in answers if not a.repeat]
    assert sum(a.truth_origin == "real" for a in first) == 15
    truth = {lesion.id: lesion.category for lesion in cases.lesions(store)}
    assert all(truth[a.lesion_id] == a.truth_category for a in first if a.lesion_id is not None)
    with pytest.raises(SealedError):
        reading.unblind(store, "Coordinator", "again")
    with pytest.raises(SealedError, match="Seal a new version"):
        reading.enrol(store, "Late")


def test_a_correction_keeps_both_answers(store: Store, reader: ReaderRecord) -> None:
    package = opened(reader)
    first = package.current
    assert first is not None
    package.record(answer(first, "cyst", 2))
    assert package.can_undo()
    assert package.undo() == first
    assert package.current == first
    package.record(answer(first, "metastasis", 4))
    assert not package.can_undo(), "each trial is opened again once"
    with pytest.raises(SealedError):
        package.undo()
    read_all(package)
    package.close()
    reading.merge(store, reader.id)
    reading.unblind(store, "C", "done")
    corrected = [a for a in reading.answers(store) if a.corrected]
    assert [(a.diagnosis, a.first_diagnosis, a.confidence, a.first_confidence) for a in corrected] \
        == [("metastasis", "cyst", 4, 2)]  # fmt: skip
    assert corrected[0].seconds == pytest.approx(1.8)


def test_answers_after_unblinding_stay_outside(store: Store, reader: ReaderRecord) -> None:
    package = opened(reader)
    trial = package.current
    assert trial is not None
    package.record(answer(trial))
    reading.merge(store, reader.id)
    reading.unblind(store, "C", "stopped early")
    read_all(package)
    package.close()
    with pytest.raises(SealedError, match="not blinded"):
        reading.merge(store, reader.id)
    assert len(reading.answers(store)) == 1


def test_merging_again_adds_only_what_is_new(store: Store, reader: ReaderRecord) -> None:
    package = opened(reader)
    for expected in (1, 2, 3):
        trial = package.current
        assert trial is not None
        package.record(answer(trial))
        assert reading.merge(store, reader.id).answered == expected
    assert reading.merge(store, reader.id).answered == 3
    package.close()
    assert reading.verify(store).ok


def test_readers_know_their_trials_by_ids_that_repeat_nowhere(store: Store) -> None:
    reading.seal(store, loose_draft(store, repeats=3))
    packages = [opened(reading.enrol(store, f"Reader {k}")) for k in (1, 2)]
    ids = [trial.trial_id for package in packages for trial in package.trials]
    assert len(set(ids)) == len(ids) == 54
    files = {path.stem for path in store.items_folder.iterdir()}
    assert not files & set(ids)
    for package in packages:
        package.close()


def test_every_stored_picture_has_one_size_and_one_date(store: Store, reader: ReaderRecord) -> None:
    assert reader.package is not None
    stats = [path.stat() for path in (reader.package / "items").iterdir()]
    assert {s.st_size for s in stats} == {4096}
    assert len({s.st_mtime for s in stats}) == 1
    package = opened(reader)
    image = package.image(package.trials[0])
    assert image.shape == (64, 64)
    assert image.dtype == np.float32
    assert 0 <= image.min() <= image.max() <= 1
    package.close()


def test_the_package_holds_no_truth(store: Store, reader: ReaderRecord) -> None:
    """Canaries: patients, study name, runs, folds and ids of items, in any file of the folder."""
    assert reader.package is not None
    package = opened(reader)
    read_all(package)
    package.close()
    canaries = {lesion.patient for lesion in cases.lesions(store)}
    canaries |= {run.run_hash for run in learning.runs(store)}
    canaries |= {"Canary", "Hospital", "dcgan", "generator", "lesion", "fold", "patient", "P-0"}
    canaries |= {path.stem for path in store.items_folder.iterdir()}
    content = b"".join(p.read_bytes() for p in reader.package.rglob("*") if p.is_file())
    names = " ".join(str(p.relative_to(reader.package)) for p in reader.package.rglob("*"))
    found = [c for c in canaries if c.encode() in content or c in names]
    assert found == []
    assert b"Metastasis" in content, "the search itself must be able to find a word"


def test_practice_comes_first_and_is_never_of_the_study(store: Store) -> None:
    real = tuple((code, 4) for code in cases.study(store).scheme.codes)
    reading.seal(store, loose_draft(store, real_per_category=real, practice=2))
    reader = reading.enrol(store, "Reader 1")
    package = opened(reader)
    assert [trial.practice for trial in package.trials[:3]] == [True, True, False]
    package.close()
    finish(store, reader)
    reading.unblind(store, "C", "done")
    answers = reading.answers(store)
    assert len(answers) == 21
    assert answers[0].position == 0
    with pytest.raises(StudyError, match="left over"):
        reading.seal(store, loose_draft(store, practice=40, questions=OF_CLASS))


def test_a_second_version_leaves_the_first_alone(store: Store, reader: ReaderRecord) -> None:
    first = reading.protocol(store, 1)
    assert first is not None
    draft = reading.next_draft(store, first)
    assert sum(count for _, count in draft.synthetic_per_category) == 0, "draws are read once"
    with pytest.raises(StudyError, match="no synthetic ROI is left"):
        reading.seal(store, replace(draft, constraints=LOOSE))
    second = reading.seal(store, replace(draft, constraints=LOOSE, questions=OF_CLASS))
    assert (second.version, second.synthetic_items) == (2, 0)
    assert reading.protocol(store, 1) == first
    assert reading.readers(store, second.id) == ()
    assert reading.verify(store).ok


def test_too_few_and_impossible_are_said(store: Store) -> None:
    draft = loose_draft(store)
    with pytest.raises(StudyError, match="5 are there"):
        reading.seal(store, replace(draft, real_per_category=(("cyst", 6),)))
    with pytest.raises(StudyError, match="at least one question"):
        reading.seal(store, replace(draft, questions=()))
    with pytest.raises(StudyError, match="ask the class too"):
        reading.seal(store, replace(draft, questions=("origin", "confidence")))
    with pytest.raises(StudyError, match="No protocol is sealed"):
        reading.enrol(store, "Reader 1")
    assert list(store.items_folder.iterdir()) == []


def test_a_taken_name_is_refused(store: Store, reader: ReaderRecord) -> None:
    with pytest.raises(SealedError, match="another pseudonym"):
        reading.enrol(store, "reader 1")
    with pytest.raises(StudyError, match="pseudonym"):
        reading.enrol(store, "  ")
    assert len(list((store.folder / "reading").iterdir())) == 1


def test_a_leak_is_sealed_only_with_a_reason(tmp_path: Path) -> None:
    with readable_study(tmp_path / "leak.blindread", synthetic=4) as store:
        draft = loose_draft(store)
        assert reading.audit_draft(store, draft).verdict == "leak", "drawn ROIs are clipped harder"
        with pytest.raises(StudyError, match="written reason"):
            reading.seal(store, draft)
        sealed = reading.seal(store, draft, override="a trial run")
        assert (sealed.audit, sealed.override) == ("leak", "a trial run")
        stored = reading.sealed_audit(store, sealed.id)
        assert stored is not None
        assert stored.rows[0].name == "All together"
        assert reading.verify(store).ok


def test_a_network_reads_the_same_items(store: Store, reader: ReaderRecord) -> None:
    items = reading.sealed_items(store)
    given = tuple(ModelAnswer(item.id, "cyst", (0.5, 0.3, 0.2)) for item in items)
    model = reading.record_model_reading(store, "CNN-AUG", "out-of-fold", given)
    assert (model.kind, model.answered, model.package) == ("model", 24, None)
    with pytest.raises(StudyError, match="no package"):
        reading.merge(store, model.id)
    with pytest.raises(StudyError, match="other classes"):
        reading.record_model_reading(store, "X", "", (ModelAnswer(items[0].id, "goose"),))
    with pytest.raises(StudyError, match="newest protocol"):
        reading.record_model_reading(store, "X", "", (ModelAnswer(10_000, "cyst"),))
    reading.unblind(store, "C", "done")
    answers = [a for a in reading.answers(store) if a.reader_kind == "model"]
    assert len(answers) == 24
    assert {a.origin for a in answers} == {""}
    assert reading.verify(store).ok


def test_a_try_out_records_nothing(store: Store, tmp_path: Path) -> None:
    before = reading.verify(store)
    tried = reading.try_out(store, loose_draft(store), tmp_path)
    package = ReadingPackage.open(tried.folder)
    read_all(package)
    assert package.total == 10
    package.close()
    assert reading.verify(store) == before
    assert reading.readers(store) == ()
