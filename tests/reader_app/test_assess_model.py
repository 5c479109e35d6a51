"""Networks read the sealed items: each real ROI by the one that was tested on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from reading_study import loose_draft, readable_study

from engine import checkpoint
from engine.checkpoint import CheckpointMeta
from engine.cnn.evaluation import predict
from engine.cnn.networks import LesionCnn
from engine.specs import CnnTraining, profile, to_json
from reader_app.workflows.assess_model import assess_model, model_names, network_of
from studies import cases, learning, reading
from studies.errors import StudyError
from studies.learning import NewRun
from studies.reading import SealedItem
from studies.records import PredictionRecord
from studies.store import Store

CODES = ("cyst", "metastasis", "hemangioma")


def add_network(store: Store, fold: int, seed: int = 7) -> None:
    """An untrained network of its own seed, finished, tested on the lesions of its fold."""
    lesions = cases.lesions(store)
    spec = CnnTraining(
        cnn=profile("smoke").cnn,
        augmentation=profile("smoke").augmentation,
        folds=tuple(lesion.fold or 0 for lesion in lesions),
        test_fold=fold,
        seed=fold,
    )
    name = f"cnn{fold}{seed}"
    new = NewRun(name, "cnn", "classifier", seed, "smoke", to_json(spec), fold=fold)
    run = learning.start_run(store, new)
    torch.manual_seed(fold)
    network = LesionCnn(spec.cnn)
    run.folder.mkdir(parents=True)
    meta = CheckpointMeta(
        kind="cnn", spec=to_json(spec), classes=CODES, data_hash="0" * 64, seed=fold
    )
    checkpoint.save(run.folder / "model.safetensors", network.state_dict(), meta)
    tested = [lesion for lesion in lesions if lesion.fold == fold]
    learning.save_predictions(
        store,
        run.id,
        tuple(
            PredictionRecord(run.id, one.id, one.category, "cyst", (1.0, 0.0, 0.0))
            for one in tested
        ),
    )
    learning.update_run(store, run.id, state="finished")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with readable_study(tmp_path / "s.blindread", synthetic=3) as opened:
        for fold in range(3):
            add_network(opened, fold)
        reading.seal(opened, loose_draft(opened))
        yield opened


def run_all(store: Store, arm: str) -> object:
    running = assess_model(store, arm)
    while True:
        try:
            next(running)
        except StopIteration as stop:
            return stop.value


def test_every_item_is_read_by_a_network_that_never_saw_it(store: Store) -> None:
    assert model_names(store) == ("cnn",)
    run_all(store, "cnn")
    assert model_names(store) == (), "an arm reads a protocol once"
    reading.unblind(store, "C", "done")
    answers = {a.item: a for a in reading.answers(store)}
    assert len(answers) == 24
    folds = {lesion.id: lesion.fold for lesion in cases.lesions(store)}
    paths = {run.fold: run.folder / "model.safetensors" for run in learning.runs(store)
             if run.kind == "classifier"}  # fmt: skip
    for item in reading.sealed_items(store):
        reads = folds[item.lesion_id] if item.lesion_id else ((item.fold or 0) + 1) % 3
        alone = predict(paths[reads], item.image[None])
        assert answers[item.id].diagnosis == CODES[int(np.argmax(alone))]
        assert answers[item.id].reader_kind == "model"


def item(origin: str, fold: int | None, lesion: int | None = None) -> SealedItem:
    return SealedItem(7, origin, fold, lesion, None, np.zeros((64, 64), np.float32))


def test_who_reads_what() -> None:
    tested = (frozenset({1, 2}), frozenset({3}), frozenset({4}))
    assert network_of(item("real", 0, 3), (0, 1, 2), tested) == 1, "by test fold, not by number"
    assert [network_of(item("synthetic", j), (0, 1, 2), tested) for j in range(3)] == [1, 2, 0]
    assert network_of(item("synthetic", None), (0, 1, 2), tested) in range(3)
    with pytest.raises(StudyError, match="test fold"):
        network_of(item("real", 0, 99), (0, 1, 2), tested)


def test_without_networks_it_says_where_to_train(store: Store) -> None:
    with pytest.raises(StudyError, match="page Learn"):
        next(assess_model(store, "cnn-aug"))


def test_networks_of_two_recipes_make_no_reader(tmp_path: Path) -> None:
    with readable_study(tmp_path / "t.blindread", synthetic=3) as store:
        reading.seal(store, loose_draft(store))
        for fold, seed in ((0, 2), (1, 1), (2, 1)):
            add_network(store, fold, seed)
        assert model_names(store) == ()
        add_network(store, 0, 1)
        assert model_names(store) == ("cnn",)
