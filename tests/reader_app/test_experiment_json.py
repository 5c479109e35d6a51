"""`experiment run MANIFEST --json`: what a script reads of an experiment."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from learning_sets import blobs
from PIL import Image
from typer.testing import CliRunner

from reader_app.cli import build


def _manifest(folder: Path) -> Path:
    patches = blobs(per_class=6)
    path = folder / "blobs.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "patient", "diagnosis"))
        for at, image in enumerate(patches.images):
            name = f"{at}.png"
            Image.fromarray(np.uint8(image * 255)).save(folder / name)
            writer.writerow((name, patches.patients[at], patches.classes[patches.targets[at]]))
    return path


def _run(path: Path) -> dict:
    told = CliRunner().invoke(
        build(lambda *_: 0, lambda *_: 0),
        ["experiment", "run", str(path), "--arms", "glcm,gabor", "--profile", "smoke", "--json"],
    )
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def test_a_manifest_is_run_and_told_as_json_and_again_without_training(tmp_path: Path):
    found = _run(_manifest(tmp_path))

    assert [(row["arm"], row["seed"], row["n"]) for row in found["arms"]] == [
        ("glcm", 0, 18),
        ("gabor", 0, 18),
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
    assert (found["profile"], found["sizes"]["name"]) == ("smoke", "smoke")
    assert _run(tmp_path / "blobs.csv") == found
