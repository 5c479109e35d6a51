"""The ten commonest tasks at the real window, by accessible names and keys, with what they cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from person import LEFT, PATIENCE_MS, Drawer, Person
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from reader_app.widgets.page import PageTitle
from studies import cases, learning, reading

TRIALS = 20
KEY_S, POINT_S, CLICK_S = 0.2, 1.1, 0.2
"""Keystroke-level model, Card, Moran and Newell 1980 (Communications of the ACM 23, 396-410): a key
of an average skilled typist, pointing with the mouse, a click."""
FILE_DIALOG_CLICKS = 2  # the system's own dialog: a file or name, and its button


@dataclass
class Cost:
    """A task's clicks, keys, and the seconds the program was waited for."""

    task: str
    clicks: int = 0
    keys: int = 0
    waited: float = 0.0

    @property
    def seconds(self) -> float:
        """Hands by the keystroke-level model, and the waiting as measured."""
        hands = self.clicks * (POINT_S + CLICK_S) + self.keys * KEY_S
        return hands + self.waited


@dataclass
class Bill:
    """The costs so far; `now` is the task at hand."""

    costs: list[Cost] = field(default_factory=list)

    @property
    def now(self) -> Cost:
        """The task at hand."""
        return self.costs[-1]

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Everything inside is the task's."""
        self.costs.append(Cost(name))
        yield

    def table(self) -> str:
        """Markdown, for the results of the benchmarks."""
        head = "| task | clicks | keys | seconds | of them waiting |\n|---|--:|--:|--:|--:|"
        rows = (
            f"| {one.task} | {one.clicks} | {one.keys} | {one.seconds:.1f} | {one.waited:.1f} |"
            for one in self.costs
        )
        return "\n".join((head, *rows))


class CountedPerson(Person):
    """A person whose clicks, keys and waiting are counted."""

    def __init__(self, qtbot: QtBot, bill: Bill) -> None:
        self.bill = bill
        super().__init__(qtbot)

    def wait(self, until: Any, timeout: int = PATIENCE_MS) -> None:
        """Until it is so; the program's time."""
        began = time.perf_counter()
        super().wait(until, timeout)
        if self.bill.costs:
            self.bill.now.waited += time.perf_counter() - began

    def click(self, begins: str, inside: QWidget | None = None) -> None:
        """One click on a button."""
        super().click(begins, inside)
        self.bill.now.clicks += 1

    def click_named(self, name: str, inside: QWidget) -> None:
        """One click on the control of this accessible name."""
        self.wait(lambda: self.named(name, inside).isEnabled())
        self.qtbot.mouseClick(self.named(name, inside), LEFT)
        self.bill.now.clicks += 1

    def go(self, name: str) -> QWidget:
        """One click in the rail."""
        self.bill.now.clicks += 1
        return super().go(name)

    def tab(self, page: QWidget, words: str) -> None:
        """One click on a tab of the page's title."""
        bar: QTabBar = page.findChild(PageTitle).tabs
        at = next(k for k in range(bar.count()) if bar.tabText(k) == words)
        self.qtbot.mouseClick(bar, LEFT, pos=bar.tabRect(at).center())
        assert bar.currentIndex() == at
        self.bill.now.clicks += 1

    def press(self, target: QWidget, *keys: Qt.Key, held: Any = None) -> None:
        """Keys on a widget, one after the other."""
        for key in keys:
            self.qtbot.keyClick(target, key, held or Qt.KeyboardModifier.NoModifier)
            self.bill.now.keys += 1

    def write(self, target: QWidget, text: str) -> None:
        """Words into a field."""
        self.qtbot.keyClicks(target, text)
        self.bill.now.keys += len(text)

    def bring(self, target: QWidget, path: Path) -> None:
        """Drag something from the file manager onto a widget and let go: one click."""
        super().drop(target, path)
        self.bill.now.clicks += 1

    def named(self, begins: str, inside: QWidget | None = None) -> QWidget:
        """The visible widget whose accessible name begins so, once it is there."""

        def found() -> QWidget | None:
            widgets = (inside or self.window).findChildren(QWidget)
            shown = (one for one in widgets if one.isVisible())
            return next((one for one in shown if one.accessibleName().startswith(begins)), None)

        self.wait(lambda: found() is not None)
        result = found()
        assert result is not None
        return result


# --- the ten tasks ------------------------------------------------------------------------------


def import_ct(person: CountedPerson, folder: Path) -> None:
    """A folder dropped on Cases, and the word that what was found there is to be taken."""
    with person.bill.task("Import a CT series"):
        before = len(cases.all_series(person.store))
        page = person.go("cases")
        person.bring(page, folder)
        person.wait(lambda: bool(person.button("Take 1", page)) or _has_more(person, before))
        if not _has_more(person, before):
            person.click("Take 1", page)
        person.wait(lambda: _has_more(person, before) and person.desktop.jobs.is_quiet)


def _has_more(person: CountedPerson, before: int) -> bool:
    return len(cases.all_series(person.store)) > before


def draw_a_cyst(person: CountedPerson, x: float, y: float, radius: float) -> None:
    """The next case that is not done, one stroke round the lesion, C, B."""
    with person.bill.task("Draw a cyst"):
        before = len(cases.lesions(person.store))
        drawer = Drawer(person)
        page, state = drawer.page, drawer.state
        person.wait(lambda: state.is_loaded)
        if state.lesion is not None:
            person.press(page.slice, Qt.Key.Key_Return, held=Qt.KeyboardModifier.ShiftModifier)
        person.wait(lambda: state.is_loaded and state.lesion is None)
        drawer.ring(x, y, radius)
        person.bill.now.clicks += 1
        person.press(page.slice, Qt.Key.Key_C, Qt.Key.Key_B)
        person.wait(lambda: len(cases.lesions(person.store)) == before + 1)
        newest = max(cases.lesions(person.store), key=lambda one: one.id)
        assert (newest.category, newest.is_ready) == ("cyst", True)


def start_training(person: CountedPerson) -> None:
    """Queue the recipe that stands; until the first run's worker is at it."""
    with person.bill.task("Start a training"):
        page = person.go("learn")
        person.click("Queue", page)
        person.wait(lambda: any(one.state == "running" for one in learning.runs(person.store)))
    with person.bill.task("(stop it again)"):
        person.desktop.shell.cancel()
        person.wait(lambda: person.desktop.jobs.is_quiet)
    person.bill.costs.pop()


def look_at_samples(person: CountedPerson) -> None:
    """The gallery of synthetic lesions, beside their nearest real ones."""
    with person.bill.task("Look at synthetic samples"):
        page = person.go("learn")
        person.tab(page, "Synthetic gallery")
        person.wait(lambda: person.desktop.jobs.is_quiet)
        assert any("nearest" in words.lower() for words in person.texts(page))


def seal(person: CountedPerson) -> None:
    """Seal the draft that stands; where a leak was found its reason is asked for."""
    with person.bill.task("Seal a study"):
        before = len(reading.protocols(person.store))
        page = person.go("read")
        person.click("Seal version", page)
        asked = _asked(person)
        for one in asked.inputs:
            person.write(one, "Known, for training")
        person.click("Seal", asked)
        person.front()
        person.wait(lambda: len(reading.protocols(person.store)) == before + 1)
        person.wait(lambda: person.desktop.jobs.is_quiet)


def _asked(person: CountedPerson) -> Any:
    """The dialog that asks something."""

    def found() -> list[QDialog]:
        dialogs = person.window.findChildren(QDialog)
        return [one for one in dialogs if one.isVisible() and hasattr(one, "inputs")]

    person.wait(lambda: bool(found()))
    return found()[0]


def read_trials(person: CountedPerson) -> None:
    """A new reader opens the reading, says what is asked first, and answers TRIALS trials."""
    with person.bill.task("Add a reader"):
        page = person.go("read")
        state: Any = person.window.states["read"]
        before = len(state.readers)
        person.click("Add", page.readers)
        person.click("Add reader", _asked(person))
        person.front()
        person.wait(lambda: len(state.readers) == before + 1)
    newest = max(state.readers, key=lambda one: one.id)
    with person.bill.task(f"Read {TRIALS} trials"):
        person.click_named(f"Open reading: {newest.pseudonym}", page.readers)
        person.wait(lambda: page.reading_screen is not None)
        _say_what_is_asked_first(person, page.reading_screen)
        session = state.session
        for number in range(TRIALS):
            person.wait(lambda n=number: session.done == n and page.reading_screen.roi.is_seen())
            for question in session.questions:
                at = number % len(question.choices)
                person.press(page.reading_screen, _key(question.choices[at].key))
            person.press(page.reading_screen, Qt.Key.Key_Space)
        person.wait(lambda: session.done == TRIALS)
        for _pause_then_leave in range(2):
            person.press(page.reading_screen, Qt.Key.Key_Escape)
        person.wait(lambda: not person.window.is_reading)


def _say_what_is_asked_first(person: CountedPerson, screen: Any) -> None:
    check = screen.page
    if check is not None:
        person.press(check, Qt.Key.Key_1)
        person.write(check.years, "14")
        person.write(check.speciality, "radiology")
        person.press(check.speciality, Qt.Key.Key_Return)


def _key(name: str) -> Qt.Key:
    return Qt.Key(getattr(Qt.Key, f"Key_{name}"))


def see_table_4(person: CountedPerson) -> None:
    """Results open on the readers' table."""
    with person.bill.task("See Table 4"):
        page = person.go("results")
        person.wait(lambda: any("Table 4" in words for words in person.texts(page)))


def open_tsne(person: CountedPerson) -> None:
    """The map of a network's own test fold."""
    with person.bill.task("Open t-SNE"):
        page = person.go("results")
        person.tab(page, "t-SNE")
        person.named("t-SNE of", page)
        person.wait(lambda: person.desktop.jobs.is_quiet)


def export_report(person: CountedPerson, path: Path, patch: Callable[..., None]) -> None:
    """The report as one file."""
    with person.bill.task("Export the report"):
        page = person.go("results")
        patch(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), ""))
        person.click("Report", page)
        person.bill.now.clicks += FILE_DIALOG_CLICKS
        person.wait(lambda: path.is_file() and person.desktop.jobs.is_quiet, timeout=120_000)


def reopen(person: CountedPerson) -> CountedPerson:
    """Quit by Ctrl Q; the next start opens the study and the page that were open."""
    with person.bill.task("Quit and open again"):
        study, page = person.store.folder, person.window.current
        ctrl = Qt.KeyboardModifier.ControlModifier
        person.press(QApplication.focusWidget() or person.window, Qt.Key.Key_Q, held=ctrl)
        person.wait(lambda: not person.window.isVisible())
        began = time.perf_counter()
        assert person.desktop.close()
        again = CountedPerson(person.qtbot, person.bill)
        again.window.restore()
        again.desktop.opening.start()
        again.wait(lambda: again.desktop.jobs.is_quiet)
        again.bill.now.waited = time.perf_counter() - began
        assert (again.store.folder, again.window.current) == (study, page)
    return again
