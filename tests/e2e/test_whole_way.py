"""The whole way through the real window: from CT to Table 4 and the report, by mouse and keys."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import foreign_ct
import numpy as np
import pytest
from learn_study import SIDE, drawn
from person import Drawer, Person
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QSpinBox
from pytestqt.qtbot import QtBot
from reading_desk import declare
from shared_data import shared_path

from reader_app.state.cases_import import ImportSummary
from reader_app.state.cases_state import CasesState
from reader_app.state.learn_state import LearnState
from reader_app.state.read_state import ReadState
from reader_app.state.results_state import ResultsState
from reader_app.views.cases.page import CasesPage
from reader_app.views.learn.page import LearnPage
from reader_app.views.learn.recipe_panel import RecipePanel
from reader_app.views.read.dialogs import AskDialog
from reader_app.views.read.page import ReadPage
from reader_app.views.results.export_tab import ExportTab
from reader_app.views.results.page import ResultsPage
from reader_app.views.results.readers_tab import ReadersTab
from studies import cases, learning, reading
from studies.package import ReadingPackage
from studies.protocols.pipeline import to_bytes
from studies.store import Store

DIAGNOSES = ("cyst", "metastasis", "hemangioma")
OTHERS = ("metastasis",) * 3 + ("cyst",) * 4 + ("hemangioma",) * 4
READ_REAL = {"Real ROIs, Cyst": 2, "Real ROIs, Metastasis": 3, "Real ROIs, Hemangioma": 2}
TRIALS = 10
QUIT_S = 5.0


@dataclass(frozen=True)
class Pressed:
    """What the reader chose in a trial, by keys."""

    diagnosis: str
    origin: str
    confidence: int


@dataclass(frozen=True)
class Shown:
    """What a trial's picture truly is; `lesion_id` is None for a synthetic one."""

    category: str
    origin: str
    lesion_id: int | None


@pytest.fixture
def person(qtbot: QtBot) -> Iterator[Person]:
    one = Person(qtbot)
    yield one
    assert one.close()


def other_patients(folder: Path) -> Path:
    """Eleven more patients in one folder: drawn lesions on three slices each."""
    rng = np.random.default_rng(3)
    for number, code in enumerate(OTHERS):
        for at in range(3):
            pixels = np.rint(drawn(code, rng))
            foreign_ct.ct(
                folder / f"{number}{at}", 5.0 * at, hu=pixels, patient=f"PAT {number}",
                series=f"1.2.3.{number}", uid=f"1.2.3.{number}.{at}",
                Rows=SIDE, Columns=SIDE, PixelSpacing=[0.8, 0.8],
            )  # fmt: skip
    return folder


@pytest.mark.slow
def test_from_ct_to_table_4_and_the_report(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shared_path("data/ct_crlm_1004")
    person.desktop.settings.author = "Dr Test"
    new_study(person, "Liver readers")
    import_by_button(person, real, monkeypatch)
    import_by_drop(person, other_patients(tmp_path / "others"))
    draw_and_diagnose(person)
    train(person)
    draw_synthetic(person)
    seal_and_enrol(person)
    pressed = read(person)
    let_the_network_read(person)
    unblind(person)
    expected = expected_table(person.store, pressed)
    see_table_4(person, expected)
    page = write_report(person, tmp_path / "mine.html", monkeypatch)
    for words in (*expected["Reader 1"], *expected["CNN-AUG-GAN"]):
        assert words in page
    assert "Research use only" in page
    assert person.errors == []
    quit_while_training(person)


# --- study, import, margins


def new_study(person: Person, name: str) -> None:
    person.make_study(name)
    study = person.desktop.study.study
    assert study is not None
    assert (study.name, study.kind) == (name, "ct")


def import_by_button(person: Person, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real CT by the empty page's button: 41 slices in; its licence and README stay out."""
    page = person.go("cases")
    assert isinstance(page, CasesPage)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    person.click("Import a folder", page)
    person.click("Take 1 series", page)
    person.wait(lambda: len(cases.all_series(person.store)) == 1)
    told = imported(person)
    assert {one.kind: one.count for one in told.sections} == {
        "taken": 41,
        "badged": 0,
        "left_out": 2,
    }
    assert cases.all_series(person.store)[0].slices == 41


def import_by_drop(person: Person, folder: Path) -> None:
    """More patients, dropped on the page as a folder."""
    page = person.go("cases")
    person.drop(page, folder)
    person.click(f"Take {len(OTHERS)} series", page)
    person.wait(lambda: len(cases.all_series(person.store)) == 1 + len(OTHERS))
    assert {one.kind: one.count for one in imported(person).sections} == {
        "taken": 3 * len(OTHERS),
        "badged": 0,
        "left_out": 0,
    }


def imported(person: Person) -> ImportSummary:
    """What the page says of the import at hand, once it is done."""
    state = person.window.states["cases"]
    assert isinstance(state, CasesState)
    person.wait(lambda: not state.is_importing)
    assert state.last_import is not None
    return state.last_import


def draw_and_diagnose(person: Person) -> None:
    """The real CT's lesion, then one in each other patient; Shift Enter goes to the next case."""
    drawer = Drawer(person)
    keys = {"cyst": Qt.Key.Key_C, "metastasis": Qt.Key.Key_M, "hemangioma": Qt.Key.Key_H}
    person.wait(lambda: drawer.state.is_loaded)
    drawer.state.go_to(18)
    for number, code in enumerate(("metastasis", *OTHERS)):
        if number == 0:
            drawer.ring(170, 230, 20)
        else:
            drawer.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
            person.wait(lambda: drawer.state.shown is not None and drawer.state.lesion is None)
            drawer.ring(SIDE / 2, SIDE / 2, 20)
        drawer.key(keys[code])
        drawer.key(Qt.Key.Key_B)
    found = cases.lesions(person.store)
    assert [one.category for one in found] == ["metastasis", *OTHERS]
    assert all(one.is_ready and one.diagnosed_by == "Dr Test" for one in found)
    assert len({one.patient for one in found}) == 12


# --- training and synthesis


def train(person: Person) -> None:
    page = person.go("learn")
    state = person.window.states["learn"]
    assert isinstance(page, LearnPage)
    assert isinstance(state, LearnState)
    recipe = page.findChild(RecipePanel)
    person.qtbot.keyClick(recipe.profile, Qt.Key.Key_Right)
    recipe.folds.setValue(2)
    assert (state.recipe.arm, state.recipe.profile) == ("cnn-aug-gan", "smoke")
    person.click("Queue 8 runs", page)
    person.wait(lambda: not state.is_training, timeout=240_000)
    assert person.errors == []
    runs = learning.runs(person.store)
    assert sorted(run.kind for run in runs) == ["classifier"] * 2 + ["generator"] * 6
    assert all(run.state == "finished" for run in runs)
    tested = learning.predictions(person.store, arm="cnn-aug-gan")
    assert sorted(one.lesion_id for one in tested) == [
        one.id for one in cases.lesions(person.store)
    ]


def draw_synthetic(person: Person) -> None:
    """Three fresh ROIs of a class, on the gallery's tab; the audit lets them into reading."""
    page = person.go("learn")
    assert isinstance(page, LearnPage)
    gallery = page.gallery
    page.title.tabs.setCurrentIndex(1)
    person.wait(lambda: gallery.draw_class.count() == len(DIAGNOSES))
    gallery.draw_class.setCurrentIndex(gallery.draw_class.findData("cyst"))
    gallery.draw_count.setValue(3)
    person.click("Draw", gallery.draw_panel)
    person.wait(lambda: bool(learning.synthetic_rois(person.store)))
    fresh = learning.synthetic_rois(person.store, accepted=True)
    assert [roi.category for roi in fresh] == ["cyst"] * 3
    person.wait(lambda: len(page.state.gallery.pairs) == 3)


# --- reading


def read_page(person: Person) -> tuple[ReadPage, ReadState]:
    page, state = person.go("read"), person.window.states["read"]
    assert isinstance(page, ReadPage)
    assert isinstance(state, ReadState)
    return page, state


def planned(state: ReadState) -> int:
    """Trials of the order on screen."""
    return len(state.preview.trials) if state.preview is not None else 0


def seal_and_enrol(person: Person) -> None:
    page, state = read_page(person)
    person.wait(lambda: planned(state) == 15)
    for field in page.form.items.real.findChildren(QSpinBox):
        field.setValue(READ_REAL[field.accessibleName()])
    person.wait(lambda: planned(state) == TRIALS)
    person.click("Seal version 1", page)
    person.click("Seal it", person.dialog(AskDialog))
    person.front()
    person.wait(lambda: state.protocol is not None)
    assert state.protocol is not None
    assert (state.protocol.items, state.protocol.real_items) == (TRIALS, 7)
    person.click("Add", page.readers)
    asked = person.dialog(AskDialog)
    assert asked.inputs[0].text() == "Reader 1"
    person.click("Add reader", asked)
    person.wait(lambda: len(state.readers) == 1)


def read(person: Person) -> tuple[Pressed, ...]:
    """All trials by keys; nothing else of the window is to be seen meanwhile."""
    page, state = read_page(person)
    person.click("Open reading", page.readers)
    person.wait(lambda: page.reading_screen is not None)
    screen, session = page.reading_screen, state.session
    assert screen is not None
    assert session is not None
    assert person.window.is_reading
    declare(person.qtbot, screen)
    pressed = []
    for k in range(TRIALS):
        assert session.done == k
        person.wait(screen.roi.is_seen)
        for key in ("123"[k % 3], "RS"[k % 2], "67890"[k % 5]):
            person.qtbot.keyClick(screen, getattr(Qt.Key, f"Key_{key}"))
        person.qtbot.keyClick(screen, Qt.Key.Key_Space)
        pressed.append(Pressed(DIAGNOSES[k % 3], ("real", "synthetic")[k % 2], 1 + k % 5))
    assert session.done == TRIALS
    person.qtbot.keyClick(screen, Qt.Key.Key_Escape)
    person.wait(lambda: state.readers[0].answered == TRIALS)
    assert not person.window.is_reading
    return tuple(pressed)


def let_the_network_read(person: Person) -> None:
    page, state = read_page(person)
    person.click("Let it read", page.readers)
    person.wait(lambda: any(one.kind == "model" for one in state.readers))


def unblind(person: Person) -> None:
    """Sealed results first; then who and why, and they open."""
    results = person.go("results")
    assert isinstance(results, ResultsPage)
    person.wait(lambda: results.findChild(ReadersTab) is not None)
    tab = results.findChild(ReadersTab)
    assert tab.currentWidget() is tab.sealed
    page, state = read_page(person)
    person.click("Unblind", page)
    asked = person.dialog(AskDialog)
    assert asked.inputs[0].text() == "Dr Test"
    person.qtbot.keyClicks(asked.inputs[1], "All have read")
    person.click("Unblind", asked)
    person.wait(lambda: bool(state.protocol and state.protocol.unblinded))


# --- results


def shown_pictures(store: Store) -> tuple[Shown, ...]:
    """What the reader saw, trial by trial, known by the pictures alone."""
    known = {to_bytes(r.image): Shown(r.category, "real", r.lesion_id) for r in cases.rois(store)}
    for roi in learning.synthetic_rois(store):
        known[to_bytes(roi.image)] = Shown(roi.category, "synthetic", None)
    reader = next(one for one in reading.readers(store) if one.kind == "person")
    assert reader.package is not None
    package = ReadingPackage.open(reader.package)
    shown = tuple(known[to_bytes(package.image(trial))] for trial in package.trials)
    package.close()
    return shown


def expected_table(store: Store, pressed: tuple[Pressed, ...]) -> dict[str, tuple[str, ...]]:
    """Table 4 by hand: truth from the pictures, the reader's answers from the keys."""
    pairs = tuple(zip(shown_pictures(store), pressed, strict=True))
    network = {o.lesion_id: o.predicted for o in learning.predictions(store, arm="cnn-aug-gan")}
    return {
        "Reader 1": (
            share([p.diagnosis == s.category for s, p in pairs if s.origin == "real"]),
            share([p.diagnosis == s.category for s, p in pairs if s.origin == "synthetic"]),
            share([p.diagnosis == s.category for s, p in pairs]),
            share([p.origin == s.origin for s, p in pairs]),
        ),
        "CNN-AUG-GAN": (
            share([network[s.lesion_id] == s.category for s, _ in pairs if s.lesion_id]),
        ),
    }


def share(hits: list[bool]) -> str:
    """`6/10 = 60.0 [31.3, 83.2]`: Wilson's interval, written out here once more."""
    k, n, z = sum(hits), len(hits), 1.959963984540054
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * math.sqrt(k * (n - k) / n + z * z / 4)
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return f"{k}/{n} = {100 * k / n:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def see_table_4(person: Person, expected: dict[str, tuple[str, ...]]) -> None:
    page, state = person.go("results"), person.window.states["results"]
    assert isinstance(page, ResultsPage)
    assert isinstance(state, ResultsState)
    person.wait(lambda: state.loaded is not None and state.loaded.readers is not None)
    tab = page.findChild(ReadersTab)
    assert tab.currentWidget() is tab.results
    grid = tab.scores.grid
    table = {}
    for row in range(2, grid.rowCount(), 2):
        name = " ".join(person.texts(grid.itemAtPosition(row, 0).widget())).strip()
        cells = [grid.itemAtPosition(row, 4 * k + 1).widget() for k in range(4)]
        views = [grid.itemAtPosition(row, 4 * k + 2).widget() for k in range(4)]
        said = [view.accessibleName().removesuffix(", Wilson") for view in views]
        table[name] = [a or cell.text() for a, cell in zip(said, cells, strict=True)]
        for words, cell in zip(said, cells, strict=True):
            assert not words or (cell.text() == words.split()[2] and words in cell.toolTip())
    assert tuple(table["Reader 1"]) == expected["Reader 1"]
    assert table["CNN-AUG-GAN"][0] == expected["CNN-AUG-GAN"][0]
    assert table["CNN-AUG-GAN"][3] == "not asked"


def write_report(person: Person, path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    page = person.go("results")
    assert isinstance(page, ResultsPage)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    page.show_tab("Export")
    person.click("Write HTML", page.findChild(ExportTab))
    person.wait(lambda: any(one.sentence.startswith("Wrote mine.html") for one in person.said))
    return path.read_text(encoding="utf-8")


def quit_while_training(person: Person) -> None:
    """Quit in the middle of a run: gone within 5 s, nothing lost."""
    page, state = person.go("learn"), person.window.states["learn"]
    assert isinstance(page, LearnPage)
    assert isinstance(state, LearnState)
    folder = person.store.folder
    page.title.tabs.setCurrentIndex(0)
    page.findChild(RecipePanel).seeds.setValue(2)
    person.click("Queue 16 runs", page)
    person.wait(lambda: any(run.state == "running" for run in learning.runs(person.store)))
    began = time.monotonic()
    assert person.close()
    assert time.monotonic() - began < QUIT_S
    with Store.open(folder) as store:
        assert not store.read_only
        states = [run.state for run in learning.runs(store)]
        assert states.count("finished") >= 8
        assert "running" not in states
        assert len(reading.answers(store)) == 2 * TRIALS
        assert reading.verify(store).ok
