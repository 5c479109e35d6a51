"""Stored values ask whether they are HU; the worklist says what is missing; an easy cyst."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import annotate_study
import numpy as np
import pytest
from annotate_desk import AUTHOR, Desk, ring
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from reader_app.views.annotate import on_slice
from studies import cases
from studies.cases import NewSeries
from studies.imaging import volume
from studies.store import Store

SHIFT = Qt.KeyboardModifier.ShiftModifier


def stored_values(folder: Path) -> Path:
    """A study with one CT of which nothing says that its values are HU."""
    with Store.create(folder / "v.blindread", "Stored values") as store:
        (store.series_folder / "P-009").mkdir(parents=True)
        for index in range(3):
            path = store.series_folder / "P-009" / volume.slice_name(index)
            annotate_study.write_slice(path, annotate_study.ct_slice(index), index, "1.2.9")
        case = cases.add_case(store, "P-009")
        new = NewSeries(
            "1.2.9", "dicom", "Portal", 3, 256, 256, 0.8, 0.8, 5.0, "", False, False,
            ("stored values",), Path("P-009"),
        )  # fmt: skip
        cases.add_series(store, case.id, new)
        return store.folder


def test_stored_values_are_not_measured_until_someone_says_they_are_hu(
    desk: Desk, tmp_path: Path
) -> None:
    assert desk.study.open(stored_values(tmp_path))
    page, state = desk.page, desk.state
    assert page.banner.isVisible()
    desk.drag(ring(*annotate_study.LESION[:2], 12))
    assert state.measures.values.n == 0
    assert "HU?" in state.entry.missing
    assert page.side.measures.figures[3].text() == "–"
    assert page.slice.picture.unit == "stored"
    page.banner.confirm.click()
    assert page.banner.words.text().startswith(f"{AUTHOR} confirmed")
    assert not page.banner.confirm.isVisible()
    assert "HU?" not in state.entry.missing
    assert state.measures.values.mean == pytest.approx(20, abs=2)
    assert page.slice.picture.unit == "HU"
    series = cases.all_series(desk.study.store)[0]
    assert (series.has_hu, series.hu_confirmed_by) == (True, AUTHOR)
    page.banner.withdraw.click()
    assert state.measures.values.n == 0
    assert page.banner.confirm.isVisible()


def test_a_series_in_hu_asks_nothing(ct: Desk) -> None:
    assert not ct.page.banner.isVisible()


def test_the_worklist_says_what_each_case_misses(ct: Desk) -> None:
    ct.key(Qt.Key.Key_A)
    ct.key(Qt.Key.Key_A)
    ct.drag(ring(160, 110, 14))
    assert ct.state.groups[0].missing == "1 margin, 2 classes, 2 bases"
    assert ct.state.groups[1].missing == "no lesion yet"
    ct.key(Qt.Key.Key_C)
    ct.key(Qt.Key.Key_B)
    assert ct.state.groups[0].missing == "1 margin, 1 class, 1 basis"
    shown = ct.page.cases.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert shown.endswith("1 of 2 done, missing: 1 margin, 1 class, 1 basis")


def test_only_open_cases_and_lesions_are_listed_when_asked(ct: Desk) -> None:
    ct.drag(ring(160, 110, 14))
    ct.key(Qt.Key.Key_C)
    ct.key(Qt.Key.Key_B)
    ct.key(Qt.Key.Key_Return, SHIFT)
    assert ct.state.series.patient == "P-002"
    ct.page.cases.open_only.click()
    assert [group.case.patient for group in ct.state.groups] == ["P-002"]
    assert ct.state.progress == (1, 1)
    ct.page.cases.open_only.click()
    assert len(ct.state.groups) == 2


def test_a_margin_s_warning_stands_beside_the_lesion_whenever_it_is_shown(ct: Desk) -> None:
    ct.drag(ring(160, 110, 4))
    warned = ct.page.side.warnings
    assert "less than 10 mm" in warned.text()
    ct.key(Qt.Key.Key_Down)
    assert not warned.isVisibleTo(ct.page)
    ct.key(Qt.Key.Key_Up)
    assert "less than 10 mm" in warned.text()
    ct.drag(ring(160, 110, 12))
    assert not warned.isVisibleTo(ct.page)


def test_a_line_left_open_is_warned_of(ct: Desk) -> None:
    ct.drag(ring(160, 110, 14)[:30])
    assert "The line was open by" in ct.page.side.warnings.text()


class Actions(QObject):
    """Counts what the hands do: presses of a key or a button, turns of the wheel."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.keys = self.others = 0
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if watched.isWidgetType() and event.spontaneous():
            self.keys += event.type() == QEvent.Type.KeyPress
            self.others += event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)
        return False

    @property
    def count(self) -> int:
        """All actions."""
        return self.keys + self.others

    @property
    def seconds(self) -> float:
        """By the keystroke-level model (Card, Moran and Newell 1980), a thought before each action:
        key .28 s, pointing 1.1 s, button .2 s (down and up), thought 1.35 s."""
        return 0.28 * self.keys + 1.3 * self.others + 1.35 * self.count


def test_an_easy_cyst_takes_at_most_eight_actions_and_twenty_seconds(ct: Desk, qtbot) -> None:
    """From "next case": the tool, a click on the middle of the lesion, class, basis, next."""
    actions = Actions(QApplication.instance())
    x, y, radius = annotate_study.LESION
    ct.key(Qt.Key.Key_Return, SHIFT)
    assert ct.state.series.patient == "P-002"
    QTest.mouseMove(ct.page.slice.viewport(), ct.at(x + 2, y) + QPoint(1, 0))
    ct.key(Qt.Key.Key_G)
    qtbot.waitUntil(lambda: bool(ct.stored) or bool(ct.page.slice.ghost), timeout=10000)
    if not ct.stored:
        QTest.mouseClick(ct.page.slice.viewport(), Qt.MouseButton.LeftButton, pos=ct.at(x + 2, y))
    ct.key(Qt.Key.Key_C)
    ct.key(Qt.Key.Key_F)
    entry = ct.state.entry
    assert entry.state == "done"
    ct.key(Qt.Key.Key_Return, SHIFT)
    QApplication.instance().removeEventFilter(actions)
    assert 0 < actions.count <= 8
    assert 0 < actions.seconds < 20
    (margin,) = ct.stored
    area = np.pi * (radius * annotate_study.SPACING) ** 2
    assert entry.lesion.diameter_mm == pytest.approx(2 * np.sqrt(area / np.pi), rel=0.1)
    assert replace(margin, points=()).tool == "proposal"


def test_a_badge_on_the_slice_is_a_word_as_in_the_table(ct: Desk) -> None:
    told = "gaps: 2 slices are missing at 63 and 118 mm"
    series = replace(ct.state.series, badges=(told, "lossy compression", "simulated"))
    tags = on_slice.corners(series, 0, 0.0).tags
    assert [(tag.text, tag.role) for tag in tags] == [
        ("gap 2", "warning"),
        ("lossy", "warning"),
        ("simulated", "simulated"),
    ]
