"""Progress and times of everyone who reads; nothing of what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from reader_app.views.read.part_words import day_words, part_name, short_name, state_words
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.plots import LineLook, add_line, add_text, line_plot
from reader_app.widgets.table import Cell, Column, Row, Table
from reader_app.widgets.theme import PALETTE, SPACE
from studies.reading import PartProgress

_DASHES: tuple[tuple[float, ...], ...] = ((), (7, 4), (2, 3), (9, 3, 2, 3), (1, 3))
_NAME_ROOM = 0.16  # of the axis, right of the last point
_NOBODY = "Nobody reads this version yet. Readers are added on the tab Protocol."
_LOOKING = "Looking…"
_NOT_SEALED = "Nothing is sealed yet: a version is read once it is sealed on the tab Protocol."
_HOW = "active seconds of first answers, pauses left out"


class MonitorTab(QWidget):
    """A table with a row for each part of each reader, and the seconds a trial over blocks."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[PartProgress, ...] = ()
        self.none = label(_NOBODY, "hint", wrap=True)
        self.table = Table(_columns(), name="Progress of readers", row_height=40)
        self.table.chosen.connect(lambda _key: self._draw())
        self.plot = line_plot("", "trials read", "median seconds a trial")
        self.plot.setMouseEnabled(False, False)
        self.plot.setMinimumHeight(150)
        rows = Panel("Readers", "progress and times only: no answer and no accuracy is shown here")
        rows.body.addWidget(self.none)
        rows.body.addWidget(self.table, 1)
        self.times = Panel("Seconds a trial", f"medians of 50 trials: {_HOW}")
        self.times.body.addWidget(self.plot, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE[3])
        column.addWidget(rows, 3)
        column.addWidget(self.times, 2)

    def show_waiting(self, *, is_sealed: bool) -> None:
        """No version is sealed, or nobody has looked at it yet."""
        self.show_progress(())
        self.none.setText(_LOOKING if is_sealed else _NOT_SEALED)

    def show_progress(self, rows: tuple[PartProgress, ...]) -> None:
        """Show other figures; the chosen row stays chosen."""
        self.none.setText(_NOBODY)
        self.none.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self.table.set_rows(tuple(_row(one) for one in rows))
        self._drawn = tuple(one for one in rows if one.block_seconds)
        self.times.setVisible(bool(self._drawn))
        self._draw()

    def _draw(self) -> None:
        """A line a part; the chosen one is strong."""
        self.plot.clear()
        chosen = self.table.chosen_key
        last = max((_block_ends(one)[-1] for one in self._drawn), default=1)
        top = 1.15 * max((max(one.block_seconds) for one in self._drawn), default=1)
        heights = apart([one.block_seconds[-1] for one in self._drawn], self._line_height(top), top)
        for k, one in enumerate(self._drawn):
            strong = chosen in (None, _key(one))
            color = PALETTE.strong if strong else PALETTE.edge
            look = LineLook(color, _DASHES[k % len(_DASHES)], "circle", 2.0 if strong else 1.2)
            ends = _block_ends(one)
            add_line(self.plot, ends, one.block_seconds, look, marker_size=7)
            add_text(self.plot, ends[-1] + 0.01 * last, heights[k], _line_name(one), color)
        self.plot.setXRange(0, last * (1 + _NAME_ROOM))
        self.plot.setYRange(0, top)

    def _line_height(self, top: float) -> float:
        """Seconds on the axis that a name of 16 px takes; about 60 px are not the plot's own."""
        return top * 16.0 / float(max(60, self.plot.height() - 60))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names keep apart in another height too."""
        super().resizeEvent(event)
        if self._drawn:
            self._draw()


def apart(values: Sequence[float], least: float, top: float) -> tuple[float, ...]:
    """Heights of names near their values, `least` or more from each other, none above `top`.

    Where there is no room for all below `top` they come closer.
    Example: apart((4, 4.1, 9), 1, 10) -> (4, 5, 9).
    """
    least = min(least, top / max(1, len(values)))
    order = sorted(range(len(values)), key=lambda k: values[k])
    placed: list[float] = []
    for k in order:
        placed.append(max(values[k], placed[-1] + least) if placed else max(values[k], 0.0))
    ceiling = top
    for at in reversed(range(len(placed))):
        placed[at] = min(placed[at], ceiling)
        ceiling = placed[at] - least
    found = dict(zip(order, placed, strict=True))
    return tuple(found[k] for k in range(len(values)))


def _columns() -> tuple[Column, ...]:
    return (
        Column("Reader"),
        Column("Part", width=100),
        Column("State", width=112),
        Column("Read", width=188),
        Column("Last seen", width=110, tooltip="UTC, by the reader's clock"),
        Column("Sittings", "right", 80, "With the minutes between opening and leaving"),
        Column("A trial", "right", 80, f"Median: {_HOW}"),
        Column("Pauses", "right", 80, "With the minutes without any key or mouse"),
        Column("Focus lost", "right", 80, "How often another window had the keyboard"),
        Column("Undone", "right", 80, "Trials opened once more"),
        Column("Clock set", "right", 80, "The computer's clock was set; durations are not hurt"),
    )


def _row(one: PartProgress) -> Row:
    words, role = state_words(one.part)
    share = one.part.answered / one.part.trials if one.part.trials else 0.0
    median, seen = one.median_seconds, one.last_seen
    cells = (
        Cell(one.reader, strong=True),
        Cell(f"{one.part.plan.number}  {short_name(one.part.plan)}", part_name(one.part.plan)),
        Cell(words, badge=role),
        Cell(f"{one.part.answered} / {one.part.trials}", progress=share, sort=share),
        Cell(_day(seen), below=seen[11:16], sort=seen),
        Cell(str(one.sittings), below=_minutes(one.minutes), sort=one.sittings),
        Cell("–" if median is None else f"{median:.1f} s", sort=-1.0 if median is None else median),
        Cell(str(one.pauses), below=_minutes(one.idle_minutes, "idle"), sort=one.pauses),
        _count(one.focus_losses),
        _count(one.corrections),
        _count(one.clock_jumps),
    )
    return Row(cells, _key(one))


def _count(number: int) -> Cell:
    return Cell(str(number), sort=number)


def _day(moment: str) -> str:
    return day_words(date.fromisoformat(moment[:10])) if moment else "–"


def _minutes(value: float, word: str = "") -> str:
    return f"{word} {value:.1f} min".strip() if value else ""


def _key(one: PartProgress) -> tuple[int, int]:
    return one.reader_id, one.part.plan.number


def _line_name(one: PartProgress) -> str:
    return one.reader if one.part.plan.number == 1 else f"{one.reader}, {one.part.plan.number}"


def _block_ends(one: PartProgress) -> tuple[int, ...]:
    """Trials read at the end of each block of 50; the last block may be shorter."""
    last = len(one.block_seconds)
    return tuple(min(50 * k, max(one.part.answered, 50 * (k - 1) + 1)) for k in range(1, last + 1))
