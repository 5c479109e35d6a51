"""Bad paths, empty folders, wrong files, no or too few lesions, a full disk.

Through the real window and the command line: each gives a sentence, and nothing is lost.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import annotate_study
import foreign_ct
import pytest
from learn_study import make_study
from person import Drawer, Person
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from reading_study import loose_draft, readable_study

from reader_app.cli import program
from reader_app.state.cases_state import CasesState
from reader_app.state.read_state import ReadState
from reader_app.views.learn.page import LearnPage
from reader_app.views.learn.recipe_panel import RecipePanel
from reader_app.views.main_window.dialogs import NewStudyDialog
from reader_app.views.read.page import ReadPage
from reader_app.views.results.page import ResultsPage
from reader_app.views.results.readers_tab import ReadersTab
from studies import cases, learning, reading
from studies.records import ContourRecord, LesionRecord
from studies.store import Store


@pytest.fixture
def person(qtbot: QtBot) -> Iterator[Person]:
    one = Person(qtbot)
    one.desktop.settings.author = "Dr Test"
    yield one
    assert one.close()


@pytest.fixture
def study(person: Person, tmp_path: Path) -> Path:
    """An open study with three diagnosed lesions, one of each class."""
    folder = tmp_path / "held.blindread"
    make_study(folder, per_class=1).close()
    assert person.desktop.opening.open(folder)
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB of its own."""
    if not sys.platform.startswith("linux") or os.getuid() != 0 or not shutil.which("mount"):
        pytest.skip("only root on Linux can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    call = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(place)]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def held(store: Store) -> tuple[tuple[LesionRecord, ...], tuple[ContourRecord, ...]]:
    """What must not be lost."""
    return cases.lesions(store), cases.contours(store)


def is_sentence(words: str) -> bool:
    """Begins like one, ends like one, and is none of the program's own words."""
    own = ("Traceback", "Error:", "Errno", "None", "sqlite3", "Exception")
    return words[:1].strip() != "" and words.endswith(".") and not any(o in words for o in own)


def cli(*words: object) -> int:
    return program(lambda _: 0, lambda *_: 0, [str(word) for word in words])


def fill(disk: Path, spare: int = 0) -> Path:
    """Use up a disk but for `spare` bytes; the file to be removed to make room."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize
        for _ in range(max(0, free - spare) // 4096):
            file.write(b"\0" * 4096)
    return ballast


# --- bad paths


def wrong_folder(place: Path, kind: str) -> Path:
    path = place / f"wrong {kind}"
    if kind == "file":
        path.write_text("no study")
    elif kind != "missing":
        path.mkdir()
    if kind == "garbage":
        (path / "study.sqlite").write_bytes(b"not a database at all" * 400)
    if kind == "empty database":
        (path / "study.sqlite").touch()
    return path


KINDS = ("missing", "file", "empty", "garbage", "empty database")


@pytest.mark.parametrize("kind", KINDS)
def test_opening_what_is_no_study_leaves_the_open_one(
    person: Person, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    wrong = wrong_folder(tmp_path, kind)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(wrong))
    before = held(person.store)
    person.front()
    person.qtbot.keyClick(person.window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    person.wait(lambda: bool(person.errors))
    (sentence,) = person.errors
    assert is_sentence(sentence)
    assert str(wrong) in sentence
    assert person.store.folder == study
    assert held(person.store) == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_line_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    wrong = wrong_folder(tmp_path, kind)
    assert cli("report", wrong) == 2
    said = capsys.readouterr().err.strip()
    assert is_sentence(said)
    assert str(wrong) in said


def test_a_new_study_is_not_made_over_something(person: Person, study: Path) -> None:
    before = held(person.store)
    person.front()
    person.qtbot.keyClick(person.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    asked = person.dialog(NewStudyDialog)
    asked.folder.setText(str(study))
    person.click("Create", asked)
    (sentence,) = person.errors
    assert is_sentence(sentence)
    assert "is not empty" in sentence
    assert asked.isVisible()  # another folder can be typed at once
    assert held(person.store) == before


# --- empty folders and wrong files


def wrong_source(place: Path, kind: str) -> tuple[Path, str]:
    """Something that cannot be imported, and a word of the reason."""
    source = place / "source"
    source.mkdir()
    if kind == "missing":
        return source / "gone", "no such file"
    if kind == "text":
        (source / "notes.txt").write_text("no picture")
        return source, "not DICOM"
    if kind == "cut":
        foreign_ct.ct(source / "a.dcm", 0.0)
        whole = (source / "a.dcm").read_bytes()
        (source / "a.dcm").write_bytes(whole[: len(whole) // 2])
        return source, "cut short"
    if kind == "zip":
        (source / "a.zip").write_bytes(b"PK\x03\x04 and no more")
        return source, "zip"
    return source, "empty"


@pytest.mark.parametrize("kind", ["missing", "empty", "text", "cut", "zip"])
def test_what_cannot_be_imported_is_named_with_its_reason(
    person: Person, study: Path, tmp_path: Path, kind: str
) -> None:
    source, word = wrong_source(tmp_path, kind)
    before = held(person.store)
    page, state = person.go("cases"), person.window.states["cases"]
    assert isinstance(state, CasesState)
    person.drop(page, source)
    if kind == "cut":  # its header is whole: what is missing shows when it is taken
        person.click("Take 1 series", page)
    person.wait(lambda: any(one.kind == "warning" for one in person.said))
    (warning,) = (one.sentence for one in person.said if one.kind == "warning")
    assert warning.startswith("Nothing was imported.")
    assert word in warning
    assert is_sentence(warning)
    assert held(person.store) == before
    assert len(cases.all_series(person.store)) == 3
    assert len(list((study / "series").iterdir())) == 3


def test_a_wrong_manifest_takes_nothing(person: Person, study: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("file,patient\na.png,P1\n")
    before = held(person.store)
    person.drop(person.go("cases"), tmp_path / "list.csv")
    person.wait(lambda: bool(person.errors))
    (sentence,) = person.errors
    assert is_sentence(sentence)
    assert "diagnosis" in sentence
    assert held(person.store) == before


# --- no lesions, too few lesions


def test_without_lesions_every_page_says_what_to_do(person: Person, tmp_path: Path) -> None:
    Store.create(tmp_path / "s.blindread", "Nothing yet").close()
    assert person.desktop.opening.open(tmp_path / "s.blindread")
    for name in ("home", "cases", "annotate", "learn", "read"):
        page = person.go(name)
        person.wait(lambda p=page: bool(person.texts(p)))
    learn, read = person.window.pages["learn"], person.window.pages["read"]
    assert isinstance(learn, LearnPage)
    assert isinstance(read, ReadPage)
    assert learn.pages.currentWidget() is learn.to_annotate
    person.wait(lambda: read.tabs.currentWidget() is read.empty)
    results = person.go("results")
    assert isinstance(results, ResultsPage)
    person.wait(lambda: results.findChild(ReadersTab) is not None)
    assert results.findChild(ReadersTab).currentWidget() is results.findChild(ReadersTab).none
    assert person.errors == []


@pytest.mark.parametrize(
    ("command", "words"),
    [("train", "There is no ROI to train on."), ("synthesise", "There is no trained generator")],
)
def test_without_lesions_the_command_line_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, words: str
) -> None:
    Store.create(tmp_path / "s", "Nothing yet").close()
    assert cli(command, tmp_path / "s") == 1
    assert words in capsys.readouterr().err


def test_too_few_lesions_for_the_folds(person: Person, study: Path) -> None:
    before = held(person.store)
    page = person.go("learn")
    assert isinstance(page, LearnPage)
    recipe = page.findChild(RecipePanel)
    assert not recipe.queue.isEnabled()
    assert is_sentence(recipe.why.text())
    assert "3 folds need at least 3" in recipe.why.text()
    assert recipe.why.isVisible()
    assert learning.runs(person.store) == ()
    assert held(person.store) == before


# --- a full disk


def test_margins_on_a_full_disk(person: Person, small_disk: Path) -> None:
    """The line that could not be saved is refused in words; with room it is saved."""
    folder = small_disk / "s.blindread"
    with Store.create(folder, "Small disk") as store:
        annotate_study.add_ct(store, "P-001", slices=3)
    assert person.desktop.opening.open(folder)
    drawer = Drawer(person)
    drawer.ring(*annotate_study.LESION)
    before = held(person.store)
    ballast = fill(small_disk)
    for shift in range(60):  # the log of the database has some room of its own
        drawer.ring(160 + shift % 7, 110, 14)
        if person.errors:
            break
    assert person.errors
    assert is_sentence(person.errors[0])
    assert "full" in person.errors[0]
    saved = cases.contours(person.store)
    assert len(saved) == len(before[1]) == 1
    ballast.unlink()
    drawer.ring(80, 140, 10)
    assert len(cases.contours(person.store)) == 2
    assert cases.contours(person.store)[0] == saved[0]


def test_import_on_a_full_disk(person: Person, small_disk: Path, tmp_path: Path) -> None:
    """A series that does not fit leaves no half of it, and the rest of the study stands."""
    folder = small_disk / "s.blindread"
    with Store.create(folder, "Small disk") as store:
        annotate_study.add_ct(store, "P-001", slices=2)
        lesion = cases.add_lesion(store, 1, author="Dr Test")
    assert person.desktop.opening.open(folder)
    fill(small_disk, spare=400_000)
    foreign_ct.stack(tmp_path / "ct", tuple(5.0 * k for k in range(300)))
    page = person.go("cases")
    person.drop(page, tmp_path / "ct")
    person.click("Take 1 series", page)
    person.wait(lambda: bool(person.errors))
    assert is_sentence(person.errors[0])
    assert "space" in person.errors[0] or "full" in person.errors[0]
    assert [one.id for one in cases.lesions(person.store)] == [lesion.id]
    assert [one.patient for one in cases.all_series(person.store)] == ["P-001"]
    assert [one.name for one in (folder / "series").iterdir()] == ["P-001"]


def test_sealing_and_reading_on_a_full_disk(person: Person, small_disk: Path) -> None:
    """No half protocol; no trial goes on before its answer is saved; with room both go on."""
    folder = small_disk / "s.blindread"
    readable_study(folder, per_class=5, synthetic=3).close()
    assert person.desktop.opening.open(folder)
    page, state = person.go("read"), person.window.states["read"]
    assert isinstance(page, ReadPage)
    assert isinstance(state, ReadState)
    person.wait(lambda: state.draft is not None)
    state.edit(loose_draft(person.store))
    ballast = fill(small_disk)
    state.seal("a test")
    person.wait(lambda: bool(person.errors))
    assert is_sentence(person.errors[0])
    assert "space" in person.errors[0] or "full" in person.errors[0]
    assert reading.protocols(person.store) == ()
    assert list((folder / "items").iterdir()) == []
    ballast.unlink()
    state.seal("a test")
    person.wait(lambda: len(state.protocols) == 1)
    state.add_reader("Reader 1", "")
    person.wait(lambda: len(state.readers) == 1)
    read_while_the_disk_fills(person, small_disk, page, state)


def read_while_the_disk_fills(person: Person, disk: Path, page: ReadPage, state: ReadState) -> None:
    person.click("Open reading", page.readers)
    screen, session = page.reading_screen, state.session
    assert screen is not None
    assert session is not None
    ballast, answered = fill(disk), 0
    while not screen.problem.text() and answered < session.total:
        assert session.done == answered
        person.wait(screen.roi.is_seen)
        for key in (Qt.Key.Key_1, Qt.Key.Key_R, Qt.Key.Key_8, Qt.Key.Key_Space):
            person.qtbot.keyClick(screen, key)
        answered += not screen.problem.text()
    assert is_sentence(screen.problem.text())
    assert "full" in screen.problem.text()
    assert session.done == answered < session.total
    ballast.unlink()
    person.qtbot.keyClick(screen, Qt.Key.Key_Space)
    assert session.done == answered + 1
    for _ in range(2):
        person.qtbot.keyClick(screen, Qt.Key.Key_Escape)
    person.wait(lambda: state.readers[0].answered == answered + 1)
    assert reading.verify(person.store).ok
