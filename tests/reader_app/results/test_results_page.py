"""The Results page, tab by tab, as a user sees it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from reader_app.views.results.export_tab import ExportTab
from reader_app.views.results.map_places import next_point
from reader_app.views.results.page import ResultsPage
from reader_app.widgets import theme
from reader_app.widgets.badge import Badge
from reader_app.widgets.plots import MatrixView
from studies.learning import EmbeddingPoint
from studies.records import DEFAULT_SCHEME
from studies.report.classifier import assemble_classifier
from studies.report.map_turn import turned, turning
from studies.report.readers import assemble_readers


def words(widget):
    """Every text on show below a widget."""
    return [one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget)]


def says(widget, text):
    return any(text in one for one in words(widget))


def test_without_a_study_one_sentence_and_the_way_home(page, state, qtbot):
    assert says(page, "No study is open")
    with qtbot.waitSignal(state.asked) as asked:
        qtbot.mouseClick(page.words.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["home"]


def test_table_4_is_on_the_page(page, state, loaded):
    state.give(loaded)
    for text in ("78.0", "77.5", "77.8", "62.6", "[57.0, 67.9]", "69.2", "58.6"):
        assert text in words(page)
    assert says(page, "Always saying “real” scores 60.3 %")
    assert says(page, "exact McNemar p .0034 (50 v 24 discordant)")


def test_agreement_names_the_counts(page, state, loaded):
    state.give(loaded)
    panel = page.findChild(MatrixView)
    assert panel is not None
    assert "73.5 %" in words(page)
    assert says(page, "same class in 222 of 302, Wilson")
    for count in ("185", "50", "24", "43"):
        assert count in words(page)
    assert says(page, "37 of them: same wrong class")


def test_the_table_is_copied_as_text(page, state, loaded, qtbot):
    state.give(loaded)
    copy = page.stack.currentWidget().readers.scores.copy
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert "Expert 1\t142/182 = 78.0 [71.5, 83.4]" in text
    assert "Expert 2 (paper)" in text


def test_while_blinded_only_the_seal_is_shown(page, state, loaded):
    blinded = replace(
        loaded, readers=None, reader_sentences=(), protocol=replace(loaded.protocol, unblinded="")
    )
    state.give(blinded)
    tab = page.stack.currentWidget().readers
    assert tab.currentWidget() is tab.sealed
    shown = " ".join(words(page))
    assert "Reader results are sealed" in shown
    assert "press Unblind" in shown
    assert "78.0" not in shown


def test_going_back_to_blinded_leaves_no_figure_visible(page, state, loaded):
    state.give(loaded)
    state.give(replace(loaded, readers=None, reader_sentences=()))
    assert "78.0" not in words(page)


def test_no_protocol_leads_to_read(page, state, loaded, qtbot):
    state.give(replace(loaded, protocol=None, readers=None))
    tab = page.stack.currentWidget().readers
    with qtbot.waitSignal(state.asked) as asked:
        qtbot.mouseClick(tab.none.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["read"]


def test_simulated_readers_wear_the_badge(page, state, loaded, paper_answers):
    answers = tuple(replace(a, reader_kind="simulated") for a in paper_answers)
    state.give(replace(loaded, readers=assemble_readers(answers, DEFAULT_SCHEME)))
    scores = page.stack.currentWidget().readers.scores
    badges = [b for b in scores.findChildren(Badge) if b.isVisibleTo(scores)]
    assert [b.text() for b in badges] == ["simulated", "simulated"]
    assert page.simulated.isVisible()


def test_one_reader_has_no_pair(page, state, loaded, paper_answers):
    answers = tuple(a for a in paper_answers if a.reader == "Expert 1")
    state.give(replace(loaded, readers=assemble_readers(answers, DEFAULT_SCHEME)))
    tab = page.stack.currentWidget().readers
    assert says(tab.agreement, "Agreement needs a second reader")
    assert not tab.agreement.pairs.isVisible()


def test_no_confidence_gives_no_curve(page, state, loaded, paper_answers):
    answers = tuple(replace(a, confidence=None) for a in paper_answers)
    state.give(replace(loaded, readers=assemble_readers(answers, DEFAULT_SCHEME)))
    roc = page.stack.currentWidget().readers.roc
    assert says(roc, "No confidences were asked")
    assert not roc.plot.isVisible()


def test_another_class_draws_other_curves(page, state, loaded, qtbot):
    state.give(loaded)
    roc = page.stack.currentWidget().readers.roc
    before = words(roc)
    roc.classes.setCurrentIndex(1)
    qtbot.waitUntil(lambda: len(words(roc)) == len(before))
    assert roc.classes.currentText() == "Metastasis v rest"
    assert words(roc) != before


def test_the_classifier_stands_beside_the_paper(page, state, loaded, qtbot):
    state.give(loaded)
    page.show_tab("Classifier")
    tab = page.stack.currentWidget().classifier
    matrices = tab.results.findChildren(MatrixView)
    shown = [m for m in matrices if m.isVisibleTo(tab)]
    assert len(shown) == 5  # two beside the paper's, then the network without augmentation
    assert "68.75" in shown[0].accessibleName()
    assert says(tab, "paper, Table 2")
    assert says(tab, "CNN-AUG-GAN v CNN-AUG: +7.1 points")
    assert words(tab.methods)[words(tab.methods).index("CNN-AUG-GAN (DCGAN)") + 1 :][:4] == [
        "85.7",
        "92.4",
        "85.7",
        "92.4",
    ]
    tab.methods.view.choose("By class")
    qtbot.waitUntil(lambda: says(tab.methods, "Met, CNN-AUG-GAN"))


def test_the_plot_can_leave_the_paper_out(page, state, loaded):
    state.give(loaded)
    page.show_tab("Classifier")
    panel = page.stack.currentWidget().classifier.accuracy
    assert "paper" in words(panel)
    reach = panel.plot.viewRange()[0][1]
    assert reach > 8000
    panel.paper.click()
    assert "paper" not in words(panel)


def test_no_classifier_leads_to_learn(page, state, loaded, qtbot):
    state.give(replace(loaded, networks=assemble_classifier([], [], DEFAULT_SCHEME)))
    page.show_tab("Classifier")
    tab = page.stack.currentWidget().classifier
    with qtbot.waitSignal(state.asked) as asked:
        qtbot.mouseClick(tab.none.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["learn"]


def test_maps_are_shown_a_fold_at_a_time(page, state, loaded):
    state.give(loaded)
    page.show_tab("t-SNE")
    tab = page.stack.currentWidget().maps
    assert [tab.choices.folds.itemText(i) for i in range(tab.choices.folds.count())] == [
        "Test fold 1", "Test fold 2", "Side by side",
    ]  # fmt: skip
    first = tab.panels[0].view.lesion_ids
    tab.choices.folds.setCurrentIndex(1)
    assert set(first).isdisjoint(tab.panels[0].view.lesion_ids)
    assert says(tab, "Trustworthiness .96, 10-NN accuracy on the map .78, on the features .81")
    assert says(tab, "perplexity 30, seed 7")
    assert says(tab, "Distances between groups carry no meaning")


def test_a_lesion_chosen_is_ringed_in_both_maps(
    page, state, loaded, lesion_detail, monkeypatch, qtbot
):
    state.give(loaded)
    page.show_tab("t-SNE")
    tab = page.stack.currentWidget().maps
    asked = []
    monkeypatch.setattr(type(state), "choose_lesion", lambda _s, i, shown: asked.append((i, shown)))
    tab.panels[1].view.chosen.emit(lesion_detail.lesion.id)
    assert asked == [(lesion_detail.lesion.id, tab.shown[1])]
    fold = lesion_detail.lesion.fold
    tab.choices.folds.setCurrentIndex(fold)
    state.give_lesion(lesion_detail)
    for panel in tab.panels:
        assert len(panel.view._ring.data) == 1
    qtbot.waitUntil(lambda: says(tab.chosen.lesion, "P-061 · L1"))
    assert says(tab.chosen.lesion, "71 %")


def test_arrow_keys_go_to_the_next_lesion(page, state, loaded, qtbot):
    state.give(loaded)
    page.show_tab("t-SNE")
    view = page.stack.currentWidget().maps.panels[0].view
    with qtbot.waitSignal(view.chosen) as chosen:
        qtbot.keyClick(view, Qt.Key.Key_Right)
    assert chosen.args[0] in view.lesion_ids


def test_a_long_map_is_turned_without_changing_a_distance():
    rng = np.random.default_rng(3)
    long = rng.normal(size=(40, 2)) * (20.0, 1.0)
    before = [EmbeddingPoint(i, False, float(x), float(y)) for i, (x, y) in enumerate(long)]
    after = np.array([(p.x, p.y) for p in turned(before, turning(before))])
    assert np.ptp(after, axis=0).max() < 0.8 * np.ptp(long, axis=0).max()
    np.testing.assert_allclose(
        np.linalg.norm(after[:, None] - after, axis=2), np.linalg.norm(long[:, None] - long, axis=2)
    )
    square = [EmbeddingPoint(i, False, float(i % 5), float(i // 5)) for i in range(25)]
    assert turning(square) == turning(before[:1]) == 0
    assert turned(square, 0) == square


@pytest.mark.parametrize("family", ["Inter", "DejaVu Sans"])
@pytest.mark.parametrize("name", ["Readers", "Classifier"])
def test_nothing_scrolls_sideways_in_a_small_window(page, state, loaded, qapp, family, name):
    if family not in QFontDatabase.families():
        pytest.skip(f"{family} is not installed here")
    theme.apply(qapp, family)
    small = ResultsPage(state)
    small.resize(1280 - 72, 800 - 48 - 36)
    small.show()
    state.give(loaded)
    small.show_tab(name)
    areas = [area for area in small.findChildren(QScrollArea) if area.isVisible()]
    assert areas
    assert [area.horizontalScrollBar().maximum() for area in areas] == [0] * len(areas)
    small.deleteLater()
    theme.apply(qapp)


def test_the_next_point_lies_in_the_direction():
    points = {
        i: EmbeddingPoint(i, False, x, y)
        for i, (x, y) in enumerate([(0, 0), (5, 1), (2, 1.5), (-1, 0), (0.5, 4)])
    }
    assert next_point(points, 0, (1, 0)) == 2
    assert next_point(points, 0, (-1, 0)) == 3
    assert next_point(points, 0, (0, 1)) == 4
    assert next_point(points, 0, (0, -1)) is None
    assert next_point(points, None, (1, 0)) == 0
    assert next_point({}, None, (1, 0)) is None


def test_export_says_what_is_left_out(page, state, loaded):
    state.give(replace(loaded, readers=None))
    page.show_tab("Export")
    tab = page.findChild(ExportTab)
    assert "still blinded" in tab.note.text()
    assert "Research use only" in tab.note.text()


def test_the_export_buttons_write_where_the_user_says(page, state, loaded, monkeypatch, tmp_path):
    state.give(loaded)
    page.show_tab("Export")
    tab = page.findChild(ExportTab)
    written = []
    monkeypatch.setattr(
        "PySide6.QtWidgets.QFileDialog.getSaveFileName",
        staticmethod(lambda *_a: (str(tmp_path / "mine"), "")),
    )
    monkeypatch.setattr(type(state), "write_html", lambda _s, p: written.append(p.name))
    monkeypatch.setattr(type(state), "write_pdf", lambda _s, p: written.append(p.name))
    monkeypatch.setattr(
        "PySide6.QtWidgets.QFileDialog.getExistingDirectory",
        staticmethod(lambda *_a: str(tmp_path / "folder")),
    )
    monkeypatch.setattr(type(state), "write_figures", lambda _s, p: written.append(p.name))
    tab.html.click()
    tab.pdf.click()
    tab.figures.click()
    assert written == ["mine.html", "mine.pdf", "folder"]


def test_the_report_button_writes_from_any_tab(page, state, loaded, monkeypatch, tmp_path):
    state.give(loaded)
    written = []
    monkeypatch.setattr(
        "PySide6.QtWidgets.QFileDialog.getSaveFileName",
        staticmethod(lambda *_a: (str(tmp_path / "r.html"), "")),
    )
    monkeypatch.setattr(type(state), "write_html", lambda _s, p: written.append(p.name))
    page.report.click()
    assert written == ["r.html"]
    page.show_tab("Export")
    assert not page.report.isVisible()


@pytest.mark.parametrize("tab", ["Readers", "Classifier", "t-SNE", "Export"])
def test_nothing_is_cut_at_the_smallest_window(page, state, loaded, tab, qtbot):
    state.give(loaded)
    page.show_tab(tab)
    page.resize(1208, 716)
    qtbot.waitUntil(lambda: page.width() == 1208)
    for area in page.findChildren(QScrollArea):
        if area.isVisible():
            qtbot.waitUntil(
                lambda a=area: a.widget().minimumSizeHint().width() <= a.viewport().width()
            )


def test_names_are_text_never_markup(page, state, loaded, paper_answers):
    evil = "<img src=x> & <b>a very long name of a reader</b>"
    answers = tuple(replace(a, reader=evil) if a.reader == "Expert 1" else a for a in paper_answers)
    state.give(replace(loaded, readers=assemble_readers(answers, DEFAULT_SCHEME)))
    tab = page.stack.currentWidget().readers
    labels = tab.findChildren(QLabel)
    assert {one.textFormat() for one in labels if "<img" in one.text()} == {Qt.TextFormat.PlainText}
    for widget in tab.findChildren(QWidget):
        assert "<img" not in widget.toolTip()
        assert "<b>" not in widget.toolTip()
