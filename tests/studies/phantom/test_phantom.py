"""The phantom: the plan's counts, known truth, noise and the files it writes."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest

from studies.phantom import noise, render, writer
from studies.phantom.plan import (
    LARGEST_MM,
    LONGEST_SERIES,
    SMALLEST_MM,
    CasePlan,
    full_plan,
    small_plan,
)


def _smallest(plans: tuple[CasePlan, ...]) -> CasePlan:
    return min(plans, key=lambda plan: plan.slices)


def _counts(plans: tuple[CasePlan, ...], extra: bool) -> Counter[str]:
    return Counter(
        lesion.category for plan in plans if plan.extra is extra for lesion in plan.lesions
    )


def _area(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2


def _caliper(points: np.ndarray) -> float:
    return float(np.linalg.norm(points[:, None] - points[None], axis=2).max())


def test_the_small_plan_has_24_patients_and_30_lesions():
    plans = small_plan()
    assert len({plan.patient for plan in plans}) == 24
    assert _counts(plans, False) == {"cyst": 9, "metastasis": 10, "hemangioma": 11}
    assert max(plan.slices for plan in plans) <= 20
    assert sum(plan.slices for plan in plans) * 512 * 512 * 2 < 250e6


def test_the_full_plan_has_the_papers_counts():
    plans = full_plan()
    assert _counts(plans, False) == {"cyst": 53, "metastasis": 64, "hemangioma": 65}
    assert _counts(plans, True).total() == 78
    assert len({plan.patient for plan in plans if not plan.extra}) == 150
    assert {plan.scanner.name for plan in plans} == {"SIMULATED scanner A", "SIMULATED scanner B"}


def test_acquisition_stays_within_the_papers_ranges():
    for plan in full_plan():
        assert 140 <= plan.mas <= 400
        assert 1.25 <= plan.slice_mm <= 5.0
        assert 9 <= plan.slices <= LONGEST_SERIES
        assert all(SMALLEST_MM <= lesion.diameter_mm <= LARGEST_MM for lesion in plan.lesions)


def test_the_same_seed_draws_the_same_plan_and_slices():
    assert small_plan() == small_plan()
    plan = _smallest(small_plan())
    first, second = render.patient(plan), render.patient(plan)
    assert first.known == second.known
    assert np.array_equal(next(render.slices(first)), next(render.slices(second)))


def test_known_margins_have_the_planned_caliper_and_do_not_touch():
    for plan in small_plan():
        drawn = render.patient(plan)
        boxes = []
        for known in drawn.known:
            points = np.array(known.points)
            assert _caliper(points) * plan.pixel_mm == pytest.approx(known.diameter_mm, rel=0.01)
            assert 0 < known.key_slice < plan.slices - 1
            assert points.min() > 0
            assert points.max() < 512
            boxes.append((points.mean(axis=0), known.diameter_mm / plan.pixel_mm / 2))
        for one in range(len(boxes)):
            for other in range(one):
                gap = np.linalg.norm(boxes[one][0] - boxes[other][0])
                assert gap > 0.8 * (boxes[one][1] + boxes[other][1])


def test_margins_shrink_towards_the_poles():
    drawn = render.patient(_smallest(small_plan()))
    lesion = drawn.lesions[0]
    middle = lesion.center[2]
    areas = [
        _area(np.array(render.margin_px(lesion, middle + share * lesion.half_height, 0.8)))
        for share in (0.0, 0.4, 0.8)
    ]
    assert areas[0] > areas[1] > areas[2] > 0
    assert render.margin_px(lesion, middle + 1.01 * lesion.half_height, 0.8) == ()


def test_attenuation_is_a_livers_and_a_cysts():
    plan = next(p for p in small_plan() if any(x.category == "cyst" for x in p.lesions))
    drawn = render.patient(plan)
    known = next(k for k in drawn.known if k.category == "cyst")
    image = next(render.slices(dataclasses.replace(drawn, z=(drawn.z[known.key_slice],))))
    points = np.array(known.points)
    x, y = points.mean(axis=0).astype(int)
    cyst = image[y - 2 : y + 3, x - 2 : x + 3].mean()
    assert -10 < cyst < 45
    assert image[0, 0] < -900
    assert 80 < drawn.model.liver.hu < 135


def test_noise_has_the_asked_deviation_and_is_correlated():
    spectrum = noise.noise_filter(512, 0.8, 0.2)
    drawn = noise.correlated(np.random.default_rng(1), spectrum, 12.0)
    assert drawn.std() == pytest.approx(12.0, rel=0.03)
    assert drawn.mean() == pytest.approx(0.0, abs=0.5)
    neighbours = np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1]
    assert neighbours > 0.3


@pytest.mark.parametrize(("mas", "slice_mm"), [(140, 5.0), (250, 1.25)])
def test_less_dose_and_thinner_slices_are_noisier(mas: int, slice_mm: float):
    assert noise.standard_deviation(10.0, mas, slice_mm) > noise.standard_deviation(10.0, 250, 5.0)


def test_lesions_of_different_kinds_share_their_mean(tmp_path: Path):
    """Metastases and hemangiomas cannot be told apart by mean attenuation alone."""
    means: dict[str, list[float]] = {"metastasis": [], "hemangioma": []}
    for plan in full_plan()[:60]:
        drawn = render.patient(plan)
        for known in drawn.known:
            if known.category not in means:
                continue
            view = dataclasses.replace(drawn, z=(drawn.z[known.key_slice],))
            image = next(render.slices(view))
            points = np.array(known.points)
            x, y = points.mean(axis=0).astype(int)
            reach = max(2, int(known.diameter_mm / plan.pixel_mm / 3))
            means[known.category].append(
                float(image[y - reach : y + reach, x - reach : x + reach].mean())
            )
    one, other = np.array(means["metastasis"]), np.array(means["hemangioma"])
    above = (one[:, None] > other[None, :]).mean()
    assert 0.25 < above < 0.75


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> writer.WrittenSeries:
    drawn = render.patient(_smallest(small_plan()))
    return writer.write_series(drawn, tmp_path_factory.mktemp("series") / "0")


def test_files_are_ct_in_z_order_and_say_simulated(written: writer.WrittenSeries):
    files = sorted(written.folder.iterdir())
    heads = [pydicom.dcmread(file) for file in files]
    heights = [float(head.ImagePositionPatient[2]) for head in heads]
    assert heights == sorted(heights)
    assert [head.SOPInstanceUID for head in heads] == list(written.sop_uids)
    for head in heads:
        assert head.Modality == "CT"
        texts = (head.PatientName, head.SeriesDescription, head.ImageComments, head.PatientComments)
        assert all("SIMULATED" in str(text) for text in texts)
        assert max(len(uid) for uid in (head.SOPInstanceUID, head.SeriesInstanceUID)) <= 64


def test_stored_values_give_back_the_hu(written: writer.WrittenSeries):
    drawn = render.patient(_smallest(small_plan()))
    expected = next(render.slices(drawn))
    head = pydicom.dcmread(written.folder / "00000.dcm")
    pixels = head.pixel_array.astype(int) * int(head.RescaleSlope) + int(head.RescaleIntercept)
    assert np.array_equal(pixels, expected)


def test_dciodvfy_reports_no_error(written: writer.WrittenSeries):
    checker = shutil.which("dciodvfy")
    if checker is None:
        if os.environ.get("BLINDREAD_REQUIRE_TOOLS") == "1":
            pytest.fail("dciodvfy is missing: run python3 start.py tools")
        pytest.skip("dciodvfy (Debian's dicom3tools) is not on this machine")
    for file in sorted(written.folder.iterdir())[:3]:
        told = subprocess.run([checker, str(file)], capture_output=True, text=True, check=False)
        assert "Error" not in told.stdout + told.stderr
