"""What a table shows: columns, rows and cells."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QImage


@dataclass(frozen=True)
class Column:
    """`align`: left | right | center. `width` in px, 0 = takes the spare room."""

    title: str
    align: str = "left"
    width: int = 0
    tooltip: str = ""


@dataclass(frozen=True)
class Mark:
    """A class's marker with a word or number beside it."""

    marker: str
    color: str
    text: str = ""


@dataclass(frozen=True)
class Cell:
    """Text (with `below` as a second, quiet line), or a badge, or class marks.

    `badge` is a badge's role, `badges` more of them as (text, role); `sort` replaces the text for
    sorting; `strong` is for names and the numbers that matter; `progress` 0..1 draws a bar.
    """

    text: str = ""
    tooltip: str = ""
    badge: str = ""
    badges: tuple[tuple[str, str], ...] = ()
    marks: tuple[Mark, ...] = ()
    below: str = ""
    icon: str = ""
    image: QImage | None = None
    sort: float | str | None = None
    strong: bool = False
    quiet: bool = False
    progress: float | None = None

    @property
    def words(self) -> tuple[object, ...]:
        """What its width depends on: cells alike in this are measured once."""
        seen = (self.text, self.below, self.badge, self.badges, self.marks)
        return *seen, bool(self.icon), self.strong, self.image is None


@dataclass(frozen=True)
class Row:
    """One row; `key` is what `chosen` and `activated_row` send."""

    cells: tuple[Cell, ...]
    key: object = None
