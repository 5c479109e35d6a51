"""Annotate: scrolling 512² CT, what a moving hand waits for, a margin onto the disk."""

from __future__ import annotations

import math
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from annotate_study import add_ct
from measuring import Report, Row, Timing, in_turns, milliseconds, ratio
from paints import Paints
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from reader_app.widgets.slice_view import (
    Aids,
    Corners,
    MarginLine,
    Mode,
    Picture,
    SliceView,
    Tag,
)
from reader_app.widgets.slice_view.hover import HOVER_MS
from studies import cases
from studies.imaging import aids, volume
from studies.records import Points
from studies.store import Store

SIDE, VERTICES, FRAMES, ROUNDS = 512, 150, 30, 8
MOVES, WAIT_MS = 120, 16
LEAST_FRAMES = 20


def ring(radius: float = 40.0) -> Points:
    """A margin of 150 vertices, px."""
    turns = np.arange(VERTICES) * 2 * math.pi / VERTICES
    return tuple(
        (float(250 + radius * math.cos(t)), float(250 + radius * math.sin(t))) for t in turns
    )


def slices() -> np.ndarray:
    """Twenty noisy CT slices with a dark disc of 40 px, HU."""
    voxels = np.random.default_rng(0).normal(60, 20, (20, SIDE, SIDE))
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    voxels[:, np.hypot(x - 250, y - 250) < 40] -= 60
    return voxels.astype(np.int16)


def shown_view(qtbot: QtBot, voxels: np.ndarray) -> SliceView:
    """Our slice view with a slice and a margin on it."""
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(SIDE, SIDE)
    with qtbot.waitExposed(view):
        view.show()
    view.set_picture(Picture(voxels[0], 0.8, 0.8, (1, 0, 0, 0, 1, 0), 1, "HU"))
    view.set_margins((MarginLine(ring(), "#f08a4b", "L1 · Cyst", True),), Aids())
    return view


def own_view(qtbot: QtBot, voxels: np.ndarray) -> tuple[Callable[[], None], Paints]:
    """Our slice view: window, another margin on each slice with its aids, name, HU, letters."""
    view = shown_view(qtbot, voxels)
    margins = [
        (MarginLine(ring(40 + index / 4), "#f08a4b", "L1 · Cyst", True),) for index in range(20)
    ]
    tags = (Tag("simulated", "simulated"),)
    shown = [0]

    def scroll() -> None:
        for _ in range(FRAMES):
            index = shown[0] = (shown[0] + 1) % 60
            place = f"z {5 * index:.1f} mm"
            view.set_picture(Picture(voxels[index % 20], 0.8, 0.8, (1, 0, 0, 0, 1, 0), 1, "HU"))
            view.set_corners(Corners("P-001", "Portal venous", tags, str(index), 60, place))
            view.set_margins(margins[index % 20], Aids((190, 190, 310, 310)))
            view.viewport().repaint()

    return scroll, Paints(view.viewport())


def plain_view(qtbot: QtBot, voxels: np.ndarray) -> tuple[Callable[[], None], Paints]:
    """pyqtgraph's ImageView of the same size with the same margin as a curve; no words."""
    pg.setConfigOptions(imageAxisOrder="row-major")
    view = pg.ImageView()
    qtbot.addWidget(view)
    view.resize(SIDE + 120, SIDE + 60)
    with qtbot.waitExposed(view):
        view.show()
    points = np.array([*ring(), ring()[0]])
    view.getView().addItem(pg.PlotCurveItem(points[:, 0], points[:, 1], pen="#f08a4b"))
    view.setImage(voxels, levels=(-100, 250))
    viewport = view.ui.graphicsView.viewport()

    def scroll() -> None:
        for index in range(FRAMES):
            view.setCurrentIndex(index % 20)
            viewport.repaint()

    return scroll, Paints(viewport)


def test_scrolling_with_a_margin(qtbot: QtBot, report: Report) -> None:
    voxels = slices()
    (scroll, paints), (scroll_plain, paints_plain) = (
        own_view(qtbot, voxels), plain_view(qtbot, voxels)
    )  # fmt: skip
    own, plain = in_turns((scroll, scroll_plain), ROUNDS, time.process_time)
    for counted in (paints, paints_plain):
        assert counted.count >= FRAMES * (ROUNDS + 1)
    found = ratio(plain, own)  # frames a second: ours over the reference
    rates = [
        Timing(tuple(1000 * FRAMES / one for one in taken.values), "frames/s")
        for taken in (own, plain)
    ]
    what = (
        f"scrolling {SIDE}² CT with a margin of {VERTICES} vertices and all words, per CPU-second"
    )
    report.row(
        Row(what, ROUNDS, str(rates[0]), f"pg.ImageView {rates[1]}", str(found), "≥ 100 frames/s",
            rates[0].median >= 100)
    )  # fmt: skip
    assert found.median > 0.6
    assert rates[0].median > LEAST_FRAMES


Place = tuple[float, float]
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT, NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class Hand:
    """Moves over a slice view; each move is timed from the event to the painted picture."""

    def __init__(self, view: SliceView) -> None:
        self.view = view

    def send(
        self,
        kind: QEvent.Type,
        place: Place,
        buttons: Qt.MouseButton = NO_BUTTON,
        modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:
        target, at = self.view.viewport(), self.view.to_screen(QPointF(*place))
        button = LEFT if kind == QEvent.Type.MouseButtonPress else NO_BUTTON
        event = QMouseEvent(kind, at, target.mapToGlobal(at), button, buttons, modifiers)
        QApplication.sendEvent(target, event)

    def press(self, place: Place, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self.send(QEvent.Type.MouseButtonPress, place, LEFT, modifiers)

    def timed(self, places: Sequence[Place], buttons: Qt.MouseButton = NO_BUTTON) -> Timing:
        taken = []
        for place in places:
            began = time.process_time()
            self.send(QEvent.Type.MouseMove, place, buttons)
            self.view.viewport().repaint()
            taken.append(time.process_time() - began)
        return milliseconds(taken)


def along(first: float, last: float, radius: float = 40.0) -> list[Place]:
    """Places on a circle about the disc, from angle to angle."""
    return [
        (250 + radius * math.cos(t), 250 + radius * math.sin(t))
        for t in np.linspace(first, last, MOVES).tolist()
    ]


def say(report: Report, what: str, taken: Timing) -> None:
    """A line of the report: the slowest tenth counts."""
    words = f"{what}, 512², CPU time from the event to the painted picture"
    slow = taken.quantile(0.9)
    report.row(Row(words, taken.n, str(taken), wanted=f"≤ {WAIT_MS} ms", reached=slow <= WAIT_MS))
    assert taken.median < 10 * WAIT_MS


def test_what_a_moving_hand_waits_for(qtbot: QtBot, report: Report) -> None:
    voxels = slices()
    view = shown_view(qtbot, voxels)
    hand = Hand(view)
    say(report, "the pointer moved over a margin", hand.timed(along(0, 6)))
    QTest.keyPress(view, Qt.Key.Key_Space)
    say(report, "the magnifier moved", hand.timed(along(0, 6)))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not view._magnifies)
    hand.press((320.0, 250.0))
    say(report, "a freehand line drawn on", hand.timed(along(0, 6, 70), LEFT))
    view.cancel()
    hand.press(along(0.35, 1, 43)[0])
    say(report, "a part of the margin redrawn", hand.timed(along(0.35, 3, 41), LEFT))
    view.cancel()


def test_a_magnetic_line(qtbot: QtBot, report: Report) -> None:
    voxels = slices()
    view = shown_view(qtbot, voxels)
    view.set_margins((), Aids())
    view.drawing.tracer = lambda a, b: aids.live_wire(voxels[0], a, b)
    aids.live_wire(voxels[0], (240.0, 240.0), (250.0, 250.0))  # its first call imports
    hand = Hand(view)
    hand.press((290.0, 250.0), SHIFT)
    say(report, "a magnetic line drawn on", hand.timed(along(0, 6), LEFT))


def test_a_proposal_that_follows_the_pointer(qtbot: QtBot, report: Report) -> None:
    voxels = slices()
    view = shown_view(qtbot, voxels)
    view.set_margins((), Aids())
    asked: list[Points] = []
    beside = tuple(aids.Beside(voxels[4 + k], 3.0 * k) for k in range(-4, 5) if k)

    def show(x: float, y: float) -> None:
        asked.append(aids.proposal(voxels[4], (x, y), beside=beside))
        view.set_ghost(asked[-1], "proposed")

    view.hover_asked.connect(show)
    view.set_mode(Mode.PROPOSE)
    hand, taken = Hand(view), []
    for place in along(0, 6, 20):
        qtbot.wait(HOVER_MS + 4)  # the pause between two proposals is over
        taken += hand.timed([place]).values
    assert len([points for points in asked if points]) >= MOVES - 2
    say(report, "a proposal under the pointer found and shown", Timing(tuple(taken)))


def resident() -> float:
    """The program's memory, MB."""
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from Linux")
def test_memory_while_scrolling(qtbot: QtBot, report: Report) -> None:
    scroll, _ = own_view(qtbot, slices())
    scroll()
    before = resident()
    for _ in range(20):
        scroll()
    grown = max(0.0, resident() - before)
    what = f"memory that {20 * FRAMES} further slices with margins and words leave behind"
    report.row(Row(what, 1, f"{grown:.1f} MB", wanted="≤ 10 MB", reached=grown <= 10))
    assert grown < 100


def test_a_margin_onto_the_disk(tmp_path: Path, report: Report) -> None:
    points, told = ring(), repr(ring())
    plain_file = sqlite3.connect(tmp_path / "plain.sqlite", isolation_level=None)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE t (p TEXT)"):
        plain_file.execute(line)

    with Store.create(tmp_path / "t.blindread", "T", simulated=True) as store:
        series = add_ct(store, "P-001", slices=3, size=64)
        lesion = cases.add_lesion(store, series.id, author="tester")
        uid = volume.slice_uids(series)[1]

        def save() -> None:
            cases.save_contour(store, lesion.id, uid, 1, points, "tester", "freehand")

        def plain() -> None:
            plain_file.execute("INSERT INTO t VALUES (?)", (told,))

        own, reference = in_turns((save, plain), 60)
        kept = cases.contours(store, lesion_id=lesion.id)
    plain_file.close()
    assert len(kept) == 1
    assert kept[0].points == points
    found = ratio(own, reference)
    what = f"a margin of {VERTICES} vertices saved and synced (measured, undo history kept)"
    plain_words = f"one synced row of bare SQLite {reference}"
    report.row(Row(what, own.n, str(own), plain_words, str(found), "< 100 ms", own.median < 100))
    assert own.median < 1000
