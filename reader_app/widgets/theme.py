"""Palette, spacing, fonts and the one style sheet; every colour of the program is named here.

Colours are those of the component sheet: all text reaches 4.5:1 on its ground (WCAG 2.2 AA),
disabled text is exempt. Class colours are the dark-ground variants of Okabe-Ito's set.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPainterPath, QPalette, QPolygonF
from PySide6.QtWidgets import QApplication

import assets
from reader_app.widgets.style_sheet import style_sheet

ICON_FOLDER = Path(assets.__file__).parent / "icons"


@dataclass(frozen=True)
class Palette:
    """Every colour by its role."""

    image: str = "#0f1113"  # behind pictures, reading screen
    rail: str = "#121417"  # rail, job bar, t-SNE ground
    page: str = "#16191c"  # page, input fill, plot ground
    panel: str = "#1e2226"
    raised: str = "#262b31"  # hovered row, toast, dialog
    line: str = "#2a2f35"  # lines, grid, normal button
    button_edge: str = "#3d454e"
    edge: str = "#4a525b"  # axes, key caps
    control: str = "#66707b"  # input and check box edge
    text: str = "#d7dce1"
    strong: str = "#f2f5f7"  # titles, numbers
    text_2: str = "#b4bcc5"  # secondary
    text_3: str = "#98a1ab"  # hints, ticks
    hint: str = "#8b949e"  # hints on panel or darker only; reference lines
    hint_selected: str = "#a9b3bd"  # hints on a selected row
    disabled: str = "#6b747e"
    accent: str = "#4aa3df"
    accent_hover: str = "#6bb6ea"
    accent_pressed: str = "#3788c1"
    on_accent: str = "#0b1116"
    selected: str = "#1d3447"
    link: str = "#7cc0ee"
    ok: str = "#8fce7f"
    ok_ground: str = "#24331f"
    warning: str = "#e3a33b"
    warning_ground: str = "#3a2f1b"
    error: str = "#e5534b"
    error_text: str = "#f48b84"
    error_ground: str = "#40211f"
    danger: str = "#b3362f"
    danger_hover: str = "#c9453d"
    danger_pressed: str = "#932a24"
    simulated: str = "#b7b3f0"
    simulated_ground: str = "#2c2a3f"
    cyst: str = "#f08a4b"
    metastasis: str = "#8398fb"
    hemangioma: str = "#2dbb8f"
    classic: str = "#b4bcc5"  # arms
    extra_real: str = "#e6cf52"
    dcgan: str = "#56b4e9"
    conditional: str = "#f09ad2"
    acgan: str = "#d9935f"
    control_arm: str = "#8fd1c7"
    paper: str = "#e6cf52"  # the paper's value: a hollow diamond


PALETTE = Palette()
SPACE = (4, 8, 12, 16, 24)
"""Steps of the spacing, px: inside controls, small, dense gap, gap and padding, page edge."""

RADIUS_PANEL, RADIUS_CONTROL, RADIUS_SMALL = 8, 6, 4
CONTROL_HEIGHT, SMALL_CONTROL_HEIGHT = 32, 28
_DRESSED = "dressedInFont"  # the application's property: the theme was applied with this family

_ROLES: dict[str, tuple[int, int]] = {  # role -> size in px, weight
    "number": (24, 600),
    "page": (20, 600),
    "study": (14, 600),
    "panel": (13, 600),
    "body": (13, 400),
    "medium": (13, 500),
    "hint": (12, 400),
    "badge": (11, 500),
    "tick": (11, 400),
}


def font(role: str) -> QFont:
    """The font of a role: number | page | study | panel | body | medium | hint | badge | tick."""
    size, weight = _ROLES[role]
    result = QFont(QApplication.font())
    result.setPixelSize(size)
    result.setWeight(QFont.Weight(weight))
    _tabular_figures(result)
    return result


def _tabular_figures(target: QFont) -> None:
    """Figures of one width, so that numbers in a column stand under each other."""
    target.setFeature(QFont.Tag("tnum"), 1)


def base_font(family: str | None = None) -> QFont:
    """Inter where the machine has it, else the system font; 13 px."""
    result = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if family or "Inter" in QFontDatabase.families():
        result.setFamily(family or "Inter")
    result.setPixelSize(13)
    result.setWeight(QFont.Weight.Normal)
    _tabular_figures(result)
    return result


def apply(app: QApplication, family: str | None = None) -> None:
    """Give the application its style, palette, font and focus ring; once for a family of fonts.

    A style sheet set anew lets Qt dress every widget there is once more.
    """
    from reader_app.widgets.focus_ring import FocusRing

    wanted = base_font(family)
    if app.property(_DRESSED) == wanted.family():
        return
    app.setProperty(_DRESSED, wanted.family())
    app.setStyle("Fusion")
    app.setFont(wanted)
    app.setPalette(_qt_palette())
    app.setStyleSheet(style_sheet(PALETTE, ICON_FOLDER))
    ring = app.findChild(FocusRing)
    if ring is None:
        FocusRing(app)


def _qt_palette() -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, value in (
        (roles.Window, PALETTE.page),
        (roles.WindowText, PALETTE.text),
        (roles.Base, PALETTE.page),
        (roles.AlternateBase, PALETTE.panel),
        (roles.Text, PALETTE.text),
        (roles.PlaceholderText, PALETTE.hint),
        (roles.Button, PALETTE.line),
        (roles.ButtonText, PALETTE.text),
        (roles.BrightText, PALETTE.strong),
        (roles.ToolTipBase, PALETTE.raised),
        (roles.ToolTipText, PALETTE.text),
        (roles.Highlight, PALETTE.selected),
        (roles.HighlightedText, PALETTE.strong),
        (roles.Link, PALETTE.link),
        (roles.LinkVisited, PALETTE.link),
        (roles.Accent, PALETTE.accent),
        (roles.Light, PALETTE.edge),
        (roles.Midlight, PALETTE.button_edge),
        (roles.Mid, PALETTE.line),
        (roles.Dark, PALETTE.rail),
        (roles.Shadow, PALETTE.image),
    ):
        palette.setColor(role, QColor(value))
    for role in (roles.Text, roles.WindowText, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(PALETTE.disabled))
    return palette


def category_color(category: object) -> QColor:
    """The dark-ground colour of a Category record (anything with `.color`) or of a hex."""
    return QColor(getattr(category, "color", category))


def mixed(ground: str, over: str, share: float) -> QColor:
    """`over` laid on `ground` with opacity `share` 0..1."""
    a, b = QColor(ground), QColor(over)
    pairs = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return QColor(*(round(x + (y - x) * share) for x, y in pairs))


@lru_cache(maxsize=256)
def _unit_polygon(marker: str) -> tuple[tuple[float, float], ...]:
    """Vertices of a marker in the square -1..1, of about equal area."""
    polygons: dict[str, tuple[tuple[float, float], ...]] = {
        "triangle": ((0.0, -0.95), (1.0, 0.85), (-1.0, 0.85)),
        "square": ((-0.82, -0.82), (0.82, -0.82), (0.82, 0.82), (-0.82, 0.82)),
        "diamond": ((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)),
    }
    if marker == "star":
        spokes = (math.pi * (k / 5) - math.pi / 2 for k in range(10))
        radii = (1.0, 0.45)
        return tuple(
            (radii[k % 2] * math.cos(a), radii[k % 2] * math.sin(a)) for k, a in enumerate(spokes)
        )
    if marker == "cross":
        t = 0.34
        quarter = ((-t, -1), (t, -1), (t, -t), (1, -t), (1, t), (t, t), (t, 1), (-t, 1))
        return tuple(
            (float(x), float(y)) for x, y in (*quarter, (-t, t), (-1, t), (-1, -t), (-t, -t))
        )
    return polygons[marker]


def marker_path(marker: str, size: float) -> QPainterPath:
    """A marker centred on (0, 0) inside a square of `size` px.

    marker: circle | triangle | square | diamond | star | cross.
    """
    path = QPainterPath()
    half = size / 2
    if marker == "circle":
        path.addEllipse(QRectF(-half * 0.92, -half * 0.92, half * 1.84, half * 1.84))
        return path
    path.addPolygon(QPolygonF([QPointF(x * half, y * half) for x, y in _unit_polygon(marker)]))
    path.closeSubpath()
    return path
