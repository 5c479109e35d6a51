"""The leak audit catches a planted leak and lets honest items pass."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from studies.errors import StudyError
from studies.package import new_opaque
from studies.protocols.leak_audit import LeakAudit, audit, verdict
from studies.protocols.pipeline import from_bytes, to_bytes

REAL, SYNTHETIC = 182, 120


def audited(
    seed: int, *, clipped: bool = False, real: int = REAL, fake: int = SYNTHETIC
) -> LeakAudit:
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(real + fake, 64, 64))
    images = (gaussian_filter(noise, (0, 1.5, 1.5)) * 1.6 + 0.5).astype(np.float32)
    synthetic = np.arange(real + fake) >= real
    if clipped:  # one grey level of 256: no eye could see it
        images[synthetic] = np.minimum(images[synthetic], 254 / 255)
    stored = np.stack([from_bytes(to_bytes(image)) for image in images])
    return audit(stored, synthetic, tuple(new_opaque() for _ in images))


def test_one_clipped_grey_level_is_a_leak_and_named() -> None:
    found = audited(1, clipped=True)
    assert found.verdict == "leak"
    rows = {row.name: row for row in found.rows}
    assert rows["Histogram ends"].auc > 0.95
    assert rows["Border rows"].auc < 0.6


def test_items_of_one_source_pass_or_stay_undecided() -> None:
    verdicts = [audited(seed).verdict for seed in range(6)]
    assert verdicts.count("leak") == 0
    assert verdicts.count("passed") >= 3


def test_few_items_never_pass() -> None:
    assert audited(3, real=12, fake=10).verdict != "passed"
    with pytest.raises(StudyError, match="needs 10"):
        audited(3, real=12, fake=9)


@pytest.mark.parametrize(
    ("auc", "low", "high", "expected"),
    [
        (0.51, 0.44, 0.58, "passed"),
        (0.51, 0.30, 0.72, "undecided"),
        (0.58, 0.52, 0.64, "undecided"),
        (0.61, 0.52, 0.70, "leak"),
        (0.61, 0.49, 0.73, "undecided"),
    ],
)
def test_verdict(auc: float, low: float, high: float, expected: str) -> None:
    assert verdict(auc, low, high) == expected
