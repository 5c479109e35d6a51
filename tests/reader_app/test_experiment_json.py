"""`experiment run MANIFEST --json`: what a script reads of an experiment."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from blob_manifest import called, manifest
from learning_sets import blobs

ARMS = "cnn,acgan-d,glcm"
PASSING = ("seconds", "generator_seconds", "predictions")
"""Durations, and where the files lie."""


def _run(path: Path, arms: str, *more: str) -> dict[str, Any]:
    told = called("run", str(path), "--arms", arms, "--profile", "smoke", *more, "--json")
    assert told.exit_code == 0, told.output
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def _timeless(content: object) -> object:
    """The same without durations and folders: what two equal experiments share."""
    if isinstance(content, dict):
        kept = {k: v for k, v in content.items() if k not in PASSING}
        return {key: _timeless(value) for key, value in kept.items()}
    return [_timeless(one) for one in content] if isinstance(content, list) else content


def test_a_manifest_is_run_and_told_as_json_and_again_without_training(tmp_path: Path):
    found = _run(manifest(tmp_path), "glcm,gabor")

    assert [(row["arm"], row["seed"], row["n"]) for row in found["arms"]] == [
        ("gabor", 0, 18),
        ("glcm", 0, 18),
    ]
    for row in found["arms"]:
        assert row["accuracy"] == pytest.approx(row["correct"] / 18)
        assert row["ci"][0] < row["accuracy"] <= row["ci"][1]
        assert sum(row["confusion"][k][k] for k in range(3)) == row["correct"]
        assert row["sensitivity"] == pytest.approx(row["accuracy"])
        assert len(row["per_class"]) == len(row["provenance"]) == 3
        assert row["seconds"] > 0
    (pair,) = found["comparisons"]
    right = {row["arm"]: row["correct"] for row in found["arms"]}
    assert pair["only_a"] - pair["only_b"] == right[pair["a"]] - right[pair["b"]]
    assert pair["by_patient"]["patients"] == 18
    assert pair["by_patient"]["ci"][0] <= pair["difference"] <= pair["by_patient"]["ci"][1]
    assert (found["profile"], found["sizes"]["name"]) == ("smoke", "smoke")
    assert _run(tmp_path / "blobs.csv", "glcm,gabor") == found


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """An experiment of a network, a discriminator and a baseline, read on an external set too."""
    folder = tmp_path_factory.mktemp("whole")
    path = manifest(folder / "own")
    other = manifest(folder / "other", per_class=3, seed=9, names="Q")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BLINDREAD_HOME", str(folder / "home"))
        found = _run(path, ARMS, "--test", str(other), "--executor", "in-process")
    return path, found


def test_every_network_reads_the_external_set_and_their_mean(
    whole: tuple[Path, dict[str, Any]],
):
    for row in whole[1]["arms"]:
        test = row["test"]
        assert (test["n"], len(test["networks"])) == (9, 3)
        assert test["accuracy"] == pytest.approx(test["correct"] / 9)
        assert sum(map(sum, test["confusion"])) == 9
        assert all(0 <= one["correct"] <= 9 for one in test["networks"])


def test_the_generators_are_judged_with_bands(whole: tuple[Path, dict[str, Any]]):
    generators = whole[1]["generators"]

    assert [one["generator"] for one in generators] == ["acgan-dcgan"] * 3
    for one in generators:
        assert [judged["class"] for judged in one["nearness"]] == list(blobs(6).classes)
        for judged in one["nearness"]:
            assert len(judged["features"]) == 2  # a random network's and the fold's own
            for measures in judged["features"].values():
                kid = measures["kid"]
                assert kid["ci"][0] <= kid["value"] <= kid["ci"][1]
                assert kid["real_v_real"][0] < kid["real_v_real"][1]


def test_every_prediction_stands_in_the_csv(whole: tuple[Path, dict[str, Any]]):
    with Path(whole[1]["predictions"]).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    own = [row for row in rows if row["set"] == "out-of-fold"]
    external = [row for row in rows if row["set"] == "external"]

    assert (len(own), len(external)) == (3 * 18, 3 * 9 * 4)
    for arm in whole[1]["arms"]:
        said = [row for row in own if row["arm"] == arm["arm"]]
        assert len({row["lesion"] + row["patient"] for row in said}) == 18
        assert sum(row["truth"] == row["predicted"] for row in said) == arm["correct"]
        mean = [row for row in external if (row["arm"], row["fold"]) == (arm["arm"], "mean")]
        assert sum(row["truth"] == row["predicted"] for row in mean) == arm["test"]["correct"]
    shares = [sum(float(v) for k, v in row.items() if k.startswith("p_")) for row in rows]
    assert shares == pytest.approx([1.0] * len(rows), abs=1e-4)


def test_the_same_experiment_elsewhere_gives_the_same_report_and_bytes(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path
):
    again = _run(manifest(tmp_path), ARMS, "--executor", "in-process")
    first = {**whole[1], "arms": [{**row} for row in whole[1]["arms"]]}
    assert first.pop("external") == {"n": 9, "notes": []}
    for row in first["arms"]:
        del row["test"]

    assert _timeless(again) == _timeless(first)
    for row in again["arms"]:
        for one in row["provenance"]:
            left, right = (
                root / "blobs.blindread" / "runs" / one["run"] / "model.safetensors"
                for root in (whole[0].parent, tmp_path)
            )
            assert left.read_bytes() == right.read_bytes()


def test_status_knows_what_is_finished_of_amanifest(whole: tuple[Path, dict[str, Any]]):
    done = called("status", str(whole[0]), "--arms", ARMS, "--profile", "smoke", "--json")
    more = called("status", str(whole[0]), "--arms", "cnn,gabor", "--profile", "smoke")

    assert done.exit_code == 0, done.output
    assert [(g["finished"], g["total"]) for g in json.loads(done.stdout)] == [
        (3, 3),
        (6, 6),
        (3, 3),
    ]
    assert more.exit_code == 1


def test_an_external_set_that_was_trained_on_is_refused_before_training(tmp_path: Path):
    own = manifest(tmp_path / "own")
    same = manifest(tmp_path / "same", names="Q")
    told = called("run", str(own), "--arms", "glcm", "--profile", "smoke", "--test", str(same))

    assert told.exit_code != 0
    assert "18 of 18 external ROIs are in this study as well" in str(told.exception)
    assert not list((tmp_path / "own" / "blobs.blindread" / "runs").glob("*/model.safetensors"))


def test_an_unknown_arm_is_named_before_anything_is_imported(tmp_path: Path):
    path = manifest(tmp_path)
    told = called("run", str(path), "--arms", "cnn,cgan")

    assert "There is no arm cgan" in str(told.exception)
    assert not path.with_suffix(".blindread").exists()


def test_the_arms_are_listed_with_their_source():
    told = json.loads(called("arms", "--json").stdout)

    assert {"arm": "bovw-multi", "title": "BoVW-MI, multi", "source": "section 4.5, Table 6",
            "default": True} in told  # fmt: skip
    assert any(not one["default"] for one in told)
