"""The button in a plot's head that saves it as SVG, PNG or CSV, and the key that does the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from reader_app.widgets.buttons import Button
from reader_app.widgets.panel import Panel

if TYPE_CHECKING:  # the report's statistics are not needed before a figure is drawn
    from studies.report.drawing import Figure

SVG, PNG, CSV = ".svg", ".png", ".csv"
KEY = "Ctrl+Shift+S"
WORDS = "Save figure as SVG, PNG or CSV"
_KINDS = ((SVG, "SVG (*.svg)"), (PNG, "PNG, 300 dpi (*.png)"), (CSV, "CSV, its numbers (*.csv)"))
_LONGEST = 80  # characters of an offered name

Draw = Callable[[], "Figure | None"]


class FigureSaver(Protocol):
    """Who knows the study's name and the folder, and writes in the background."""

    @property
    def study(self) -> str:
        """The study's name, for the file's."""

    @property
    def folder(self) -> Path:
        """Where the last figure went."""

    @property
    def ending(self) -> str:
        """.svg, .png or .csv: what the last one was saved as."""

    def prepare(self, then: Callable[[], None]) -> None:
        """Have ready what drawing needs, then call."""

    def write(self, figure: Figure, path: Path) -> None:
        """Write it, and say what became of it."""

    def decline(self, words: str) -> None:
        """Say why there is nothing to save."""


class FigureButton(Button):
    """Small, an icon; `draw` makes the figure when it is pressed, None while there is nothing."""

    def __init__(self, saver: FigureSaver, draw: Draw) -> None:
        super().__init__("", "quiet", "save", "", True)
        self._saver, self._draw = saver, draw
        self.setToolTip(f"{WORDS} (Ctrl Shift S)")
        self.setAccessibleName(WORDS)
        self.clicked.connect(self.save)

    def save(self) -> None:
        """Draw the figure, ask for a file and have it written there."""
        self._saver.prepare(self._save_drawn)

    def _save_drawn(self) -> None:
        figure = self._draw()
        if figure is None:
            self._saver.decline("There is nothing drawn here yet, so there is nothing to save.")
            return
        path = self._ask(figure)
        if path is not None:
            self._saver.write(figure, path)

    @property
    def panel_title(self) -> str:
        """What stands in the panel's head: the menu's words for this figure."""
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, Panel):
            parent = parent.parentWidget()
        if isinstance(parent, Panel) and parent.title.text().strip():
            return parent.title.text().strip()
        return self.accessibleDescription() or "Figure"

    def _ask(self, figure: Figure) -> Path | None:
        start = self._saver.folder / file_name(self._saver.study, figure.key, self._saver.ending)
        kinds = dict(_KINDS)
        text, kind = QFileDialog.getSaveFileName(
            self.window(),
            f"Save “{figure.title}”",
            str(start),
            ";;".join(kinds.values()),
            kinds.get(self._saver.ending, kinds[SVG]),
        )
        return with_ending(text, kind) if text else None


def file_name(study: str, key: str, ending: str) -> str:
    """`Two-reader pilot, figure 8.svg`: which study and which figure, safe on any disk."""
    name = re.sub(r'[\\/:*?"<>|\x00-\x1f]+', " ", f"{study}, {key.replace('_', ' ')}")
    return " ".join(name.split())[:_LONGEST].strip(" .,") + ending


def with_ending(text: str, kind: str) -> Path:
    """The path asked for; where it has none of the three endings, the chosen kind's."""
    endings = tuple(ending for ending, _ in _KINDS)
    if text.lower().endswith(endings):
        return Path(text)
    chosen = next((ending for ending, words in _KINDS if words == kind), SVG)
    return Path(text + chosen)


class FigureKey(QObject):
    """The key of a whole page: saves its one visible figure, or offers all that are visible."""

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self.shortcut = QShortcut(QKeySequence(KEY), page, self.act)
        self.shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.shortcut.setWhatsThis("Save a figure")

    def act(self) -> None:
        """Save, or ask which."""
        shown = [
            one
            for one in self._page.findChildren(FigureButton)
            if one.isVisibleTo(self._page) and one.isEnabled()
        ]
        if len(shown) == 1:
            shown[0].save()
        elif shown:
            menu = self.menu(shown)
            menu.exec(self._page.mapToGlobal(QPoint(self._page.width() // 2, 48)))
            menu.deleteLater()

    def menu(self, shown: list[FigureButton]) -> QMenu:
        """A line a figure, in the page's order."""
        menu = QMenu(self._page)
        menu.setAccessibleName("Which figure to save")
        for one in shown:
            menu.addAction(one.panel_title, one.save)
        return menu
