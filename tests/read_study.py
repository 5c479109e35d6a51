"""A small study read by two people, with a classifier's predictions and a map."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reading_study import answer, loose_draft, readable_study

from studies import cases, learning, reading
from studies.learning import EmbeddingPoint, NewRun
from studies.package import ReadingPackage
from studies.records import LesionRecord, PredictionRecord
from studies.store import Store

CODES = ("cyst", "metastasis", "hemangioma")


def read_study(folder: Path) -> Store:
    """Sealed, read by A and B, one classifier tested on three folds; still blinded."""
    store = readable_study(folder)
    reading.seal(store, loose_draft(store), override="a test")
    for number, name in enumerate(("A", "=B<b>")):
        reader = reading.enrol(store, name)
        assert reader.package is not None
        _read(reader.package, number)
        reading.merge(store, reader.id)
    add_classifier(store)
    return store


def _read(folder: Path, number: int) -> None:
    """Reader 0 says cyst always, reader 1 goes through the classes; every third is synthetic."""
    package = ReadingPackage.open(folder)
    place = 0
    while (trial := package.current) is not None:
        diagnosis = CODES[place % 3] if number else "cyst"
        origin = "synthetic" if place % 3 == number else "real"
        package.record(replace(answer(trial, diagnosis, 1 + place % 5), origin=origin))
        place += 1
    package.close()


def add_classifier(store: Store) -> None:
    """CNN-AUG tested on each fold: right but for hemangiomas; a map of the first."""
    lesions = cases.lesions(store)
    for fold in range(3):
        new = NewRun(f"aug{fold}", "cnn-aug", "classifier", 3, "smoke", "{}", "", fold, "D_aug 50")
        run = learning.start_run(store, new)
        own = [one for one in lesions if one.fold == fold]
        learning.save_predictions(store, run.id, tuple(_prediction(run.id, one) for one in own))
        learning.update_run(store, run.id, state="finished")
        if fold == 0:
            points = [EmbeddingPoint(one.id, False, float(one.id), 0.0) for one in own]
            points += [EmbeddingPoint(one.id, True, one.id + 0.2, 0.3) for one in own]
            learning.save_embedding(store, run.id, tuple(points), (("trustworthiness", 0.9),))


def _prediction(run_id: int, lesion: LesionRecord) -> PredictionRecord:
    said = "cyst" if lesion.category == "hemangioma" else lesion.category
    shares = tuple(0.8 if code == said else 0.1 for code in CODES)
    return PredictionRecord(run_id, lesion.id, lesion.category, said, shares)
