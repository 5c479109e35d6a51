"""No word of any page is cut, in a wide font and at twice the size."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from reader_app.app import application
from reader_app.widgets import theme
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.legible import cut_texts
from reader_app.widgets.panel import label

ROOT = Path(__file__).resolve().parents[2]
WIDE_FONT = "DejaVu Sans"


@pytest.fixture
def frame(qtbot: QtBot) -> QWidget:
    theme.apply(application())
    one = QWidget()
    qtbot.addWidget(one)
    one.resize(300, 120)
    return one


def test_what_has_room_is_not_cut(frame: QWidget) -> None:
    row = QHBoxLayout(frame)
    for part in (label("Cases"), button("Draw", key="D"), ElidedLabel("A long name " * 9)):
        row.addWidget(part)
    frame.show()
    assert cut_texts(frame) == ()


def test_a_narrow_label_and_a_low_one_are_cut(frame: QWidget) -> None:
    narrow, low = QLabel("Metastasis", frame), label("one two three four", wrap=True)
    low.setParent(frame)
    narrow.setGeometry(0, 0, 30, 20)
    low.setGeometry(0, 40, 40, 20)
    frame.show()
    assert cut_texts(frame) == ("QLabel: Metastasis", "QLabel: one two three four")


def test_what_a_parent_hides_is_cut_but_not_what_scrolls(frame: QWidget) -> None:
    box, scroll, tall = QWidget(frame), QScrollArea(frame), QWidget()
    box.setGeometry(0, 0, 100, 20)
    QLabel("hidden", box).setGeometry(0, 12, 100, 20)
    QLabel("further down", tall).setGeometry(0, 400, 100, 20)
    tall.resize(100, 500)
    scroll.setWidget(tall)
    scroll.setGeometry(0, 40, 120, 60)
    frame.show()
    assert cut_texts(frame) == ("QLabel: hidden",)


ALL_PAGES = """
import sys
from pathlib import Path
from shiboken6 import delete
from reader_app.app import Desktop, application
from reader_app.shots import SIZES, Album, take
from reader_app.state.reading_launch import ReadingHere
from reader_app.widgets import theme
app = application()
def look():
    theme.apply(app, sys.argv[2] or None)
    desktop = Desktop(ReadingHere())
    desktop.opening.open(Path(sys.argv[1]))
    desktop.window.show()
    album = Album(None, round(100 * app.devicePixelRatio()), looks=3)
    take(desktop, album, SIZES[0])
    desktop.close()
    delete(desktop.window)
    print(len(album.names), album.scale)
    print("\\n".join(album.cut))
look()
"""


@pytest.mark.usefixtures("qapp")
def test_no_page_cuts_a_word_in_a_wide_font_at_twice_the_size(demo_copy: Path) -> None:
    family = WIDE_FONT if WIDE_FONT in QFontDatabase.families() else ""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": "2"}
    done = subprocess.run(
        [sys.executable, "-c", ALL_PAGES, str(demo_copy), family],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts, *cut = done.stdout.split("\n")
    pages, drawn = counts.split()
    assert int(pages) > 20
    assert int(drawn) == 200
    assert [words for words in cut if words] == []
