"""What learning leaves: folds, predictions, maps, synthetic ROIs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studies import cases, learning
from studies.errors import StudyError
from studies.learning import EmbeddingPoint, NewRun, NewSynthetic
from studies.records import PredictionRecord, TrainingRunRecord
from studies.store import Store


def run_of(store: Store, arm: str = "cnn", *, kind: str = "classifier", fold: int = 0) -> int:
    run = learning.start_run(store, NewRun(f"{arm}{fold}", arm, kind, 1, "smoke", "{}", fold=fold))
    return learning.update_run(store, run.id, state="finished").id


def picture(seed: int = 1) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).random((64, 64), dtype=np.float32)


# --- folds


def test_folds_go_to_every_lesion_of_a_patient_and_replace_earlier_ones(store: Store) -> None:
    assert learning.fold_seed(store) is None
    assert {lesion.fold for lesion in cases.lesions(store)} == {None}
    patients = [case.patient for case in cases.cases(store)]
    second = cases.add_lesion(store, cases.all_series(store)[0].id)
    learning.assign_folds(store, tuple((name, i % 3) for i, name in enumerate(patients)), 2018)
    folds = {lesion.patient: lesion.fold for lesion in cases.lesions(store)}
    assert folds == {name: i % 3 for i, name in enumerate(patients)}
    assert cases.lesion(store, second.id).fold == folds[second.patient]
    learning.assign_folds(store, ((patients[1], 1),), 5)
    assert {x.patient: x.fold for x in cases.lesions(store) if x.fold is not None} == {
        patients[1]: 1
    }
    assert learning.fold_seed(store) == 5


def test_nobody_is_in_two_folds(store: Store) -> None:
    learning.assign_folds(store, (("P-001", 2),), 1)
    for folds, words in (
        ((("P-001", 0), ("P-001", 1)), "stands in two folds"),
        ((("P-002", 0), ("nobody", 1)), "no patient nobody"),
    ):
        with pytest.raises(StudyError, match=words):
            learning.assign_folds(store, folds, 9)
    assert cases.lesions(store)[0].fold == 2
    assert learning.fold_seed(store) == 1


# --- predictions


def prediction(run: int, lesion: int, *shares: float) -> PredictionRecord:
    return PredictionRecord(run, lesion, "cyst", "metastasis", shares)


def test_predictions_are_replaced_by_run_and_asked_for_by_arm(store: Store) -> None:
    plain, better = run_of(store), run_of(store, "cnn-aug")
    first, second = (lesion.id for lesion in cases.lesions(store)[:2])
    old = (prediction(plain, first, 0.1, 0.8, 0.1), prediction(plain, second, 0.2, 0.7, 0.1))
    other = (prediction(better, second, 1 / 3, 1 / 3, 1 / 3),)
    learning.save_predictions(store, plain, old)
    learning.save_predictions(store, better, other)
    assert learning.predictions(store) == old + other
    assert learning.predictions(store, plain) == learning.predictions(store, arm="cnn") == old
    learning.save_predictions(store, plain, old[:1])
    assert learning.predictions(store, plain) == old[:1]
    learning.delete_run(store, better)
    assert learning.predictions(store) == old[:1]
    assert learning.predictions(store, better) == ()
    learning.restore_run(store, better)
    assert learning.predictions(store, better) == other


def test_probabilities_that_are_no_numbers_are_refused(store: Store) -> None:
    run, lesion = run_of(store), cases.lesions(store)[0].id
    kept = (prediction(run, lesion, 0.5, 0.5),)
    learning.save_predictions(store, run, kept)
    with pytest.raises(StudyError, match="no numbers"):
        learning.save_predictions(store, run, (prediction(run, lesion, float("nan"), 0.5),))
    assert learning.predictions(store, run) == kept


# --- maps


def test_a_map_comes_back_to_the_last_digit_and_is_replaced(store: Store) -> None:
    run = run_of(store)
    assert learning.embedding(store, run) is None
    points = (EmbeddingPoint(3, False, 1 / 3, -2.5), EmbeddingPoint(3, True, 1e9, 1e-9))
    saved = learning.save_embedding(store, run, points, (("perplexity", 30.0), ("knn", 0.5)))
    assert (saved.run_id, saved.points) == (run, points)
    assert saved.measures == (("perplexity", 30.0), ("knn", 0.5))
    assert learning.embedding(store, run) == saved
    learning.save_embedding(store, run, points[:1])
    again = learning.embedding(store, run)
    assert again is not None
    assert (again.points, again.measures) == (points[:1], ())
    assert learning.save_embedding(store, run, ()).points == ()


def test_a_measure_without_a_value_is_left_out(store: Store) -> None:
    measures = (("trustworthiness", float("nan")), ("perplexity", 5.0))
    saved = learning.save_embedding(store, run_of(store), (), measures)
    assert saved.measures == (("perplexity", 5.0),)


# --- synthetic ROIs


def test_synthetic_rois_come_back_as_generated(store: Store) -> None:
    run, nearest = run_of(store, "dcgan", kind="generator", fold=2), cases.lesions(store)[0].id
    new = NewSynthetic("cyst", 2**31, 4, picture(), "clear", nearest, 0.625)
    (kept,) = learning.add_synthetic(store, run, (new,))
    (read,) = learning.synthetic_rois(store)
    assert read == kept
    assert np.array_equal(read.image, new.image)
    assert read.image.dtype == np.float32
    assert (read.run_hash, read.fold, read.seed, read.index) == ("dcgan2", 2, 2**31, 4)
    assert (read.audit, read.nearest_lesion_id, read.similarity) == ("clear", nearest, 0.625)
    assert read.accepted


def test_synthetic_rois_are_asked_for_by_class_run_and_acceptance(store: Store) -> None:
    first, second = (run_of(store, "dcgan", kind="generator", fold=fold) for fold in (0, 1))
    for run, code in ((first, "cyst"), (second, "hemangioma")):
        new = tuple(NewSynthetic(code, 1, i, picture(i), accepted=i != 1) for i in range(3))
        learning.add_synthetic(store, run, new)
    assert [one.index for one in learning.synthetic_rois(store, category="cyst")] == [0, 1, 2]
    assert {one.run_id for one in learning.synthetic_rois(store, run_id=second)} == {second}
    assert len(learning.synthetic_rois(store, accepted=True)) == 4
    assert [one.index for one in learning.synthetic_rois(store, accepted=False)] == [1, 1]
    assert learning.synthetic_rois(store, category="metastasis") == ()
    learning.delete_run(store, first)
    assert {one.run_id for one in learning.synthetic_rois(store)} == {second}


def test_a_coordinator_accepts_and_refuses_with_a_reason(store: Store) -> None:
    run = run_of(store, "dcgan", kind="generator")
    (one,) = learning.add_synthetic(store, run, (NewSynthetic("cyst", 1, 0, picture()),))
    assert not learning.accept_synthetic(store, one.id, False, "ringing").accepted
    assert learning.synthetic_rois(store, accepted=True) == ()
    with store.snapshot() as session:
        kept = session.connection().exec_driver_sql("SELECT decided FROM synthetic_rois")
        assert kept.scalar().partition("\n")[0] == "ringing"
    assert learning.accept_synthetic(store, one.id, True, "").accepted
    with pytest.raises(StudyError, match="no synthetic ROI 9"):
        learning.accept_synthetic(store, 9, True, "")


def test_a_copy_never_gets_in(store: Store) -> None:
    run = run_of(store, "dcgan", kind="generator")
    (copy,) = learning.add_synthetic(
        store, run, (NewSynthetic("cyst", 1, 0, picture(), audit="copy", accepted=True),)
    )
    assert not copy.accepted
    with pytest.raises(StudyError, match="copy of a real one and stays out"):
        learning.accept_synthetic(store, copy.id, True, "it looks good")
    with pytest.raises(StudyError, match="audit of a synthetic ROI is one of"):
        learning.add_synthetic(store, run, (NewSynthetic("cyst", 1, 1, picture(), audit="odd"),))
    assert learning.synthetic_rois(store, accepted=True) == ()
    assert len(learning.synthetic_rois(store)) == 1


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=4))
def test_numbers_are_kept_to_the_last_digit(shares: list[tuple[float, float]]) -> None:
    """The column that holds probabilities and points, without a database around it."""
    from sqlalchemy.dialects.sqlite import dialect

    from studies.model.columns import TupleColumn

    column, given_ = TupleColumn(), tuple(shares)
    stored = column.process_bind_param(given_, dialect())
    assert column.process_result_value(stored, dialect()) == given_


def test_a_stored_array_cannot_be_written_to(store: Store) -> None:
    run: TrainingRunRecord = learning.run(store, run_of(store, "dcgan", kind="generator"))
    learning.add_synthetic(store, run.id, (NewSynthetic("cyst", 1, 0, picture()),))
    (read,) = learning.synthetic_rois(store)
    with pytest.raises(ValueError, match="read-only"):
        read.image[0, 0] = 1.0
