"""The report of a real study folder: blinded it gives nothing away, unblinded it is whole."""

from __future__ import annotations

import csv

import pytest
from read_study import read_study

from engine.jobs import result_of
from reader_app.workflows.export import export_everything, export_results
from reader_app.workflows.write_report import report_document, write_report
from studies import reading, report
from studies.errors import BlindingError, StudyError
from studies.store import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Read by two, still blinded."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(home))
        place = tmp_path_factory.mktemp("studies") / "t.blindread"
        read_study(place).close()
    return place


@pytest.fixture
def store(folder):
    opened = Store.open(folder)
    yield opened
    opened.close()


def finished(workflow):
    """Drive a workflow to its result; it told at least its beginning and its end."""
    told = []
    while True:
        try:
            told.append(next(workflow))
        except StopIteration as end:
            assert told[-1].done == told[-1].total
            return end.value


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_blinded_the_report_holds_no_answer(store, tmp_path):
    with pytest.raises(BlindingError):
        report.reader_results(store)
    page = finished(write_report(store, tmp_path / "r")).read_text()
    assert "still blinded" in page
    assert "Table 4:" not in page
    assert "Pictures of real and synthetic ROIs are left out" in page
    assert "Methods" in page
    assert "Confusion matrix: CNN-AUG" in page
    assert "Figure 1." not in page
    drawn = {one.key for one in result_of(report_document(store)).figures}
    assert "figure_8" in drawn
    assert not drawn & {"figure_1", "figure_3", "table_4_drawn", "roc_drawn", "d_prime_drawn",
                        "times_drawn", "conditions_drawn", "matrices_1"}  # fmt: skip
    assert not any(key.startswith("figure_6") for key in drawn)
    assert "Figure 6." not in page
    names = {path.name for path in finished(export_results(store, tmp_path / "csv"))}
    assert "answers.csv" not in names
    assert not any(name.startswith(("table_4", "agreement", "confusion_reader")) for name in names)
    assert {"predictions.csv", "lesions.csv", "methods.csv"} <= names


def test_unblinded_the_report_is_whole(store, tmp_path):
    if not reading.protocol(store).unblinded:
        reading.unblind(store, "Coordinator", "the reading is over")
    results = report.reader_results(store)
    assert [score.reader for score in results.scores] == ["A", "=B<b>"]
    assert results.items == results.real_items + 12
    always_cyst = results.scores[0]
    assert always_cyst.matrix.sensitivity(0).estimate == 1.0
    assert always_cyst.matrix.specificity(0).estimate == 0.0
    path = finished(write_report(store, tmp_path / "r.html"))
    page = path.read_text()
    for text in ("Table 4", "=B&lt;b&gt;", "simulated", "Research use only", "seed 20118", "t-SNE"):
        assert text in page, text
    assert "<b>" not in page
    assert "Networks read the same ROIs" not in page
    written = finished(export_results(store, tmp_path / "csv"))
    answers = rows_of(tmp_path / "csv" / "answers.csv")
    assert len(answers) == 1 + 2 * results.items
    assert {row[0] for row in answers[1:]} == {"A", "'=B<b>"}
    assert {row[-1] for row in answers[1:]} == {"simulated"}
    assert tmp_path / "csv" / "table_4.csv" in written
    assert list(tmp_path.rglob("*.part")) == []


def test_the_classifier_pools_its_folds(store):
    results = report.classifier_results(store)
    (group,) = results.groups
    assert (group.arm, group.examples, group.lead.folds) == ("cnn-aug", 50, (0, 1, 2))
    assert group.accuracy.n == 15
    assert group.lead.matrix.counts[2] == (5, 0, 0)
    assert group.simulated


def test_a_vanished_folder_gives_a_sentence(store, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StudyError, match="could not be written"):
        finished(write_report(store, blocked / "r.html"))


def test_everything_is_written_in_one_go_and_what_is_blinded_is_said(store, tmp_path):
    files = finished(export_everything(store, tmp_path / "all"))
    names = {str(path.relative_to(tmp_path / "all")) for path in files.paths}
    assert {"flow.csv", "checklist_stard.csv", "predictions.csv"} <= names
    if reading.protocol(store).unblinded:
        assert "ratings/classes_simulated.csv" in names
        assert files.notes == ()
    else:
        assert not any(name.startswith("ratings") for name in names)
        assert "blinded" in files.notes[0]
