"""A manifest of drawn lesions, and the experiment commands on it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from learning_sets import blobs
from PIL import Image
from typer.testing import CliRunner, Result

from reader_app.cli import build


def manifest(folder: Path, *, per_class: int = 6, seed: int = 0, names: str = "P") -> Path:
    """blobs.csv with its pictures, a patient each."""
    folder.mkdir(exist_ok=True)
    patches = blobs(per_class=per_class, seed=seed)
    path = folder / "blobs.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "patient", "diagnosis"))
        for at, image in enumerate(patches.images):
            name = f"{at}.png"
            Image.fromarray(np.uint8(image * 255)).save(folder / name)
            writer.writerow((name, f"{names}{at}", patches.classes[patches.targets[at]]))
    return path


def rows_of(path: Path) -> list[list[str]]:
    """The manifest's lines, its header first."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def called(*words: str) -> Result:
    """`blindread experiment WORDS`."""
    return CliRunner().invoke(build(lambda *_: 0, lambda *_: 0), ["experiment", *words])
