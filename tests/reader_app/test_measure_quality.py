"""Measuring generators as a workflow: what is kept beside the checkpoint, and when it counts."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest
from learn_study import make_study
from learning_sets import result_of

from engine import judging
from engine.experiment.recipe import Recipe
from engine.gan.quality import DRAWS
from engine.jobs import JobRunner
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.state.results_quality import ResultsQuality
from reader_app.state.study_state import StudyState
from reader_app.workflows.embed import place_synthetic
from reader_app.workflows.measure_quality import (
    AUDITED,
    LOOK_DRAWS,
    measure_quality,
    read_quality,
)
from reader_app.workflows.synthesise import generators, synthesise
from reader_app.workflows.train import train
from studies import cases, learning
from studies.errors import ReadOnlyError
from studies.learning import NewSynthetic
from studies.report.quality import LOOK
from studies.store import Store

RANDOM = "fixed random network"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store, None, None]:
    """Ten patients a class in two folds, one tiny generator a class and fold, six ROIs drawn."""
    made = make_study(tmp_path_factory.mktemp("s") / "t.blindread", per_class=10)
    result_of(train(made, replace(Recipe.of("cnn-aug-gan", "smoke"), gan_steps=2, folds=2)))
    result_of(synthesise(made, generators(made)[0].id, 6, 0))
    yield made
    made.close()


@pytest.fixture(scope="module")
def measured(store: Store) -> int:
    """The store's generators measured and audited; how many measurements that took."""
    return result_of(measure_quality(store))


def test_a_look_draws_as_many_as_the_engine_says():
    assert LOOK_DRAWS == DRAWS


def test_before_measuring_there_is_the_look_of_the_training(store: Store):
    found = read_quality(store)
    assert len(found) == 6
    assert all(one.can_judge and not one.is_judged for one in found)
    (look,) = found[0].spaces
    assert (look.features, look.step, look.fake) == (LOOK, 2, 64)
    assert look.measure("kid").has_band
    assert found[0].audited.n == 6
    assert found[0].audited.limits is None
    assert found[1].audited.verdicts == ()


def test_distances_and_membership_are_measured_once_and_kept(store: Store, measured: int):
    assert measured == 7  # six generators, one of them has drawn ROIs
    found = read_quality(store)
    for one in found:
        (kept,) = judging.read(one.run.folder)
        own = one.space(RANDOM)
        assert (own.block, own.blocks, own.real, own.fake) == (
            kept.block, kept.blocks, kept.real, kept.fake,
        )  # fmt: skip
        values = {row[1]: row[2:] for row in kept.numbers if row[0] == RANDOM}
        kid = own.measure("kid")
        assert (kid.value, kid.low, kid.high, kid.band_low, kid.band_high) == values["kid"]
        assert own.real == 5
    limits = found[0].audited.limits
    assert (limits.rois, limits.members, limits.others) == (6, 5, 5)
    assert 0 <= limits.leak.low <= limits.leak.value <= limits.leak.high <= 1
    assert len(limits.null) == 5
    assert result_of(measure_quality(store)) == 0


@pytest.mark.usefixtures("measured")
def test_a_damaged_audit_counts_as_none(store: Store):
    file = generators(store)[0].folder / AUDITED
    whole = file.read_text("utf-8")
    for damaged in ("[{", json.dumps([{"category": "cyst"}]), '"text"', ""):
        file.write_text(damaged, "utf-8")
        assert read_quality(store)[0].audited.limits is None
    file.write_text(whole, "utf-8")
    assert read_quality(store)[0].audited.limits is not None


@pytest.mark.usefixtures("measured")
def test_the_state_reads_when_it_is_shown_and_again_after_a_change(store: Store, qtbot):
    messages = Messages()
    jobs = Jobs(JobRunner())
    study = StudyState(messages)
    quality = ResultsQuality(study, jobs, messages)
    assert study.open(store.folder)
    assert quality.found is None
    quality.activate()
    qtbot.waitUntil(lambda: quality.found is not None, timeout=20000)
    assert len(quality.found) == 6
    assert [one.category for one in quality.shown][:2] == ["cyst", "cyst"]
    assert (quality.unjudged, quality.unaudited) == (0, 0)
    file = generators(store)[0].folder / AUDITED
    file.rename(file.with_suffix(".away"))
    study.notify("runs")
    qtbot.waitUntil(lambda: quality.unaudited == 1, timeout=20000)
    file.with_suffix(".away").rename(file)
    quality.filter_category("metastasis")
    assert len(quality.shown) == 2
    assert jobs.shutdown()
    study.close()


def test_synthetic_rois_are_placed_on_each_network_s_map_and_no_point_moves(store: Store):
    maps = {run.id: learning.embedding(store, run.id) for run in learning.runs(store)}
    maps = {number: one for number, one in maps.items() if one is not None}
    rois = learning.synthetic_rois(store)
    assert {roi.fold for roi in rois} == {0}
    assert result_of(place_synthetic(store)) == 1  # the network of the other fold shows none
    for number, before in maps.items():
        after = learning.embedding(store, number)
        assert (after.points, after.measures) == (before.points, before.measures)
        own = {p.synthetic_id for p in after.synthetic}
        held_out = learning.run(store, number).fold == 0
        assert own == ({roi.id for roi in rois} if held_out else set())
        assert all(np.isfinite((p.x, p.y)).all() for p in after.synthetic)
    assert result_of(place_synthetic(store)) == 0


@pytest.mark.usefixtures("measured")
def test_an_audit_of_fewer_rois_no_longer_counts(store: Store):
    first = generators(store)[0]
    image = np.full((64, 64), 0.5, np.float32)
    more = NewSynthetic("cyst", 1 << 20, 99, image, "clear", None, 0.2, True)
    learning.add_synthetic(store, first.id, (more,))
    found = read_quality(store)[0].audited
    assert found.n == 7
    assert found.limits is None
    assert len(found.similarity) == 7


def test_a_read_only_study_is_left_as_it_is(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store, "read_only", True)
    with pytest.raises(ReadOnlyError, match="read-only"):
        result_of(measure_quality(store))


@pytest.mark.usefixtures("measured")
def test_a_generator_of_other_rois_is_not_judged(store: Store):
    lesion = cases.lesions(store)[0]
    cases.confirm_diagnosis(store, lesion.id, "hemangioma", "biopsy", "tester")
    found = read_quality(store)
    assert not any(one.can_judge for one in found)
    assert all(one.is_judged for one in found)  # what was measured before still stands
