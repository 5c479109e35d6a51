"""The Annotate page: bending, aids, lists, windows, faults, real pictures."""

from __future__ import annotations

import math
from pathlib import Path

import annotate_study
import pytest
from annotate_desk import Desk, drain, farthest, make_study, ring
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from shared_data import shared_path
from ultrasound_manifest import write_manifest

from reader_app.widgets.slice_view import Finished
from reader_app.workflows.import_cases import import_paths
from reader_app.workflows.import_rois import import_rois
from studies import cases
from studies.imaging import contour
from studies.store import Store


def test_a_saved_margin_is_bent_by_its_anchor_and_nudged(qtbot: QtBot, ct: Desk) -> None:
    ct.drag(ring(160, 110, 16))
    before = ct.stored[0]
    grip = ct.page.slice.drawing.handles[2]
    away = (160 + (grip[0] - 160) * 1.4, 110 + (grip[1] - 110) * 1.4)
    ct.drag([grip, away])
    bent = ct.stored[0]
    assert (bent.tool, len(ct.stored)) == ("nudge", 1)
    assert contour.area_mm2(bent.points) > contour.area_mm2(before.points)
    ct.key(Qt.Key.Key_N)
    ct.drag([(160, 110), (160, 128)])
    assert max(y for _, y in ct.stored[0].points) > max(y for _, y in bent.points) + 2
    ct.key(Qt.Key.Key_D)
    assert ct.page.tools.draw.isChecked()
    QTest.keyPress(ct.page.slice, Qt.Key.Key_N)
    ct.drag([(160, 110), (140, 110)])
    assert ct.page.tools.nudge.isChecked()
    QTest.keyRelease(ct.page.slice, Qt.Key.Key_N)
    qtbot.waitUntil(ct.page.tools.draw.isChecked)


def test_a_proposal_by_g_and_by_its_button(ct: Desk) -> None:
    x, y, radius = annotate_study.LESION
    QTest.mouseMove(ct.page.slice.viewport(), ct.at(x + 3, y - 2))
    ct.key(Qt.Key.Key_G)
    assert not ct.stored
    ct.key(Qt.Key.Key_G)
    (margin,) = ct.stored
    assert margin.tool == "proposal"
    assert contour.area_mm2(margin.points) == pytest.approx(math.pi * radius**2, rel=0.08)
    ct.page.side.undo.click()
    assert not ct.stored
    ct.page.tools.propose.click()
    ct.page.slice.leaveEvent(QEvent(QEvent.Type.Leave))
    ct.click(x, y)
    assert len(ct.stored) == 1
    assert ct.page.tools.draw.isChecked()


def test_shift_drag_is_magnetic(ct: Desk) -> None:
    x, y, radius = annotate_study.LESION
    line = [(px + dx, py) for (px, py), dx in zip(ring(x, y, radius), [1, -1] * 25, strict=False)]
    target, shift = ct.page.slice.viewport(), Qt.KeyboardModifier.ShiftModifier
    QTest.mousePress(target, Qt.MouseButton.LeftButton, shift, ct.at(*ring(x, y, radius)[0]))
    for point in line[1:]:
        QTest.mouseMove(target, ct.at(*point))
    end = ring(x, y, radius)[-1]
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, shift, ct.at(*end))
    (margin,) = ct.stored
    assert margin.tool == "magnetic"
    assert farthest(margin.points, ring(x, y, radius)) < 2.0
    assert contour.area_mm2(margin.points) == pytest.approx(math.pi * radius**2, rel=0.06)


def test_other_authors_margins_stay_hidden(ct: Desk) -> None:
    ct.drag(ring(160, 110, 14))
    ct.settings.author = "Second author"
    ct.study.notify("lesions")
    assert ct.state.margins == ()
    assert ct.state.chosen_margin is None


def test_the_key_sheet_names_every_key_once(ct: Desk) -> None:
    sheet = ct.page.keys()
    names = [key for key, _ in sheet]
    assert len(names) == len(set(names))
    assert {"Ctrl Z", "Enter", "Space", "Shift drag"} <= set(names)


def test_other_pages_hear_of_an_edit_once_the_hand_rests(ct: Desk, qtbot) -> None:
    heard: list[str] = []
    ct.study.changed.connect(heard.append)
    ct.drag(ring(160, 110, 14))
    ct.drag(ring(160, 110, 15))
    assert not heard
    qtbot.waitUntil(lambda: heard == ["lesions"], timeout=10000)


def test_the_list_chooses_lesions_and_cases(ct: Desk) -> None:
    ct.drag(ring(160, 110, 14))
    ct.key(Qt.Key.Key_Down)
    ct.page.cases.add.click()
    assert ct.state.lesion.name == "L2"
    rows = ct.page.cases.list
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.row_rect(1).center())
    assert ct.state.lesion.id == 1
    assert ct.state.index == ct.stored[0].slice_index
    case = rows.visualRect(rows.model().index(1, 0))
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=case.center())
    assert ct.state.series.patient == "P-002"
    assert ct.page.cases.done.text() == "0 / 2"


def test_the_views_own_keys_collide_with_no_key_of_the_page(ct: Desk) -> None:
    bound = {shortcut.key().toString() for shortcut in ct.page.findChildren(QShortcut)}
    own = {"Ctrl+R", "Ctrl+Shift+R", "Ctrl+H", "Ctrl+Shift+H", "Space", "Home", "End", "Up",
           "Down", "Shift+Up", "Shift+Down", "PgUp", "PgDown"}  # fmt: skip
    assert not own & bound
    ct.drag(ring(160, 110, 14))
    ct.key(Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    ct.key(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert ct.page.slice.placement.turn.words == "Mirrored, turned 90°"
    assert ct.state.diagnosis.category == ""
    assert ct.page.tools.draw.isChecked()
    ct.drag(ring(160, 110, 16))
    assert farthest(ct.stored[0].points, ring(160, 110, 16)) < 1.0


def test_the_slice_bar_goes_where_it_is_clicked_and_marks_lesions(ct: Desk) -> None:
    ct.drag(ring(160, 110, 14))
    bar = ct.page.bar
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(8, 3))
    assert ct.state.index == 0
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(8, bar.height() - 3))
    assert ct.state.index == 8
    ct.key(Qt.Key.Key_Home)
    assert ct.state.index == 0
    ct.key(Qt.Key.Key_End)
    assert ct.state.index == 8
    ct.key(Qt.Key.Key_C)
    ct.key(Qt.Key.Key_B)
    picture = bar.grab().toImage()
    y = round(6 + (ct.stored[0].slice_index + 0.5) * (bar.height() - 12) / 9)
    assert picture.pixelColor(3, y).name() == "#f08a4b"


def test_windows_by_digits_box_and_auto(ct: Desk) -> None:
    ct.key(Qt.Key.Key_3)
    assert ct.state.window == (-160, 240)
    assert ct.page.tools.presets.currentText() == "Abdomen 400/40"
    ct.page.tools.presets.activated.emit(4)
    assert ct.state.window == (-770, 1730)
    ct.key(Qt.Key.Key_0)
    low, high = ct.state.window
    assert low < -900
    assert high > 100
    assert ct.page.tools.presets.currentIndex() == -1
    ct.key(Qt.Key.Key_1)
    ct.state.choose_case(ct.state.groups[1].case.id)
    assert ct.state.window == (15, 165)


def test_zoom_and_whole_slice(ct: Desk) -> None:
    before = ct.page.slice.placement
    ct.key(Qt.Key.Key_Plus)
    assert ct.page.slice.placement.zoom > before.zoom
    ct.key(Qt.Key.Key_Down)
    assert ct.page.slice.placement.zoom > before.zoom  # the next slice stays as it was zoomed
    ct.page.tools.fit.click()
    assert ct.page.slice.placement == before


def test_a_deleted_margin_comes_back(ct: Desk) -> None:
    ct.drag(ring(160, 110, 14))
    kept = ct.stored[0].points
    ct.key(Qt.Key.Key_Delete)
    assert not ct.stored
    assert ct.state.twin is None
    ct.key(Qt.Key.Key_Delete)
    assert "no margin" in ct.page.foot.notice.text()
    ct.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ct.stored[0].points == kept


def test_a_half_diagnosis_left_behind_is_said_and_kept(ct: Desk) -> None:
    ct.drag(ring(160, 110, 14))
    ct.drag(ring(80, 140, 10))
    ct.key(Qt.Key.Key_M)
    ct.state.choose_lesion(1)
    assert ct.page.foot.notice.text() == "L2 still needs its basis."
    ct.state.choose_lesion(2)
    assert ct.state.diagnosis.category == "metastasis"
    ct.key(Qt.Key.Key_B)
    assert cases.lesion(ct.study.store, 2).is_ready


def test_a_stroke_that_encloses_nothing_is_said(ct: Desk) -> None:
    ct.drag([(100, 100), (120, 100), (140, 100)])
    assert not cases.lesions(ct.study.store)
    assert "encloses nothing" in ct.page.foot.notice.text()


def test_an_easy_cyst_takes_five_actions(ct: Desk) -> None:
    """Next case, point and G, G again, C, B: margin, diagnosis and basis are stored."""
    ct.state.next_case()
    x, y, _ = annotate_study.LESION
    for step in (5, 0):  # a move to where the pointer stood in another test would be none
        QTest.mouseMove(ct.page.slice.viewport(), ct.at(x + step, y))
    for key in (Qt.Key.Key_G, Qt.Key.Key_G, Qt.Key.Key_C, Qt.Key.Key_B):
        ct.key(key)
    (lesion,) = cases.lesions(ct.study.store)
    assert lesion.is_ready


def test_class_keys_come_before_tool_keys(desk: Desk, tmp_path: Path) -> None:
    from studies.records import Category, ClassScheme

    scheme = ClassScheme(
        tuple(
            Category(n, n.title(), n, k, "#f08a4b", "#d55e00", m)
            for n, k, m in (("benign", "B", "circle"), ("normal", "N", "square"))
        )
    )
    store = Store.create(tmp_path / "s.blindread", "Images", kind="roi", scheme=scheme)
    annotate_study.add_image(store)
    store.close()
    assert desk.study.open(store.folder)
    desk.drag(ring(120, 90, 32))
    desk.key(Qt.Key.Key_B)
    desk.key(Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    lesion = cases.lesions(desk.study.store)[0]
    assert (lesion.category, lesion.basis) == ("benign", "biopsy")
    assert desk.page.side.bases["biopsy"].key == "Shift B"
    assert desk.page.slice.picture.unit == "grey"
    assert desk.page.side.measures.units[0].text() == "px"
    assert "outside" not in desk.page.foot.notice.text()


def test_a_read_only_study_measures_and_says_why_it_draws_nothing(
    desk: Desk, tmp_path: Path
) -> None:
    folder = make_study(tmp_path, "P-001")
    holder = Store.open(folder)
    assert desk.study.open(folder)
    desk.drag(ring(160, 110, 14)[:20])
    assert not cases.lesions(desk.study.store)
    assert desk.page.slice.ruler_text.endswith("mm")
    desk.state.save_margin(Finished(tuple(ring(160, 110, 14)), "freehand"))
    assert not cases.lesions(desk.study.store)
    assert "read-only" in desk.page.foot.notice.text()
    holder.close()


def test_a_missing_slice_gives_a_sentence(ct: Desk) -> None:
    (ct.state.series.folder / "00000.dcm").unlink()
    ct.state.choose_case(ct.state.groups[1].case.id)
    ct.state.choose_case(ct.state.groups[0].case.id)
    ct.state.go_to(0)
    assert any("missing" in message.sentence for message in ct.posted)


def test_drawing_on_the_real_ct(desk: Desk, tmp_path: Path, qtbot) -> None:
    store = Store.create(tmp_path / "s.blindread", "Real CT")
    drain(import_paths(store, (shared_path("data/ct_crlm_1004"),)))
    store.close()
    assert desk.study.open(store.folder)
    qtbot.waitUntil(lambda: desk.state.is_loaded, timeout=5000)
    desk.state.go_to(18)
    line = ring(170, 230, 20)
    desk.drag(line)
    (margin,) = desk.stored
    assert farthest(margin.points, line) < 1.0
    assert desk.state.measures.values.mean == pytest.approx(115, abs=25)  # liver in portal phase
    assert desk.page.foot.notice.text() == "L1 saved, no warning"


def test_imported_ultrasound_lesions_are_seen_and_drawn_over(desk: Desk, tmp_path: Path) -> None:
    """No HU, no mm: the imported polygon is shown, its twin stands, one's own line replaces it."""
    store = Store.create(tmp_path / "s.blindread", "Ultrasound", kind="roi")
    drain(import_rois(store, write_manifest(tmp_path, each=2)))
    store.close()
    assert desk.study.open(store.folder)
    shown = desk.state.chosen_margin
    assert shown is not None
    assert not shown.is_own
    assert desk.state.twin is not None
    assert desk.page.side.measures.units[3].text() == "grey"
    xs, ys = zip(*shown.margin.points, strict=True)
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
    desk.drag(ring(*middle, (max(xs) - min(xs)) / 3))
    assert desk.state.chosen_margin.is_own
    assert desk.stored[0].lesion_id == shown.lesion.id
