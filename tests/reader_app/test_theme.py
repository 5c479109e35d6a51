"""The theme: contrast of every text on its ground, markers, fonts, scaling."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFontDatabase
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from reader_app.widgets import icons, theme
from reader_app.widgets.badge import ROLES, Badge, KeyCap
from reader_app.widgets.buttons import _LOOKS, button
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import PALETTE
from studies.records import DEFAULT_SCHEME


def luminance(color: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [part / 255 for part in QColor(color).getRgb()[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """Contrast ratio of two colours, WCAG 2.2."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


@pytest.mark.parametrize("text", ["text", "strong", "text_2", "text_3", "hint", "link"])
@pytest.mark.parametrize("ground", ["page", "panel", "rail"])
def test_texts_reach_aa_on_grounds(text: str, ground: str) -> None:
    assert contrast(getattr(PALETTE, text), getattr(PALETTE, ground)) >= 4.5


def test_hints_on_selected_rows_reach_aa() -> None:
    assert contrast(PALETTE.hint_selected, PALETTE.selected) >= 4.5


@pytest.mark.parametrize("role", ROLES)
def test_badges_reach_aa(role: str) -> None:
    text, ground, _ = ROLES[role]
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("role", ["normal", "primary", "danger", "choice"])
@pytest.mark.parametrize("state", ["rest", "hover", "pressed", "chosen"])
def test_buttons_reach_aa(role: str, state: str) -> None:
    look = _LOOKS[role][state]
    assert contrast(look.text, look.fill) >= 4.5


def test_class_colours_are_the_schemes() -> None:
    shown = (PALETTE.cyst, PALETTE.metastasis, PALETTE.hemangioma)
    assert shown == tuple(category.color for category in DEFAULT_SCHEME.categories)
    assert PALETTE.accent not in shown


@pytest.mark.parametrize("marker", ["circle", "triangle", "square", "diamond", "star", "cross"])
def test_marker_fills_its_square(marker: str) -> None:
    box = theme.marker_path(marker, 20.0).boundingRect()
    assert box.width() <= 20.01
    assert box.height() <= 20.01
    assert box.width() >= 15
    assert abs(box.center().x()) < 0.6


def test_every_icon_draws_in_its_colour(qapp: QApplication) -> None:
    for name in icons.names():
        image = icons.pixmap(name, "#ff0000", 20).toImage()
        found = {image.pixelColor(x, y).alpha() > 0 for x in range(20) for y in range(20)}
        assert True in found, name
        if name != "logo":
            reds = [
                image.pixelColor(x, y)
                for x in range(20)
                for y in range(20)
                if image.pixelColor(x, y).alpha() > 200
            ]
            assert all(color.red() > 200 and color.green() < 60 for color in reds), name


def test_style_sheet_names_only_existing_pictures() -> None:
    sheet = theme.style_sheet(PALETTE, theme.ICON_FOLDER)
    for path in re.findall(r"url\(([^)]+)\)", sheet):
        assert Path(path).is_file(), path
    assert "$" not in sheet


def _families() -> list[str]:
    return [name for name in ("Inter", "DejaVu Sans") if name in QFontDatabase.families()]


def test_no_text_is_cut_in_any_font(qtbot: QtBot, qapp: QApplication) -> None:
    families = _families()
    if "DejaVu Sans" not in families:
        pytest.skip("DejaVu Sans is not installed here")
    try:
        for family in families:
            theme.apply(qapp, family)
            one = button("Queue 6 runs", "primary", icon="play", key="Ctrl Enter")
            words = one.fontMetrics().horizontalAdvance("Queue 6 runs")
            cap = one._cap_width()
            assert one.sizeHint().width() >= 14 + 16 + 8 + words + 8 + cap + 14
            for widget, text in (
                (Badge("simulated", "simulated"), "simulated"),
                (KeyCap("Ctrl Enter"), "Ctrl Enter"),
                (ClassMark(DEFAULT_SCHEME.categories[2]), "Hemangioma"),
            ):
                own = theme.font("body" if isinstance(widget, ClassMark) else "badge")
                widget.setFont(own)
                assert widget.sizeHint().width() > widget.fontMetrics().horizontalAdvance(text)
            choice = Segmented(("Latest", "Best", "Over time"))
            choice.setFont(theme.font("panel"))
            assert choice.sizeHint().width() > choice.fontMetrics().horizontalAdvance(
                "LatestBestOver time"
            )
    finally:
        theme.apply(qapp)


@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_window_draws_sharp_at_scale(scale: str, tmp_path: Path) -> None:
    script = (
        "from reader_app import self_test; from PySide6.QtWidgets import QApplication;"
        "app = QApplication([]); from reader_app.widgets import theme; theme.apply(app);"
        "from reader_app.widgets.empty_page import EmptyPage;"
        "page = EmptyPage('check', 'A title', 'Why', 'Do it'); page.resize(300, 200);"
        "image = page.grab(); print(image.width(), image.devicePixelRatio())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin",
             "BLINDREAD_HOME": str(tmp_path)},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    width, ratio = done.stdout.split()
    assert float(ratio) == float(scale)
    assert int(width) == round(300 * float(scale))
