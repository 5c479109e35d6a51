"""The page of augmentations: the engine's own images, by kind, with their boxes on the slice."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from learn_study import make_study
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.augment import draw
from engine.jobs import JobRunner
from engine.specs import AugmentationSpec
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.augment_state import AugmentState, short_words, whole_words
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.views.learn.augment_view import AugmentView
from reader_app.workflows.augmentations import AugmentationSheet, augmentation_sheet, drawn_lesions
from reader_app.workflows.patches import patches_of
from studies import cases
from studies.errors import StudyError
from studies.store import Store

SEED = 5


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store, None, None]:
    made = make_study(tmp_path_factory.mktemp("s") / "a.blindread", per_class=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def sheet(store: Store) -> AugmentationSheet:
    return augmentation_sheet(store, 2, SEED, 6)


def test_the_images_are_those_that_a_training_with_the_seed_draws(
    store: Store, sheet: AugmentationSheet
) -> None:
    patches = patches_of(cases.rois(store), cases.study(store).scheme)
    at = patches.ids.index("2")
    drawn = draw(patches, np.array([at]), sheet.total, AugmentationSpec(), SEED).images
    for row in sheet.rows:
        for one in row.shown:
            np.testing.assert_array_equal(one.image, drawn[one.number - 1])


def test_every_kind_has_the_paper_s_count_and_they_make_480(sheet: AugmentationSheet) -> None:
    assert [(row.kind, row.count) for row in sheet.rows] == [
        ("Rotated", 30), ("Flipped", 90), ("Shifted", 210), ("Scaled", 150),
    ]  # fmt: skip
    assert sheet.total == 480
    assert all(len(row.shown) == 6 for row in sheet.rows)


def test_each_kind_does_what_its_name_says(sheet: AugmentationSheet) -> None:
    rotated, flipped, shifted, scaled = (row.shown for row in sheet.rows)
    assert not any(one.flip_x or one.flip_y or one.shift != (0, 0) for one in rotated)
    assert all(one.flip_x or one.flip_y for one in flipped)
    limit = sheet.shift_limit
    assert all(0 < max(map(abs, one.shift)) <= limit for one in shifted)
    assert all(one.margin != 0.25 and 0.1 <= one.margin <= 0.4 for one in scaled)
    assert [one.angle for one in rotated] == sorted(one.angle for one in rotated)


def test_boxes_lie_where_the_images_are_cut(sheet: AugmentationSheet) -> None:
    def side(box):
        (x0, y0), (x1, y1) = box[:2]
        return float(np.hypot(x1 - x0, y1 - y0))

    middle = np.mean(sheet.box, axis=0)
    diameter = side(sheet.tight)
    assert side(sheet.box) == pytest.approx(1.5 * diameter)
    for one in sheet.rows[0].shown:  # turned about the middle, not moved
        np.testing.assert_allclose(np.mean(one.box, axis=0), middle, atol=1e-6)
        assert side(one.box) == pytest.approx(side(sheet.box))
    for one in sheet.rows[3].shown:
        assert side(one.box) == pytest.approx(diameter * (1 + 2 * one.margin))
    for one in sheet.rows[2].shown:  # the lesion goes one way, so the box the other
        moved = float(np.hypot(*(np.mean(one.box, axis=0) - middle)))
        assert moved == pytest.approx(float(np.hypot(*one.shift)))


def test_another_seed_draws_others_and_the_same_one_the_same(
    store: Store, sheet: AugmentationSheet
) -> None:
    again, other = (augmentation_sheet(store, 2, seed, 6) for seed in (SEED, SEED + 1))
    assert again.rows == sheet.rows
    assert other.rows != sheet.rows


def test_a_lesion_without_an_roi_is_refused(store: Store) -> None:
    assert [one.id for one in drawn_lesions(store)] == [1, 2, 3]
    with pytest.raises(StudyError, match="has no ROI yet"):
        augmentation_sheet(store, 99, SEED, 6)


def test_words_say_how_an_image_was_cut(sheet: AugmentationSheet) -> None:
    rotated, _, shifted, scaled = (row.shown[0] for row in sheet.rows)
    assert short_words(rotated) == f"{rotated.angle:.0f}°"
    assert short_words(scaled) == f"margin {scaled.margin:.2f}"
    assert whole_words(shifted).startswith(f"Number {shifted.number}, turned {shifted.angle:.1f}°")
    assert "px of the slice" in whole_words(shifted)


# --- the page


@pytest.fixture
def view(qtbot: QtBot, store: Store, tmp_path: Path) -> Generator[AugmentView, None, None]:
    messages = Messages()
    jobs = Jobs(JobRunner(expected=(StudyError,)))
    study = StudyState(messages)
    state = AugmentState(study, jobs, messages, Settings(tmp_path / "settings.ini"))
    made = AugmentView(state)
    qtbot.addWidget(made)
    made.resize(1184, 640)
    study.open(store.folder)
    assert state.lesions == ()  # nothing is read before the page is seen
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: state.sheet is not None, timeout=10000)
    yield made
    assert jobs.shutdown()
    study.close()


def test_choices_draw_another_sheet(view: AugmentView, qtbot: QtBot) -> None:
    state = view._state
    assert (state.sheet.lesion.id, state.sheet.seed) == (1, 0)
    view.each.choose("4")
    qtbot.waitUntil(lambda: len(state.sheet.rows[0].shown) == 4, timeout=10000)
    qtbot.mouseClick(view.anew, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: state.sheet.seed == 1, timeout=10000)
    assert view.seed.value() == 1
    state.choose(3)
    qtbot.waitUntil(lambda: state.sheet.lesion.id == 3, timeout=10000)
    assert "480 images = 30 rotations × (1 plain + 3 flips + 7 shifts + 5 scales)" in (
        view.explained.text()
    )


def test_arrow_keys_go_from_image_to_image_and_show_its_box(
    view: AugmentView, qtbot: QtBot
) -> None:
    view.sheet.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(view.sheet, key)
    one = view.sheet.chosen
    assert one == view._state.sheet.rows[1].shown[1]
    assert view.words.accessibleName() == whole_words(one)
    assert view.slice._shown == one.box
    cells = view.sheet.cells()
    assert max(cell.box.right() for cell in cells) <= view.sheet.width()


def test_the_sheet_is_saved_as_the_report_s_figure_3(view: AugmentView) -> None:
    figure = view._state.figure()
    assert figure.key == "figure_3"
    assert figure.svg.count("<image") == 1 + 4 * 8
    assert len(figure.rows) == 32
    assert figure.simulated
