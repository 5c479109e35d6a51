"""The times of one presentation: what lies before its picture counts for nothing."""

from __future__ import annotations

import pytest
from reading_desk import Ticks

from reader_app.state.trial_clock import TrialClock


def test_a_pause_before_the_picture_takes_nothing_off_the_time_at_it() -> None:
    ticks = Ticks()
    clock = TrialClock(ticks, idle_seconds=30)
    clock.pause()
    ticks.forward(60)
    clock.resume()
    clock.painted()
    ticks.forward(4)
    assert clock.active_ms == pytest.approx(4000)
    assert clock.commit_ms == pytest.approx(4000)


def test_a_pause_at_the_picture_is_left_out_and_waiting_before_it_is_no_idle_time() -> None:
    ticks = Ticks()
    clock = TrialClock(ticks, idle_seconds=30)
    ticks.forward(45)
    clock.stirred()
    clock.painted()
    ticks.forward(2)
    clock.pause()
    ticks.forward(100)
    clock.resume()
    clock.painted()
    ticks.forward(1)
    clock.touched()
    assert (clock.active_ms, clock.commit_ms) == (3000, 103_000)
    assert clock.idle_ms == 0
