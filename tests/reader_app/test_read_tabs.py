"""Read's other tabs: items with their pictures, the monitor without answers, planning."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from read_bench import Bench, open_bench, read_part, seal_for, small_study, words_of

from reader_app.views.read.page import ITEMS, MONITOR, PLANNING
from reader_app.views.read.planning_tab import KINDS, PlanningTab
from reader_app.widgets.roi_view import RoiStrip

ANSWER_WORDS = ("cyst", "metastasis", "hemangioma", "real", "synthetic", "%", "correct")


@pytest.fixture
def bench(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    with open_bench(qtbot, tmp_path / "settings.ini") as made:
        yield made


@pytest.fixture
def planning(bench: Bench, tmp_path: Path) -> PlanningTab:
    """The planning tab with its first plan."""
    bench.open(small_study(tmp_path / "s.blindread"))
    bench.tab(PLANNING)
    tab = bench.page.planning
    assert tab is not None
    bench.wait(lambda: bench.state.planning.plan is not None)
    return tab


def strips(tab: QWidget) -> list[int]:
    """How many pictures stand in each line."""
    shown = [one for one in tab.findChildren(RoiStrip) if one.isVisibleTo(tab)]
    return [len(one.thumbs) for one in shown]


def choose(bench: Bench, kind: str) -> None:
    """Another kind, and its plan."""
    assert bench.page.planning is not None
    with bench.qtbot.waitSignal(bench.state.planning.changed, timeout=20_000):
        bench.page.planning.kind.choose(kind)


def test_the_items_of_the_draft_are_shown_class_by_class(bench: Bench, tmp_path: Path) -> None:
    bench.open(small_study(tmp_path / "s.blindread"))
    bench.page.form.items.synthetic._fields["cyst"].setValue(1)
    bench.tab(ITEMS)
    bench.wait(lambda: bench.state.items.sight is not None)
    sight = bench.state.items.sight
    assert sight is not None
    assert [(g.category, g.origin, g.there, g.asked) for g in sight.groups][3:] == [
        ("cyst", "synthetic", 3, 1),
        ("metastasis", "synthetic", 3, 3),
        ("hemangioma", "synthetic", 3, 3),
    ]
    assert [len(group.images) for group in sight.groups] == [5, 5, 5, 1, 3, 3]
    tab = bench.page.items
    assert tab is not None
    bench.wait(lambda: strips(tab) == [5, 5, 5, 1, 3, 3])
    assert "3 clear" in words_of(tab)
    assert "Copy audit, all draws" in words_of(tab), "those that were read are counted too"


def test_items_that_are_not_there_are_a_sentence(bench: Bench, tmp_path: Path) -> None:
    bench.open(small_study(tmp_path / "s.blindread"))
    bench.page.form.items.practice.setValue(40)
    bench.tab(ITEMS)
    bench.wait(lambda: bench.state.items.sight is not None)
    assert bench.page.items is not None
    bench.wait(lambda: "40 practice trials" in words_of(bench.page.items))


def test_the_monitor_tells_progress_and_no_answer(bench: Bench, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder, readers=2)
    bench.open(folder)
    bench.tab(MONITOR)
    monitor = bench.page.monitor
    assert monitor is not None
    bench.wait(lambda: len(monitor.table.rows) == 2)
    package = bench.state.readers[0].package
    assert package is not None
    read_part(package)
    # It looks by itself: what lies in the package counts, though nothing was taken in.
    bench.wait(lambda: monitor.table.rows[0].cells[3].text == "24 / 24")
    bench.state.take_in()
    bench.wait(lambda: monitor.table.rows[0].cells[2].text == "finished")
    shown = " ".join(cell.text + cell.below for row in monitor.table.rows for cell in row.cells)
    titles = " ".join(column.title for column in monitor.table.columns)
    assert "0.9 s" in shown, "every answer took 900 ms"
    assert not [word for word in ANSWER_WORDS if word in (shown + titles).lower()]
    assert monitor.times.isVisible()
    assert len(monitor.plot.getPlotItem().listDataItems()) == 1


def test_nothing_is_looked_at_while_nobody_watches(bench: Bench, tmp_path: Path) -> None:
    folder = small_study(tmp_path / "s.blindread")
    seal_for(folder)
    bench.open(folder)
    assert not bench.state.monitor._timer.isActive()
    bench.tab(MONITOR)
    assert bench.state.monitor._timer.isActive()
    bench.page.hide()
    assert not bench.state.monitor._timer.isActive()


def test_a_wider_margin_needs_fewer_items(bench: Bench, planning: PlanningTab) -> None:
    plan = bench.state.planning.plan
    assert plan is not None
    assert planning.headline.text() == plan.headline
    assert plan.marked is not None
    assert planning.reading.text() == plan.reading
    before = plan.marked[0]
    with bench.qtbot.waitSignal(bench.state.planning.changed, timeout=20_000):
        planning.forms[0].margin.setValue(15.0)  # type: ignore[attr-defined]
    wider = bench.state.planning.plan
    assert wider is not None
    assert wider.marked is not None
    assert wider.marked[0] < before, "a wider margin needs fewer items"


def test_every_kind_of_plan_is_drawn(bench: Bench, planning: PlanningTab) -> None:
    headlines = {planning.headline.text()}
    for kind in ("McNemar", "Width", "MRMC"):
        choose(bench, kind)
        headlines.add(planning.headline.text())
        assert planning._table is not None
        assert len(planning._table.rows) == len(bench.state.planning.plan.rows)
        assert len(planning.plot.getPlotItem().listDataItems()) >= 1
    assert len(headlines) == len(KINDS)


def test_an_impossible_plan_is_a_sentence_and_draws_nothing(
    bench: Bench, planning: PlanningTab
) -> None:
    choose(bench, "McNemar")
    with bench.qtbot.waitSignal(bench.state.planning.changed, timeout=20_000):
        planning.forms[1].second.setValue(12.0)  # type: ignore[attr-defined]
    assert planning.problem.isVisible()
    assert planning.problem.text().endswith(".")
    assert not planning.plot.isVisible()
    assert not planning.save.isEnabled()


def test_a_plan_is_copied_and_saved_as_csv(
    bench: Bench, planning: PlanningTab, tmp_path: Path
) -> None:
    planning.copy.click()
    copied = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text())))
    plan = bench.state.planning.plan
    assert plan is not None
    assert tuple(copied[0]) == plan.header
    assert len(copied) == len(plan.rows) + 1
    bench.state.planning.save(tmp_path / "plan.csv")
    bench.wait(lambda: (tmp_path / "plan.csv").exists())
    saved = (tmp_path / "plan.csv").read_text(encoding="utf-8-sig")
    assert list(csv.reader(io.StringIO(saved))) == copied
    bench.state.planning.save(tmp_path / "plan.csv" / "below a file.csv")
    bench.wait(lambda: any(one.kind == "error" for one in bench.said))
