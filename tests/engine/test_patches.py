"""ROI sets and patient-wise folds: nobody in two folds, balance, files, refusals in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from learning_sets import blobs, folds_of

from engine.errors import EngineError, TooFewError
from engine.patches import (
    EXTRA,
    LesionPatches,
    Native,
    patient_folds,
    study_folds,
    test_indices,
    training_indices,
)


@st.composite
def owners(draw: st.DrawFn) -> tuple[np.ndarray, tuple[str, ...], int]:
    k = draw(st.integers(2, 4))
    classes = draw(st.integers(2, 4))
    count = draw(st.integers(classes * k, 60))
    targets = np.array([i % classes for i in range(count)])
    patients = tuple(f"P{draw(st.integers(0, count))}" for _ in range(count))
    for value in range(classes):
        named = {patients[i] for i in range(count) if targets[i] == value}
        assume(len(named) >= k)
    return targets, patients, k


@given(owners(), st.integers(0, 1000))
@settings(max_examples=60)
def test_no_patient_lies_in_two_folds(case: tuple[np.ndarray, tuple[str, ...], int], seed: int):
    targets, patients, k = case
    folds = patient_folds(targets, patients, k, seed)
    assert set(folds) <= set(range(k))
    for patient in set(patients):
        assert len({folds[i] for i, name in enumerate(patients) if name == patient}) == 1
    np.testing.assert_array_equal(folds, patient_folds(targets, patients, k, seed))


def test_folds_are_balanced_where_each_patient_has_one_roi():
    """53/64/65 in three folds: every class differs by at most one between folds (61, 61, 60)."""
    targets = np.repeat([0, 1, 2], [53, 64, 65])
    folds = patient_folds(targets, tuple(f"P{i}" for i in range(182)), 3, 5)
    for value in range(3):
        counts = np.bincount(folds[targets == value], minlength=3)
        assert np.ptp(counts) <= 1
    assert np.ptp(np.bincount(folds)) <= 2


def test_another_seed_deals_other_folds():
    targets = np.repeat([0, 1, 2], 20)
    names = tuple(f"P{i}" for i in range(60))
    assert (patient_folds(targets, names, 3, 1) != patient_folds(targets, names, 3, 2)).any()


def test_a_class_with_fewer_rois_than_folds_is_a_sentence():
    with pytest.raises(TooFewError, match="only 2 ROIs for 3 folds; add at least 1"):
        patient_folds([0, 0, 0, 1, 1], ("a", "b", "c", "d", "e"), 3, 0)


def test_one_patient_only_is_a_sentence():
    with pytest.raises(TooFewError, match="only 1 patient"):
        patient_folds([0, 0, 0, 1, 1, 1], ("a",) * 6, 3, 0)


def test_no_roi_is_a_sentence():
    with pytest.raises(TooFewError, match="draw and diagnose"):
        patient_folds([], (), 3, 0)


def test_extra_cases_join_training_and_are_never_tested():
    patches = blobs(5)
    extra = np.zeros(15, np.bool_)
    extra[:3] = True
    patches = replace(patches, extra=extra)
    folds = tuple(int(fold) for fold in study_folds(patches, 3, 0))
    assert folds[:3] == (EXTRA,) * 3
    for fold in range(3):
        assert not set(test_indices(patches, folds, fold)) & {0, 1, 2}
        assert not set(training_indices(patches, folds, fold)) & {0, 1, 2}
        assert {0, 1, 2} <= set(training_indices(patches, folds, fold, extra=True))


def test_an_extra_case_of_a_tested_patient_stays_out():
    patches = blobs(5)
    extra = np.zeros(15, np.bool_)
    extra[0] = True
    names = (patches.patients[1], *patches.patients[1:])
    patches = replace(patches, extra=extra, patients=names)
    folds = tuple(int(fold) for fold in study_folds(patches, 3, 0))
    assert 0 not in training_indices(patches, folds, folds[1], extra=True)


def test_a_patient_in_two_folds_is_refused():
    patches = blobs(4)
    names = (patches.patients[1], *patches.patients[1:])
    folds = (0, 1, *((0, 1, 2) * 4)[2:12])
    with pytest.raises(EngineError, match="two folds"):
        training_indices(replace(patches, patients=names), folds, 0)


def test_an_empty_test_fold_is_a_sentence():
    patches = blobs(4)
    with pytest.raises(EngineError, match="Fold 6 holds no ROI"):
        test_indices(patches, folds_of(patches), 5)


def _with_native() -> LesionPatches:
    patches = blobs(4)
    native = tuple(
        Native(np.full((20 + i, 30), float(i), np.float32), (15, 10), 0.8, 0.7, 12.0, -100, 250)
        for i in range(len(patches))
    )
    return replace(patches, native=native)


def test_a_file_gives_back_the_set(tmp_path: Path):
    patches = _with_native()
    patches.save(tmp_path / "patches.npz")
    again = LesionPatches.load(tmp_path / "patches.npz")
    np.testing.assert_array_equal(again.images, patches.images)
    assert again.ids == patches.ids
    assert again.native[7].pixels.shape == (27, 30)
    assert again.native[7].center == (15.0, 10.0)
    assert again.data_hash() == patches.data_hash()


def test_the_hash_tells_one_changed_pixel():
    patches = blobs(4)
    images = patches.images.copy()
    images[0, 0, 0] += np.float32(1e-3)
    assert replace(patches, images=images).data_hash() != patches.data_hash()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04K\x01.", b"nothing at all"])
def test_any_other_file_is_a_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "patches.npz"
    path.write_bytes(content)
    with pytest.raises(EngineError, match="cannot be read"):
        LesionPatches.load(path)


def test_an_object_array_is_not_unpickled(tmp_path: Path):
    path = tmp_path / "patches.npz"
    np.savez(path, images=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(EngineError, match="cannot be read"):
        LesionPatches.load(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda images: np.zeros_like(images), "entirely black"),
        (lambda images: np.full_like(images, 0.4), "one grey value"),
        (lambda images: images + np.float32(5), "outside the range"),
        (lambda images: images[:, :32, :32], "64x64"),
        (lambda images: np.full_like(images, np.nan), "not numbers"),
    ],
)
def test_bad_rois_are_refused_in_words(change: object, words: str):
    patches = blobs(4)
    assert callable(change)
    with pytest.raises(EngineError, match=words):
        replace(patches, images=change(patches.images)).check()
