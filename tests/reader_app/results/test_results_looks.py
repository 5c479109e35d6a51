"""How the results' pages use their width: cards and exports."""

from __future__ import annotations

import pytest

from reader_app.views.results.export_tab import ExportTab
from reader_app.views.results.gallery_list import STEP
from reader_app.views.results.readers_tab import DISAGREEMENT
from reader_app.widgets.panel import Panel


@pytest.mark.parametrize("width", [500, 777, 1200])
def test_a_row_of_cards_ends_beside_the_scroll_bar(tab, width):
    tab.parts.choose(DISAGREEMENT)
    listed = tab.gallery.list
    listed.setFixedWidth(width)
    listed.resize(width, listed.height())
    cell = listed.gridSize().width()
    bar = listed.verticalScrollBar().sizeHint().width()
    columns = (width - bar - 1) // STEP.width()
    assert columns > 1
    assert 0 <= width - bar - 1 - columns * cell < columns  # what rounding leaves
    assert listed.visualRect(listed.gallery.index(columns - 1)).y() == 0
    assert listed.visualRect(listed.gallery.index(columns)).y() > 0


def test_the_first_roi_is_chosen_when_the_part_is_looked_at(tab, state, monkeypatch):
    asked = []
    monkeypatch.setattr(
        type(state.details), "choose", lambda _s, _loaded, item: asked.append(item.item)
    )
    assert not asked
    tab.parts.choose(DISAGREEMENT)
    assert asked == [tab.gallery.shown[0].item]
    tab.gallery.which.setCurrentText("synthetic")
    assert asked[1:] == [tab.gallery.shown[0].item]


def test_exports_stand_beside_each_other_in_a_wide_window_only(qtbot, state):
    tab = ExportTab(state)
    qtbot.addWidget(tab)
    tab.resize(1160, 700)
    tab.show()
    report, tables, _others = tab.findChildren(Panel)
    assert tables.mapTo(tab, tables.rect().topLeft()).y() > report.geometry().bottom()
    assert report.width() == tables.width() == 1160
    tab.resize(1800, 900)
    qtbot.waitUntil(lambda: tables.mapTo(tab, tables.rect().topLeft()).y() == report.y())
    assert abs(report.width() - tables.width()) <= 1
