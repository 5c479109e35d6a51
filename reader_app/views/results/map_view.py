"""A t-SNE map: a mark a lesion, its augmentations small and faint, one lesion ringed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from reader_app.state.results_loading import NetworkMap
from reader_app.state.results_synthetic import PlacedRoi
from reader_app.views.results.map_colours import CLASS, Told, faint_mark, hollow_mark, mark_of
from reader_app.views.results.map_lasso import Lasso, inside
from reader_app.views.results.map_places import next_point
from reader_app.views.results.map_points import MapPoints, Mark
from reader_app.widgets.theme import PALETTE, font
from studies.learning import EmbeddingPoint, SyntheticPoint
from studies.records import Category, LesionRecord
from studies.report.map_turn import turned, turning

_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}
_ZOOMS = {Qt.Key.Key_Plus: 1 / 1.25, Qt.Key.Key_Equal: 1 / 1.25, Qt.Key.Key_Minus: 1.25}
_NEAR = 12.0
"""Px from a lesion's point within which the pointer is on it."""
_MARKED = Mark(PALETTE.strong, "circle", 18.0, hollow=True)


@dataclass(frozen=True)
class MapContent:
    """A map with what its points look like and what is said of them under the pointer."""

    shown: NetworkMap
    categories: tuple[Category, ...]
    lesions: tuple[LesionRecord, ...]
    told: tuple[tuple[int, Told], ...]
    words: tuple[tuple[int, str], ...]
    augmented: bool
    by: str = CLASS
    synthetic: tuple[PlacedRoi, ...] = ()  # those that are shown where the map has them


class MapView(pg.PlotWidget):  # type: ignore[misc]
    """`chosen` with a lesion on a click or an arrow key: the next lesion that way.

    `lassoed` with the lesions inside a line drawn while `lasso` is on, and whether they come on
    top of those marked. `toggled` with the chosen lesion on Space. The wheel and + and - zoom,
    0 shows all. `synthetic_chosen` with a synthetic ROI on a click; the arrow keys then go from
    one of these to the next.
    """

    chosen = Signal(int)
    synthetic_chosen = Signal(int)
    lassoed = Signal(tuple, bool)
    toggled = Signal(int)

    def __init__(self) -> None:
        super().__init__(background=PALETTE.rail)
        self.setAntialiasing(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(240, 200)
        item = self.getPlotItem()
        item.hideButtons()
        item.setMenuEnabled(False)
        item.hideAxis("left")
        item.hideAxis("bottom")
        item.setAspectLocked(True)
        self.lasso = False
        self._real: dict[int, EmbeddingPoint] = {}
        self._words: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._places = np.empty((0, 2))
        self._chosen: int | None = None
        self._made: dict[int, SyntheticPoint] = {}
        self._made_words: dict[int, str] = {}
        self._made_chosen: int | None = None
        self._place_layers()

    def _place_layers(self) -> None:
        """Faint points, lesions, rings, words, the lasso: from back to front."""
        self._faint, self._solid, self._marks = MapPoints(), MapPoints(), MapPoints()
        self._hollow = MapPoints()
        self._ring = pg.ScatterPlotItem(
            size=22, pen=pg.mkPen(PALETTE.strong, width=2), brush=pg.mkBrush(None)
        )
        self._label = pg.TextItem("", color=PALETTE.strong, anchor=(0, 0.5))
        self.hover = pg.TextItem(
            "", color=PALETTE.strong, fill=pg.mkBrush(PALETTE.raised), border=PALETTE.edge
        )
        self._line = Lasso()
        points = (self._faint, self._hollow, self._solid)
        layers = (*points, self._marks, self._ring, self._label, self.hover)
        for depth, layer in enumerate(layers):
            layer.setZValue(depth)
            self.addItem(layer, ignoreBounds=layer not in points)
        self.addItem(self._line, ignoreBounds=True)
        for words in (self._label, self.hover):
            words.setFont(font("badge"))
        self.hover.hide()
        for layer in (self._faint, self._solid, self._marks, self._ring):
            layer.sigClicked.connect(lambda _item, hit, _event: self._hit(hit))
        self._hollow.sigClicked.connect(lambda _item, hit, _event: self._hit_synthetic(hit))

    def show_map(self, content: MapContent) -> None:
        """Draw the map; points whose lesion is gone are left out."""
        told, classes = dict(content.told), {one.code: one for one in content.categories}
        lesions = {
            one.id: one for one in content.lesions if one.id in told and one.category in classes
        }
        here = [p for p in content.shown.embedding.points if p.lesion_id in lesions]
        degrees = turning(here)
        points = turned(here, degrees)
        self._real = {p.lesion_id: p for p in points if not p.augmented}
        self._names = {i: f"{one.patient} · {one.name}" for i, one in lesions.items()}
        self._words = dict(content.words)
        self._places = _places(self._real.values())
        self.setAccessibleName(f"t-SNE of {content.shown.name}, {len(self._real)} lesions")
        self.setAccessibleDescription(
            "Arrow keys go to the next lesion, Space marks it, plus and minus zoom, 0 shows all"
        )
        faint = [p for p in points if p.augmented] if content.augmented else []
        for layer, own, look in (
            (self._faint, faint, faint_mark),
            (self._solid, list(self._real.values()), mark_of),
        ):
            marks = [look(told[p.lesion_id], classes[lesions[p.lesion_id].category]) for p in own]
            layer.show_points(_places(own), marks, [p.lesion_id for p in own])
        self._show_synthetic(content, degrees)
        self.hover.hide()
        if self._made_chosen is not None:
            self.ring_synthetic(self._made_chosen)
        else:
            self.ring(self._chosen)

    def _show_synthetic(self, content: MapContent, degrees: int) -> None:
        """Hollow marks, those that the map has of the content's."""
        classes = {one.code: one for one in content.categories}
        known = {one.id: one for one in content.synthetic if one.category in classes}
        held = [p for p in content.shown.embedding.synthetic if p.synthetic_id in known]
        self._made = {p.synthetic_id: p for p in turned(held, degrees)}
        self._made_words = {i: known[i].words for i in self._made}
        marks = [hollow_mark(content.by, classes[known[i].category]) for i in self._made]
        self._hollow.show_points(_places(self._made.values()), marks, list(self._made))

    def show_all(self) -> None:
        """Bring the whole map into the view."""
        self.getPlotItem().autoRange(padding=0.08)

    def set_lasso(self, on: bool) -> None:
        """Draw lines with the left button instead of panning."""
        self.lasso = on
        shape = Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def _hit(self, hit: np.ndarray) -> None:
        if len(hit) and int(hit[0].data()) >= 0:  # the ring of a synthetic ROI is no lesion
            self.setFocus()
            self.chosen.emit(int(hit[0].data()))

    def _hit_synthetic(self, hit: np.ndarray) -> None:
        if len(hit):
            self.setFocus()
            self.synthetic_chosen.emit(int(hit[0].data()))

    @property
    def synthetic_ids(self) -> tuple[int, ...]:
        """Synthetic ROIs on the map."""
        return tuple(self._made)

    def ring_synthetic(self, synthetic_id: int | None) -> None:
        """Ring a synthetic ROI in a lesion's place; none where it is not on this map."""
        self._made_chosen = synthetic_id
        point = self._made.get(synthetic_id) if synthetic_id is not None else None
        if point is None:
            self._ring.setData([], [])
            self._label.setText("")
            return
        self._ring.setData([point.x], [point.y], data=[-1])
        self._name_ring(f"synthetic {point.synthetic_id}", point.x, point.y)

    def ring(self, lesion_id: int | None) -> None:
        """Ring a lesion; none where it is not on this map."""
        self._chosen, self._made_chosen = lesion_id, None
        point = self._real.get(lesion_id) if lesion_id is not None else None
        if point is None:
            self._ring.setData([], [])
            self._label.setText("")
            return
        self._ring.setData([point.x], [point.y], data=[point.lesion_id])
        self._name_ring(self._names.get(point.lesion_id, ""), point.x, point.y)

    def _name_ring(self, name: str, x: float, y: float) -> None:
        """The name beside the ring, on the side that has room."""
        is_right = x > self.getViewBox().viewRect().center().x()
        self._label.setAnchor((1.0, 0.5) if is_right else (0.0, 0.5))
        self._label.setText(f"{name}    " if is_right else f"    {name}")
        self._label.setPos(x, y)

    def mark(self, lesion_ids: tuple[int, ...]) -> None:
        """Put a thin ring around each of these that is on this map."""
        here = [self._real[i] for i in lesion_ids if i in self._real]
        self._marks.show_points(_places(here), [_MARKED] * len(here), [p.lesion_id for p in here])

    @property
    def lesion_ids(self) -> tuple[int, ...]:
        """Lesions on the map."""
        return tuple(self._real)

    @property
    def marked(self) -> tuple[int, ...]:
        """Lesions on the map that have a thin ring."""
        return tuple(int(spot) for spot in self._marks.data["data"])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrow keys choose the nearest lesion in that direction."""
        key = Qt.Key(event.key())
        way, zoom = _ARROWS.get(key), _ZOOMS.get(key)
        if way is not None and self._made_chosen in self._made:
            following = next_point(self._made, self._made_chosen, way)
            if following is not None:
                self.synthetic_chosen.emit(following)
        elif way is not None and self._real:
            found = next_point(self._real, self._chosen, way)
            if found is not None:
                self.chosen.emit(found)
        elif zoom is not None:
            self.getViewBox().scaleBy((zoom, zoom))
        elif key == Qt.Key.Key_0:
            self.show_all()
        elif key == Qt.Key.Key_Space and self._chosen in self._real:
            self.toggled.emit(self._chosen)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a lasso where it is on; else click or pan."""
        if self.lasso and event.button() == Qt.MouseButton.LeftButton:
            self.setFocus()
            self._line.begin(self._at(event.position()), event.position())
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the lasso, or tell of the lesion below the pointer."""
        if self._line.active:
            self._line.go(self._at(event.position()), event.position())
            return
        super().mouseMoveEvent(event)
        self._tell(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Mark what the lasso holds; a click without a line chooses the nearest lesion."""
        if not self._line.active:
            super().mouseReleaseEvent(event)
            return
        corners = self._line.end()
        near = self.near(event.position())
        if len(corners) >= 3:
            held = np.array(self.lesion_ids)[inside(corners, self._places)].tolist()
            adding = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.lassoed.emit(tuple(held), adding)
        elif near is not None:
            self.chosen.emit(near)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is below the pointer."""
        self.hover.hide()
        super().leaveEvent(event)

    def near(self, px: QPointF) -> int | None:
        """The lesion nearest to a place of the widget, px; None where none is close."""
        return self._nearest(list(self._real), self._places, px)

    def _nearest(self, ids: list[int], places: np.ndarray, px: QPointF) -> int | None:
        if not ids:
            return None
        width, height = self.getViewBox().viewPixelSize()
        at = self._at(px)
        away = np.hypot(*((places - (at.x(), at.y())) / (width, height)).T)
        first = int(away.argmin())
        return ids[first] if away[first] <= _NEAR else None

    def _at(self, px: QPointF) -> QPointF:
        """Map units of a place of the widget, px."""
        place: QPointF = self.getViewBox().mapSceneToView(self.mapToScene(px.toPoint()))
        return place

    def _tell(self, event: QMouseEvent) -> None:
        near = None if event.buttons() else self.near(event.position())
        made = None if event.buttons() or near is not None else self._near_made(event.position())
        if near is None and made is None:
            self.hover.hide()
            return
        right, low = event.position().x() > self.width() / 2, event.position().y() < 80
        self.hover.setAnchor((1.0 if right else 0.0, -0.3 if low else 1.3))
        point = self._real[near] if near is not None else self._made[made or 0]
        words = self._words if near is not None else self._made_words
        self.hover.setText(words.get(near if near is not None else made or 0, ""))
        self.hover.setPos(point.x, point.y)
        self.hover.show()

    def _near_made(self, px: QPointF) -> int | None:
        """The synthetic ROI nearest to a place of the widget, px; None where none is close."""
        return self._nearest(list(self._made), _places(self._made.values()), px)


def _places(points: Iterable[EmbeddingPoint | SyntheticPoint]) -> np.ndarray:
    """(n, 2), map units."""
    return np.array([(p.x, p.y) for p in points], dtype=float).reshape(-1, 2)
