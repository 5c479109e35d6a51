"""A study of five classes with names that a page, a drawing and a spreadsheet must not obey."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from learn_study import add_lesion
from reading_study import answer, loose_draft

from studies import cases, learning, reading
from studies.learning import EmbeddingPoint, NewRun, NewSynthetic
from studies.package import ReadingPackage
from studies.records import Category, ClassScheme, PredictionRecord
from studies.store import Store

SCHEME = ClassScheme(
    (
        Category("cyst", '=HYPERLINK("x","Zyste")', "=1+1", "C", "#f08a4b", "#d55e00", "circle"),
        Category("metastasis", "<b>Metástase & 'Größe'</b>", "<Mé>", "M", "#8398fb", "#0072b2",
                 "triangle"),
        Category("hemangioma", "Hemangioma, typical; or of the giant kind with a central scar "
                 "that does not fill in on delayed images", "HemLongName", "H", "#2dbb8f",
                 "#009e73", "square"),
        Category("fnh", '"FNH", so-called', '"F"', "F", "#c792ea", "#6a63a8", "diamond"),
        Category("none", "Nobody has this one", "None", "N", "#aaaaaa", "#59636e", "star"),
    )
)  # fmt: skip
"""The last class has no lesion."""
READERS = ("=cmd|'/C calc'!A0", "<script>alert(1)</script>", "Dr. Özlem Ünal-Großkreutz von " * 2)
ARMS = ("cnn-aug", "cnn-aug-gan")


def hostile_study(folder: Path, *, per_class: int = 3) -> Store:
    """Four of five classes with lesions, two arms, draws without a fold; sealed, not read."""
    store = Store.create(folder, 'Größe <i>&"Wert"</i>, =1+1', kind="roi", scheme=SCHEME)
    rng = np.random.default_rng(5)
    for number in range(4 * per_class):
        add_lesion(store, number, SCHEME.codes[number % 4], rng)
    patients = sorted({one.patient for one in cases.lesions(store)})
    learning.assign_folds(store, tuple((p, i % 3) for i, p in enumerate(patients)), 1)
    for code in SCHEME.codes[:4]:
        _add_draws(store, code, rng)
    for arm in ARMS:
        _add_arm(store, arm, rng)
    return store


def _add_draws(store: Store, code: str, rng: np.random.Generator) -> None:
    """Three draws of a generator that was trained without folds."""
    new = NewRun(f"gan{code}", "dcgan", "generator", 1, "smoke", "{}", code, None)
    run = learning.start_run(store, new)
    learning.update_run(store, run.id, state="finished")
    pictures = [rng.random((64, 64)).astype(np.float32) for _ in range(3)]
    made = (NewSynthetic(code, 9, i, one, audit="clear") for i, one in enumerate(pictures))
    learning.add_synthetic(store, run.id, tuple(made))


def _add_arm(store: Store, arm: str, rng: np.random.Generator) -> None:
    group = "D_aug 50" + (" + D_synth 10 × 5" if arm == "cnn-aug-gan" else "")
    for fold in range(3):
        own = [one for one in cases.lesions(store) if one.fold == fold]
        new = NewRun(f"{arm}{fold}", arm, "classifier", 3, "smoke", "{}", "", fold, group)
        run = learning.start_run(store, new)
        said = tuple(
            PredictionRecord(run.id, one.id, one.category, SCHEME.codes[int(rng.integers(4))],
                             (0.3, 0.3, 0.2, 0.1, 0.1))
            for one in own
        )  # fmt: skip
        learning.save_predictions(store, run.id, said)
        learning.update_run(store, run.id, state="finished")
        points = tuple(EmbeddingPoint(one.id, False, float(one.id), 0.0) for one in own)
        learning.save_embedding(store, run.id, points, (("trustworthiness", 0.9),))


def read_by_all(store: Store) -> None:
    """Seal, let every reader read, and unblind."""
    reading.seal(store, loose_draft(store), override="a test")
    for number, name in enumerate(READERS):
        reader = reading.enrol(store, name)
        assert reader.package is not None
        _read(reader.package, number)
        reading.merge(store, reader.id)
    reading.unblind(store, by="tester", reason="a test")


def _read(folder: Path, number: int) -> None:
    package = ReadingPackage.open(folder)
    place = number
    while (trial := package.current) is not None:
        given = answer(trial, SCHEME.codes[place % 5], 1 + place % 5)
        package.record(replace(given, origin="synthetic" if place % 3 else "real"))
        place += 1
    package.close()
