"""Annotate: frames a second while scrolling 512² CT with a margin, and a margin onto the disk."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from annotate_study import add_ct
from measuring import Report, Row, Timing, in_turns, ratio
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from reader_app.widgets.slice_view import Aids, Corners, MarginLine, Picture, SliceView, Tag
from studies import cases
from studies.imaging import volume
from studies.store import Store

SIDE, VERTICES, FRAMES, ROUNDS = 512, 150, 30, 8
LEAST_FRAMES = 20


def ring() -> tuple[tuple[float, float], ...]:
    """A margin of 150 vertices, px."""
    turns = np.arange(VERTICES) * 2 * math.pi / VERTICES
    return tuple((float(250 + 40 * math.cos(t)), float(250 + 40 * math.sin(t))) for t in turns)


def slices() -> np.ndarray:
    """Twenty noisy CT slices, HU."""
    return np.random.default_rng(0).normal(60, 40, (20, SIDE, SIDE)).astype(np.int16)


class Paints(QObject):
    """Counts the paint events of a viewport: a frame that was not painted is none."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__(viewport)
        self.count = 0
        viewport.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        self.count += event.type() == QEvent.Type.Paint
        return False


def own_view(qtbot: QtBot, voxels: np.ndarray) -> tuple[Callable[[], None], Paints]:
    """Our slice view: window, margin with its aids, name, HU, orientation letters."""
    view = SliceView()
    qtbot.addWidget(view)
    view.resize(SIDE, SIDE)
    with qtbot.waitExposed(view):
        view.show()
    margins = (MarginLine(ring(), "#f08a4b", "L1 · Cyst", True),)
    tags = (Tag("simulated", "simulated"),)

    def scroll() -> None:
        for index in range(FRAMES):
            place = f"z {5 * index:.1f} mm"
            view.set_picture(Picture(voxels[index % 20], 0.8, 0.8, (1, 0, 0, 0, 1, 0), 1, "HU"))
            view.set_corners(Corners("P-001", "Portal venous", tags, str(index), 60, place))
            view.set_margins(margins, Aids((190, 190, 310, 310)))
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
    assert found.median > 0.3
    assert rates[0].median > LEAST_FRAMES


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
