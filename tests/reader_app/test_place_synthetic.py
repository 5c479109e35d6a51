"""Which maps synthetic ROIs are placed on, and what stands in the way."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from gallery_study import SIZES, add_rois, gallery_study

from engine.errors import EngineError
from engine.files import MODEL
from engine.jobs import Progress, result_of
from engine.specs import CnnTraining, to_json
from reader_app.workflows import embed
from studies import cases, learning
from studies.learning import EmbeddingPoint, NewRun
from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Generator[Store, None, None]:
    with gallery_study(tmp_path / "g.blindread", per_class=2) as made:
        add_rois(made, 1, "cyst", ("clear", "copy"))
        yield made


def add_map(store: Store, name: str, lesion_ids: tuple[int, ...]) -> int:
    """A finished network, tested on fold 1 as the generator's, with a map of these lesions."""
    folds = tuple(lesion.fold or 0 for lesion in cases.lesions(store))
    spec = CnnTraining(SIZES.cnn, SIZES.augmentation, folds, 0, 3)
    new = NewRun(name, "cnn", "classifier", 3, "smoke", to_json(spec), fold=0)
    run = learning.start_run(store, new)
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / MODEL).write_bytes(b"")
    learning.update_run(store, run.id, state="running")
    learning.update_run(store, run.id, state="finished")
    points = tuple(EmbeddingPoint(i, False, float(i), 0.0) for i in lesion_ids)
    learning.save_embedding(store, run.id, points)
    return run.id


def ended(store: Store) -> int:
    return result_of(embed.place_synthetic(store))


def test_a_map_of_lesions_that_are_gone_does_not_hold_the_others_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tuple(lesion.id for lesion in cases.lesions(store))
    old = add_map(store, "old", (*there, 9999))
    good = add_map(store, "good", there)

    def placed(_store, _child, _data, run, _held, rois):
        assert run.id == good
        yield Progress(0, 1, "Placing")
        return np.zeros((len(rois), 2))

    monkeypatch.setattr(embed, "_placed", placed)
    with pytest.raises(EngineError, match=r"^1 map was made of other ROIs .* Train the network"):
        ended(store)
    assert len(learning.embedding(store, good).synthetic) == 2
    assert learning.embedding(store, old).synthetic == ()


def test_nothing_is_placed_where_nothing_lacks(store: Store) -> None:
    assert ended(store) == 0
