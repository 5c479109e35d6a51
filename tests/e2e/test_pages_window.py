"""A walk through every page of the real program on a screen of its own, by mouse and keys.

On each page something stands that is true of the study; nothing fails on the way; no page holds
the window up; and the program opens again as it was closed.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import watched_pages
from virtual_screen import PATIENCE_S, Screen, Sitting, screen, tool
from watched_pages import PageSeen

from studies import cases, learning
from studies.store import Store

MOST_WORK_S = 1.5
"""A second on a free machine; processor time of the window's thread, half more on a crowded one."""
PLACE = (70, 40, 1300, 820)


@dataclass(frozen=True)
class Facts:
    """What the study holds."""

    patients: int
    lesions: int
    runs: int
    synthetic: int


def facts(study: Path) -> Facts:
    with Store.open(study, read_only=True) as store:
        lesions = cases.lesions(store)
        patients = {one.patient for one in cases.cases(store)}
        rois, runs = learning.synthetic_rois(store), learning.runs(store)
        return Facts(len(patients), len(lesions), len(runs), len(rois))


class Walker(Sitting):
    """A person who goes from page to page and reads what stands there."""

    watched = Path(watched_pages.__file__)

    def __init__(self, on: Screen, study: Path) -> None:
        super().__init__(on, study)
        self.seen: PageSeen = PageSeen()
        self.work: list[tuple[str, float]] = []

    def read(self, line: str) -> PageSeen:
        return PageSeen.of(line)

    def reads(self, *words: str, page: str = "") -> PageSeen:
        """Wait until all of these words stand on the screen, and note what it cost."""
        seen = self.wait(lambda seen: seen.says(*words) and page in ("", seen.page), f"{words}")
        self.work.append((words[0], seen.worked_s))
        assert seen.errors == ()
        return seen

    def press_on(self, words: str) -> None:
        """Click the thing with these words."""
        thing = self.wait(lambda seen: seen.find(words) is not None, words).find(words)
        self.do("mousemove", thing.x, thing.y, "click", 1)

    def put_window(self, x: int, y: int, width: int, height: int) -> None:
        """To another place, in another size."""
        for words in (("windowsize", width, height), ("windowmove", x, y)):
            call = [tool("xdotool"), "search", "--onlyvisible", "--name", "Blindread"]
            subprocess.run(
                [*call, *map(str, words)], env=self.screen.environment(), timeout=PATIENCE_S,
                check=True,
            )  # fmt: skip
        self.wait(lambda seen: seen.frame == (x, y, width, height), "the window in its place")


@contextmanager
def walk(on: Screen, study: Path) -> Iterator[Walker]:
    person = Walker(on, study)
    try:
        person.wait(lambda seen: seen.page != "", "a window")
        person.give_keyboard()
        person.wait(lambda seen: seen.active != "", "the keyboard")
        yield person
    finally:
        person.end()


@pytest.fixture
def on_screen(tmp_path: Path) -> Iterator[Screen]:
    with screen(tmp_path) as found:
        yield found


def test_every_page_says_what_is_true_and_the_window_comes_back(
    on_screen: Screen, demo_copy: Path
) -> None:
    there = facts(demo_copy)
    with walk(on_screen, demo_copy) as person:
        person.wait(lambda seen: seen.tour != "", "the tour at the first start")
        person.press_on("Skip")
        person.press_on("Home")
        look_at_home_and_cases(person, there)
        look_at_annotate(person, there)
        look_at_learn(person, there)
        look_at_read(person)
        look_at_results(person)
        look_at_settings(person)
        look_at_keys(person)
        take_the_tour(person)
        person.press_on("t-SNE")
        person.reads("Trustworthiness")
        person.put_window(*PLACE)
        assert person.quit() == 0
    with walk(on_screen, demo_copy) as again:
        seen = again.reads("Trustworthiness", page="results")
        assert (seen.frame, seen.tour) == (PLACE, "")
        assert again.quit() == 0
    tell(person.work)
    assert "ERROR" not in log_of(demo_copy)
    assert [one for one in person.work if one[1] > MOST_WORK_S] == []


# --- the way --------------------------------------------------------------------------------------


def look_at_home_and_cases(person: Walker, there: Facts) -> None:
    counted = f"{there.patients} patients · {there.lesions} lesions"
    person.reads(f"Step 1, Cases: {there.patients} patients", counted, page="home")
    person.press_on("Cases")
    person.reads(f"{there.patients} series · {counted}", "SIM-001", page="cases")
    person.press_on("Lesions")
    person.reads(f"All {there.lesions}", "SIM-001 | L1 | Cyst | simulation")
    person.press_on("Patients")
    person.reads("SIM-024 | 1 | 1 | ")


def look_at_annotate(person: Walker, there: Facts) -> None:
    person.key("ctrl+3")
    done = f"{there.lesions} / {there.lesions}"
    person.reads("ROI as the CNN sees it", done, "Long axis", page="annotate")


def look_at_learn(person: Walker, there: Facts) -> None:
    """Train with its runs and samples, gallery, augmentations, data."""
    person.press_on("Learn")
    person.reads("Runs", "CNN-AUG-GAN | ", "Forecast", page="learn")
    person.press_on("Over time")
    person.reads("Which samples: Over time")
    person.press_on("Synthetic gallery")
    person.reads(f"All {there.synthetic}", "Synthetic 1, Cyst: ")
    person.press_on("Augmentations")
    person.reads("480 of this ROI")
    person.press_on("Data")
    person.reads(f"No patient in two folds: {there.patients} patients checked.")


def look_at_read(person: Walker) -> None:
    person.key("ctrl+5")
    person.reads("Leak audit", "Order of reader 1", "Seal version 3", page="read")
    for tab, words in (
        ("Monitor", "Reader 1 | "),
        ("Planning", "show equivalence within"),
        ("Log", "append-only, hash-chained"),
    ):
        person.press_on(tab)
        person.reads(words)


def look_at_results(person: Walker) -> None:
    person.press_on("Results")
    person.reads("Table 4: readers and networks", "Simulated reader", page="results")
    for part in ("Confusion", "Times", "Conditions", "Disagreement"):
        person.press_on(part)
        person.reads(f"Part of the results: {part}")
    for tab, words in (
        ("Classifier", "Fig. 8: accuracy and size"),
        ("t-SNE", "Trustworthiness"),
        ("Synthetic quality", "KID × 1000 by class"),
        ("Export", "Write PDF…"),
    ):
        person.press_on(tab)
        person.reads(words)


def look_at_settings(person: Walker) -> None:
    person.key("ctrl+7")
    person.reads("Threads of a training", "Key files", page="settings")
    person.press_on("Keys")
    person.reads("Reading screen", "Magnetic margin")
    person.press_on("About")
    person.reads("Blindread is research software, not a medical device.", "2.")


def look_at_keys(person: Walker) -> None:
    """`?` shows the sheet, Esc puts it away."""
    person.do("key", "question")
    person.reads("Ctrl 6", "Quit")
    person.wait(lambda seen: seen.active == seen.dialog == "Keys", "the sheet with the keyboard")
    person.do("key", "Escape")
    person.wait(lambda seen: not seen.dialog, "no sheet")


def take_the_tour(person: Walker) -> None:
    """Asked for in Settings, gone through by Space; it ends on Results as that was left."""
    person.press_on("General")  # the click gives the window the keyboard back
    person.wait(lambda seen: "Blindread" in seen.active, "the window with the keyboard")
    person.press_on("Show the tour")
    for page in ("cases", "annotate", "learn", "read", "results"):
        person.wait(lambda seen, page=page: (bool(seen.tour), seen.page) == (True, page), page)
        person.do("key", "space")
    person.wait(lambda seen: not seen.tour, "the end of the tour")
    person.reads("Write PDF…", page="results")


# --- afterwards -----------------------------------------------------------------------------------


def log_of(study: Path) -> str:
    """All that the program logged."""
    return "".join(one.read_text() for one in (study.parents[1] / "log").glob("*.log*"))


def tell(work: list[tuple[str, float]]) -> None:
    for words, seconds in work:
        print(f"{seconds:6.3f} s  {words}")  # noqa: T201
