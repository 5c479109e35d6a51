"""The coordinator's page: the form has an effect, the seal seals, reading starts and ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot
from reading_study import loose_draft, readable_study

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Message, Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.read_state import ReadState
from reader_app.state.study_state import StudyState
from reader_app.views.read.audit_panel import points
from reader_app.views.read.dialogs import AskDialog
from reader_app.views.read.order_panel import probability
from reader_app.views.read.page import ReadPage
from reader_app.views.read.readers_panel import ReadersPanel
from reader_app.widgets import theme
from studies import reading
from studies.errors import StudyError
from studies.package import ReadingPackage, Response
from studies.records import OrderConstraints, ProtocolDraft, ProtocolRecord, ReaderRecord


class Bench:
    """State and page on a study."""

    def __init__(self, qtbot: QtBot, settings_file: Path) -> None:
        self.qtbot = qtbot
        self.messages = Messages()
        self.said: list[Message] = []
        self.messages.posted.connect(self.said.append)
        self.jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
        self.study = StudyState(self.messages)
        self.state = ReadState(self.study, self.jobs, self.messages, Settings(settings_file))
        self.page = ReadPage(self.state)
        qtbot.addWidget(self.page)
        self.page.resize(1280, 760)
        self.page.show()

    def open(self, folder: Path) -> None:
        """Open a study and wait for its first preview."""
        with self.qtbot.waitSignal(self.state.previewed, timeout=20_000):
            self.study.open(folder)

    def changed(self) -> None:
        """Wait for the preview of an edited draft."""
        with self.qtbot.waitSignal(self.state.previewed, timeout=20_000):
            pass

    def dialog(self) -> AskDialog:
        """The open dialog."""
        return self.page.findChildren(AskDialog)[-1]


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(qtbot, tmp_path / "settings.ini")
    yield made
    made.jobs.shutdown()
    made.study.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study with 15 lesions and 9 synthetic ROIs, nothing sealed."""
    path = tmp_path / "canary.blindread"
    readable_study(path, synthetic=3).close()
    return path


def sealed(folder: Path, readers: int = 1) -> None:
    from studies.store import Store

    with Store.open(folder) as store:
        reading.seal(store, loose_draft(store))
        for number in range(1, readers + 1):
            reading.enrol(store, f"Reader {number}")


def with_answer(package: Path) -> None:
    """The first trial of a package, answered in one second."""
    opened = ReadingPackage.open(package)
    trial = opened.trials[0].trial_id
    given = {q.code: q.choices[0].value for q in opened.questions}
    confidence = int(given["confidence"]) if "confidence" in given else None
    opened.record(
        Response(
            trial, given.get("diagnosis", ""), given.get("origin", ""), confidence,
            "2026-11-23T00:00:00.000+00:00", 500.0, 1000.0, 1000.0,
        )
    )  # fmt: skip
    opened.close()


def test_without_a_study_the_page_says_what_is_missing(bench: Bench) -> None:
    assert bench.page.tabs.currentWidget() is bench.page.empty
    with bench.qtbot.waitSignal(bench.state.asked) as asked:
        bench.page.empty.acted.emit()
    assert asked.args == ["annotate"]


def test_every_field_has_an_effect(bench: Bench, folder: Path) -> None:
    bench.open(folder)
    assert bench.state.draft is not None
    assert bench.state.preview is not None
    assert len(bench.state.preview.trials) == 24
    bench.page.form.repeats.setValue(3)
    bench.page.form.distance.setValue(5)
    bench.page.form.practice.setValue(0)
    bench.changed()
    assert len(bench.state.preview.trials) == 27
    assert bench.state.draft.repeats == 3
    before = bench.state.preview.trials
    bench.page.order.redraw.click()
    bench.changed()
    assert bench.state.preview.trials != before
    bench.page.form.questions["confidence"].setChecked(False)
    assert bench.state.draft.questions == ("diagnosis", "origin")
    bench.page.form.margin.setValue(5)
    assert bench.state.draft.margin == pytest.approx(0.05)


def test_an_impossible_constraint_is_said_and_blocks_the_seal(bench: Bench, folder: Path) -> None:
    bench.open(folder)
    bench.page.form.real._fields["cyst"].setValue(0)
    bench.page.form.real._fields["metastasis"].setValue(0)
    for code in ("cyst", "metastasis"):
        bench.page.form.synthetic._fields[code].setValue(0)
    bench.page.form.class_run.setValue(2)
    bench.changed()
    assert "Allow at least" in bench.page.order.problem.text()
    assert not bench.page.seal.button.isEnabled()


def test_seal_add_and_read_ten_trials(bench: Bench, folder: Path) -> None:
    bench.open(folder)
    assert not bench.page.readers.add.isEnabled()
    with bench.qtbot.waitSignal(bench.study.changed, timeout=20_000) as told:
        bench.page.seal.button.click()
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
    for _ in range(10):
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
    panel.show_readers((long,), ("cnn-aug-gan",), sealed, writable=True)
    panel.resize(288, 300)
    panel.show()
    assert panel.minimumSizeHint().width() <= 288
    for one in panel.findChildren(QAbstractButton):
        if one.isVisible():
            right = one.mapTo(panel, one.rect().bottomRight()).x()
            assert right < 288, one.text()
            assert one.width() >= one.minimumSizeHint().width(), one.text()
    theme.apply(qapp)


def test_unblinding_asks_and_records(bench: Bench, folder: Path) -> None:
    sealed(folder)
    bench.open(folder)
    assert not bench.page.unblind.isEnabled(), "nobody has read anything"
    bench.state.open_reading(bench.state.readers[0].id)
    assert bench.page.reading_screen is not None
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
    sealed(folder, readers=2)
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
    place = bench.state.session._package.folder
    bench.state.end_reading()
    assert not place.exists()
    assert bench.state.readers == ()


def test_the_log_verifies(bench: Bench, folder: Path) -> None:
    sealed(folder)
    bench.open(folder)
    bench.page.log.verify.click()
    bench.qtbot.waitUntil(lambda: bench.state.verified is not None, timeout=20_000)
    assert "whole" in bench.page.log.outcome.text()


def test_a_reader_sees_no_plan_and_cannot_unblind(bench: Bench, folder: Path) -> None:
    sealed(folder)
    bench.open(folder)
    page = bench.page
    page.show()
    planned = (page.form, page.order, page.audit, page.seal, page.unblind, page.try_out)
    planned = (*planned, page.readers.add, page.title.tabs)
    assert all(part.isVisible() for part in planned)
    bench.state.hear_role(True)
    assert not any(part.isVisible() for part in planned)
    assert page.readers.isVisible()
    bench.state.hear_role(False)
    assert all(part.isVisible() for part in planned)


def test_a_damaged_package_keeps_nobody_else_out(bench: Bench, folder: Path) -> None:
    sealed(folder, readers=2)
    bench.open(folder)
    first, second = (one.package for one in bench.state.readers)
    assert first is not None
    assert second is not None
    (first / "reading.sqlite").write_bytes(b"")
    with_answer(second)
    with bench.qtbot.waitSignal(bench.study.changed, timeout=20_000):
        bench.state.take_in()
    assert [one.kind for one in bench.said] == ["error"]
    assert bench.said[0].sentence.startswith("Reader 1: ")
    assert [one.answered for one in bench.state.readers] == [0, 1]
    assert bench.state.readers[1].seconds_per_trial == 1.0, "taken in"


def test_a_damaged_package_is_a_sentence(bench: Bench, folder: Path) -> None:
    sealed(folder)
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
