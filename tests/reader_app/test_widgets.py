"""The widgets by mouse, key and picture."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from reader_app.widgets import plots, theme
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.panel import Panel
from reader_app.widgets.progress_row import ProgressRow, time_left
from reader_app.widgets.roi_view import RoiStrip, RoiThumb, to_image
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.table import Cell, Column, Row, Table
from reader_app.widgets.theme import PALETTE
from reader_app.widgets.toast import Toasts
from studies.records import DEFAULT_SCHEME


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> None:
    theme.apply(qapp)


def color_at(widget: QWidget, x: int, y: int) -> str:
    return widget.grab().toImage().pixelColor(x, y).name()


def test_an_elided_label_gives_way_and_tells_the_whole(qtbot: QtBot) -> None:
    one = ElidedLabel("Reader <b>of the long name</b>", "body")
    qtbot.addWidget(one)
    one.resize(one.sizeHint())
    one.show()
    assert (one.text(), one.toolTip()) == ("Reader <b>of the long name</b>", "")
    one.resize(one.minimumSizeHint().width(), 20)
    assert one.text().startswith("Re")
    assert one.text().endswith("…")
    assert "&lt;b&gt;of the long name" in one.toolTip()
    assert one.accessibleName() == "Reader <b>of the long name</b>"
    one.show_whole("Me")
    assert (one.text(), one.toolTip()) == ("Me", "")


def test_button_shows_its_states(qtbot: QtBot) -> None:
    one = button("Start", "primary", tooltip="Start training")
    qtbot.addWidget(one)
    one.resize(one.sizeHint())
    assert color_at(one, 6, 16) == PALETTE.accent
    one.setDown(True)
    assert color_at(one, 6, 16) == PALETTE.accent_pressed
    one.setDown(False)
    one.set_enabled_because(False, "There is no lesion yet")
    assert one.toolTip() == "There is no lesion yet"
    assert color_at(one, 6, 16) not in (PALETTE.accent, PALETTE.accent_pressed)
    one.set_enabled_because(True)
    assert one.toolTip() == "Start training"


def test_button_names_its_key_and_may_be_pressed_by_it(qtbot: QtBot) -> None:
    frame = QWidget()
    qtbot.addWidget(frame)
    row = QVBoxLayout(frame)
    one = button("Cyst", "choice", key="C", shortcut=True)
    row.addWidget(one)
    with qtbot.waitExposed(frame):
        frame.show()
    frame.activateWindow()
    assert one.toolTip() == "Cyst (C)"
    qtbot.keyClick(frame, Qt.Key.Key_C)
    qtbot.waitUntil(one.isChecked)


def test_icon_button_has_an_accessible_name(qtbot: QtBot) -> None:
    one = button("", icon="trash", tooltip="Delete this run")
    qtbot.addWidget(one)
    assert one.accessibleName() == "Delete this run"


def test_focus_ring_follows_the_keys_only(qtbot: QtBot) -> None:
    frame = QWidget()
    qtbot.addWidget(frame)
    column = QVBoxLayout(frame)
    column.setContentsMargins(20, 20, 20, 20)
    first, second = button("First"), button("Second")
    column.addWidget(first)
    column.addWidget(second)
    with qtbot.waitExposed(frame):
        frame.show()
    frame.activateWindow()
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert frame.findChild(QWidget, "focusRing") is None
    qtbot.keyClick(first, Qt.Key.Key_Tab)
    rings = [w for w in frame.findChildren(QWidget, "focusRing") if w.isVisible()]
    assert [ring.geometry() for ring in rings] == [second.geometry().adjusted(-4, -4, 4, 4)]
    middle = QPoint(second.x() + second.width() // 2, second.y() - 3)
    assert frame.grab().toImage().pixelColor(middle).name() == PALETTE.accent


def test_inputs_always_show_their_focus(qtbot: QtBot) -> None:
    frame = QWidget()
    qtbot.addWidget(frame)
    field = QLineEdit(frame)
    field.move(20, 20)
    with qtbot.waitExposed(frame):
        frame.show()
    frame.activateWindow()
    field.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.waitUntil(lambda: frame.findChild(QWidget, "focusRing") is not None)


def test_segmented_by_mouse_and_key(qtbot: QtBot) -> None:
    one = Segmented(("Paper", "Quick", "Smoke"), "Quick")
    qtbot.addWidget(one)
    one.resize(one.sizeHint())
    one.show()
    with qtbot.waitSignal(one.chosen) as signal:
        qtbot.mouseClick(one, Qt.MouseButton.LeftButton, pos=QPoint(one.width() - 10, 12))
    assert signal.args == ["Smoke"]
    qtbot.keyClick(one, Qt.Key.Key_Left)
    assert one.value == "Quick"
    qtbot.keyClick(one, Qt.Key.Key_Left)
    qtbot.keyClick(one, Qt.Key.Key_Left)
    assert one.value == "Paper"
    with pytest.raises(ValueError, match="Huge"):
        one.set_value("Huge")


def table() -> Table:
    one = Table((Column("Name"), Column("Slices", "right", 90)))
    rows = (("b", 10), ("a", 9), ("c", 100))
    one.set_rows(tuple(Row((Cell(n), Cell(str(k), sort=k)), n) for n, k in rows))
    return one


def test_table_sends_keys_and_keeps_the_choice(qtbot: QtBot) -> None:
    one = table()
    qtbot.addWidget(one)
    one.resize(400, 200)
    one.show()
    with qtbot.waitSignal(one.chosen) as signal:
        at = one.visualRect(one.model().index(1, 0)).center()
        qtbot.mouseClick(one.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert signal.args == ["a"]
    one.set_rows((Row((Cell("z"), Cell("1")), "z"), Row((Cell("a"), Cell("2")), "a")))
    assert one.chosen_key == "a"
    with qtbot.waitSignal(one.activated_row) as opened:
        qtbot.keyClick(one, Qt.Key.Key_Return)
    assert opened.args == ["a"]


def test_table_sorts_numbers_as_numbers_and_filters(qtbot: QtBot) -> None:
    one = table()
    qtbot.addWidget(one)
    one.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    order = [one.key_at(one.model().index(k, 0)) for k in range(3)]
    assert order == ["a", "b", "c"]
    one.set_filter("C")
    assert one.model().rowCount() == 1
    assert not one.choose("a")
    assert one.choose("c")


def test_table_is_sorted_by_keys(qtbot: QtBot) -> None:
    one = table()
    qtbot.addWidget(one)
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

    def order_after(modifiers: Qt.KeyboardModifier, key: Qt.Key) -> str:
        qtbot.keyClick(one, key, modifiers)
        return "".join(str(one.key_at(one.model().index(k, 0))) for k in range(3))

    one.choose("b")
    assert order_after(control, Qt.Key.Key_Right) == "abc"
    assert one.horizontalHeader().sortIndicatorSection() == 0
    assert order_after(control | shift, Qt.Key.Key_Right) == "cba"
    assert order_after(control, Qt.Key.Key_Right) == "abc"
    assert one.horizontalHeader().sortIndicatorSection() == 1
    assert order_after(control | shift, Qt.Key.Key_Left) == "cba"
    assert order_after(control, Qt.Key.Key_Left) == "abc"
    assert one.chosen_key == "b"


def test_a_long_error_gives_way_and_leaves_details_in_sight(qtbot: QtBot) -> None:
    row = ProgressRow()
    qtbot.addWidget(row)
    row.show_error("The worker process was ended from outside. " * 6)
    row.resize(400, 36)
    row.show()
    details = next(one for one in row.findChildren(QPushButton) if one.text() == "Details")
    assert details.geometry().right() <= row.rect().right()


def test_table_column_grows_for_its_text(qtbot: QtBot) -> None:
    one = Table((Column("Name"), Column("State", "left", 60)))
    qtbot.addWidget(one)
    before = one.columnWidth(1)
    one.set_rows((Row((Cell("x"), Cell("2 of 4 margins", badge="running")), 1),))
    assert before < one.columnWidth(1) <= 2 * 60 + 60


def test_pictures_keep_their_grey_values() -> None:
    ramp = np.linspace(-0.2, 1.2, 64 * 64, dtype=np.float32).reshape(64, 64)
    image = to_image(ramp)
    assert image.pixelColor(0, 0).red() == 0
    assert image.pixelColor(63, 63).red() == 255
    assert image.pixelColor(32, 32).red() == round(float(ramp[32, 32]) * 255)


def test_strip_shows_what_fits(qtbot: QtBot) -> None:
    strip = RoiStrip(7, 50, 4)
    qtbot.addWidget(strip)
    strip.set_images([np.zeros((64, 64), np.float32)] * 5)
    strip.resize(strip.sizeHint())
    strip.show()
    assert sum(thumb.isVisible() for thumb in strip.thumbs) == 7
    strip.resize(4 * 54 + 10, 50)
    assert sum(thumb.isVisible() for thumb in strip.thumbs) == 4


def test_progress_row(qtbot: QtBot) -> None:
    row = ProgressRow()
    qtbot.addWidget(row)
    row.show()
    row.show_running("Training DCGAN, cyst", 42, 70, "42/70", 180)
    with qtbot.waitSignal(row.cancelled):
        qtbot.mouseClick(row._cancel, Qt.MouseButton.LeftButton)
    row.show_error("Disk full.")
    assert not row._cancel.isVisible()
    with qtbot.waitSignal(row.details_asked):
        qtbot.mouseClick(row._details, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.2, "1 s left"), (40, "40 s left"), (178, "3 min left"),
     (7800, "2 h 10 min left")],
)  # fmt: skip
def test_time_left_in_words(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


def test_toasts_leave_and_errors_stay(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reader_app.widgets.toast.SECONDS", 0.05)
    frame = QWidget()
    qtbot.addWidget(frame)
    frame.resize(800, 600)
    toasts = Toasts(frame)
    frame.show()
    toasts.post("ok", "Report written.")
    toasts.post("error", "Disk full.")
    assert [toast.sentence for toast in toasts.toasts] == ["Report written.", "Disk full."]
    assert frame.rect().contains(toasts.geometry())
    qtbot.waitUntil(lambda: len(toasts.toasts) == 1)
    assert toasts.toasts[0].kind == "error"


def test_toast_action_runs_once(qtbot: QtBot) -> None:
    frame = QWidget()
    qtbot.addWidget(frame)
    calls: list[int] = []
    toast = Toasts(frame).post("warning", "Kept out 3 ROIs.", "Undo", lambda: calls.append(1))
    link = next(child for child in toast.findChildren(QWidget) if child.accessibleName() == "Undo")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    assert calls == [1]
    assert toast.isHidden()


def test_toasts_wait_while_someone_reads(qtbot: QtBot) -> None:
    frame = QWidget()
    qtbot.addWidget(frame)
    frame.show()
    toasts = Toasts(frame)
    toasts.hold(True)
    toasts.post("info", "A job is done.")
    assert not toasts.isVisible()
    toasts.hold(False)
    assert toasts.isVisible()


def test_empty_page_acts(qtbot: QtBot) -> None:
    page = EmptyPage("annotate", "No margins yet", "Draw one.", "Draw the first margin")
    qtbot.addWidget(page)
    assert page.button is not None
    with qtbot.waitSignal(page.acted):
        qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)


def test_panel_head_appears_with_its_first_words(qtbot: QtBot) -> None:
    panel = Panel()
    qtbot.addWidget(panel)
    assert not panel._bar.isVisibleTo(panel)
    panel.set_title("Runs")
    assert panel._bar.isVisibleTo(panel)
    assert panel.accessibleName() == "Runs"


def test_plot_has_line_band_and_reference(qtbot: QtBot) -> None:
    plot = plots.line_plot("", "epoch", "KID")
    qtbot.addWidget(plot)
    x = np.arange(5)
    line = plots.add_line(plot, x, x**2, plots.arm_look("cnn-aug-gan"), "DCGAN")
    plots.add_band(plot, x, x, x + 1, PALETTE.dcgan)
    plots.add_level_band(plot, 0.0, 1.0)
    plots.add_reference(plot, 0.5)
    assert line.getData()[1].tolist() == [0, 1, 4, 9, 16]
    assert line.opts["pen"].color().name() == PALETTE.dcgan
    assert len(plot.getPlotItem().items) >= 6


def test_interval_is_drawn_at_its_place(qtbot: QtBot) -> None:
    view = plots.IntervalView(50, 100, width=110)
    qtbot.addWidget(view)
    view.resize(110, 24)
    view.set_interval(plots.Interval(75.0, 70.0, 80.0))
    image = view.grab().toImage()
    assert image.pixelColor(55, 12).name() == PALETTE.strong  # the dot at three quarters of 50-100
    assert image.pixelColor(95, 12).name() != PALETTE.strong
    assert view.accessibleName() == "75 [70, 80]"


def test_matrix_shades_by_row_share(qtbot: QtBot) -> None:
    view = plots.MatrixView(cell=40)
    qtbot.addWidget(view)
    view.set_counts(np.array([[8, 1, 1], [0, 5, 5], [0, 0, 3]]), DEFAULT_SCHEME.categories)
    view.resize(view.sizeHint())
    image = view.grab().toImage()
    corner = QPointF(view._left() + 6, view._top() + 6)
    strong = QColor(image.pixelColor(corner.toPoint()))
    weak = QColor(image.pixelColor((corner + QPointF(40, 0)).toPoint()))
    assert strong.blue() > weak.blue() + 40
    assert "Cyst: 8, 1, 1" in view.accessibleName()


def test_repaints_keep_references_to_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 dropped a reference to None at each paint until the program aborted."""
    frame = QWidget()
    qtbot.addWidget(frame)
    column = QVBoxLayout(frame)
    thumb = RoiThumb(56)
    thumb.set_image(np.zeros((64, 64), np.float32))
    for widget in (button("Start", "primary", icon="play", key="S"), thumb, table()):
        column.addWidget(widget)
    with qtbot.waitExposed(frame):
        frame.show()
    frame.repaint()
    before = sys.getrefcount(None)
    for _ in range(200):
        frame.repaint()
    assert abs(sys.getrefcount(None) - before) < 100
