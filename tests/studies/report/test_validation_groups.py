"""Groups that held patients out: shown last, never on the paper's line, told in the methods."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from studies.records import DEFAULT_SCHEME, PredictionRecord, TrainingRunRecord
from studies.report.accuracy_lines import accuracy_lines, sgd_steps
from studies.report.classifier import ClassifierResults, assemble_classifier
from studies.report.document import _network_methods

CODE = DEFAULT_SCHEME.codes[0]
PLAIN = TrainingRunRecord(
    id=1, run_hash="h", arm="cnn-aug", kind="classifier", category="", fold=0, seed=0,
    profile="quick", group="D_aug 500", spec="{}", state="finished", message="", accuracy=None,
    correct=None, n=None, kid=None, seconds=None, device="cpu", started="", finished="",
    folder=Path(), simulated=False,
)  # fmt: skip
WATCHED = replace(PLAIN, id=2, run_hash="w", group="D_aug 500, 20 % validation")


def _results(*runs: TrainingRunRecord) -> ClassifierResults:
    """The watched network calls all four lesions right, the plain one half of them."""
    said = []
    for run in runs:
        for lesion in range(4):
            called = CODE if run.id == 2 or lesion % 2 else DEFAULT_SCHEME.codes[1]
            said.append(PredictionRecord(run.id, lesion, CODE, called, (0.4, 0.3, 0.3)))
    return assemble_classifier(runs, said, DEFAULT_SCHEME)


def test_a_group_without_the_papers_folds_is_shown_only_where_there_is_no_other():
    both = _results(PLAIN, WATCHED)
    assert [(g.group, g.validation, g.classic) for g in both.groups] == [
        ("D_aug 500", 0, 500),
        ("D_aug 500, 20 % validation", 20, 500),
    ]
    assert [g.group for g in both.chosen] == ["D_aug 500"], "though the other was more often right"
    assert [g.validation for g in _results(WATCHED).chosen] == [20]


def test_it_stands_on_no_line_with_groups_that_trained_on_all():
    (line,) = accuracy_lines(_results(PLAIN, WATCHED), (PLAIN, WATCHED))
    assert [point.group for point in line.points] == ["D_aug 500"]


def test_arms_are_compared_only_with_as_many_patients_held_out():
    other = replace(
        WATCHED, arm="cnn-aug-gan", group="D_aug 500 + D_synth 100 × 3, 20 % validation"
    )
    assert not _results(PLAIN, other).comparisons
    alike = replace(PLAIN, arm="cnn-aug-gan", id=3, group="D_aug 500 + D_synth 100 × 3")
    assert len(_results(PLAIN, alike).comparisons) == 1


def test_the_methods_say_it_where_it_was_done():
    assert "20 % of the patients of the training folds" in _network_methods(
        _results(PLAIN, WATCHED)
    )
    assert "held out" not in _network_methods(_results(PLAIN))


def test_those_held_out_make_no_steps():
    """Six ROIs of two folds, two of them watched: 4 x 1 epoch in batches of 2, also with extras."""
    spec = {
        "steps": None, "cnn": {"classes": 3, "epochs": 1, "batch": 2}, "test_fold": 0,
        "folds": [0, 0, 1, 1, -2, 2, 2, -2, -1, -1], "without": [-2], "use_extra": False,
        "synthetic": 0, "classic": 0,
    }  # fmt: skip
    assert sgd_steps(replace(WATCHED, spec=json.dumps(spec))) == 2
    assert sgd_steps(replace(WATCHED, spec=json.dumps({**spec, "use_extra": True}))) == 3
