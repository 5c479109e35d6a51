"""Which version the results are of, the sealed analysis on the page, and looks."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QLabel

from reader_app.state.home_state import with_versions
from reader_app.state.next_steps import Step
from reader_app.views.results.roc_panel import _looks
from reader_app.widgets.plots import arm_look
from studies.records import DEFAULT_SCHEME
from studies.report.readers import ReaderRoc, assemble_readers


def words(widget):
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def test_the_title_row_says_version_and_day_of_unblinding(page, state, loaded):
    state.give(replace(loaded, versions=(loaded.protocol,)))
    assert page.version.text() == "Version 1, unblinded 2026-11-20"
    assert page.version.isVisible()
    assert not page.versions.isVisible()
    state.give(replace(loaded, readers=None, protocol=replace(loaded.protocol, unblinded="")))
    assert page.version.text() == "Version 1, sealed 2026-11-01, blinded"


def test_one_of_several_unblinded_versions_is_chosen(page, state, loaded, monkeypatch):
    chosen = []
    monkeypatch.setattr(type(state), "_load", lambda one: chosen.append(one._version))
    second = replace(loaded.protocol, id=7, version=2, unblinded="2026-11-25T08:00:00Z")
    state.give(replace(loaded, protocol=second, versions=(second, loaded.protocol)))
    assert page.versions.isVisible()
    assert page.versions.currentText() == "Version 2, unblinded 2026-11-25"
    page.versions.activated.emit(1)
    page.versions.activated.emit(1)
    assert chosen == [loaded.protocol.id]


def test_the_sealed_analysis_stands_on_the_overview(page, state, loaded):
    state.give(replace(loaded, primary="Primary analysis, as sealed: X: not computed."))
    scores = page.stack.currentWidget().readers.scores
    assert "Primary analysis, as sealed: X: not computed." in words(scores)


def test_simulated_pictures_are_said_once(page, state, loaded, paper_answers):
    readers = assemble_readers(paper_answers, DEFAULT_SCHEME, simulated_study=True)
    made = replace(loaded, readers=readers, study=replace(loaded.study, simulated=True))
    state.give(made)
    assert [text for text in words(page) if "simulated" in text] == ["simulated CT"]


def test_a_reading_of_real_items_shows_no_total(page, state, staged_loaded):
    state.give(staged_loaded)
    scores = page.stack.currentWidget().readers.scores
    assert words(scores).count("– real items only") == 3


def step(page, state="done"):
    return Step(page, page, "1", "", "old", state)


def test_home_tells_an_unblinded_version_beside_a_sealed_one(loaded):
    opened = loaded.protocol
    sealed = replace(opened, id=2, version=2, unblinded="")
    line = (step("read"), step("results", "locked"))
    read, results = with_versions(line, (opened, sealed))
    assert read == line[0]
    assert (results.state, results.number) == ("open", "Open")
    assert results.line == "Version 1 unblinded, 2 sealed"
    assert with_versions(line, (opened,)) == line
    assert with_versions(line, (sealed, replace(sealed, version=3))) == line


def test_networks_keep_their_arms_looks(loaded, paper_answers):
    network = [replace(a, reader="CNN-AUG-CDA", reader_kind="model") for a in paper_answers]
    results = assemble_readers((*paper_answers[:302], *network), DEFAULT_SCHEME)
    rocs = [roc for roc in results.rocs if roc.category == "cyst"]
    assert [roc.kind for roc in rocs] == ["person", "model"]
    assert _looks(rocs)[1].color == arm_look("cnn-aug-cda").color
    named = ReaderRoc("CNN, no augmentation", *_rest(rocs[1]))
    again = ReaderRoc("CNN-AUG", *_rest(rocs[1]))
    first, second = _looks([named, again])
    assert first.color == second.color == arm_look("cnn").color
    assert first.dash != second.dash


def _rest(roc):
    return roc.kind, roc.condition, roc.category, roc.curve, roc.auc
