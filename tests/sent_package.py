"""A small reading package of our own making, for tests of packages without a study."""

from __future__ import annotations

import hashlib
import random
import shutil
from pathlib import Path

from studies import places
from studies.package import (
    PackageContents,
    PackageTrial,
    ReadingPackage,
    Response,
    create,
    new_opaque,
)
from studies.records import Choice, Question

TRIALS = 6
QUESTION = Question(
    "origin", "Real?", (Choice("real", "Real", "R"), Choice("synthetic", "Synthetic", "S"))
)


def make_package(folder: Path, *, title: str = "Reader 1", seed: int = 1) -> Path:
    """A package of six random pictures and one question, as the coordinator has it."""
    rng = random.Random(seed)
    ids = [new_opaque() for _ in range(TRIALS)]
    pictures = tuple(rng.randbytes(4096) for _ in ids)
    trials = tuple(
        PackageTrial(one, False, hashlib.sha256(picture).hexdigest())
        for one, picture in zip(ids, pictures, strict=True)
    )
    return create(folder, PackageContents(new_opaque(), title, (QUESTION,), trials), pictures)


def answer_some(folder: Path, count: int) -> None:
    """Answer the next `count` trials of a package."""
    package = ReadingPackage.open(folder)
    for _ in range(count):
        trial = package.current
        assert trial is not None
        package.record(Response(trial.trial_id, "", "real", None, "now", 400.0, 900.0, 900.0))
    package.close()


def on_another_computer() -> None:
    """Forget this computer's receipts."""
    shutil.rmtree(places.keys_home(), ignore_errors=True)
