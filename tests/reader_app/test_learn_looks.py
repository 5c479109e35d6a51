"""What a person sees on the Learn page: nothing cut, nothing over another, nothing out of date."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from learn_desk import LearnDesk, new_learn_desk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine import frames
from engine.jobs import Progress, SampleGrid
from engine.journal import CurvePoint, RunCurves
from reader_app.state.learn_curves import cards
from reader_app.state.learn_rows import Halt, run_rows
from reader_app.state.learn_shown import ShownRun
from reader_app.views.learn.augment_sheet import AugmentSheetView
from reader_app.views.learn.curve_card import BAND_NAME, LINE_OF_NAME, CurveCard
from reader_app.views.learn.data_page import DataPage
from reader_app.views.learn.latent_dialog import FOUR, LatentDialog
from reader_app.views.learn.live_panel import LivePanel
from reader_app.views.learn.recipe_panel import RecipePanel
from reader_app.views.learn.runs_panel import RunsPanel, telling_first
from reader_app.views.learn.samples_panel import GAP, SIZE, SamplesPanel, SampleStrip
from reader_app.widgets.curve_content import CardContent, Series
from reader_app.widgets.plots import LineLook
from reader_app.workflows import train as training
from studies import learning
from studies.learning import NewRun

LOOK = LineLook("#ffffff")


@pytest.fixture
def desk(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[LearnDesk, None, None]:
    monkeypatch.setattr(training, "PERFORM", "fake_training:perform")
    with new_learn_desk(qtbot, tmp_path, (1208, 752)) as made:
        yield made


# --- a training, from the key to what is seen of it


def test_a_training_begun_by_its_key_is_shown_to_its_end(desk: LearnDesk) -> None:
    queue = desk.page.findChild(RecipePanel).queue
    desk.state.choose_arm("cnn")
    assert queue.text() == "Queue 3 runs"
    desk.page.activateWindow()
    desk.qtbot.waitUntil(desk.page.isActiveWindow, timeout=10000)
    desk.qtbot.keyClick(desk.page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    desk.qtbot.waitUntil(lambda: desk.state.is_training, timeout=10000)  # a moment as pressed
    desk.qtbot.waitUntil(lambda: not desk.state.is_training, timeout=60000)
    assert [run.state for run in learning.runs(desk.study.store)] == ["finished"] * 3
    card = desk.page.findChild(LivePanel).cards[1]
    desk.qtbot.waitUntil(lambda: card.value.text() == "test 67 %", timeout=10000)
    see_patients_of_the_folds(desk)


def see_patients_of_the_folds(desk: LearnDesk) -> None:
    """Training drew the folds; the Data tab's table is whole."""
    desk.page.title.tabs.setCurrentIndex(3)
    data = desk.page.findChild(DataPage)
    desk.qtbot.waitUntil(lambda: len(data.table.rows) == 5, timeout=10000)
    assert [cell.text for cell in data.table.rows[-1].cells][2:5] == ["3", "3", "3"]
    desk.qtbot.waitUntil(lambda: not data.table.verticalScrollBar().isVisible(), timeout=10000)


def test_panels_and_dialogs_keep_their_place(desk: LearnDesk) -> None:
    recipe = desk.page.findChild(RecipePanel)
    for height in (1000, 752):  # without a scroll bar and with one
        desk.page.resize(1208, height)
        desk.qtbot.waitUntil(lambda: recipe.width() == recipe.foot.width() > 300, timeout=10000)
    desk.page.move(0, 0)
    dialog = LatentDialog(desk.state.latent, desk.page)
    dialog.show()
    low = dialog.height()
    dialog.kind.choose(FOUR)
    desk.qtbot.waitUntil(lambda: dialog.height() > low + 200, timeout=10000)
    assert dialog.geometry().top() >= 0
    assert dialog.geometry().bottom() <= desk.page.geometry().bottom()
    dialog.close()


# --- samples


@pytest.mark.parametrize("width", [300, 660, 1240])
def test_samples_fill_the_width_at_a_like_size(qtbot: QtBot, width: int) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(width, 1080)
    strip = SampleStrip(SIZE, "cyst")
    strip.setParent(window)
    window.show()
    strip.resize(width, SIZE)
    strip.show()
    count, side = strip.fit()
    assert count * (side + GAP) - GAP == pytest.approx(width)
    assert 0.85 * SIZE < side < 1.8 * SIZE
    assert strip.height() == pytest.approx(side, abs=1)


def generator(desk: LearnDesk, name: str, state: str, moments: int) -> int:
    """A generator of cysts in a state, with so many moments kept."""
    new = NewRun(f"{name:x<64}", "dcgan", "generator", 0, "smoke", "{}", category="cyst", fold=0)
    run = learning.start_run(desk.study.store, new)
    run.folder.mkdir(parents=True)
    for step in range(1, moments + 1):
        grid = SampleGrid("cyst", step, np.full((14, 64, 64), step / 30, np.float32))
        frames.keep(run.folder, Progress(step, 30, "Training", (), (grid,)))
    learning.update_run(desk.study.store, run.id, state=state, message="Stopped before it began.")
    return run.id


def test_moments_are_those_of_the_newest_generator_that_has_any(desk: LearnDesk) -> None:
    for name, state, moments in (("a", "finished", 8), ("b", "cancelled", 0)):
        generator(desk, name, state, moments)
    desk.study.notify("runs")
    panel, samples = desk.page.findChild(SamplesPanel), desk.state.samples
    panel.modes.choose("Over time")
    desk.qtbot.waitUntil(lambda: samples.moments == 8 and "cyst" in samples.grids, timeout=10000)
    assert samples.words("cyst") == "epoch 8"
    assert samples.words("metastasis") == "not drawn yet"
    play(desk, panel)


def play(desk: LearnDesk, panel: SamplesPanel) -> None:
    """Space plays and halts; the button says what it does next."""
    panel.slider.setValue(0)
    panel.slider.setFocus()
    assert panel.play.icon_name == "play"
    desk.qtbot.keyClick(panel.slider, Qt.Key.Key_Space)
    assert (panel.is_playing, panel.play.icon_name) == (True, "pause")
    desk.qtbot.waitUntil(lambda: panel.slider.value() == 1, timeout=10000)
    desk.qtbot.keyClick(panel.slider, Qt.Key.Key_Space)
    assert (panel.is_playing, panel.play.icon_name) == (False, "play")


# --- runs


def test_narrow_columns_begin_with_what_tells_runs_apart(desk: LearnDesk) -> None:
    assert telling_first("D_aug 300 + D_synth 50 × 3, quick") == "D_synth 50 × 3 + D_aug 300, quick"
    assert telling_first("D_aug 0, quick") == "D_aug 0, quick"
    assert telling_first("hemangioma, smoke") == "hemangioma, smoke"
    run = generator(desk, "a", "cancelled", 0)
    desk.study.notify("runs")
    (row,) = desk.page.findChild(RunsPanel).table.rows
    assert (row.cells[1].text, row.cells[6].text) == ("cyst, smoke", "not begun")
    assert row.cells[6].badge == "neutral"
    see_a_halted_run(desk, run)


def see_a_halted_run(desk: LearnDesk, run: int) -> None:
    """Its step in few letters."""
    record = replace(learning.run(desk.study.store, run), message="Paused at step 1,203 of 2,000.")
    scheme = desk.state.scheme
    assert scheme is not None
    (row,) = run_rows((record,), scheme, {run: Halt(1203, True)})
    assert row.words == "paused at 1,203"


def test_a_run_that_failed_says_why_above_its_curves(desk: LearnDesk) -> None:
    run, why = generator(desk, "a", "running", 2), "The disk is full. Free some space."
    learning.update_run(desk.study.store, run, state="failed", message=why)
    desk.study.notify("runs")
    live = desk.page.findChild(LivePanel)
    desk.qtbot.waitUntil(lambda: live.words.accessibleName() == why, timeout=10000)
    assert (live.badge.text(), live.badge.toolTip()) == ("failed", why)


def test_taking_the_shown_run_out_goes_on_with_its_neighbour(desk: LearnDesk) -> None:
    ids = [generator(desk, name, "finished", 1) for name in "abc"]
    desk.study.notify("runs")
    desk.state.runs.show_run(ids[1])
    desk.qtbot.waitUntil(lambda: shown_id(desk) == ids[1], timeout=10000)
    desk.state.runs.delete_runs((ids[1],))
    desk.qtbot.waitUntil(lambda: shown_id(desk) not in (0, ids[1]), timeout=10000)
    assert shown_id(desk) == ids[0]  # it stood below: the newest stands first


def shown_id(desk: LearnDesk) -> int:
    shown = desk.state.runs.shown
    return shown.run_id if shown is not None else 0


# --- curves


@pytest.fixture
def card(qtbot: QtBot) -> CurveCard:
    made = CurveCard(None, lambda content: None)  # type: ignore[arg-type]
    qtbot.addWidget(made)
    made.resize(240, 140)
    made.show()
    return made


def content(*lines: tuple[str, tuple[float, ...]], **more: object) -> CardContent:
    series = tuple(Series(name, LOOK, range(len(ys)), ys) for name, ys in lines)
    return CardContent("KID × 1000", "lower is better", "11.4", series, x_end=9.0, **more)


@pytest.mark.parametrize("end", [1.0, 0.01])
def test_names_of_lines_that_end_together_stand_one_below_the_other(
    card: CurveCard, end: float
) -> None:
    card.show_content(content(*((str(k), (1.0, end * (1 + k / 100))) for k in range(4))))
    view = card.plot.getPlotItem().vb
    (_, _), (low, high) = view.viewRange()
    tops = sorted((high - name.pos().y()) / (high - low) * view.height() for name in card._names)
    assert min(b - a for a, b in pairwise(tops)) >= LINE_OF_NAME - 0.01
    assert tops[0] >= LINE_OF_NAME / 2 - 0.01
    assert tops[-1] <= view.height() - LINE_OF_NAME / 2 + 0.01


def test_one_point_is_seen_as_a_dot_and_many_as_a_line(card: CurveCard) -> None:
    card.show_content(content(("", (1.0,))))
    assert card._lines[0].opts["symbol"] == "o"
    card.show_content(content(("", (1.0, 2.0))))
    assert card._lines[0].opts["symbol"] is None


def test_a_hint_is_whole_or_not_there(card: CurveCard) -> None:
    card.show_content(content(("", (1.0, 2.0))))
    assert card.hint.text() in ("", "lower is better")
    card.resize(600, 140)
    assert card.hint.text() == "lower is better"
    card.resize(180, 140)
    assert card.hint.text() == ""


@pytest.mark.parametrize(("high", "inside"), [(400.0, True), (4000.0, False)])
def test_the_bands_name_is_never_cut_at_the_top(card: CurveCard, high: float, inside: bool) -> None:
    card.show_content(content(("", (1.0,)), band=(0.0, 390.0), band_name="real v real", high=high))
    view = card.plot.getPlotItem().vb
    assert (card._band_name.anchor.y() == 0) == inside
    if not inside:
        assert (high - 390) / high * view.height() >= BAND_NAME


def test_a_run_that_draws_its_images_has_no_step_and_a_sound_axis() -> None:
    points = (CurvePoint(5, 30, (("loss_g", 1.0), ("epoch", 2.0))),)
    bare = ShownRun(1, "DCGAN", "generator", "cyst", 0, 0, 1, "running")
    assert (bare.words, bare.end) == ("", 10.0)
    again = replace(bare, curves=RunCurves(points))
    assert (again.words, again.end) == ("", 12.0)
    assert cards(again)[0].x_end == 12.0


# --- augmentations


def test_the_sheet_of_augmentations_reaches_its_right_edge(qtbot: QtBot) -> None:
    sheet = AugmentSheetView()
    qtbot.addWidget(sheet)
    sheet.resize(767, 500)
    sheet._images = (tuple(range(8)),) * 4  # type: ignore[assignment]
    cells = sheet.cells()
    assert max(cell.box.right() for cell in cells) == pytest.approx(767)
    assert max(cell.box.bottom() for cell in cells) < 500
