"""The Annotate page on a study, with hands: helpers of its tests."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import annotate_study
import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from reader_app.messages import Message
from reader_app.settings import Settings
from reader_app.state.annotate_state import AnnotateState
from reader_app.state.study_state import StudyState
from reader_app.views.annotate.page import AnnotatePage
from studies import cases
from studies.imaging import contour
from studies.records import ContourRecord, Points
from studies.store import Store

AUTHOR = "Dr Test"


@dataclass
class Desk:
    """A page on a study, with hands."""

    page: AnnotatePage
    state: AnnotateState
    study: StudyState
    settings: Settings
    posted: list[Message]

    def at(self, x: float, y: float) -> QPoint:
        return self.page.slice.to_screen(QPointF(x, y)).toPoint()

    def drag(self, line: list[tuple[float, float]]) -> None:
        target = self.page.slice.viewport()
        QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=self.at(*line[0]))
        for point in line[1:]:
            QTest.mouseMove(target, self.at(*point))
        QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=self.at(*line[-1]))

    def click(self, x: float, y: float) -> None:
        target = self.page.slice.viewport()
        QTest.mouseMove(target, self.at(x, y))
        QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=self.at(x, y))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
        QTest.keyClick(self.page.slice, key, modifiers or Qt.KeyboardModifier.NoModifier)

    @property
    def stored(self) -> tuple[ContourRecord, ...]:
        return cases.contours(self.study.store, author=AUTHOR)


def ring(x: float, y: float, radius: float, n: int = 48) -> list[tuple[float, float]]:
    t = np.arange(n + 1) * 2 * np.pi / n
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in t]


def farthest(points: Points, line: list[tuple[float, float]]) -> float:
    """The largest distance of a margin's vertices from a closed line drawn densely, px."""
    dense = np.asarray(contour.resample(tuple(line), 0.1))
    return max(float(np.linalg.norm(dense - p, axis=1).min()) for p in np.asarray(points))


def drain(steps: Generator[object, None, object]) -> None:
    """Run a workflow to its end."""
    for _ in steps:
        pass


def make_study(folder: Path, *patients: str) -> Path:
    store = Store.create(folder / "s.blindread", "Liver CT")
    for patient in patients:
        annotate_study.add_ct(store, patient)
    store.close()
    return store.folder
