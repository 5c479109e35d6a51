"""The picture itself: pixels in a window, where they lie, and the texts over them.

The pixels lie below one root item that carries image px to screen px; lines are path items
below the same root. Texts are painted in screen px on top.
"""

from __future__ import annotations

import math
from dataclasses import replace

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QResizeEvent, QTransform
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsView, QWidget

from reader_app.widgets.slice_view.items import PixelsItem
from reader_app.widgets.slice_view.lettering import Line, Text
from reader_app.widgets.slice_view.orientation import Turn, letters
from reader_app.widgets.slice_view.overlay import LENS_ZOOM, Overlay
from reader_app.widgets.slice_view.picture import Corners, Picture, to_rgb
from reader_app.widgets.slice_view.placement import Placement, fitted
from reader_app.widgets.theme import PALETTE

NOWHERE = QPointF(-1, -1)


class Canvas(pg.GraphicsView):  # type: ignore[misc]  # pyqtgraph has no types
    """Shows a Picture: window, zoom, pan, turn, corner texts, letters, scale bar, magnifier."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=PALETTE.image)
        self._picture: Picture | None = None
        self._placement: Placement | None = None
        self._fits = True
        self._window = (-100.0, 250.0)
        self._corners = Corners()
        self._cursor = NOWHERE
        self._magnifies = False
        self._overlay = Overlay()
        self.setMouseTracking(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setMinimumSize(320, 320)
        self._root = QGraphicsRectItem()
        self._root.setPen(Qt.PenStyle.NoPen)
        self.addItem(self._root)
        self._image = PixelsItem(self._root)

    # --- what is shown ----------------------------------------------------------------------

    @property
    def picture(self) -> Picture | None:
        """The slice shown."""
        return self._picture

    @property
    def placement(self) -> Placement | None:
        """Where the picture lies now."""
        return self._placement

    def set_picture(self, picture: Picture | None) -> None:
        """Show a slice; one of another series is fitted to the view."""
        before, self._picture = self._picture, picture
        self._image.setVisible(picture is not None)
        if picture is not None:
            if before is None or before.series != picture.series or self._placement is None:
                self._placement = None
                self.fit()
            self._paint_pixels()
        self.viewport().update()

    def set_window(self, low: float, high: float) -> None:
        """Show low black and high white."""
        if (low, high) != self._window:
            self._window = (low, high)
            self._paint_pixels()

    def set_corners(self, corners: Corners) -> None:
        """The texts in the corners."""
        self._corners = corners
        self.viewport().update()

    def _paint_pixels(self) -> None:
        if self._picture is not None:
            self._image.show_pixels(to_rgb(self._picture.pixels, *self._window))

    def close(self) -> bool:
        """Close as any widget does; pyqtgraph's own way clears the scene and can crash."""
        return bool(QGraphicsView.close(self))

    # --- where it lies ----------------------------------------------------------------------

    def fit(self) -> None:
        """The picture's extent, as large as the view allows."""
        if self._picture is None:
            return
        rows, columns = self._picture.pixels.shape
        extent = self._picture.extent or (0.0, 0.0, float(columns), float(rows))
        spacing = (self._picture.row_spacing, self._picture.column_spacing)
        turn = self._placement.turn if self._placement else Turn()
        self._fits = True
        self._place(fitted(extent, *spacing, self._size(), turn))

    def turn(self, turn: Turn) -> None:
        """Show the slice turned or flipped, as large and with the same place in the middle."""
        if self._placement is None:
            return
        turned = replace(self._placement, turn=turn)
        if self._fits:
            self._placement = turned
            self.fit()
        else:
            self._place(turned)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom around a screen point (the middle without one)."""
        if self._placement is None:
            return
        size = self._size()
        self._fits = False
        middle = QPointF(size.width() / 2, size.height() / 2)
        self._place(self._placement.zoomed(factor, at if at is not None else middle, size))

    def pan_by(self, by: QPointF) -> None:
        """Move the picture by screen px."""
        if self._placement is not None:
            self._fits = False
            self._place(self._placement.moved(by, self._size()))

    def to_image(self, at: QPointF) -> QPointF:
        """Screen px of the viewport to image px."""
        inverse, _ = self._transform().inverted()
        return inverse.map(at)

    def to_screen(self, at: QPointF) -> QPointF:
        """Image px to screen px of the viewport."""
        return self._transform().map(at)

    def _size(self) -> QSizeF:
        return QSizeF(self.viewport().size())

    def _transform(self) -> QTransform:
        return self._placement.transform(self._size()) if self._placement else QTransform()

    def _place(self, placement: Placement) -> None:
        self._placement = placement
        self._root.setTransform(self._transform())
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        placement = getattr(self, "_placement", None)  # Qt resizes before __init__ is through
        if placement is not None and self._fits:
            self.fit()
        elif placement is not None:
            self._place(placement)

    # --- painting over it -------------------------------------------------------------------

    @property
    def value_under_cursor(self) -> float | None:
        """The pixel's value under the cursor; None beside the image."""
        if self._picture is None or self._cursor == NOWHERE:
            return None
        at = self.to_image(self._cursor)
        rows, columns = self._picture.pixels.shape
        x, y = math.floor(at.x()), math.floor(at.y())
        inside = 0 <= x < columns and 0 <= y < rows
        return float(self._picture.pixels[y, x]) if inside else None

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        if self._picture is None or self._placement is None:
            return
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._magnifies and self._cursor != NOWHERE:
            self._paint_lens(painter)
        self._paint_names(painter)
        self._paint_corners(painter, self._picture, self._placement)
        painter.restore()

    def _paint_names(self, painter: QPainter) -> None:
        """Names beside lines; a plain picture has none."""

    def _lens_lines(self) -> tuple[tuple[QPainterPath, QColor], ...]:
        """Lines that the magnifier shows too; a plain picture has none."""
        return ()

    def _paint_lens(self, painter: QPainter) -> None:
        around = QTransform.fromTranslate(self._cursor.x(), self._cursor.y())
        around.scale(LENS_ZOOM, LENS_ZOOM)
        around.translate(-self._cursor.x(), -self._cursor.y())
        lines = self._lens_lines()
        self._overlay.lens(
            painter, self._image.image, self._transform() * around, lines, self._cursor
        )

    def _paint_corners(self, painter: QPainter, picture: Picture, placement: Placement) -> None:
        view, corners = self._size(), self._corners
        heads: tuple[Line, ...] = ((Text(corners.title, True),), (Text(corners.subtitle),))
        below = self._overlay.corner(painter, view, Qt.Corner.TopLeftCorner, heads)
        self._overlay.tags(painter, below, corners.tags)
        low, high = self._window
        window = (Text(f"W {_figure(high - low)}  L {_figure((low + high) / 2)}"),)
        zoom = (Text(f"Zoom {placement.pixel_zoom:.1f}×"),)
        turned = ((Text(placement.turn.words, True),),) if placement.turn.words else ()
        self._overlay.corner(painter, view, Qt.Corner.TopRightCorner, (window, zoom, *turned))
        place = (Text("Slice "), Text(corners.number, True), Text(f" of {corners.count}"))
        right = (place, (Text(corners.position),)) if corners.position else (place,)
        self._overlay.corner(painter, view, Qt.Corner.BottomRightCorner, right)
        self._overlay.letters(painter, view, letters(picture.orientation, placement.turn))
        if picture.has_mm:
            self._overlay.scale_bar(painter, view, placement.zoom)
        at = self.to_image(self._cursor)
        value = self.value_under_cursor
        if value is not None:
            unit = (Text(f"{picture.unit} "), Text(_figure(value), True))
            where = (Text(f"x {at.x():.1f}  y {at.y():.1f}"),)
            self._overlay.corner(painter, view, Qt.Corner.BottomLeftCorner, (unit, where))


def _figure(value: float) -> str:
    """A whole number where the value is large, else two decimals; a true minus sign."""
    text = f"{value:.0f}" if abs(value) >= 10 or value == round(value) else f"{value:.2f}"
    return text.replace("-", "−")
