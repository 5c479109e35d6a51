"""What the explorer counts and writes: points in a line, readings, the list of marked lesions."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from read_study import read_study

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.results_map import ReaderMark, marked_table, reader_marks
from reader_app.state.results_state import ResultsState
from reader_app.state.study_state import StudyState
from reader_app.views.results.map_lasso import inside
from reader_app.views.results.map_list import MarkedList
from studies import cases
from studies.errors import StudyError
from studies.records import DEFAULT_SCHEME, PredictionRecord


def test_a_line_holds_the_points_inside_it_and_not_those_in_its_bay():
    corners = np.array([(0, 0), (4, 0), (4, 4), (2, 1), (0, 4)], dtype=float)
    xy = np.array([(0.5, 2), (3.5, 2), (2, 3), (2, 0.5), (5, 1), (-1, 1)], dtype=float)
    assert inside(corners, xy).tolist() == [True, True, False, True, False, False]
    assert inside(corners[::-1], xy).tolist() == inside(corners, xy).tolist()
    assert not inside(corners[:2], xy).any()


def test_readings_count_once_a_reader_and_condition(paper_answers):
    real = next(a for a in paper_answers if a.lesion_id == 1)
    wrong = next(c for c in DEFAULT_SCHEME.codes if c != real.truth_category)
    one = replace(real, reader="A", diagnosis=real.truth_category)
    answers = [
        one,
        replace(one, reader="B", diagnosis=wrong, condition="aided", step=1),
        replace(one, reader="B", diagnosis=real.truth_category, condition="aided", step=2),
        replace(one, reader="B", diagnosis=wrong, condition="slice"),
        replace(one, reader="A", diagnosis=wrong, repeat=True),
        replace(one, reader="CNN-AUG", diagnosis=wrong, reader_kind="model"),
        replace(one, reader="C", diagnosis=""),
        replace(one, reader="D", lesion_id=None, synthetic_id=3),
    ]
    assert reader_marks(answers) == (ReaderMark(1, 2, 3),)
    assert reader_marks(answers[::-1]) == (ReaderMark(1, 2, 3),)


def test_the_papers_readings_are_two_a_lesion(paper_answers):
    marks = reader_marks(paper_answers)
    people = [a for a in paper_answers if a.lesion_id is not None and not a.repeat]
    assert sum(mark.asked for mark in marks) == len(people)
    right = sum(a.diagnosis == a.truth_category for a in people)
    assert sum(mark.right for mark in marks) == right


def test_the_list_says_where_a_lesion_lies_and_who_was_right(loaded):
    shown = (loaded.maps[0], loaded.maps[2])  # fold 1 of both networks
    said = PredictionRecord(shown[0].run.id, 1, "cyst", "metastasis", (0.3, 0.6, 0.1))
    given = (replace(shown[0], said=(said,)), shown[1])
    full = replace(loaded, reader_marks=(ReaderMark(1, 1, 2),))
    table = marked_table(full, given, (1, 2))
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    point = next(p for p in shown[0].embedding.points if p.lesion_id == 1 and not p.augmented)
    assert rows[0]["patient"] == "P-001"
    assert rows[0]["CNN-AUG x"] == f"{point.x:.3f}"
    assert rows[0]["CNN-AUG says"] == "metastasis"
    assert rows[0]["CNN-AUG-GAN says"] == ""
    assert (rows[0]["readings right"], rows[0]["readings"]) == ("1", "2")
    assert rows[1]["fold"] == "2"
    assert rows[1]["CNN-AUG x"] == ""  # a lesion of another fold is on neither map
    assert rows[0]["data"] == "simulated"  # the networks' runs are


def test_several_folds_of_one_network_have_columns_of_their_own(loaded):
    table = marked_table(loaded, loaded.maps[:2], (1,))
    assert [one.name for one in loaded.maps[:2]] == ["CNN-AUG", "CNN-AUG"]
    assert {"CNN-AUG, test fold 1 x", "CNN-AUG, test fold 2 x"} < set(table.columns)
    assert len(set(table.columns)) == len(table.columns)


def test_the_file_is_asked_for_and_gets_its_ending(themed, qtbot, monkeypatch, tmp_path, loaded):
    panel = MarkedList()
    qtbot.addWidget(panel)
    panel.show_lesions(loaded.lesions[:2], DEFAULT_SCHEME)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", staticmethod(lambda *_a: (str(tmp_path / "mine"), ""))
    )
    with qtbot.waitSignal(panel.export_asked) as asked:
        panel.export.click()
    assert asked.args == [tmp_path / "mine.csv"]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_a: ("", "")))
    with qtbot.assertNotEmitted(panel.export_asked):
        panel.export.click()


@pytest.fixture
def opened(qapp, tmp_path):
    """A results state with a study of ROIs open."""
    read_study(tmp_path / "t.blindread").close()
    messages = Messages()
    jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
    made = ResultsState(StudyState(messages), jobs, messages, Settings(tmp_path / "s.ini"))
    assert made._study.open(tmp_path / "t.blindread")
    yield made
    assert jobs.shutdown()
    made._study.close()


def test_pictures_are_read_and_the_list_is_written(opened, qtbot, tmp_path, loaded):
    rois = cases.rois(opened._study.store)[:3]
    marks = opened.marks
    marks.mark([one.lesion_id for one in rois[:2]])
    qtbot.waitUntil(lambda: len(marks.pictures) == 2, timeout=20000)
    marks.add([rois[2].lesion_id])
    qtbot.waitUntil(lambda: len(marks.pictures) == 3, timeout=20000)
    for one in rois:
        np.testing.assert_array_equal(dict(marks.pictures)[one.lesion_id], one.image)
    named = replace(loaded.lesions[0], patient="=1+1")
    table = marked_table(
        replace(loaded, lesions=(named, *loaded.lesions[1:])), loaded.maps[:2], (1, 2)
    )
    path = tmp_path / "list.csv"
    marks.export(path, table)
    qtbot.waitUntil(path.exists, timeout=20000)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == table.columns
    assert rows[1][0].startswith("'=")  # a spreadsheet runs nothing
    opened._study.close()
    assert (marks.marked, marks.pictures) == ((), ())
