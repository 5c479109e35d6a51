"""What the ten commonest tasks cost in clicks and keys; more than the figures here is a loss.

The seconds are printed by tests/bench/bench_usability.py: they depend on the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import foreign_ct
import numpy as np
import pytest
import ten_tasks
from learn_study import SIDE, drawn
from pytestqt.qtbot import QtBot
from ten_tasks import Bill, CountedPerson

MOST = {
    "Import a CT series": (3, 0),
    "Draw a cyst": (2, 3),
    "Start a training": (2, 0),
    "Look at synthetic samples": (2, 0),
    "Seal a study": (3, 19),
    "Add a reader": (3, 0),
    f"Read {ten_tasks.TRIALS} trials": (1, 4 * ten_tasks.TRIALS + 15),
    "See Table 4": (1, 0),
    "Open t-SNE": (2, 0),
    "Export the report": (4, 0),
    "Quit and open again": (0, 1),
}
"""(clicks, keys) of each task; the keys of the seal are its written reason."""


@pytest.fixture
def bill() -> Bill:
    return Bill()


@pytest.fixture
def person(qtbot: QtBot, bill: Bill, demo_copy: Path) -> Iterator[CountedPerson]:
    """At the demo, as a person who looks at it for the first time."""
    one = CountedPerson(qtbot, bill)
    one.desktop.settings.author = "Dr Test"
    one.desktop.opening.open(demo_copy)
    one.window.resize(1280, 800)
    yield one
    one.desktop.close()


def one_patient(folder: Path) -> Path:
    """A patient of three slices with a drawn lesion in the middle."""
    pixels = np.rint(drawn("cyst", np.random.default_rng(3)))
    for at in range(3):
        foreign_ct.ct(
            folder / f"{at}.dcm", 5.0 * at, hu=pixels, patient="PAT 1", series="1.2.3.9",
            uid=f"1.2.3.9.{at}", Rows=SIDE, Columns=SIDE, PixelSpacing=[0.8, 0.8],
        )  # fmt: skip
    return folder


def test_the_ten_commonest_tasks_cost_few_clicks_and_keys(
    person: CountedPerson, bill: Bill, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ten_tasks.see_table_4(person)
    ten_tasks.open_tsne(person)
    ten_tasks.export_report(person, tmp_path / "report.html", monkeypatch.setattr)
    ten_tasks.import_ct(person, one_patient(tmp_path / "ct"))
    ten_tasks.draw_a_cyst(person, SIDE / 2, SIDE / 2, 20)
    ten_tasks.start_training(person)
    ten_tasks.look_at_samples(person)
    ten_tasks.seal(person)
    ten_tasks.read_trials(person)
    again = ten_tasks.reopen(person)
    assert again.errors == []
    assert again.close()
    assert {one.task for one in bill.costs} == set(MOST)
    dear = [one for one in bill.costs if (one.clicks, one.keys) > MOST[one.task]]
    assert dear == [], bill.table()
    assert person.errors == []
