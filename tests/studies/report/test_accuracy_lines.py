"""Fig. 8's lines: every arm its own, bands said, steps as the engine plans them; cases by error."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from engine.experiment.data import TrainingData
from engine.experiment.grid import Experiment
from engine.experiment.run import CLASSIFIER
from engine.patches import EXTRA, LesionPatches
from engine.specs import to_json
from studies.records import DEFAULT_SCHEME, LesionRecord, PredictionRecord, TrainingRunRecord
from studies.report.accuracy_lines import (
    EXAMPLES,
    PAPER_STEPS,
    RANGE,
    STEPS,
    WILSON,
    accuracy_lines,
    band_words,
    sgd_steps,
)
from studies.report.classifier import assemble_classifier
from studies.report.lesion_cases import lesion_cases

CODES = DEFAULT_SCHEME.codes
ARMS = (
    ("cnn", "D_aug 0", 0, 0.5), ("cnn-aug", "D_aug 1,000", 1000, 0.6),
    ("cnn-aug", "D_aug 5,000", 5000, 0.8), ("cnn-aug", "D_aug 15,000", 15000, 0.7),
    ("cnn-aug-gan", "D_aug 5,000 + D_synth 1,000 × 3", 5000, 0.9),
    ("cnn-extra", "D_aug 5,000 + extra 1,000 × 3", 5000, 0.8),
    ("cnn-aug-acgan", "D_aug 5,000 + D_synth 1,000 × 3", 5000, 0.8),
    ("cnn-aug-cda", "D_aug 5,000 + D_synth 1,000 × 3", 5000, 0.9),
    ("cnn-equal", "D_aug 0", 0, 0.6), ("cnn-aug-equal", "D_aug 5,000", 5000, 0.8),
    ("cnn-fly", "on the fly", 0, 0.7), ("gabor", "originals", 0, 0.7),
)  # fmt: skip


def record(number, arm, group, fold, seed=0, spec="{}"):
    return TrainingRunRecord(
        id=number, run_hash=f"h{number}", arm=arm, kind="classifier", category="", fold=fold,
        seed=seed, profile="paper", group=group, spec=spec, state="finished", message="",
        accuracy=None, correct=None, n=None, kid=None, seconds=None, device="cpu", started="",
        finished="", folder=Path(), simulated=False,
    )  # fmt: skip


def experiment(seeds=1):
    """Runs and predictions of every arm on 20 lesions in two folds; seed s loses s lesions."""
    runs, said, number = [], [], 0
    for arm, group, classic, share in ARMS:
        for seed in range(seeds):
            for fold in range(2):
                number += 1
                spec = {
                    "cnn": {"epochs": 150, "batch": 64, "classes": 3}, "classic": classic,
                    "synthetic": 1000 if "D_synth" in group else 0,
                    "extra": 1000 if "extra" in group else 0, "use_extra": "extra" in group,
                    "folds": [i % 2 for i in range(20)], "test_fold": fold,
                    "steps": 37_800 if "equal" in arm else None,
                }  # fmt: skip
                text = "{}" if arm == "gabor" else json.dumps(spec)
                runs.append(record(number, arm, group, fold, seed, text))
                for i in range(fold, 20, 2):
                    truth = CODES[i % 3]
                    right = i < 20 * share - seed
                    other = CODES[(i + 1) % 3]
                    said.append(
                        PredictionRecord(
                            number, i, truth, truth if right else other, (0.6, 0.3, 0.1)
                        )
                    )
    return runs, said


@pytest.fixture(scope="module")
def lines():
    runs, said = experiment()
    return accuracy_lines(assemble_classifier(runs, said, DEFAULT_SCHEME), runs)


def test_every_arm_of_networks_has_a_line(lines):
    assert [one.name for one in lines] == [
        "classic", "DCGAN", "extra real", "ACGAN", "conditional", "equal steps", "on the fly",
    ]  # fmt: skip
    classic = next(one for one in lines if one.name == "classic")
    assert [x for x, _ in classic.by(EXAMPLES)] == [0, 1000, 5000, 15000]
    equal = next(one for one in lines if one.name == "equal steps")
    assert [x for x, _ in equal.by(EXAMPLES)] == [0, 5000]
    assert [x for x, _ in equal.by(STEPS)] == [37_800, 37_800]


def test_with_one_seed_the_band_is_wilsons_and_says_so(lines):
    assert {p.band for line in lines for p in line.points} == {WILSON}
    assert band_words(lines) == "band = Wilson's 95 % (one seed)"
    point = lines[0].points[0]
    assert (point.low, point.high) == point.interval
    assert point.accuracy == pytest.approx(50)
    assert "n 20, seed 0" in point.words


def test_with_several_seeds_the_band_is_their_range():
    runs, said = experiment(3)
    found = accuracy_lines(assemble_classifier(runs, said, DEFAULT_SCHEME), runs)
    point = found[0].points[0]
    assert point.band == RANGE
    assert (point.low, point.high) == (pytest.approx(40), pytest.approx(50))
    assert point.accuracy == pytest.approx(50)  # the first seed, not the best and not the mean
    assert "range over seeds 40.0 to 50.0" in point.words
    assert "seeds 0, 1, 2" in point.words
    assert band_words(found) == "band = range over seeds"


def test_a_recipe_that_does_not_tell_its_steps_has_no_place_on_their_axis():
    assert sgd_steps(record(1, "gabor", "", 0)) is None
    assert sgd_steps(record(1, "cnn", "", 0, spec="not JSON")) is None
    assert sgd_steps(record(1, "cnn", "", 0, spec="[1]")) is None


def test_steps_are_those_that_the_engine_plans():
    """182 ROIs and 78 extra cases, as the paper's; every arm of networks in the paper's profile."""
    targets = np.repeat([0, 1, 2, 0, 1, 2], [53, 64, 65, 23, 27, 28])
    names = tuple(f"P{at:03d}" for at in range(260))
    extra = np.arange(260) >= 182
    images = np.zeros((260, 64, 64), np.float32)
    patches = LesionPatches(images, targets, names, names, ("a", "b", "c"), extra=extra)
    folds = tuple(EXTRA if at >= 182 else at % 3 for at in range(260))
    data = TrainingData(patches, folds, 3, "hash", Path("patches.npz"))
    arms = ("cnn", "cnn-aug", "cnn-aug-gan", "cnn-extra", "cnn-equal", "cnn-fly")
    planned = [r for r in Experiment(arms, "paper").plan(data).runs if r.kind == CLASSIFIER]
    for run in planned:
        own = record(1, run.arm, run.group, run.fold, spec=to_json(run.spec))
        assert sgd_steps(own) == run.steps, run.title
    best = {(r.arm, r.group): r.steps for r in planned}
    assert dict(PAPER_STEPS) == {
        "cnn": best["cnn", "D_aug 0"],
        "cnn-aug": best["cnn-aug", "D_aug 5,000"],
        "cnn-aug-gan": best["cnn-aug-gan", "D_aug 5,000 + D_synth 1,000 × 3"],
    }


def lesions():
    return tuple(
        LesionRecord(
            id=i, case_id=i, series_id=1, patient=f"P-{i:02d}", name="L1", category=CODES[i % 3],
            basis="biopsy", diagnosed_by="", extra=False, fold=i % 2, key_slice=1,
            diameter_mm=9.0, contours=1,
        )
        for i in range(22)
    )  # fmt: skip


def test_lesions_stand_hardest_first_with_what_the_tables_networks_said():
    runs, said = experiment()
    results = assemble_classifier(runs, said, DEFAULT_SCHEME)
    found = lesion_cases(results, said, lesions(), {19: (0, 2), 0: (2, 2)})
    assert len(found) == 20  # two lesions were tested by nobody
    assert [c.hardness for c in found] == sorted((c.hardness for c in found), reverse=True)
    assert [c.lesion.id for c in found if c.hardness == 1.0] == [18, 19]
    assert (found[1].readers_right, found[1].readers_asked) == (0, 2)
    easy = next(c for c in found if c.lesion.id == 0)
    assert not easy.has_error
    assert [one.arm for one in easy.said] == [g.arm for g in results.chosen]
    classic = easy.of_arm("cnn-aug")
    assert classic is not None
    assert classic.run_id in results.of_arm("cnn-aug").lead.run_ids


def test_while_blinded_readers_count_for_nothing():
    runs, said = experiment()
    results = assemble_classifier(runs, said, DEFAULT_SCHEME)
    assert {c.readers_asked for c in lesion_cases(results, said, lesions())} == {0}
