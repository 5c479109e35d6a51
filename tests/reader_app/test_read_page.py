"""The coordinator's page: the form has an effect, the seal seals, reading starts and ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot
from read_bench import Bench, open_bench, read_part, seal_for, small_study, words_of
from reading_desk import declare
from reading_study import readable_study

from reader_app.views.read.audit_panel import points
from reader_app.views.read.order_panel import probability
from reader_app.views.read.readers_panel import ReadersPanel
from reader_app.widgets import theme
from studies.records import (
    OrderConstraints,
    PartPlan,
    PartRecord,
    ProtocolDraft,
    ProtocolRecord,
    ReaderRecord,
)


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    with open_bench(qtbot, tmp_path / "settings.ini") as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return small_study(tmp_path / "canary.blindread")


def test_without_a_study_the_page_says_what_is_missing(bench: Bench) -> None:
    assert bench.page.tabs.currentWidget() is bench.page.empty
    with bench.qtbot.waitSignal(bench.state.asked) as asked:
        bench.page.empty.acted.emit()
    assert asked.args == ["annotate"]


def test_an_impossible_constraint_is_said_and_blocks_the_seal(bench: Bench, folder: Path) -> None:
    bench.open(folder)
    bench.page.form.items.real._fields["cyst"].setValue(0)
    bench.page.form.items.real._fields["metastasis"].setValue(0)
    for code in ("cyst", "metastasis"):
        bench.page.form.items.synthetic._fields[code].setValue(0)
    bench.page.form.rules.class_run.setValue(2)
    bench.changed()
    assert "Allow at least" in bench.page.order.problem.text()
    assert not bench.page.seal.button.isEnabled()


def test_seal_add_and_read_ten_trials(bench: Bench, folder: Path) -> None:
    bench.open(folder)
    assert not bench.page.readers.add.isEnabled()
    bench.page.seal.button.click()
    assert bench.state.protocol is None, "it asks before it seals"
    with bench.qtbot.waitSignal(bench.study.changed, timeout=20_000) as told:
        bench.dialog().deed.click()
    assert told.args == ["protocol"]
    assert bench.state.protocol is not None
    bench.page.readers.add.click()
    assert bench.dialog().inputs[0].text() == "Reader 1"
    with bench.qtbot.waitSignal(bench.study.changed, timeout=20_000):
        bench.dialog().deed.click()
    reader = bench.state.readers[0]
    with bench.qtbot.waitSignal(bench.state.reading_started):
        bench.state.open_reading(reader.id)
    screen = bench.page.reading_screen
    assert screen is not None
    assert bench.page.currentWidget() is screen
    declare(bench.qtbot, screen)
    for _ in range(10):
        bench.qtbot.waitUntil(screen.roi.is_seen)
        for key in (Qt.Key.Key_1, Qt.Key.Key_S, Qt.Key.Key_0, Qt.Key.Key_Space):
            bench.qtbot.keyClick(screen, key)
    with bench.qtbot.waitSignal(bench.state.reading_ended):
        bench.qtbot.keyClick(screen, Qt.Key.Key_Escape)
        bench.qtbot.keyClick(screen, Qt.Key.Key_Escape)
    assert bench.page.reading_screen is None
    bench.qtbot.waitUntil(lambda: bench.state.readers[0].answered == 10, timeout=20_000)


@pytest.mark.parametrize("family", ["Inter", "DejaVu Sans"])
def test_readers_fit_a_narrow_panel(qtbot: QtBot, qapp: QApplication, family: str) -> None:
    if family not in QFontDatabase.families():
        pytest.skip(f"{family} is not installed here")
    theme.apply(qapp, family)
    panel = ReadersPanel()
    qtbot.addWidget(panel)
    note = "from the hospital beyond the river"
    long = ReaderRecord(1, 1, "A reader of a long name", "person", note, 57, 3, 12.5, None, "")
    draft = ProtocolDraft("P", (), (), (), OrderConstraints(), 1)
    sealed = ProtocolRecord(1, 2, draft, "2026-11-23", "", 57, 30, 27, "", "")
    panel.show_readers((long, *in_parts(6)), ("cnn-aug-gan",), sealed, writable=True)
    panel.resize(288, 300)
    panel.show()
    assert panel.minimumSizeHint().width() <= 288
    for one in panel.findChildren(QAbstractButton):
        if one.isVisible():
            right = one.mapTo(panel, one.rect().bottomRight()).x()
            assert right < 288, one.text()
            assert one.width() >= one.minimumSizeHint().width(), one.text()
    theme.apply(qapp)


def in_parts(count: int) -> tuple[ReaderRecord, ...]:
    """Readers in the middle of stage A and before stage B: more than a low panel holds."""
    plan, opens = PartPlan(2, "B", "roi", ("origin",), 28), "2026-12-24T10:00:00+00:00"
    first = replace(plan, number=1, stage="A")
    parts = (
        PartRecord(1, first, "reading", 302, 151, 12.5, None, "", "", ""),
        PartRecord(None, plan, "waiting", 302, 0, None, None, opens, "", ""),
    )
    return tuple(
        ReaderRecord(k, 1, f"Reader {k}", "person", "", 604, 151, 12.5, None, "", parts)
        for k in range(2, 2 + count)
    )


def test_unblinding_asks_and_records(bench: Bench, folder: Path) -> None:
    seal_for(folder)
    bench.open(folder)
    assert not bench.page.unblind.isEnabled(), "nobody has read anything"
    bench.state.open_reading(bench.state.readers[0].id)
    assert bench.page.reading_screen is not None
    bench.qtbot.waitUntil(bench.page.reading_screen.roi.is_seen)
    for key in (Qt.Key.Key_1, Qt.Key.Key_R, Qt.Key.Key_7, Qt.Key.Key_Space):
        bench.qtbot.keyClick(bench.page.reading_screen, key)
    bench.state.end_reading()
    bench.qtbot.waitUntil(lambda: bench.page.unblind.isEnabled(), timeout=20_000)
    bench.page.unblind.click()
    dialog = bench.dialog()
    assert not dialog.deed.isEnabled(), "a reason is needed"
    assert "1 of 24" in " ".join(label.text() for label in dialog.findChildren(QLabel))
    dialog.inputs[0].setText("Coordinator")
    dialog.inputs[1].setText("All have read")
    dialog.deed.click()
    bench.qtbot.waitUntil(
        lambda: bool(bench.state.protocol and bench.state.protocol.unblinded), timeout=20_000
    )
    assert "All have read" in bench.page.readers.foot.text()
    assert not bench.page.readers.add.isEnabled()


def test_no_accuracy_stands_on_the_page(bench: Bench, folder: Path) -> None:
    seal_for(folder, readers=2)
    bench.open(folder)
    words = " ".join(label.text() for label in bench.page.readers.findChildren(QLabel))
    assert "0 / 24" in words
    assert "%" not in words


def test_a_leak_needs_a_written_reason(bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "leak.blindread"
    readable_study(path, synthetic=4).close()
    bench.open(path)
    assert "Leak" in bench.page.audit.verdict.sentence.text()
    bench.page.seal.button.click()
    dialog = bench.dialog()
    assert not dialog.deed.isEnabled()
    dialog.inputs[0].setText("a rehearsal")
    with bench.qtbot.waitSignal(bench.study.changed, timeout=20_000):
        dialog.deed.click()
    assert bench.state.protocol is not None
    assert bench.state.protocol.override == "a rehearsal"


def test_try_as_reader_leaves_no_trace(bench: Bench, folder: Path) -> None:
    bench.open(folder)
    with bench.qtbot.waitSignal(bench.state.reading_started):
        bench.page.try_out.click()
    assert bench.state.session is not None
    assert bench.state.session.total == 10
    (place,) = bench.state.desk._tries
    bench.state.end_reading()
    assert not place.exists()
    assert bench.state.readers == ()


def test_the_log_verifies(bench: Bench, folder: Path) -> None:
    seal_for(folder)
    bench.open(folder)
    bench.page.log.verify.click()
    bench.qtbot.waitUntil(lambda: bench.state.verified is not None, timeout=20_000)
    assert "whole" in bench.page.log.outcome.text()


def test_a_reader_finds_only_the_door(bench: Bench, folder: Path) -> None:
    seal_for(folder)
    bench.open(folder)
    page = bench.page
    planned = (page.form, page.order, page.audit, page.seal, page.unblind, page.try_out)
    planned = (*planned, page.readers, page.title.tabs)
    assert all(part.isVisible() for part in planned)
    bench.state.hear_role(True)
    assert not any(part.isVisible() for part in planned)
    assert page.door.isVisible()
    assert "Canary" not in words_of(page.door)
    bench.state.hear_role(False)
    assert all(part.isVisible() for part in planned)


def test_a_damaged_package_keeps_nobody_else_out(bench: Bench, folder: Path) -> None:
    seal_for(folder, readers=2)
    bench.open(folder)
    first, second = (one.package for one in bench.state.readers)
    assert first is not None
    assert second is not None
    (first / "reading.sqlite").write_bytes(b"")
    read_part(second, 1)
    with bench.qtbot.waitSignal(bench.study.changed, timeout=20_000):
        bench.state.take_in()
    assert [one.kind for one in bench.said] == ["error"]
    assert bench.said[0].sentence.startswith("Reader 1: ")
    assert [one.answered for one in bench.state.readers] == [0, 1]
    assert bench.state.readers[1].seconds_per_trial == 0.9, "taken in"


def test_a_damaged_package_is_a_sentence(bench: Bench, folder: Path) -> None:
    seal_for(folder)
    bench.open(folder)
    package = bench.state.readers[0].package
    assert package is not None
    (package / "reading.sqlite").write_bytes(b"")
    bench.state.open_reading(bench.state.readers[0].id)
    assert bench.state.session is None
    assert bench.said[-1].kind == "error"
    assert "package" in bench.said[-1].sentence


@pytest.mark.parametrize(
    ("value", "words"), [(0.5131, ".513"), (0.9996, "1.00"), (1.0, "1.00"), (0.0, ".000")]
)
def test_an_auc_near_one_is_not_written_as_zero(value: float, words: str) -> None:
    assert points(value) == words


@pytest.mark.parametrize(("value", "words"), [(0.48, ".48"), (0.999, "1.00"), (0.001, "< .01")])
def test_a_p_value_is_written_as_statisticians_do(value: float, words: str) -> None:
    assert probability(value) == words
