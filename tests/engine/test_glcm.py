"""Co-occurrence features against IBSI's consensus on its digital phantom."""

from __future__ import annotations

import csv
import gzip
import math
import struct
from itertools import product

import numpy as np
import pytest
from shared_data import shared_path

from engine.baselines import glcm
from engine.errors import EngineError

LEVELS = 6
TAGS = {
    "joint_max": "joint_maximum",
    "joint_entr": "joint_entropy",
    "energy": "energy",
    "contrast": "contrast",
    "corr": "correlation",
    "inv_diff": "inverse_difference",
    "inv_diff_mom": "inverse_difference_moment",
    "joint_var": "variance",
    "sum_var": "sum_variance",
    "sum_entr": "sum_entropy",
    "diff_var": "difference_variance",
    "diff_entr": "difference_entropy",
    "info_corr1": "information_1",
    "info_corr2": "information_2",
}
WAYS = ("2D_avg", "2D_comb", "2_5D_avg", "2_5D_comb", "3D_avg", "3D_comb")
HALF_SPACE = tuple(o for o in product((-1, 0, 1), repeat=3) if o > (0, 0, 0))


def _nifti(name: str) -> np.ndarray:
    path = shared_path(f"data/ibsi_digital_phantom/nifti/{name}")
    content = gzip.decompress(path.read_bytes())
    shape = struct.unpack_from("<8h", content, 40)[1:4]
    kind = {2: "u1", 4: "<i2", 8: "<i4", 16: "<f4", 64: "<f8", 512: "<u2"}
    (code,) = struct.unpack_from("<h", content, 70)
    (start,) = struct.unpack_from("<f", content, 108)
    return np.frombuffer(content, kind[code], int(np.prod(shape)), int(start)).reshape(
        shape, order="F"
    )


def _phantom() -> np.ndarray:
    image = _nifti("image/phantom.nii.gz").astype(np.int64)
    inside = _nifti("mask/mask.nii.gz") > 0
    return np.where(inside, image - 1, glcm.OUTSIDE)


def _slices() -> np.ndarray:
    """(slices, directions, L, L) of the phantom's axial slices."""
    phantom = _phantom()
    return np.array(
        [
            [glcm.matrix(phantom[:, :, z], offset, LEVELS) for offset in glcm.PLANAR]
            for z in range(phantom.shape[2])
        ]
    )


def _aggregated(way: str) -> np.ndarray:
    """The matrices whose features are averaged in one of IBSI's six aggregations."""
    if way.startswith("3D"):
        volume = np.array([glcm.matrix(_phantom(), offset, LEVELS) for offset in HALF_SPACE])
        return volume if way == "3D_avg" else volume.sum(0, keepdims=True)
    slices = _slices()
    return {
        "2D_avg": slices.reshape(-1, LEVELS, LEVELS),
        "2D_comb": slices.sum(1),
        "2_5D_avg": slices.sum(0),
        "2_5D_comb": slices.sum((0, 1))[None],
    }[way]


def _reference(tag: str) -> tuple[float, float]:
    """IBSI's consensus value, and how far from it a value may lie.

    The file's tolerance is 0 for co-occurrence: the three printed digits are what must agree.
    """
    path = shared_path("data/ibsi_digital_phantom/reference_values/ibsi_1_dig_phantom.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["tag"]: row for row in csv.DictReader(file, delimiter=";")}
    wanted, tolerance = float(rows[tag]["reference value"]), float(rows[tag]["tolerance"])
    half_a_digit = 0.505 * 10 ** (math.floor(math.log10(abs(wanted))) - 2)
    return wanted, max(tolerance, half_a_digit)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tag", TAGS)
def test_features_are_ibsis_to_three_digits(tag: str, way: str):
    found = float(getattr(glcm.texture(_aggregated(way)), TAGS[tag]).mean())

    wanted, within = _reference(f"cm_{tag}_{way}")
    assert found == pytest.approx(wanted, rel=0, abs=within)


@pytest.mark.parametrize("way", WAYS)
def test_averages_are_ibsis_whose_levels_begin_at_one(way: str):
    found = glcm.texture(_aggregated(way))

    for tag, average, pixels in (
        ("joint_avg", found.joint_average, 1),
        ("sum_avg", found.sum_average, 2),
    ):
        wanted, within = _reference(f"cm_{tag}_{way}")
        assert float(average.mean()) + pixels == pytest.approx(wanted, rel=0, abs=within)


def test_thirteen_directions_fill_half_of_the_neighbourhood():
    assert len(HALF_SPACE) == 13


def test_a_flat_image_has_one_cell():
    found = glcm.texture(glcm.matrix(np.zeros((8, 8), np.int64), (0, 1), 4))

    assert (float(found.energy), float(found.joint_entropy), float(found.contrast)) == (1, 0, 0)


def test_mirroring_leaves_the_features_of_a_roi():
    image = np.random.default_rng(0).random((64, 64)).astype(np.float32)

    assert np.allclose(glcm.roi_features(image), glcm.roi_features(image[::-1, ::-1]))


def test_values_that_are_no_numbers_are_refused_in_words():
    with pytest.raises(EngineError, match="not numbers"):
        glcm.roi_features(np.full((64, 64), np.nan, np.float32))


def test_a_matrix_without_a_pair_is_refused_in_words():
    with pytest.raises(EngineError, match="too small"):
        glcm.texture(glcm.matrix(np.zeros((2, 2), np.int64), (0, 4), 4))
