"""Runs and predictions to classifier results, against the paper's Tables 2, 3, 5-7."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studies.records import DEFAULT_SCHEME, PredictionRecord, TrainingRunRecord
from studies.report.classifier import added_examples, assemble_classifier
from studies.report.paper import TABLE_2, TABLE_3, TABLES_5_AND_6
from studies.report.sentences import comparison_sentence
from studies.report.tables import classifier_tables, matrix_table


def _run(number, arm, group, fold, seed=1, state="finished", **more):
    record = TrainingRunRecord(
        id=number, run_hash=f"h{number}", arm=arm, kind="classifier", category="", fold=fold,
        seed=seed, profile="paper", group=group, spec="{}", state=state, message="", accuracy=None,
        correct=None, n=None, kid=None, seconds=None, device="cpu", started="", finished="",
        folder=Path(), simulated=False,
    )  # fmt: skip
    return replace(record, **more)


def _predictions(run_of_fold, matrix):
    """A confusion matrix as predictions, lesion ids in order of truth, dealt over the folds."""
    out, lesion = [], 0
    for i, row in enumerate(matrix.counts):
        for j, count in enumerate(row):
            for _ in range(count):
                run = run_of_fold[lesion % len(run_of_fold)]
                out.append(
                    PredictionRecord(
                        run, lesion, matrix.classes[i], matrix.classes[j], (0.4, 0.3, 0.3)
                    )
                )
                lesion += 1
    return out


@pytest.fixture
def paper_runs():
    runs = [_run(i + 1, "cnn-aug", "D_aug 5000", i) for i in range(3)]
    runs += [_run(i + 4, "cnn-aug-gan", "D_aug 5000 + D_synth 1000x3", i) for i in range(3)]
    predictions = _predictions([1, 2, 3], TABLE_2) + _predictions([4, 5, 6], TABLE_3)
    return runs, predictions


def test_the_papers_runs_give_the_papers_tables(paper_runs):
    results = assemble_classifier(*paper_runs, DEFAULT_SCHEME)
    assert [g.examples for g in results.groups] == [5000, 8000]
    assert results.of_arm("cnn-aug").lead.matrix.counts == TABLE_2.counts
    assert results.of_arm("cnn-aug-gan").lead.matrix.counts == TABLE_3.counts
    assert results.folds == 3
    accuracy, methods, classes, runs = classifier_tables(results, DEFAULT_SCHEME)
    assert [row[-1] for row in runs.rows] == [
        run_hash for group in results.groups for seed in group.seeds for run_hash in seed.run_hashes
    ]
    assert len(runs.rows) == sum(len(s.folds) for g in results.groups for s in g.seeds) > 0
    assert [row[6] for row in accuracy.rows] == [
        "143/182 = 78.6 [72.1, 83.9]",
        "156/182 = 85.7 [79.9, 90.1]",
    ]
    assert [row[:2] for row in methods.rows[:2]] == [
        ("CNN-AUG-GAN (DCGAN)", "85.7 [79.9, 90.1]"),
        ("CNN-AUG", "78.6 [72.1, 83.9]"),
    ]
    assert [row[2:] for row in methods.rows[:2]] == [
        ("92.4 [89.3, 94.6]", "85.7", "92.4"),
        ("88.4 [84.9, 91.1]", "78.6", "88.4"),
    ]
    assert len(methods.rows) == len(TABLES_5_AND_6)
    assert classes.rows[1][:3] == ("CNN-AUG", "Metastasis", "44/64 = 68.8 [56.6, 78.8]")
    assert classes.rows[1][4] == "68.75"


def test_matrices_print_exact_percentages():
    table = matrix_table("k", "t", TABLE_3, DEFAULT_SCHEME)
    assert table.rows[1] == ("Metastasis", "2", "52", "10", "81.25")
    assert table.rows[3] == ("Specificity, %", "97.67", "88.98", "91.45", "")


def test_arms_are_compared_on_the_same_lesions(paper_runs):
    (comparison,) = assemble_classifier(*paper_runs, DEFAULT_SCHEME).comparisons
    assert (comparison.first, comparison.second) == ("CNN-AUG-GAN", "CNN-AUG")
    assert comparison.difference.value == pytest.approx(13 / 182)
    assert comparison_sentence(comparison).startswith("CNN-AUG-GAN v CNN-AUG: +7.1 points [")
    worse = replace(comparison.difference, value=-0.033, low=-0.191, high=0.125)
    assert "−3.3 points [−19.1, 12.5]" in comparison_sentence(replace(comparison, difference=worse))


def test_only_finished_out_of_fold_classifiers_count(paper_runs):
    runs, predictions = paper_runs
    runs = [
        *runs,
        _run(7, "cnn", "D_aug 0", None),
        _run(8, "cnn", "D_aug 0", 0, state="failed"),
        _run(9, "dcgan", "D_aug 5000", 0, kind="generator", category="cyst"),
    ]
    more = [PredictionRecord(n, 0, "cyst", "cyst", (1.0, 0.0, 0.0)) for n in (7, 8)]
    results = assemble_classifier(runs, predictions + more, DEFAULT_SCHEME)
    assert {g.arm for g in results.groups} == {"cnn-aug", "cnn-aug-gan"}


def test_a_run_made_again_counts_once_and_seeds_stay_apart():
    runs = [
        _run(1, "cnn", "D_aug 0", 0, seed=2),
        _run(2, "cnn", "D_aug 0", 0, seed=1),
        _run(3, "cnn", "D_aug 0", 0, seed=1),
    ]
    said = [
        PredictionRecord(1, 5, "cyst", "cyst", (1.0, 0.0, 0.0)),
        PredictionRecord(2, 5, "cyst", "cyst", (1.0, 0.0, 0.0)),
        PredictionRecord(3, 5, "cyst", "metastasis", (0.0, 1.0, 0.0)),
    ]
    (group,) = assemble_classifier(runs, said, DEFAULT_SCHEME).groups
    assert [s.seed for s in group.seeds] == [1, 2]
    assert group.lead.run_ids == (3,)
    assert (group.accuracy.successes, group.accuracy.n) == (0, 1)
    assert group.seed_range == (0.0, 1.0)


def test_no_run_gives_no_table():
    results = assemble_classifier([], [], DEFAULT_SCHEME)
    assert results.groups == ()
    assert classifier_tables(results, DEFAULT_SCHEME) == ()


@pytest.mark.parametrize(
    ("group", "added"),
    [
        ("D_aug 0", (0, 0)),
        ("D_aug 500", (500, 0)),
        ("D_aug 500 + D_synth 100x3", (500, 300)),
        ("D_aug 5,000 + D_synth 1,000 × 3", (5000, 3000)),
        ("something else", (0, 0)),
    ],
)
def test_groups_are_read(group, added):
    assert added_examples(group) == added


def test_groups_as_the_recipe_writes_them_are_read():
    from engine.experiment.recipe import Recipe

    recipe = Recipe(arm="cnn-aug-gan", profile="paper", classic=5000, synthetic_per_class=1000)
    assert added_examples(recipe.group(3)) == (5000, 3000)
    extra = Recipe(arm="cnn-extra", profile="paper", classic=5000, extra_per_class=100)
    assert added_examples(extra.group(3)) == (5000, 300)


def test_arms_have_the_same_names_in_tables_and_in_the_engine():
    from engine.experiment.arms import ARMS
    from studies.report.arms import ARM_NAMES

    assert [(one.code, one.name) for one in ARM_NAMES] == [(one.name, one.title) for one in ARMS]
