"""Sealing asks once, seals once, and only what stands on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from read_bench import Bench, open_bench, seal_for, small_study, words_of

from reader_app.app import application
from reader_app.state.read_preview import origin_problem
from reader_app.views.read.audit_panel import ticks_of
from reader_app.views.read.dialogs import AskDialog, accept_leak, add_reader, confirm_seal, unblind
from reader_app.views.read.monitor_tab import MonitorTab
from reader_app.views.read.seal_panel import SealPanel
from reader_app.widgets import theme
from studies import reading
from studies.reading import Available
from studies.records import ProtocolDraft

ENTER, CYST = Qt.Key.Key_Return, (("cyst", 4),)
NONE = (("cyst", 0),)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    with open_bench(qtbot, tmp_path / "settings.ini") as made:
        made.open(small_study(tmp_path / "canary.blindread"))
        yield made


def test_a_double_click_seals_one_version(bench: Bench) -> None:
    for _ in range(2):
        bench.qtbot.mouseClick(bench.page.seal.button, Qt.MouseButton.LeftButton)
    assert bench.state.protocol is None
    (dialog,) = bench.page.findChildren(AskDialog)
    dialog.deed.click()
    assert not bench.page.seal.button.isEnabled(), "it is being sealed"
    assert "Sealing" in bench.page.seal.note.text()
    bench.state.seal()
    bench.changed()
    assert bench.page.form.badge.text() == "draft of version 2"
    bench.wait(lambda: bench.state.is_current)
    assert bench.study.store is not None
    assert [one.version for one in reading.protocols(bench.study.store)] == [1]


def test_a_draft_that_is_kept_is_not_sealed(bench: Bench) -> None:
    bench.page.seal.button.click()
    bench.dialog().stay.click()
    assert not bench.state.is_sealing
    assert bench.page.seal.button.isEnabled()


def test_a_failed_seal_can_be_tried_again(bench: Bench) -> None:
    assert bench.state.draft is not None
    bench.state.seal("", replace(bench.state.draft, questions=()))
    assert bench.state.is_sealing
    bench.wait(lambda: not bench.state.is_sealing)
    assert bench.said[-1].kind == "error"
    assert bench.page.seal.button.isEnabled()


def test_no_old_figure_stands_beside_an_edited_draft(bench: Bench) -> None:
    page = bench.page
    assert page.order.tiles[0].value.text() != "–"
    bench.state.redraw()
    assert not page.seal.button.isEnabled()
    assert "Computing" in page.seal.note.text()
    assert {tile.value.text() for tile in page.order.tiles} == {"–"}
    assert page.audit.verdict.sentence.text() == "Computing…"
    assert not page.seal.power.isVisible()
    bench.changed()
    assert page.seal.button.isEnabled()
    assert page.order.tiles[0].value.text() != "–"


def test_the_panel_offers_nothing_before_counts_are_known(qtbot: QtBot) -> None:
    panel = SealPanel()
    qtbot.addWidget(panel)
    assert not panel.button.isEnabled()
    assert panel.note.text() == "Computing…"


def test_the_page_says_that_it_looks_before_counts_are_known(bench: Bench) -> None:
    bench.state.available = None
    bench.state.changed.emit()
    assert bench.page.tabs.currentWidget() is bench.page.looking


@pytest.mark.parametrize(
    ("real", "synthetic", "left", "words"),
    [
        (CYST, CYST, CYST, ""),
        (NONE, CYST, CYST, "no real ROI is chosen"),
        (CYST, NONE, CYST, "no synthetic ROI is chosen"),
        (CYST, NONE, NONE, "no synthetic ROI is left"),
    ],
)
def test_the_origin_needs_both_kinds(
    real: tuple[tuple[str, int], ...],
    synthetic: tuple[tuple[str, int], ...],
    left: tuple[tuple[str, int], ...],
    words: str,
) -> None:
    draft = ProtocolDraft("P", real, synthetic, ("diagnosis", "origin"))
    found = origin_problem(draft, Available(CYST, left, ()))
    assert words in found
    assert bool(found) == bool(words)
    assert not origin_problem(replace(draft, questions=("diagnosis",)), Available(CYST, left, ()))


def test_a_draft_that_asks_the_origin_of_real_items_only_is_not_offered(bench: Bench) -> None:
    for field in bench.page.form.items.synthetic._fields.values():
        field.setValue(0)
    bench.changed()
    assert not bench.page.seal.button.isEnabled()
    assert "no synthetic ROI is chosen" in bench.page.seal.note.text()


def test_enter_never_throws_a_reason_away(qtbot: QtBot) -> None:
    dialog = unblind(1, "Coordinator", "", None)  # type: ignore[arg-type]
    gone: list[object] = []
    dialog.finished.connect(gone.append)
    shown(qtbot, dialog)
    name, reason = dialog.inputs
    assert dialog.focusWidget() is reason
    qtbot.keyClick(reason, ENTER)
    assert dialog.focusWidget() is reason
    qtbot.keyClicks(reason, "All have read")
    qtbot.keyClick(reason, ENTER)
    assert dialog.focusWidget() is dialog.deed
    qtbot.keyClick(dialog.deed, ENTER)
    assert gone == [], "neither done nor thrown away"
    name.setFocus()
    qtbot.keyClick(name, ENTER)
    assert dialog.focusWidget() is reason
    with qtbot.waitSignal(dialog.answered) as told:
        qtbot.keyClick(dialog.deed, Qt.Key.Key_Space)
    assert told.args == [("Coordinator", "All have read")]


def test_enter_adds_a_reader_but_seals_nothing(qtbot: QtBot) -> None:
    adding = add_reader(1, "Reader 1", None)  # type: ignore[arg-type]
    shown(qtbot, adding)
    with qtbot.waitSignal(adding.answered):
        qtbot.keyClick(adding.inputs[0], ENTER)
    sealing = confirm_seal(1, 24, "accuracy", None)  # type: ignore[arg-type]
    done: list[object] = []
    sealing.answered.connect(done.append)
    shown(qtbot, sealing)
    assert "24 items" in " ".join(label.text() for label in sealing.findChildren(QLabel))
    qtbot.keyClick(sealing.focusWidget(), ENTER)
    assert done == []


def test_a_leak_still_needs_its_reason(qtbot: QtBot) -> None:
    dialog = accept_leak(1, None)  # type: ignore[arg-type]
    shown(qtbot, dialog)
    assert not dialog.deed.isEnabled()
    qtbot.keyClicks(dialog.focusWidget(), "a rehearsal")
    assert dialog.deed.isEnabled()


def test_the_monitor_says_nobody_only_after_it_has_looked(qtbot: QtBot) -> None:
    tab = MonitorTab()
    qtbot.addWidget(tab)
    tab.show_waiting(is_sealed=True)
    assert tab.none.text() == "Looking…"
    tab.show_waiting(is_sealed=False)
    assert "sealed" in tab.none.text()
    tab.show_progress(())
    assert "Nobody reads" in tab.none.text()


def test_the_monitor_has_looked_at_a_version_without_readers(bench: Bench) -> None:
    assert bench.study.store is not None
    folder = bench.study.store.folder
    bench.study.close()
    seal_for(folder, readers=0)
    bench.open(folder)
    bench.tab("Monitor")
    assert "Looking" in words_of(bench.page.monitor)
    bench.wait(lambda: bench.state.monitor.has_looked)
    assert "Nobody reads" in words_of(bench.page.monitor)


def test_parts_of_a_form_that_takes_no_change_can_be_looked_at(bench: Bench) -> None:
    form = bench.page.form
    form.set_writable(False)
    assert form.part.isEnabled()
    assert not form.items.isEnabled()
    form.part.choose("Rules")
    assert form.rules.isVisible()


def shown(qtbot: QtBot, dialog: AskDialog) -> None:
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    dialog.show()
    qtbot.waitUntil(dialog.isActiveWindow, timeout=5_000)


def test_a_question_is_as_high_as_its_words(qtbot: QtBot) -> None:
    theme.apply(application())
    parent = QWidget()
    qtbot.addWidget(parent)
    asked = confirm_seal(3, 48, "Class accuracy, Wilson", parent)
    asked.show()
    layout = asked.layout()
    assert layout is not None
    assert asked.height() == layout.totalHeightForWidth(asked.width())


@pytest.mark.parametrize(
    ("low", "high", "tenths"),
    [(0.3, 0.7, [3, 4, 5, 6, 7]), (0.1, 1.0, [2, 4, 6, 8, 10]), (0.0, 1.0, [0, 2, 4, 6, 8, 10])],
)
def test_the_audits_axis_has_at_most_six_ticks(low: float, high: float, tenths: list[int]) -> None:
    assert list(ticks_of(low, high)) == tenths
