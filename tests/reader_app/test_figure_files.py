"""Saving a figure: the button, the key, the three kinds of file, and where they go."""

from __future__ import annotations

import csv
import io

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMenu, QVBoxLayout, QWidget

from engine.jobs import JobRunner
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.figure_files import FigureFiles
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.widgets import theme
from reader_app.widgets.figure_button import FigureButton, FigureKey, file_name, with_ending
from reader_app.widgets.figure_file import write_figure
from reader_app.widgets.figure_look import print_color, print_dash, print_line
from reader_app.widgets.panel import Panel
from reader_app.widgets.plots import ARMS, arm_look
from studies.errors import StudyError
from studies.report.window_figures import Axes, Line, line_figure

LINE = Line("classic", (0.0, 5000.0), (57.0, 78.6), "#59636e", "-", "circle")
FIGURE = line_figure("figure_8", "Accuracy & size", Axes("added", "accuracy, %"), (LINE,),
                     "n 182 lesions; Wilson's 95 %.", simulated=True)  # fmt: skip


@pytest.fixture
def saver(qapp, tmp_path):
    theme.apply(QApplication.instance())
    messages, jobs = Messages(), Jobs(JobRunner(expected=(StudyError,)))
    posted = []
    messages.posted.connect(posted.append)
    made = FigureFiles(StudyState(messages), jobs, messages, Settings(tmp_path / "s.ini"))
    yield made, posted
    assert jobs.shutdown()


def answer(monkeypatch, text, kind="SVG (*.svg)"):
    asked = []

    def ask(*arguments):
        asked.append(arguments)
        return text, kind

    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getSaveFileName", staticmethod(ask))
    return asked


def test_a_csv_says_what_it_is_and_holds_the_numbers(tmp_path):
    text = write_figure(FIGURE, tmp_path / "f.csv").read_text("utf-8-sig")
    assert text.startswith("# Accuracy & size\n# n 182 lesions; Wilson's 95 %.\n# Simulated")
    rows = list(csv.reader(line for line in io.StringIO(text) if not line.startswith("#")))
    assert rows == [["Series", "added", "accuracy, %"], ["classic", "0", "57"],
                    ["classic", "5000", "78.6"]]  # fmt: skip


def test_a_png_has_300_dots_an_inch_and_is_drawn(qapp, tmp_path):
    image = QImage(str(write_figure(FIGURE, tmp_path / "f.PNG")))
    assert image.width() == round(FIGURE.width * 300 / 96)
    assert image.dotsPerMeterX() == pytest.approx(300 / 0.0254, abs=1)
    colors = {image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(0, 900, 5)}
    assert 0xFFFFFFFF in colors
    assert 0xFF59636E in colors  # the line's own


def test_an_svg_holds_title_and_method(tmp_path):
    text = write_figure(FIGURE, tmp_path / "f.svg").read_text("utf-8")
    assert "Accuracy &amp; size" in text
    assert "n 182 lesions" in text
    with pytest.raises(ValueError, match=r"not \.pdf"):
        write_figure(FIGURE, tmp_path / "f.pdf")


@pytest.mark.parametrize("ending", [".svg", ".png", ".csv"])
def test_a_folder_that_cannot_be_written_is_said(qapp, tmp_path, ending):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudyError, match="could not be written"):
        write_figure(FIGURE, tmp_path / "file" / f"f{ending}")


def test_names_are_safe_and_endings_are_kept():
    assert file_name("A/B: pilot", "figure_8", ".svg") == "A B pilot, figure 8.svg"
    assert len(file_name("x" * 200, "k", ".png")) == 84
    assert with_ending("/a/b.png", "SVG (*.svg)").suffix == ".png"
    assert with_ending("/a/b", "PNG, 300 dpi (*.png)").name == "b.png"
    assert with_ending("/a/b.1", "CSV, its numbers (*.csv)").name == "b.1.csv"


def test_the_button_saves_and_remembers_where(saver, qtbot, monkeypatch, tmp_path):
    made, posted = saver
    button = FigureButton(made, lambda: FIGURE)
    qtbot.addWidget(button)
    assert "Ctrl Shift S" in button.toolTip()
    folder = tmp_path / "figures"
    folder.mkdir()
    asked = answer(monkeypatch, str(folder / "mine"), "PNG, 300 dpi (*.png)")
    button.click()
    qtbot.waitUntil(lambda: bool(posted), timeout=10000)
    assert (folder / "mine.png").exists()
    assert posted[0].sentence == f"Wrote mine.png to {folder}."
    assert asked[0][2].endswith("Blindread, figure 8.svg")
    assert made.folder == folder
    button.click()
    assert asked[1][2] == str(folder / "Blindread, figure 8.png")


def test_with_nothing_drawn_nothing_is_asked(saver, qtbot, monkeypatch):
    made, posted = saver
    button = FigureButton(made, lambda: None)
    qtbot.addWidget(button)
    asked = answer(monkeypatch, "")
    button.click()
    qtbot.waitUntil(lambda: bool(posted), timeout=10000)
    assert not asked
    assert "nothing to save" in posted[0].sentence


def test_the_key_saves_the_one_figure_or_offers_all(saver, qtbot, monkeypatch):
    made, _ = saver
    page = QWidget()
    column = QVBoxLayout(page)
    buttons = [FigureButton(made, lambda: FIGURE) for _ in range(3)]
    for k, one in enumerate(buttons):
        panel = Panel(f"Plot {k}")
        panel.add_head(one)
        column.addWidget(panel)
    qtbot.addWidget(page)
    page.show()
    key = FigureKey(page)
    shown = []
    monkeypatch.setattr(key, "menu", lambda found: shown.append(found) or _Menu(page))
    key.act()
    assert shown == [buttons]
    assert [one.panel_title for one in buttons] == ["Plot 0", "Plot 1", "Plot 2"]
    asked = answer(monkeypatch, "")
    for one in buttons[1:]:
        one.parentWidget().parentWidget().hide()
    key.act()
    assert len(asked) == 1


class _Menu(QMenu):
    def exec(self, _place):
        """Shows nothing, so that nothing waits for an answer."""


def test_every_arm_is_told_apart_without_colour():
    looks = [look for _, look in ARMS]
    assert len({(print_dash(one.dash), one.marker) for one in looks}) == len(looks)
    printed = print_line("x", [0], [1], arm_look("cnn-aug-cda"))
    assert (printed.dash, printed.marker) == (":", "diamond")
    assert print_color("#no palette") == "#1b1f23"
