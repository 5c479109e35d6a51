"""The slices beside the one on show, which a proposal looks at too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import annotate_study
import numpy as np
import pytest

from reader_app.state.annotate_state.proposals import Hover
from reader_app.state.annotate_state.slices import BESIDE_MM, Slices
from studies.imaging import aids, volume
from studies.records import SeriesRecord
from studies.store import Store


class AtOnce:
    """Short calls done when they are asked for; while `holds`, kept."""

    def __init__(self) -> None:
        self.holds, self._kept = False, []

    def small(self, call: Callable, done: Callable, failed: Callable) -> None:
        self._kept.append((call, done))
        if not self.holds:
            self.work()

    def work(self) -> None:
        while self._kept:
            call, done = self._kept.pop()
            done(call())


@pytest.fixture
def series(tmp_path: Path) -> SeriesRecord:
    with Store.create(tmp_path / "s.blindread", "Liver CT") as store:
        return annotate_study.add_ct(store, "P-1", slices=5)


@pytest.fixture
def jobs() -> AtOnce:
    return AtOnce()


@pytest.fixture
def slices(jobs: AtOnce) -> Slices:
    return Slices(jobs, failed=pytest.fail, ready=lambda: None)


def test_the_slices_before_and_after_are_beside(slices: Slices, series: SeriesRecord) -> None:
    """As far away as they are, in px of the slice."""
    slices.show(series)
    apart = series.slice_spacing / series.row_spacing
    found = slices.beside(2)
    assert [one.away for one in found] == pytest.approx([-apart, -2 * apart, apart, 2 * apart])
    for one, index in zip(found, (1, 0, 3, 4), strict=True):
        assert np.array_equal(one.pixels, volume.load_slice(series, index))
    assert [len(slices.beside(end)) for end in (0, 4)] == [4, 4]


def test_how_far_away_is_told_in_the_mean_px(
    slices: Slices, series: SeriesRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = volume.load(series)
    monkeypatch.setattr(volume, "load", lambda _: whole)
    slices.show(replace(series, row_spacing=0.5, column_spacing=2.0))
    apart = abs(whole.positions[3] - whole.positions[2])
    assert [abs(one.away) for one in slices.beside(3)][-1:] == pytest.approx([apart])


def test_four_slices_a_side_are_beside(tmp_path: Path, slices: Slices) -> None:
    with Store.create(tmp_path / "m.blindread", "Liver CT") as store:
        slices.show(annotate_study.add_ct(store, "P-1", slices=11))
    assert [len(slices.beside(k)) for k in (0, 5, 9)] == [4, 8, 5]


def test_none_is_beside_until_the_volume_is_in_memory(
    slices: Slices, jobs: AtOnce, series: SeriesRecord
) -> None:
    jobs.holds = True
    slices.show(series)
    assert slices.beside(2) == ()
    jobs.work()
    assert len(slices.beside(2)) == 4
    slices.show(None)
    assert slices.beside(2) == ()


def test_slices_too_far_away_are_not_beside(
    slices: Slices, series: SeriesRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = volume.load(series)
    far = whole.positions[1] + BESIDE_MM
    places = (*whole.positions[:2], far, far + BESIDE_MM + 0.1, far + BESIDE_MM + 1)
    monkeypatch.setattr(volume, "load", lambda _: replace(whole, positions=places))
    slices.show(series)
    assert [len(slices.beside(k)) for k in range(5)] == [2, 2, 2, 1, 1]


def test_what_hovers_is_seen_with_the_slices_beside(slices: Slices, series: SeriesRecord) -> None:
    slices.show(series)
    at, shown, beside = annotate_study.LESION[:2], slices.at(2), slices.beside(2)
    hover = Hover()
    found = hover.points(shown, at, has_hu=True, beside=beside)
    assert found == aids.proposal(shown.pixels, at, beside=beside)
    assert found != aids.proposal(shown.pixels, at)
    assert hover.points(shown, at, has_hu=True) == found, "what is seen is what is saved"
