"""The page's keys: one binding each, and the scheme's class keys before all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from reader_app.widgets.buttons import Button

GESTURES = (
    ("drag", "Freehand margin"),
    ("click", "Points of a margin; the first point or a double click closes it"),
    ("Shift drag", "Magnetic margin"),
    ("drag along the margin", "Replace that part of it; a small square bends it"),
    ("click another's line", "Choose that lesion"),
    ("right drag", "Window (Shift faster, Ctrl finer)"),
    ("middle drag", "Move the picture"),
    ("wheel", "Slices (Shift: ten); Ctrl: zoom"),
    ("Up Down", "Slices; Home and End: first and last"),
    ("Space", "Magnifier while held"),
    ("Ctrl R", "Turn the picture (Shift: back)"),
    ("Ctrl H", "Mirror the picture (Shift: upside down)"),
    ("1 to 5", "Window presets"),
)


@dataclass(frozen=True)
class Binding:
    """A key of the page; `words` are for the key sheet, empty where a button says them."""

    key: str
    call: Callable[[], object]
    words: str = ""


class PageKeys:
    """Shortcuts of a page. `capped` are the buttons that name a letter of the bindings."""

    def __init__(
        self, page: QWidget, bindings: tuple[Binding, ...], capped: Mapping[str, Button]
    ) -> None:
        self._page, self._capped = page, dict(capped)
        self._keys = {one.key: self._key(one.key, one.call) for one in bindings}
        self._words = {one.key: one.words for one in bindings if one.words}
        self._spoken = {one.key: _spoken(one.key) for one in bindings}
        self._classes: list[QShortcut] = []

    @property
    def sheet(self) -> tuple[tuple[str, str], ...]:
        """(key, what it does) for the key sheet; class keys stand on their buttons."""
        return (*GESTURES, *((self._spoken[key], words) for key, words in self._words.items()))

    def show_classes(self, calls: Mapping[str, Callable[[], object]]) -> None:
        """The scheme's keys come first; whatever else had such a letter answers with Shift."""
        for old in self._classes:
            old.setEnabled(False)
            old.deleteLater()
        taken = {key.upper(): call for key, call in calls.items()}
        self._classes = [self._key(key, call) for key, call in taken.items()]
        for letter in [key for key in self._keys if len(key) == 1 and key.isalpha()]:
            spoken = f"Shift {letter}" if letter in taken else letter
            self._spoken[letter] = spoken
            self._keys[letter].setKey(QKeySequence(spoken.replace(" ", "+")))
            if letter in self._capped:
                _put_key(self._capped[letter], spoken)

    def _key(self, name: str, call: Callable[[], object]) -> QShortcut:
        shortcut = QShortcut(QKeySequence(name), self._page)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(len(name) > 1)  # a letter held down is one wish, not many
        shortcut.activated.connect(lambda: call())
        return shortcut


def _spoken(key: str) -> str:
    """A key as its cap says it."""
    return key.replace("+", " ").replace("Return", "Enter").replace("Escape", "Esc")


def _put_key(target: Button, key: str) -> None:
    """Another key in a button's cap and tooltip."""
    target.setToolTip(target.toolTip().replace(f"({target.key})", f"({key})"))
    target.key = key
    target.updateGeometry()
    target.update()
