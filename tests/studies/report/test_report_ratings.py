"""Ratings for other programs come back as they went: the same areas."""

from __future__ import annotations

from dataclasses import replace

import pytest

from studies.errors import StudyError
from studies.exchange import read_ratings
from studies.records import DEFAULT_SCHEME
from studies.report.ratings import NO_CONFIDENCE, one_class_ratings, write_ratings
from studies.report.readers import assemble_readers
from studies.statistics.roc import auc


def area(ratings, reader, condition):
    rows = [r for r in ratings.rows if (r.reader, r.condition) == (reader, condition)]
    positive = [float(r.value) for r in rows if r.truth == "1"]
    return auc(positive, [float(r.value) for r in rows if r.truth == "0"])


def areas_of(results, code):
    return {r.reader: r.auc for r in results.rocs if r.category == code}


@pytest.mark.parametrize("ending", [".imrmc", ".xlsx", "_mrmcaov.csv"])
@pytest.mark.parametrize("code", DEFAULT_SCHEME.codes)
def test_every_format_gives_back_the_areas_of_every_reader(staged_answers, tmp_path, ending, code):
    files = write_ratings(staged_answers, DEFAULT_SCHEME, tmp_path / "new")
    assert files.notes == ()
    expected = areas_of(assemble_readers(staged_answers, DEFAULT_SCHEME), code)
    assert len(expected) == 6
    back = read_ratings(tmp_path / "new" / f"{code}_v_rest{ending}")
    for reader in ("Reader 1", "Reader 2", "Reader 3"):
        assert area(back, reader, "ROI") == expected[reader]
        assert area(back, reader, "slice") == expected[f"{reader}, slice"]


def test_classes_in_words_come_back_with_truth_and_condition(staged_answers, tmp_path):
    write_ratings(staged_answers, DEFAULT_SCHEME, tmp_path)
    back = read_ratings(tmp_path / "classes.csv")
    assert len(back.rows) == 3 * (45 + 30)
    assert back.conditions == ("ROI", "slice")
    right = sum(r.value == r.truth for r in back.rows if r.reader == "Reader 1")
    scores = assemble_readers(staged_answers, DEFAULT_SCHEME).scores[:2]
    assert right == sum(score.class_total.successes for score in scores)


def test_what_a_format_cannot_hold_is_said_and_the_rest_is_written(staged_answers, tmp_path):
    gap = tuple(a for a in staged_answers if not (a.reader == "Reader 2" and a.item == 3))
    named = tuple(replace(a, reader=a.reader.replace("Reader 3", "C, senior")) for a in gap)
    files = write_ratings(named, DEFAULT_SCHEME, tmp_path)
    notes = " ".join(files.notes)
    assert "RJafroc needs every answer" in notes
    assert "iMRMC cannot hold the reader 'C, senior'" in notes
    assert len(files.notes) == 2
    assert {path.name for path in files.paths} == {
        "classes.csv", *(f"{code}_v_rest_mrmcaov.csv" for code in DEFAULT_SCHEME.codes),
    }  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in files.paths
    )


def test_without_confidences_there_are_classes_only(staged_answers, tmp_path):
    unsure = tuple(replace(a, confidence=None) for a in staged_answers)
    files = write_ratings(unsure, DEFAULT_SCHEME, tmp_path)
    assert [path.name for path in files.paths] == ["classes.csv"]
    assert files.notes == (NO_CONFIDENCE,)


def test_simulated_files_say_so_in_their_names(staged_answers, tmp_path):
    files = write_ratings(staged_answers, DEFAULT_SCHEME, tmp_path, simulated=True)
    assert all("simulated" in path.name for path in files.paths)


def test_repeats_synthetic_rois_and_lone_networks_are_not_rated(staged_answers):
    network = tuple(replace(a, reader="CNN", reader_kind="model") for a in staged_answers[:45])
    table = one_class_ratings(staged_answers + network, "cyst")
    assert table.readers == ("Reader 1", "Reader 2", "Reader 3")
    assert len(table.truth) == 30
    roi = tuple(a for a in staged_answers if a.condition == "roi")
    assert one_class_ratings(roi + network, "cyst").readers[-1] == "CNN"


def test_a_folder_that_cannot_be_made_is_named(staged_answers, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(StudyError, match="cannot be made"):
        write_ratings(staged_answers, DEFAULT_SCHEME, blocked / "ratings")
