"""Technical words carry their explanation; names fit; the paper's rows stand beside ours."""

from __future__ import annotations

import re

import pytest
from PySide6.QtWidgets import QLabel

from reader_app.views.results.layout import clipped, tip
from reader_app.views.results.page import ResultsPage
from reader_app.views.results.readers_tab import CONDITIONS, CONFUSION, OVERVIEW, TIMES
from reader_app.widgets.elided import ElidedLabel
from studies.report.glossary import terms_in


@pytest.fixture
def page(qtbot, state):
    made = ResultsPage(state)
    qtbot.addWidget(made)
    made.resize(1208, 700)
    made.show()
    return made


def shown(widget):
    return [one for one in widget.findChildren(QLabel) if one.isVisibleTo(widget) and one.text()]


@pytest.mark.parametrize("part", [OVERVIEW, CONFUSION, TIMES, CONDITIONS])
def test_every_technical_word_is_explained_where_it_stands(tab, part):
    tab.parts.choose(part)
    met = 0
    for label in shown(tab.stack.currentWidget()):
        around = label.toolTip()
        if isinstance(label, ElidedLabel) or label.parentWidget().objectName() == "panelHead":
            around += label.parentWidget().toolTip()  # a head explains for all its words
        for term in terms_in(label.text()):
            assert term.sentence[:20] in re.sub("&#x27;", "'", around), (label.text(), term.word)
            met += 1
    assert met > 3


def test_an_explanation_names_the_word_and_its_source():
    words = tip("Balanced accuracy 51.4 %, MOVER")
    assert words.startswith("<p>Balanced accuracy 51.4 %, MOVER</p>")
    assert "<strong>MOVER</strong>: an interval" in words
    assert "<em>(Zou &amp; Donner 2008, Stat Med 27:1693)</em>" in words
    assert tip("", "Reader 1") == ""


def test_the_papers_experts_stand_below_our_readers(tab):
    texts = [label.text() for label in shown(tab.scores)]
    assert texts.index("Expert 1, paper") > max(k for k, t in enumerate(texts) if t == "Reader 3")
    for percent in ("78.0", "77.5", "77.8", "62.6", "58.6"):
        assert percent in texts
    (quoted,) = [label for label in shown(tab.scores) if label.text() == "Expert 2, paper"]
    assert "Frid-Adar et al. 2018" in quoted.toolTip()


def test_areas_have_three_digits_as_everywhere(tab):
    texts = [label.text() for label in shown(tab.roc)]
    areas = [text for text in texts if re.fullmatch(r"(1?\.\d{3}|1\.000)", text)]
    limits = [
        text for text in texts if re.fullmatch(r"\[(\.\d{3}|1\.000), (\.\d{3}|1\.000)\]", text)
    ]
    assert len(areas) == len(limits) == 3
    values = [label for label in shown(tab.roc) if label.text() in areas]
    assert all("DeLong's own is [." in re.sub("&#x27;", "'", v.toolTip()) for v in values)


def test_the_overview_is_no_wider_than_a_small_window(page, tab):
    area = tab.stack.currentWidget()
    assert area.widget().minimumSizeHint().width() <= area.viewport().width()


def test_a_long_name_keeps_its_condition():
    assert clipped("Reader 1, slice") == "Reader 1, slice"
    assert clipped("Reader 3 with a rather long name, slice") == "Reader 3 with a…, slice"
    assert clipped("Reader 3 with a rather long name") == "Reader 3 with a rather…"
