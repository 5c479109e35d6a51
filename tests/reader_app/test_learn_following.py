"""Following and steering trainings on the page: pause, resume, stop, curves, samples, tables."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from learn_desk import LearnDesk, new_learn_desk
from learn_study import CODES
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine import frames, journal
from engine.jobs import Progress, SampleGrid
from engine.journal import CurvePoint, RunCurves
from reader_app.state.learn_curves import cards
from reader_app.state.learn_fields import field_rows
from reader_app.state.learn_rows import QUEUED
from reader_app.state.learn_shown import ShownRun
from reader_app.views.learn.bin_dialog import BinDialog
from reader_app.views.learn.compare_dialog import CompareDialog
from reader_app.views.learn.curve_card import CurveCard
from reader_app.views.learn.live_panel import LivePanel
from reader_app.views.learn.runs_panel import RunsPanel
from reader_app.views.learn.samples_panel import SamplesPanel
from reader_app.workflows import train as training
from studies import learning
from studies.learning import NewRun
from studies.store import Store


@dataclass
class Desk(LearnDesk):
    """A page whose trainings can be exchanged."""

    patch: pytest.MonkeyPatch

    def wait(self, until: object, timeout: int = 30000) -> None:
        self.qtbot.waitUntil(until, timeout=timeout)  # type: ignore[arg-type]

    def trained(self) -> None:
        self.state.queue()
        self.wait(lambda: not self.state.is_training, 60000)

    @property
    def states(self) -> list[str]:
        return [run.state for run in learning.runs(self.study.store)]

    @property
    def runs(self) -> RunsPanel:
        return self.page.findChild(RunsPanel)  # type: ignore[return-value]

    def choose_all(self) -> None:
        self.runs.table.selectAll()


@pytest.fixture
def desk(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Desk, None, None]:
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    with new_learn_desk(qtbot, tmp_path, (1208, 752)) as made:
        yield Desk(**vars(made), patch=monkeypatch)


# --- steering -------------------------------------------------------------------------------


def test_pause_resume_and_stop_are_buttons_of_the_running_run(desk: Desk) -> None:
    desk.patch.setattr(training, "PERFORM", "fake_training:hang")
    desk.state.choose_arm("cnn-aug")
    live = desk.page.findChild(LivePanel)
    assert not live.pause.isVisible()
    desk.state.queue()
    desk.wait(lambda: live.pause.isVisible() and desk.state.runs.share > 0)
    desk.qtbot.mouseClick(live.pause, Qt.MouseButton.LeftButton)
    desk.wait(lambda: desk.state.training.is_paused)
    assert desk.states == ["cancelled", "queued", "queued"]
    desk.wait(live.resume.isVisible)
    assert not live.pause.isVisible()
    desk.qtbot.mouseClick(live.resume, Qt.MouseButton.LeftButton)
    desk.wait(lambda: live.stop.isVisible() and desk.state.runs.share > 0)
    desk.patch.setattr(training, "PERFORM", "fake_training:perform")
    desk.qtbot.mouseClick(live.stop, Qt.MouseButton.LeftButton)
    desk.wait(lambda: not desk.state.is_training)
    assert sorted(desk.states) == ["cancelled", "finished", "finished"]
    (stopped,) = [row for row in desk.state.runs.rows if row.state == "stopped"]
    desk.state.runs.show_run(stopped.key)
    desk.runs.table.choose(stopped.key)
    desk.runs._say_tools()
    desk.qtbot.mouseClick(desk.runs.resume, Qt.MouseButton.LeftButton)
    desk.wait(lambda: not desk.state.is_training and desk.states == ["finished"] * 3)


def test_a_program_that_was_closed_finds_its_runs_paused(desk: Desk) -> None:
    desk.patch.setattr(training, "PERFORM", "fake_training:hang")
    desk.state.choose_arm("cnn-aug")
    desk.state.queue()
    desk.wait(lambda: desk.state.runs.share > 0)
    folder = desk.study.store.folder
    desk.state.training.pause()
    desk.wait(lambda: desk.state.training.is_paused)
    desk.study.close()
    desk.study.open(folder)
    desk.wait(lambda: len(desk.state.runs.rows) == 3)
    assert {(row.state, row.words) for row in desk.state.runs.rows} == {("paused", "not begun")}
    desk.patch.setattr(training, "PERFORM", "fake_training:perform")
    desk.state.training.resume(tuple(row.key for row in desk.state.runs.rows))
    desk.wait(lambda: not desk.state.is_training and desk.states == ["finished"] * 3)


def test_waiting_runs_are_moved_and_taken_out_in_the_table(desk: Desk) -> None:
    desk.patch.setattr(training, "PERFORM", "fake_training:hang")
    desk.state.choose_arm("cnn-aug")
    desk.state.queue()
    desk.wait(lambda: sum(row.state == QUEUED for row in desk.state.runs.rows) == 2)
    first, second = [row.key for row in desk.state.runs.rows if row.state == QUEUED]
    desk.state.training.move(second, -1)
    desk.wait(lambda: next(r.key for r in desk.state.runs.rows if r.state == QUEUED) == second)
    desk.state.training.take_out(first)
    desk.wait(lambda: learning.run(desk.study.store, first).state == "cancelled")
    assert desk.state.training.waiting == (second,)


# --- curves ---------------------------------------------------------------------------------


def shown(points: tuple[CurvePoint, ...], kind: str = "generator") -> ShownRun:
    last = points[-1]
    return ShownRun(
        1, "DCGAN", kind, "cyst", 0, last.done, last.total, "running", RunCurves(points)
    )


def looked(step: int, kid: float, health: float = 0.0, words: str = "") -> CurvePoint:
    metrics = (
        ("loss_g", 1.0),
        ("loss_d", 0.5),
        ("d_right", 0.75),
        ("kid", kid),
        ("kid_low", kid / 2),
        ("kid_high", kid * 2),
        ("kid_real_low", 0.001),
        ("kid_real_high", 0.004),
        ("health", health),
        ("epoch", step / 10),
    )
    return CurvePoint(step, 100, metrics, words)


def test_the_cost_of_curves_grows_with_their_points_not_with_the_square(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    plain = CurvePoint.value
    monkeypatch.setattr(CurvePoint, "value", lambda p, name: asked.append(name) or plain(p, name))
    counts = []
    for many in (100, 200):
        asked.clear()
        cards(shown(tuple(looked(step, 0.02) for step in range(many))))
        counts.append(len(asked))
    assert counts[1] < 2.2 * counts[0]


def test_long_curves_are_thinned_but_for_looks_words_and_ends() -> None:
    plain = tuple(CurvePoint(step, 9000, (("loss_g", 1.0),)) for step in range(4000))
    points = (*plain[:1001], looked(1001, 0.02), *plain[1002:])
    told = replace(points[2003], words="Rolled back.")
    run = shown((*points[:2003], told, *points[2004:])).drawn
    done = [point.done for point in run.curves.points]
    assert 990 < len(done) < 1010
    assert {0, 1001, 2003, 3999} <= set(done)
    assert max(b - a for a, b in pairwise(done)) == 4
    assert (run.done, run.best) == (3999, None)
    few = tuple(looked(step, 0.02) for step in range(20))
    assert journal.thinned(few, 20) == few


def test_a_generators_cards_show_losses_the_discriminator_kid_and_diversity() -> None:
    words = "Warning at step 40: The draws vary less than real ROIs."
    run = shown((looked(20, 0.05), looked(40, 0.02, 1.0, words), looked(60, 0.03)))
    loss, right, kid, diversity = cards(run)
    assert [one.name for one in loss.series] == ["G", "D"]
    assert right.series[0].y == (75.0, 75.0, 75.0)
    assert kid.series[0].y == (50.0, 20.0, 30.0)
    assert kid.series[0].low == (25.0, 10.0, 15.0)
    assert kid.band == (1.0, 4.0)
    assert [(one.x, one.words) for one in kid.events] == [
        (4.0, words),
        (4.0, "Best: KID × 1000 = 20.0"),
    ]
    assert diversity.series[0].y == ()
    assert run.words == "epoch 6 of 10 · best by KID: 4"
    assert (run.axis, run.badge) == ("x: epoch", ("healthy", "done"))
    ill = shown((looked(20, 0.05, 2.0, "Collapsed at step 20: all alike."),))
    assert ill.badge == ("collapsed", "error")
    assert ill.reason == "Collapsed at step 20: all alike."


def test_points_of_a_sitting_that_was_cut_off_are_left_out(tmp_path: Path) -> None:
    for step in (10, 20, 30, 20, 25):
        journal.note(tmp_path, Progress(step, 40, "Training", (("loss", float(step)),)))
    assert [point.done for point in journal.read(tmp_path).points] == [10, 20, 20, 25]
    told = journal.point_of(Progress(5, 9, "Rolled back at step 5", (("returned_to", 3.0),)))
    assert told.words == "Rolled back at step 5"


def test_the_pointer_shows_the_values_below_it(desk: Desk) -> None:
    live = desk.page.findChild(LivePanel)
    desk.wait(lambda: len(live.cards) == 4)
    card = live.cards[2]
    assert isinstance(card, CurveCard)
    words = "Rolled back at step 60 to step 40: like draws."
    run = shown((looked(20, 0.05), looked(40, 0.02), looked(60, 0.09, 2.0, words)))
    card.show_content(cards(run)[2])
    card.say_at(5.9)
    assert card.value.text() == "epoch 6: 90"
    assert words in card.toolTip()
    card.leaveEvent(None)
    assert card.value.text() == "90.0"


# --- samples --------------------------------------------------------------------------------


def drawn_before(store: Store, code: str) -> None:
    """A finished generator with 30 moments, whose KID falls to its last look."""
    new = NewRun(f"{code:x<64}", "dcgan", "generator", 0, "smoke", "{}", category=code, fold=0)
    run = learning.start_run(store, new)
    run.folder.mkdir(parents=True)
    for step in range(1, 31):
        grid = SampleGrid(code, step, np.full((14, 64, 64), step / 30, np.float32))
        told = Progress(step, 30, "Training", (("kid", 1 / step),), (grid,))
        journal.note(run.folder, told)
        frames.keep(run.folder, told)
    learning.update_run(store, run.id, state="finished")


def test_the_scrubber_shows_any_moment_of_each_class(desk: Desk) -> None:
    for code in CODES:
        drawn_before(desk.study.store, code)
    desk.study.notify("runs")
    panel, samples = desk.page.findChild(SamplesPanel), desk.state.samples
    assert panel.modes.value == "Latest"
    assert not panel.scrubber.isVisible()
    panel.modes.choose("Over time")
    desk.wait(lambda: samples.moments == 30 and len(samples.grids) == 3)
    assert panel.scrubber.isVisible()
    panel.slider.setFocus()
    desk.qtbot.keyClick(panel.slider, Qt.Key.Key_Home)
    desk.wait(lambda: samples.grids["cyst"].epoch == 1)
    desk.qtbot.keyClick(panel.slider, Qt.Key.Key_Right)
    desk.wait(lambda: samples.grids["cyst"].epoch == 2)
    assert samples.words("metastasis") == "epoch 2"
    panel.slider.setValue(panel.slider.maximum() - 1)
    desk.qtbot.mouseClick(panel.play, Qt.MouseButton.LeftButton)
    desk.wait(lambda: samples.grids["cyst"].epoch == 30)
    panel.modes.choose("Best")
    desk.wait(lambda: samples.words("cyst") == "best, epoch 30")


# --- the table's tools ----------------------------------------------------------------------


def test_runs_are_compared_with_differences_and_paired_tests(desk: Desk) -> None:
    for arm in ("cnn", "cnn-aug"):
        desk.state.choose_arm(arm)
        desk.trained()
    desk.choose_all()
    assert desk.runs.compare.isEnabled()
    desk.qtbot.mouseClick(desk.runs.compare, Qt.MouseButton.LeftButton)
    desk.wait(lambda: desk.state.comparison.found is not None)
    found = desk.state.comparison.found
    assert [line[0] for line in found.table] == [
        "Accuracy, % [95 %]",
        "KID × 1000",
        "Seconds",
        "State",
        "Arm",
        "Classic",
    ]
    assert found.table[-1][1:] == ("40", "0")
    # the stand-in is right about the same lesions in both arms
    (pair,) = found.pairs
    assert pair.difference.startswith("0.0 [−")
    assert (pair.discordant, pair.lesions, pair.p, pair.held) == ("0 v 0", 9, "1.00", "1.00")
    dialog = desk.page.findChild(CompareDialog)
    desk.wait(lambda: dialog.table is not None)
    assert len(dialog.cards) == 2
    assert [cell.text for cell in dialog.paired.rows[0].cells][2:6] == [
        "0 v 0",
        "9",
        "1.00",
        "1.00",
    ]
    assert dialog.height() <= dialog.parentWidget().window().height()


def test_a_run_is_exported_with_provenance(desk: Desk, tmp_path: Path) -> None:
    from reader_app.workflows import export_runs as exporting

    desk.patch.setattr(exporting, "NETWORKS", ())  # ONNX has its own tests
    desk.state.choose_arm("cnn")
    desk.trained()
    row = desk.state.runs.rows[0]
    desk.state.bin.export(row.ids[:1], tmp_path / "out")
    desk.wait(lambda: any("exported" in one.sentence for one in desk.said))
    (folder,) = (tmp_path / "out").iterdir()
    names = {path.name for path in folder.iterdir()}
    assert names == {"model.safetensors", "spec.json", "curves.csv", "README.txt"}
    run = row.runs[0]
    text = (folder / "README.txt").read_text()
    assert run.run_hash in text
    assert f"Test fold: {run.correct} of {run.n} right." in text
    assert json.loads((folder / "spec.json").read_text()) == json.loads(run.spec)
    lines = (folder / "curves.csv").read_text().splitlines()
    assert lines[0] == "step,of,accuracy,loss,words"
    assert len(lines) == 41


def test_the_bin_tells_its_size_and_is_emptied(desk: Desk) -> None:
    desk.state.choose_arm("cnn")
    desk.trained()
    row = desk.state.runs.rows[0]
    folder = row.runs[0].folder
    assert not desk.runs.empty.isVisible()
    desk.state.runs.delete_runs(row.ids)
    desk.wait(desk.runs.empty.isVisible)
    assert desk.runs.empty.text().startswith("Empty bin, ")
    assert folder.exists()
    desk.qtbot.mouseClick(desk.runs.empty, Qt.MouseButton.LeftButton)
    asked = desk.runs.findChild(BinDialog)
    assert asked.focusWidget() is asked.keep
    desk.qtbot.keyClick(asked, Qt.Key.Key_Escape)
    assert folder.exists()
    desk.qtbot.mouseClick(desk.runs.empty, Qt.MouseButton.LeftButton)
    (asked,) = [one for one in desk.runs.findChildren(BinDialog) if one.isVisible()]
    desk.qtbot.mouseClick(asked.empty, Qt.MouseButton.LeftButton)
    desk.wait(lambda: not desk.runs.empty.isVisible())
    assert not folder.exists()


# --- recipe and data ------------------------------------------------------------------------


def test_every_field_of_the_recipe_has_a_value_and_a_source(desk: Desk) -> None:
    rows = field_rows(replace(desk.state.recipe, profile="quick"), 3, "bf16")
    by_name = {(one.part, one.name): one for one in rows}
    batch = by_name["Classifier", "batch"]
    assert (batch.value, batch.default) == ("32", "64")
    assert batch.source == "profile or arm (paper, section 2.2, at full size)"
    assert by_name["Classifier", "momentum"].source == "ours, the paper does not say"
    assert by_name["Generator", "precision"].value == "bf16"
    assert {one.part for one in rows} == {"Classifier", "Generator", "Augmentation"}


def test_the_data_page_counts_sizes_sources_and_checks_for_leaks(desk: Desk) -> None:
    desk.page.title.tabs.setCurrentIndex(3)
    desk.wait(lambda: desk.state.dataset.found is not None)
    found = desk.state.dataset.found
    assert [(one.lesions, one.patients) for one in found.classes] == [(3, 3)] * len(CODES)
    assert found.sources == (("simulated picture", 9),)
    assert {round(mm) for one in found.classes for mm in one.sizes_mm} == {40}
    draw = next(one for one in found.remarks if one.action == "Draw folds")
    desk.state.act_on(draw)
    desk.wait(lambda: desk.state.dataset.found.patients_per_fold == (3, 3, 3))
    words = [one.words for one in desk.state.dataset.found.remarks]
    assert words == ["No patient in two folds: 9 patients checked."]


def test_a_frame_that_is_gone_is_no_error(tmp_path: Path) -> None:
    grid = SampleGrid("cyst", 1, np.zeros((2, 64, 64), np.float32))
    frames.keep(tmp_path, Progress(1, 2, "", (), (grid,)))
    (frame,) = frames.listed(tmp_path)
    frame.path.unlink()
    assert frames.read(frame) == ()
