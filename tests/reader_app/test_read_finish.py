"""Small things of the page Read: names, order of the keyboard, words under the mouse, labels."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from read_bench import Bench, open_bench, seal_for, small_study
from reading_study import loose_draft

from reader_app.state.read_preview import preview
from reader_app.views.read.monitor_tab import apart
from reader_app.views.read.order_panel import Legend, OrderPanel
from reader_app.views.read.reader_row import ModelRow
from reader_app.views.read.readers_panel import ReadersPanel
from reader_app.widgets.buttons import Button
from reader_app.widgets.toast import Toasts
from reader_app.workflows.plan_study import EquivalenceRequest, McNemarRequest, plan
from studies.records import DEFAULT_SCHEME
from studies.store import Store


def test_networks_that_could_read_have_names_of_their_own(qtbot: QtBot) -> None:
    rows = [ModelRow(arm) for arm in ("cnn", "cnn-aug")]
    for row in rows:
        qtbot.addWidget(row)
    names = [row.findChildren(Button)[0].accessibleName() for row in rows]
    assert names == ["Let CNN read", "Let CNN-AUG read"]


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder, readers=2)
    with open_bench(qtbot, tmp_path / "settings.ini") as made:
        made.open(folder)
        yield made


def test_tab_goes_from_add_through_the_rows(bench: Bench) -> None:
    panel = bench.page.readers
    for _ in range(2):  # rows are made anew whenever there is news
        bench.state.changed.emit()
    wanted = ["Add", "Open reading: Reader 1", "Package of Reader 1…",
              "Open reading: Reader 2", "Package of Reader 2…"]  # fmt: skip
    bench.wait(lambda: following(panel.add, len(wanted)) == wanted)


def following(first: QWidget, count: int) -> list[str]:
    """The names of the next `count` visible buttons in the order of Tab, the first with them."""
    found, at = [], first
    while len(found) < count:
        if isinstance(at, Button) and at.isVisible():
            found.append(at.accessibleName() or at.text())
        at = at.nextInFocusChain()
    return found


def test_the_panel_chains_nothing_without_readers(qtbot: QtBot) -> None:
    panel = ReadersPanel()
    qtbot.addWidget(panel)
    panel.show_readers((), (), None, writable=True)
    assert panel.add.nextInFocusChain() is not panel.add


# --- names beside lines


@pytest.mark.parametrize("values", [(4.0, 4.1, 4.2), (9.9, 9.8, 1.0), (5.0,), (), (3.0,) * 9])
def test_names_beside_lines_do_not_overlap(values: tuple[float, ...]) -> None:
    placed = sorted(apart(values, 1.0, 10.0))
    assert all(after - before >= 1.0 - 1e-9 for before, after in pairwise(placed))
    assert all(0 <= one <= 10 for one in placed)


def test_names_stay_where_there_is_room() -> None:
    assert apart((4, 4.1, 9), 1, 10) == (4, 5, 9)
    assert apart((9, 2), 1, 10) == (9, 2)


def test_too_many_names_come_closer() -> None:
    placed = sorted(apart((5.0,) * 40, 1.0, 10.0))
    assert placed[-1] <= 10
    assert all(after > before for before, after in pairwise(placed))


# --- the order panel


def test_the_legend_names_the_lower_bars(qtbot: QtBot) -> None:
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_scheme(DEFAULT_SCHEME, repeats=True)
    assert "lower bar: hidden repeat" in legend.accessibleName()
    legend.show_scheme(DEFAULT_SCHEME)
    assert "repeat" not in legend.accessibleName()


def test_eased_limits_are_said_beside_the_order(qtbot: QtBot, tmp_path: Path) -> None:
    panel = OrderPanel()
    qtbot.addWidget(panel)
    with Store.open(small_study(tmp_path / "e.blindread")) as store:
        draft = loose_draft(store, conditions=("roi", "slice"), repeats=2)
        panel.show_preview(preview(store, draft, 1), draft, DEFAULT_SCHEME, 1)
        assert "15 real of 24 items only" in panel.eased.text()
        assert "repeats are 3 trials apart or more in place of 6" in panel.eased.text()
        plain = loose_draft(store, repeats=2)
        panel.show_preview(preview(store, plain, 1), plain, DEFAULT_SCHEME, 1)
    assert panel.eased.isHidden()


# --- notices and plans


def test_an_error_that_comes_again_is_counted(qtbot: QtBot) -> None:
    frame = QWidget()
    qtbot.addWidget(frame)
    frame.resize(900, 600)
    toasts = Toasts(frame)
    for _ in range(3):
        toasts.post("error", "Disk full.")
    toasts.post("error", "No network.")
    assert [toast.accessibleName() for toast in toasts.toasts] == [
        "Disk full. (3 times)", "No network."
    ]  # fmt: skip
    toasts.toasts[0].close_toast()
    toasts.post("error", "Disk full.")
    assert toasts.toasts[-1].accessibleName() == "Disk full.", "a closed one begins anew"


def test_one_item_is_no_plural() -> None:
    told = plan(EquivalenceRequest(margin=0.4, ratio=1.0, synthetic=1)).headline
    assert told.startswith("1 synthetic and 1 real item show")
    assert plan(McNemarRequest(0.5, 0.1, 0.8, 0.05, 1)).headline.startswith("1 item shows that")
