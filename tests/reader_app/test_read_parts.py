"""The readers' panel: parts, washout, packages that travel, answers that come back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot
from read_bench import Bench, open_bench, read_part, seal_for, small_study, words_of
from reading_study import loose_draft

from reader_app.views.read.dialogs import AskDialog
from reader_app.views.read.part_words import part_name, starting, state_words
from reader_app.views.read.reader_row import ReaderRow
from reader_app.widgets.badge import Badge
from studies import reading
from studies.package import ReadingPackage, pack_answers, unpack
from studies.records import PartPlan, PartRecord, ReaderRecord


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    with open_bench(qtbot, tmp_path / "settings.ini") as made:
        yield made


@pytest.fixture
def staged(bench: Bench, tmp_path: Path) -> Bench:
    """Two stages with a washout between them; Reader 1 has read stage A."""
    folder = small_study(tmp_path / "canary.blindread")
    seal_for(folder, staged=True, stage_b_waits=True)
    bench.open(folder)
    package = bench.state.readers[0].package
    assert package is not None
    read_part(package)
    bench.state.take_in()
    bench.wait(lambda: bench.state.readers[0].parts[0].state == "finished")
    return bench


def pressed(inside: QWidget, begins: str) -> QAbstractButton:
    """The visible button whose name begins so."""
    return next(
        one
        for one in inside.findChildren(QAbstractButton)
        if one.isVisible() and one.accessibleName().startswith(begins)
    )


def shows(inside: QWidget, begins: str) -> bool:
    return any(
        one.isVisible() and one.accessibleName().startswith(begins)
        for one in inside.findChildren(QAbstractButton)
    )


def dialogs(inside: QWidget) -> list[AskDialog]:
    return [one for one in inside.findChildren(AskDialog) if one.isVisible()]


def badges(inside: QWidget) -> list[str]:
    return [one.text() for one in inside.findChildren(Badge) if one.isVisible()]


def test_the_next_part_waits_for_its_day(staged: Bench) -> None:
    panel = staged.page.readers
    opens = datetime.now(UTC) + timedelta(days=28)
    staged.wait(lambda: "finished" in badges(panel))
    assert any(f"opens {opens.day} " in words for words in badges(panel))
    assert not shows(panel, "Open reading"), "stage A is read, stage B waits"
    assert not shows(panel, "Issue part"), "the washout is not over"


def test_a_washout_is_cut_short_with_a_written_reason(staged: Bench) -> None:
    panel = staged.page.readers
    staged.wait(lambda: shows(panel, "Read now…"))
    staged.qtbot.mouseClick(pressed(panel, "Read now…"), Qt.MouseButton.LeftButton)
    dialog = staged.dialog()
    assert "Part 2 of Reader 1" in dialog.windowTitle()
    assert not dialog.deed.isEnabled(), "a reason is needed"
    dialog.inputs[0].setText("The reader moves away")
    dialog.deed.click()
    staged.wait(lambda: staged.state.readers[0].parts[1].id is not None)
    part = staged.state.readers[0].parts[1]
    assert (part.state, part.override) == ("open", "The reader moves away")
    staged.wait(lambda: shows(panel, "Open reading"))


def test_a_part_is_made_ahead_and_cannot_be_opened_before_its_day(staged: Bench) -> None:
    panel = staged.page.readers
    staged.wait(lambda: shows(panel, "Make it ahead"))
    pressed(panel, "Make it ahead").click()
    staged.wait(lambda: staged.state.readers[0].parts[1].id is not None)
    part = staged.state.readers[0].parts[1]
    assert part.override == "", "nothing was cut short"
    assert part.package is not None
    opens = datetime.now(UTC) + timedelta(days=28)
    package = ReadingPackage.open(part.package)
    assert package.contents.not_before[:10] == opens.date().isoformat()
    package.close()
    assert "cannot be opened before its day" in staged.said[-1].sentence
    assert not shows(panel, "Make it ahead")


def test_who_read_the_lesions_lately_is_added_for_a_written_reason(staged: Bench) -> None:
    store = staged.study.store
    assert store is not None
    reading.seal(store, loose_draft(store, questions=("diagnosis", "confidence")))
    staged.study.notify("protocol")
    staged.page.readers.add.click()
    asked = staged.dialog()
    asked.inputs[0].setText("Reader 1")
    asked.inputs[1].setText("senior")
    asked.deed.click()
    title = "Reader 1 before the washout is over?"
    staged.wait(lambda: title in [one.windowTitle() for one in dialogs(staged.page)])
    dialog = staged.dialog()
    assert "read some of these lesions in an earlier version" in words_of(dialog)
    assert staged.state.readers == ()
    assert not dialog.deed.isEnabled(), "a reason is needed"
    dialog.inputs[0].setText("Nobody else is free")
    dialog.deed.click()
    staged.wait(lambda: len(staged.state.readers) == 1)
    (reader,) = staged.state.readers
    assert (reader.pseudonym, reader.note) == ("Reader 1", "senior")
    assert reader.parts[0].override == "Nobody else is free"


def test_a_part_without_washout_is_offered_at_once(bench: Bench, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder, staged=True)
    bench.open(folder)
    first = bench.state.readers[0].package
    assert first is not None
    read_part(first)
    bench.page.readers.refresh.click()
    bench.wait(lambda: shows(bench.page.readers, "Issue part 2"))
    pressed(bench.page.readers, "Issue part 2").click()
    bench.wait(lambda: shows(bench.page.readers, "Open reading"))
    second = bench.state.readers[0].package
    assert second is not None
    assert second != first


def test_a_package_travels_and_its_answers_come_back(bench: Bench, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder)
    bench.open(folder)
    away = tmp_path / "another computer"
    away.mkdir()
    bench.state.pack(bench.state.readers[0].id, away)
    bench.wait(lambda: bool(bench.said))
    (archive,) = away.glob("*.reading.zip")
    assert archive.name in bench.said[-1].sentence
    carried = unpack(archive, away)
    read_part(carried)
    returned = pack_answers(carried, away)
    drop(bench.page.readers, returned)
    bench.wait(lambda: bench.state.readers[0].finished != "")
    assert "24 of 24" in bench.said[-1].sentence


def test_only_answers_may_be_dropped(bench: Bench, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder)
    bench.open(folder)
    wrong = tmp_path / "holiday.zip"
    wrong.write_bytes(b"PK")
    assert not dragged(bench.page.readers, wrong)
    broken = tmp_path / "one.answers.zip"
    broken.write_bytes(b"PK")
    drop(bench.page.readers, broken)
    bench.wait(lambda: bool(bench.said))
    assert bench.said[-1].kind == "error"


def test_a_reader_opens_what_they_were_given(bench: Bench, tmp_path: Path) -> None:
    opened: list[Path] = []
    bench.page.door.opened.disconnect()
    bench.page.door.opened.connect(opened.append)
    archive = tmp_path / "one.reading.zip"
    archive.write_bytes(b"PK")
    bench.state.hear_role(True)
    assert dragged(bench.page.door, archive)
    drop(bench.page.door, archive)
    assert opened == [archive]
    assert not dragged(bench.page.door, tmp_path)


def test_a_package_that_cannot_be_read_is_a_sentence(bench: Bench, tmp_path: Path) -> None:
    bench.state.hear_role(True)
    bench.page.door.opened.emit(tmp_path / "absent.reading")
    assert bench.said[-1].kind == "error"
    assert bench.state.session is None


def dragged(target: QWidget, path: Path) -> bool:
    """Whether a file held above a widget may be let go."""
    enter = QDragEnterEvent(QPoint(20, 20), *_how(path))
    QApplication.sendEvent(target, enter)
    return enter.isAccepted()


def drop(target: QWidget, path: Path) -> None:
    """Drop a file on a widget."""
    assert dragged(target, path)
    QApplication.sendEvent(target, QDropEvent(QPointF(20, 20), *_how(path)))


_kept: list[QMimeData] = []  # an event does not own its data


def _how(path: Path) -> tuple[Qt.DropAction, QMimeData, Qt.MouseButton, Qt.KeyboardModifier]:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    _kept.append(data)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return Qt.DropAction.CopyAction, data, left, none


def test_parts_in_words() -> None:
    from reader_app.state.read_preview import schedule

    plan = PartPlan(2, "B", "roi", ("origin", "confidence"), 28)
    assert part_name(plan) == "Stage B, ROI: origin, confidence"
    assert part_name(PartPlan(1, "both", "slice", ("diagnosis",), 0)) == "Full slice: class"
    (planned,) = schedule((plan,), datetime(2026, 2, 1, tzinfo=UTC).date())
    assert starting(planned) == "from 1 Mar 2026, 28 days later"
    opens = "2026-03-01T10:00:00+00:00"
    waiting = PartRecord(None, plan, "waiting", 9, 0, None, None, opens, "", "")
    assert state_words(waiting) == ("opens 1 Mar", "neutral")
    assert state_words(replace(waiting, id=2, state="open")) == ("opens 1 Mar", "neutral")


def test_a_package_made_ahead_travels_but_is_not_opened_here(qtbot: QtBot) -> None:
    plan = PartPlan(1, "B", "roi", ("origin",), 28)
    opens = "2026-12-24T10:00:00+00:00"
    ahead = PartRecord(1, plan, "open", 9, 0, None, Path("one.reading"), opens, "", "")
    for part, may in ((ahead, False), (replace(ahead, opens=""), True)):
        reader = ReaderRecord(1, 1, "Reader 1", "person", "", 9, 0, None, None, "", (part,))
        row = ReaderRow(reader, may_read=True)
        qtbot.addWidget(row)
        row.show()
        assert shows(row, "Open reading") == may
        assert shows(row, "Package of Reader 1")


def test_the_panel_names_parts_only_where_there_are_several(bench: Bench, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder)
    bench.open(folder)
    assert "0 / 24" in words_of(bench.page.readers)
    assert badges(bench.page.readers) == []
