"""Choosing on the Cases page: series with pictures, ticks by mouse and keys, take or let go."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from cases_desk import HEIGHTS, Desk, new_desk
from foreign_ct import ct, stack
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.jobs import Progress
from reader_app.state import cases_importing, cases_offer
from reader_app.state.cases_offer import MARGINS_LATER, rows_of
from reader_app.state.cases_sorting import Dropped, sorted_by_content
from reader_app.views.cases.offer_list import OfferList
from reader_app.workflows.import_offer import ImportOffer, middle_slices
from studies import cases
from studies.errors import StudyError

CHECK = Qt.ItemDataRole.CheckStateRole


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Generator[Desk, None, None]:
    with new_desk(qtbot, tmp_path) as found:
        yield found


def found(desk: Desk, folder: Path) -> OfferList:
    """Three series and a localizer, dropped and looked through."""
    for number, patient in enumerate("ABC"):
        lossy = {"LossyImageCompression": "01"} if patient == "B" else {}
        stack(folder / patient, HEIGHTS, series=f"1.{number}", patient=patient, **lossy)
    image_type = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    ct(folder / "s", uid="9.1", series="9", ImageType=image_type, SeriesDescription="Topogram")
    assert desk.drop(folder)
    desk.wait()
    return desk.page.last.offer.list


def ticks(view: OfferList) -> list[bool | None]:
    """Of each row; None where there is nothing to tick."""
    model = view.offered
    states = [model.data(model.index(k), CHECK) for k in range(model.rowCount())]
    return [None if one is None else one == Qt.CheckState.Checked for one in states]


def test_what_was_found_is_shown_and_nothing_is_taken(desk: Desk, tmp_path: Path) -> None:
    view = found(desk, tmp_path / "in")
    panel = desk.page.last
    assert panel.title.text() == "Choose what comes in"
    assert panel.offer.isVisibleTo(desk.page)
    assert not panel.copy.isVisibleTo(desk.page)
    assert ticks(view) == [True, True, True, None]
    words = [view.offered.data(view.offered.index(k)) for k in range(4)]
    assert words[0] == "P-001, CT · 2020-03-10, 4 slices · 0.70 × 0.80 × 5.0 mm"
    assert words[1].endswith("lossy")
    assert words[3] == "Topogram · 1 file, A localizer (scout) picture, not an axial slice."
    assert "not stored" in view.offered.rows[0].tooltip
    assert panel.offer.line.text() == "3 series in 13 files, nothing copied yet. From"
    assert panel.offer.take.text() == "Take 3 series"
    assert desk.said == []  # the page says it; a message would lie on its buttons
    assert not cases.all_series(desk.store)
    assert not desk.state.is_importing


def test_its_pictures_come_in_the_background(desk: Desk, tmp_path: Path) -> None:
    view = found(desk, tmp_path / "in")
    offer, rows = desk.state.importing.offer, view.offered.rows
    desk.qtbot.waitUntil(lambda: offer.picture(rows[2]) is not None, timeout=20000)
    picture = offer.picture(rows[0])
    assert picture is not None
    assert picture.pixelColor(50, 50).red() == round(255 * (20 - 15) / 150)  # HU of slice 2 of 4
    assert offer.picture(rows[3]) is None


def test_keys_alone_choose_and_take(desk: Desk, tmp_path: Path) -> None:
    view = found(desk, tmp_path / "in")
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert ticks(view) == [True, False, True, None]
    QTest.keyClick(view, Qt.Key.Key_End)
    QTest.keyClick(view, Qt.Key.Key_Space)  # a localizer: nothing to tick
    assert desk.page.last.offer.every.text() == "2 of 3 series ticked"
    QTest.keyClick(view, Qt.Key.Key_Return)
    desk.wait()
    assert desk.names() == ["P-001", "P-003"]
    assert desk.counts() == {"taken": 8, "badged": 0, "left_out": 5}
    assert "Not chosen" in desk.panel_words()
    assert not desk.page.last.offer.isVisibleTo(desk.page)


def test_a_click_ticks_a_row_and_the_box_above_all_of_them(desk: Desk, tmp_path: Path) -> None:
    view, panel = found(desk, tmp_path / "in"), desk.page.last.offer
    place = view.visualRect(view.offered.index(0)).center()
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert ticks(view)[:3] == [False, True, True]
    assert panel.every.checkState() == Qt.CheckState.PartiallyChecked
    for expected in (True, False):
        desk.qtbot.mouseClick(panel.every, Qt.MouseButton.LeftButton, pos=QPoint(8, 10))
        assert ticks(view)[:3] == [expected] * 3
    assert not panel.take.isEnabled()
    assert panel.take.toolTip() == "Tick a series first."
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert not desk.state.is_importing
    assert desk.said[-1].sentence == "No series is ticked. Tick one, or take nothing."


def test_take_nothing_leaves_the_study_and_the_last_lists(desk: Desk, tmp_path: Path) -> None:
    stack(tmp_path / "first", HEIGHTS, series="1.7", patient="Z")
    desk.import_dropped(tmp_path / "first")
    found(desk, tmp_path / "in")
    workspace = desk.state.importing.offer.standing.offer.workspace.path
    desk.qtbot.mouseClick(desk.page.last.offer.nothing, Qt.MouseButton.LeftButton)
    assert desk.said[-1].sentence == "Nothing was taken."
    assert desk.page.last.title.text() == "Last import"
    assert desk.names() == ["P-001"]
    assert not workspace.exists()


def test_a_second_drop_waits_behind_the_first(desk: Desk, tmp_path: Path) -> None:
    found(desk, tmp_path / "in")
    stack(tmp_path / "more", HEIGHTS, series="1.7", patient="Z")
    assert desk.drop(tmp_path / "more")
    desk.wait()
    panel = desk.page.last.offer
    assert "1 more to choose from after it" in panel.line.text()
    desk.take_all()
    assert panel.take.text() == "Take 1 series"
    desk.qtbot.waitUntil(lambda: panel.is_seen)
    desk.take_all()
    assert desk.names() == ["P-001", "P-002", "P-003", "P-004"]


@pytest.mark.parametrize("way", ["double click", "Enter held"])
def test_one_answer_is_for_one_offer(desk: Desk, tmp_path: Path, way: str) -> None:
    for number in range(2):
        stack(tmp_path / f"{number}", HEIGHTS[:2], series=f"1.{number}", patient=f"{number}")
        assert desk.drop(tmp_path / f"{number}")
        desk.wait()
    panel = desk.page.last.offer
    if way == "double click":
        desk.qtbot.mouseClick(panel.take, Qt.MouseButton.LeftButton)
        desk.qtbot.mouseDClick(panel.take, Qt.MouseButton.LeftButton)
    else:
        QTest.keyPress(panel.list, Qt.Key.Key_Return)
        desk.qtbot.waitUntil(lambda: panel.is_seen)
        kind, none = QEvent.Type.KeyPress, Qt.KeyboardModifier.NoModifier
        again = QKeyEvent(kind, Qt.Key.Key_Return, none, "", True)
        QApplication.sendEvent(panel.list, again)
    desk.wait()
    assert desk.names() == ["P-001"]
    standing = desk.state.importing.offer.standing
    assert standing is not None
    assert standing.offer.source == str(tmp_path / "1")


def test_what_was_unpacked_goes_with_an_import_cancelled_while_it_waits(
    desk: Desk, tmp_path: Path
) -> None:
    found(desk, tmp_path / "in")
    workspace = desk.state.importing.offer.standing.offer.workspace.path
    goes_on = [True]

    def other_work() -> Generator[Progress, None, None]:
        while goes_on:
            yield Progress(0, 0, "Training")

    desk.jobs.run("Train", other_work)
    desk.qtbot.mouseClick(desk.page.last.offer.take, Qt.MouseButton.LeftButton)
    desk.state.cancel_imports()
    goes_on.clear()
    desk.wait()
    assert not workspace.exists()
    assert not cases.all_series(desk.store)


def test_a_drop_that_cannot_be_read_does_not_lose_the_next(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack(tmp_path / "good", HEIGHTS[:2], series="1.1", patient="A")
    (tmp_path / "gone").mkdir()

    def sorted_or_gone(paths: tuple[Path, ...]) -> Dropped:
        if paths[0].name == "gone":
            raise StudyError("The disk is gone.")
        return sorted_by_content(paths)

    monkeypatch.setattr(cases_importing, "sorted_by_content", sorted_or_gone)
    assert desk.drop(tmp_path / "gone")
    assert desk.drop(tmp_path / "good")
    desk.wait()
    assert "The disk is gone." in [one.sentence for one in desk.said]
    assert desk.state.importing.offer.standing is not None


def test_without_asking_all_is_taken_until_the_menu_asks_again(desk: Desk, tmp_path: Path) -> None:
    found(desk, tmp_path / "in")
    panel, page = desk.page.last.offer, desk.page
    desk.qtbot.mouseClick(panel.always, Qt.MouseButton.LeftButton, pos=QPoint(8, 10))
    assert not page.asks.isChecked()
    desk.take_all()
    stack(tmp_path / "more", HEIGHTS, series="1.7", patient="Z")
    assert desk.drop(tmp_path / "more")
    desk.wait()
    assert len(desk.names()) == 4
    page.asks.trigger()
    stack(tmp_path / "last", HEIGHTS, series="1.8", patient="Y")
    assert desk.drop(tmp_path / "last")
    desk.wait()
    assert desk.state.importing.offer.standing is not None


def test_another_study_finds_no_offer_of_the_first(desk: Desk, tmp_path: Path) -> None:
    found(desk, tmp_path / "in")
    workspace = desk.state.importing.offer.standing.offer.workspace.path
    assert desk.study.create(tmp_path / "other.blindread", "Other")
    assert desk.state.importing.offer.standing is None
    assert not workspace.exists()
    assert desk.page.last.isHidden()


def test_many_series_scroll_without_a_widget_each_and_are_read_once(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read = tmp_path / "in", Counter[int]()

    def counted(offer: ImportOffer, wanted: tuple[int, ...]) -> object:
        read.update(wanted)
        return middle_slices(offer, wanted)

    monkeypatch.setattr(cases_offer, "middle_slices", counted)
    for number in range(80):
        ct(folder / f"{number:04d}", uid=f"7.{number}", series=f"1.{number}", patient=f"{number}")
    assert desk.drop(folder)
    desk.wait()
    view = desk.page.last.offer.list
    assert view.offered.rowCount() == 80
    assert len(view.findChildren(object)) < 60
    offer, rows = desk.state.importing.offer, view.offered.rows
    for k in range(0, 80, 20):
        view.scrollTo(view.offered.index(k))
        desk.qtbot.waitUntil(lambda: offer.picture(rows[k]) is not None, timeout=20000)  # noqa: B023
    view.scrollToBottom()
    desk.qtbot.waitUntil(lambda: offer.picture(rows[-1]) is not None, timeout=20000)
    desk.qtbot.waitUntil(lambda: desk.jobs.is_quiet, timeout=20000)
    assert set(read.values()) == {1}


def test_a_manifest_asks_nothing(desk: Desk, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    with (tmp_path / "m.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "patient", "diagnosis"))
        for k, name in enumerate(("Cyst", "Metastasis")):
            Image.fromarray(rng.integers(0, 255, (40, 40), dtype=np.uint8)).save(
                tmp_path / f"{k}.png"
            )
            writer.writerow((f"{k}.png", f"Q{k}", name))
    assert desk.drop(tmp_path / "m.csv")
    desk.wait()
    assert desk.names() == ["Q0", "Q1"]


def test_margins_beside_the_pictures_are_not_said_to_be_lost(desk: Desk, tmp_path: Path) -> None:
    found(desk, tmp_path / "in")
    standing = desk.state.importing.offer.standing
    assert standing is not None
    assert standing.rows[3].refusal.startswith("A localizer")
    file = tmp_path / "in" / "s"
    row = rows_of(standing.offer, (file,))[3]
    assert row.refusal == MARGINS_LATER
    assert str(file) in row.tooltip
