"""Promise 9: a wall clock that jumps changes no order and no duration, and each jump is a row."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from reliability.clock_jumps import jumps_drawn, read_timed
from reliability.scripted_reading import make_package

from studies import places
from studies.package.reading_package import CLOCK_TOLERANCE_S

TRIALS = 100


def test_jumps_by_hours_change_no_order_and_no_duration(place: Path) -> None:
    folder = make_package(place / "a.reading", TRIALS)
    copy = shutil.copytree(folder, place / "b.reading")
    jumps = jumps_drawn(TRIALS, seed=3)
    steady = read_timed(folder, (0.0,) * TRIALS, seed=4)
    shutil.rmtree(places.keys_home() / "receipts")  # it is the same package
    jumping = read_timed(copy, jumps, seed=4)
    assert jumping.order == steady.order
    assert jumping.durations == steady.durations
    assert jumping.monotonic_ns == steady.monotonic_ns
    assert steady.jumps == ()
    far = [jump for jump in jumps if abs(jump) > CLOCK_TOLERANCE_S]
    assert jumping.jumps == pytest.approx(far, abs=0.01)
    assert len(far) > 20
    assert min(far) < -3600
    assert max(far) > 3600
    assert jumping.whole
