"""Our own SVG line icons, drawn in the colour of the text beside them."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from reader_app.widgets.theme import ICON_FOLDER, PALETTE

_SCALES = (1.0, 1.5, 2.0, 3.0)


@lru_cache(maxsize=128)
def _svg(name: str) -> str:
    return (ICON_FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def names() -> tuple[str, ...]:
    """All icons a view may ask for."""
    found = (path.stem for path in ICON_FOLDER.glob("*.svg"))
    return tuple(sorted(name for name in found if not name.startswith("style-")))


def _drawn(name: str, color: str, size: int, scale: float) -> QPixmap:
    result = QPixmap(round(size * scale), round(size * scale))
    result.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(_svg(name).replace("currentColor", color).encode()))
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, result.width(), result.height()))
    painter.end()
    result.setDevicePixelRatio(scale)
    return result


@lru_cache(maxsize=1024)
def _cached(name: str, color: str, size: int, scale: float) -> QPixmap:
    return _drawn(name, color, size, scale)


def pixmap(name: str, color: str = PALETTE.text_2, size: int = 20) -> QPixmap:
    """An icon as a pixmap of `size` logical px, sharp on the screen's scale."""
    app = QApplication.instance()
    scale = app.devicePixelRatio() if isinstance(app, QApplication) else 1.0
    return _cached(name, color, size, scale)


def icon(name: str, color: str = PALETTE.text_2, size: int = 20) -> QIcon:
    """An icon with pixmaps for 100, 150, 200 and 300 % and a disabled look."""
    result = QIcon()
    for scale in _SCALES:
        result.addPixmap(_cached(name, color, size, scale))
        result.addPixmap(_cached(name, PALETTE.disabled, size, scale), QIcon.Mode.Disabled)
    return result
