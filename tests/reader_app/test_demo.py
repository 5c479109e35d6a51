"""The small demo study: made once, then looked at from every side."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from learn_study import CODES, add_lesion
from pydicom import dcmread
from pydicom.uid import CTImageStorage
from reading_study import add_draws, loose_draft

from engine.cnn.evaluation import predict
from engine.jobs import Progress
from reader_app.workflows import demo, shipped
from reader_app.workflows.headless import run_headless
from reader_app.workflows.measure_quality import read_quality
from reader_app.workflows.neighbours import yardstick
from studies import cases, learning, reading
from studies.errors import StudyError
from studies.package import ReadingPackage
from studies.phantom.plan import SMALL_COUNTS, small_plan
from studies.records import DEFAULT_SCHEME, ReaderRecord
from studies.report.quality_tables import audit_method
from studies.store import Store

MEBIBYTE = 1 << 20


@pytest.fixture
def study(demo_folder: Path, demo_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("BLINDREAD_HOME", str(demo_home))
    with Store.open(demo_folder, read_only=True) as store:
        yield store


def test_it_has_24_patients_with_30_known_lesions(study: Store) -> None:
    lesions = cases.lesions(study)
    assert Counter(lesion.category for lesion in lesions) == dict(SMALL_COUNTS)
    assert len({lesion.patient for lesion in lesions}) == 24
    assert (len(lesions), len(cases.cases(study)), len(cases.rois(study))) == (30, 24, 30)
    assert all(lesion.is_ready and lesion.basis == "simulation" for lesion in lesions)
    assert all(10 <= (lesion.diameter_mm or 0) <= 102 for lesion in lesions)
    assert max(series.slices for series in cases.all_series(study)) <= 20


def test_it_is_small_on_the_disk(study: Store) -> None:
    size = sum(file.stat().st_size for file in study.folder.rglob("*") if file.is_file())
    print(f"small demo: {size / MEBIBYTE:.0f} MiB")  # noqa: T201
    assert size <= 250 * 10**6


def test_every_slice_is_dicom_and_says_simulated(study: Store) -> None:
    files = sorted(file for file in study.series_folder.rglob("*") if file.is_file())
    assert len(files) == sum(series.slices for series in cases.all_series(study))
    for file in files:
        head = dcmread(file, stop_before_pixels=True)
        assert head.SOPClassUID == CTImageStorage
        assert "SIMULATED" in head.Manufacturer.upper() + str(head.ImageComments).upper()
        assert head.PatientID.startswith("SIM-")


def test_everything_recorded_says_simulated(study: Store) -> None:
    assert cases.study(study).simulated
    assert all(case.simulated for case in cases.cases(study))
    assert all(s.simulated and "simulated" in s.badges for s in cases.all_series(study))
    assert all(run.simulated for run in learning.runs(study))


def test_folds_are_by_patient_and_balanced(study: Store) -> None:
    folds = {(lesion.patient, lesion.fold) for lesion in cases.lesions(study)}
    assert len(folds) == len({patient for patient, _ in folds}) == 24
    table = Counter((lesion.category, lesion.fold) for lesion in cases.lesions(study))
    for code, _ in SMALL_COUNTS:
        per_fold = [table[code, fold] for fold in range(3)]
        assert max(per_fold) - min(per_fold) <= 1, (code, per_fold)
    assert learning.fold_seed(study) is not None


def test_no_page_of_learning_is_empty(study: Store) -> None:
    runs = learning.runs(study)
    assert {run.state for run in runs} == {"finished"}
    kinds = Counter((run.kind, run.arm) for run in runs)
    assert kinds == {
        ("generator", "dcgan"): 3,
        ("classifier", "cnn"): 3,
        ("classifier", "cnn-aug"): 3,
        ("classifier", "cnn-aug-gan"): 3,
    }
    for run in runs:
        assert (run.folder / "model.safetensors").is_file()
    for arm in ("cnn", "cnn-aug", "cnn-aug-gan"):
        told = learning.predictions(study, arm=arm)
        assert sorted(one.lesion_id for one in told) == [x.id for x in cases.lesions(study)]
        assert all(sum(one.probabilities) == pytest.approx(1, abs=1e-3) for one in told)
    assert any(learning.embedding(study, run.id) for run in runs)
    for code, _ in SMALL_COUNTS:
        synthetic = learning.synthetic_rois(study, category=code, accepted=True)
        assert len(synthetic) >= demo.SYNTHETIC_PER_CLASS
        assert all(np.ptp(one.image) > 0.1 for one in synthetic)


def test_accuracies_recorded_are_those_of_the_predictions(study: Store) -> None:
    for run in (run for run in learning.runs(study) if run.kind == "classifier"):
        told = learning.predictions(study, run.id)
        right = sum(one.predicted == one.category for one in told)
        assert (run.correct, run.n) == (right, len(told))
        assert run.accuracy == pytest.approx(right / len(told))


def named(store: Store, version: int) -> dict[str, ReaderRecord]:
    protocol = reading.protocol(store, version)
    assert protocol is not None
    return {reader.pseudonym: reader for reader in reading.readers(store, protocol.id)}


def test_the_first_version_is_read_and_unblinded(study: Store) -> None:
    protocol = reading.protocol(study, 1)
    assert protocol is not None
    assert protocol.unblinded
    wanted = 3 * demo.SYNTHETIC_PER_CLASS
    assert (protocol.real_items, protocol.synthetic_items) == (30, wanted)
    assert protocol.audit == "passed" or protocol.override, "a leak is said with its reason"
    readers = named(study, 1)
    simulated = readers.pop(demo.SIMULATED_READER)
    assert simulated.kind == "simulated"
    assert "simulated" in simulated.pseudonym.lower()
    assert "simulated" in simulated.note
    assert simulated.answered == simulated.trials >= protocol.items
    assert len(readers) == len(shipped.READING_ARMS)
    assert {reader.kind for reader in readers.values()} == {"model"}
    assert all(reader.answered == reader.trials for reader in readers.values())


def test_the_answers_are_as_skilled_as_planned(study: Store) -> None:
    protocol = reading.protocol(study, 1)
    assert protocol is not None
    answers = [a for a in reading.answers(study, protocol.id) if a.reader_kind == "simulated"]
    assert {a.reader for a in answers} == {demo.SIMULATED_READER}
    skill = dict(demo.SKILL.accuracy)
    planned = np.array([skill[a.truth_category] for a in answers])
    right = sum(a.diagnosis == a.truth_category for a in answers)
    spread = np.sqrt((planned * (1 - planned)).sum())
    assert abs(right - planned.sum()) < 3.3 * spread, "within the 99.9 % of binomial chance"


def test_a_fresh_version_waits_for_its_reader(study: Store) -> None:
    protocol = reading.protocol(study)
    assert protocol is not None
    assert (protocol.version, protocol.unblinded) == (2, "")
    readers = named(study, 2)
    assert set(readers) == {demo.NEW_READER}
    reader = readers[demo.NEW_READER]
    assert (reader.kind, reader.answered) == ("person", 0)
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    try:
        first = package.current
        assert first is not None
        assert first == package.trials[0]
        image = package.image(first)
        assert (image.shape, image.dtype) == ((64, 64), np.float32)
        assert 0 <= image.min() < image.max() <= 1
    finally:
        package.close()


def test_what_was_read_is_verified_with_its_receipts(study: Store) -> None:
    report = reading.verify(study)
    assert report.ok, report.sentence
    assert {chain.receipt for chain in report.chains} == {"matches"}


def test_its_lesions_are_those_of_the_plan(study: Store) -> None:
    planned = {(plan.patient, lesion.category) for plan in small_plan() for lesion in plan.lesions}
    assert {(one.patient, one.category) for one in cases.lesions(study)} == planned


def test_recorded_predictions_are_what_the_shipped_networks_say(study: Store) -> None:
    rois = {record.lesion_id: record.image for record in cases.rois(study)}
    for run in (run for run in learning.runs(study) if run.kind == "classifier"):
        told = learning.predictions(study, run.id)
        images = np.stack([rois[one.lesion_id] for one in told])
        again = predict(run.folder / "model.safetensors", images)
        assert np.abs(again - [one.probabilities for one in told]).max() < 0.01, run.arm
        assert {
            one.fold for one in cases.lesions(study) if one.id in {p.lesion_id for p in told}
        } == {run.fold}


def test_recorded_readings_of_synthetic_rois_are_too(study: Store) -> None:
    with np.load(shipped.demo_assets() / shipped.SYNTHETIC, allow_pickle=False) as file:
        images = file["images"].astype(np.float32) / np.float32(255)
        recorded = {arm: file[f"reads {arm}"] for arm in shipped.READING_ARMS}
    for arm, shares in recorded.items():
        networks = sorted(
            (r for r in learning.runs(study) if r.arm == arm), key=lambda r: r.fold or 0
        )
        assert shares.shape == (len(images), len(networks), 3)
        for at, run in enumerate(networks):
            again = predict(run.folder / "model.safetensors", images)
            assert np.abs(again - shares[:, at]).max() < 0.01, (arm, run.fold)


def test_a_model_reads_real_items_out_of_fold(study: Store) -> None:
    protocol = reading.protocol(study, 1)
    assert protocol is not None
    for arm in shipped.READING_ARMS:
        said = {p.lesion_id: p.predicted for p in learning.predictions(study, arm=arm)}
        answers = [a for a in reading.answers(study, protocol.id) if a.reader == arm.upper()]
        real = {a.lesion_id: a.diagnosis for a in answers if a.truth_origin == "real"}
        assert real == said
        assert {a.origin for a in answers} == {""}, "a network is not asked what is synthetic"


def test_without_a_window_the_report_is_written(
    demo_folder: Path, demo_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLINDREAD_HOME", str(demo_home))
    running = run_headless()
    while True:
        try:
            next(running)
        except StopIteration as ended:
            report: Path = ended.value
            break
    text = report.read_text(encoding="utf-8")
    assert report.is_relative_to(demo_folder)
    assert "simulated" in text.lower()
    assert demo.SIMULATED_READER in text
    report.unlink()


# --- when it cannot be made


@pytest.mark.parametrize("steps", [1, 3])
def test_cancelled_in_the_middle_it_leaves_nothing(tmp_path: Path, steps: int) -> None:
    making = demo.make_demo(tmp_path / "studies" / "Demo.blindread")
    for _ in range(steps):
        next(making)
    assert [path.name for path in (tmp_path / "studies").iterdir()] == [".Demo.blindread.making"]
    making.close()
    assert list((tmp_path / "studies").iterdir()) == []


def half_read(store: Store, _full: bool) -> Iterator[Progress]:
    """A small study whose reading has begun."""
    rng = np.random.default_rng(1)
    for number in range(9):
        add_lesion(store, number, CODES[number % 3], rng)
    for fold, code in enumerate(CODES):
        add_draws(store, code, fold, 3)
    reading.seal(store, loose_draft(store))
    reading.enrol(store, "Reader 1")
    yield Progress(1, 2, "reads")


def test_cancelled_after_enrolling_no_receipt_stays(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_filled", half_read)
    making = demo.make_demo(tmp_path / "Demo")
    next(making)
    receipts = own_home / "keys" / "receipts"
    assert any(receipts.iterdir())
    making.close()
    assert list(tmp_path.iterdir()) == []
    assert list(receipts.iterdir()) == []


def test_a_folder_in_use_is_refused_and_kept(tmp_path: Path) -> None:
    used = tmp_path / "Demo.blindread"
    used.mkdir()
    (used / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for folder in (used, tmp_path / "file"):
        with pytest.raises(StudyError, match=r"is there already\. Choose a new folder"):
            next(demo.make_demo(folder))
    assert [path.name for path in used.iterdir()] == ["thesis.txt"]


def test_a_disk_that_fills_up_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reader_app.workflows.phantom_study.write_series", full)
    with pytest.raises(StudyError, match=r"Demo could not be used .No space left on device"):
        list(demo.make_demo(tmp_path / "Demo"))
    assert list(tmp_path.iterdir()) == []


def test_the_shipped_generators_are_judged_and_their_draws_audited(study: Store) -> None:
    found = read_quality(study)
    assert [one.category for one in found] == list(DEFAULT_SCHEME.codes)
    for one in found:
        assert one.is_judged  # though the study does not hold the ROIs that trained them
        space = one.space("fixed random network")
        assert space is not None
        assert (space.fake, space.blocks > 0, space.real > 60) == (128, True, True)
        limits = one.audited.limits
        assert limits is not None
        assert (limits.rois, one.audited.n) == (24, 24)
        assert 0 < limits.close < limits.copy < 1
        assert not limits.of_training
        assert "not with those that trained the generator" in audit_method(one.audited)


def test_what_its_draws_are_compared_with_is_said_to_be_others(study: Store) -> None:
    for run in (run for run in learning.runs(study) if run.kind == "generator"):
        among = yardstick(study, run.id, run.category)
        own = [one.id for one in cases.lesions(study) if one.category == run.category]
        assert [roi.lesion_id for roi in among.rois] == own
        assert not among.of_training  # they trained on the full-size phantom's


def test_missing_networks_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipped.resources, "files", lambda _package: tmp_path)
    with pytest.raises(StudyError, match=r"trained networks are missing\. Install"):
        shipped.demo_assets()


def test_networks_of_another_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / shipped.INDEX).write_text('{"format": 99, "runs": []}')
    with pytest.raises(StudyError, match="of another version"):
        shipped.runs(tmp_path)


def test_what_is_shipped_is_small_and_in_the_index(tmp_path: Path) -> None:
    folder = shipped.demo_assets()
    runs = shipped.runs(folder)
    shipped.write_index(tmp_path, runs)
    assert (tmp_path / shipped.INDEX).read_text() == (folder / shipped.INDEX).read_text()
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert size < 10 * MEBIBYTE, f"{os.fspath(folder)}: {size}"
    assert all((folder / run.folder / "model.safetensors").is_file() for run in runs)
