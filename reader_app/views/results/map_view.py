"""A t-SNE map: class by colour and shape, augmentations small and faint, one point ringed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent

from reader_app.state.results_loading import NetworkMap
from reader_app.widgets.theme import PALETTE, category_color, font, marker_path
from studies.learning import EmbeddingPoint
from studies.records import Category, LesionRecord

_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}

_TURNS = range(0, 90, 5)


class MapView(pg.PlotWidget):  # type: ignore[misc]
    """`chosen` with a lesion id on a click, or on an arrow key: the next lesion that way."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(background=PALETTE.rail)
        self.setAntialiasing(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 240)
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.hideAxis("left")
        item.hideAxis("bottom")
        item.setAspectLocked(True)
        self._real: dict[int, EmbeddingPoint] = {}
        self._names: dict[int, str] = {}
        self._chosen: int | None = None
        self._ring = pg.ScatterPlotItem(
            size=22, pen=pg.mkPen(PALETTE.strong, width=2), brush=pg.mkBrush(None)
        )
        self._ring.setZValue(20)
        self._label = pg.TextItem("", color=PALETTE.strong, anchor=(0, 0.5))
        self._label.setFont(font("badge"))
        self._label.setZValue(21)

    def show_map(
        self,
        shown: NetworkMap,
        categories: tuple[Category, ...],
        lesions: dict[int, LesionRecord],
        augmented: bool,
    ) -> None:
        """Draw the map; points whose lesion is gone are left out."""
        self.clear()
        points = turned([p for p in shown.embedding.points if p.lesion_id in lesions])
        self._real = {p.lesion_id: p for p in points if not p.augmented}
        self._names = {i: f"{one.patient} · {one.name}" for i, one in lesions.items()}
        self.setAccessibleName(f"t-SNE of {shown.name}, {len(self._real)} lesions")
        self.setToolTip("Click a point, or use the arrow keys")
        for category in categories:
            own = [p for p in points if lesions[p.lesion_id].category == category.code]
            if augmented:
                self._scatter([p for p in own if p.augmented], category, faint=True)
            self._scatter([p for p in own if not p.augmented], category, faint=False)
        self.addItem(self._ring)
        self.addItem(self._label, ignoreBounds=True)
        self.ring(self._chosen)
        self.getPlotItem().autoRange(padding=0.08)

    def _scatter(self, points: list[EmbeddingPoint], category: Category, *, faint: bool) -> None:
        if not points:
            return
        color = QColor(category_color(category))
        color.setAlphaF(0.35 if faint else 1.0)
        edge = None if faint else pg.mkPen(PALETTE.rail, width=1)
        item = pg.ScatterPlotItem(
            x=np.array([p.x for p in points]),
            y=np.array([p.y for p in points]),
            symbol=marker_path(category.marker, 1.0),
            size=4.5 if faint else 11,
            pen=edge,
            brush=color,
            data=[p.lesion_id for p in points],
        )
        item.setZValue(1 if faint else 10)
        item.sigClicked.connect(lambda _item, hit, _event: self._hit(hit))
        self.addItem(item)

    def _hit(self, hit: np.ndarray) -> None:
        if len(hit):
            self.setFocus()
            self.chosen.emit(int(hit[0].data()))

    def ring(self, lesion_id: int | None) -> None:
        """Ring a lesion; none where it is not on this map."""
        self._chosen = lesion_id
        point = self._real.get(lesion_id) if lesion_id is not None else None
        if point is None:
            self._ring.setData([], [])
            self._label.setText("")
            return
        self._ring.setData([point.x], [point.y])
        name = self._names.get(point.lesion_id, "")
        self._label.setText(f"    {name}")
        self._label.setPos(point.x, point.y)

    @property
    def lesion_ids(self) -> tuple[int, ...]:
        """Lesions on the map."""
        return tuple(self._real)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys choose the nearest lesion in that direction."""
        way = _ARROWS.get(Qt.Key(event.key()))
        if way is None or not self._real:
            super().keyPressEvent(event)
            return
        found = next_point(self._real, self._chosen, way)
        if found is not None:
            self.chosen.emit(found)


def turned(points: list[EmbeddingPoint]) -> list[EmbeddingPoint]:
    """The map turned so that its longer side is least, which a square panel shows largest.

    t-SNE has no orientation: distances, all it has, stay as they are. Whole steps of 5 degrees;
    a map that would gain less than a tenth is left as it came.
    """
    if len(points) < 2:
        return points
    xy = np.array([(p.x, p.y) for p in points])
    sides = [float(np.ptp(xy @ _turn(angle), axis=0).max()) for angle in _TURNS]
    best = int(np.argmin(sides))
    if sides[best] > 0.9 * sides[0]:
        return points
    placed = xy @ _turn(_TURNS[best])
    return [replace(p, x=float(x), y=float(y)) for p, (x, y) in zip(points, placed, strict=True)]


def _turn(degrees: int) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


def next_point(
    points: dict[int, EmbeddingPoint], start: int | None, way: tuple[float, float]
) -> int | None:
    """The nearest lesion within 45 degrees of a direction; the first one without a start."""
    if start is None or start not in points:
        return next(iter(points), None)
    here = points[start]
    best: tuple[float, int] | None = None
    for lesion_id, p in points.items():
        dx, dy = p.x - here.x, p.y - here.y
        along = dx * way[0] + dy * way[1]
        across = abs(dx * way[1]) + abs(dy * way[0])
        if lesion_id != start and along > 0 and across <= along:
            best = min(best or (np.inf, 0), (along + across, lesion_id))
    return best[1] if best else None
