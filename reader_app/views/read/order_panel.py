"""The order as a reader will meet it, for the coordinator's eyes: strip, measures, seed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from reader_app.state.read_preview import Preview
from reader_app.views.read import fields
from reader_app.views.read.part_words import part_name, starting
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.rows import clear
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import PALETTE, SPACE, category_color, font
from studies.protocols.ordering import ALGORITHM, PlannedTrial
from studies.records import Category, ClassScheme, ProtocolDraft

_PER_ROW, _BAR, _MARK, _PITCH, _LINE = 76, 14, 4, 28, 20
BALANCE_TIP = (
    "Whether some kind of item tends to come early or late over the orders of 24 readers drawn "
    "from this seed. A p near 1 says that the orders are even, one below .05 that they are not "
    "(chi-square test over quarters of the order)."
)
SEED_TIP = (
    "The orders follow from this number alone: the same seed and algorithm give the same orders "
    "on every computer. Both are sealed."
)
_SEGMENTS = 4  # readers; more are chosen by a number


def probability(value: float) -> str:
    """A p value as readers of statistics write it: .48, 1.00, < .01."""
    if value < 0.01:
        return "< .01"
    words = f"{value:.2f}"
    return words[1:] if words.startswith("0") else words


class OrderStrip(QWidget):
    """One bar a trial in its class's colour, lower for the second presentation of an item.

    A white mark stands below the synthetic ones.
    """

    def __init__(self) -> None:
        super().__init__()
        self._trials: tuple[PlannedTrial, ...] = ()
        self._colors: dict[str, QColor] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Order of trials")

    def show_trials(self, trials: tuple[PlannedTrial, ...], scheme: ClassScheme) -> None:
        """Draw another order."""
        self._trials = trials
        self._colors = {c.code: category_color(c) for c in scheme.categories}
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As many rows as the trials need."""
        rows = max(1, -(-len(self._trials) // _PER_ROW))
        return QSize(320, rows * _PITCH)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        step = self.width() / min(_PER_ROW, max(1, len(self._trials)))
        for place, trial in enumerate(self._trials):
            left = (place % _PER_ROW) * step
            top = (place // _PER_ROW) * _PITCH
            color = self._colors.get(trial.category, QColor(PALETTE.text_2))
            painter.fillRect(QRectF(left, top, max(1.0, step - 1.5), _BAR), color)
            mark = PALETTE.strong if trial.origin == "synthetic" else PALETTE.line
            bar = QRectF(left, top + _BAR + 2, max(1.0, step - 1.5), _MARK)
            painter.fillRect(bar, QColor(mark))
            if trial.repeat:
                painter.fillRect(QRectF(left, top, max(1.0, step - 1.5), 4), QColor(PALETTE.page))


class Legend(QWidget):
    """What the strip's colours and marks mean."""

    def __init__(self) -> None:
        super().__init__()
        self._categories: tuple[Category, ...] = ()
        self._repeats = False
        self.setFixedHeight(_LINE)

    def show_scheme(self, scheme: ClassScheme, *, repeats: bool = False) -> None:
        """Name other classes; `repeats` whether the strip has bars of hidden repeats."""
        self._categories, self._repeats = scheme.categories, repeats
        self.setFixedHeight(2 * _LINE if repeats else _LINE)
        named = ", ".join(one.name for one in self._categories)
        told = "; lower bar: hidden repeat" if repeats else ""
        self.setAccessibleName(f"Colours: {named}; white mark below: synthetic{told}")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Markers and names in a line."""
        painter = QPainter(self)
        painter.setFont(font("hint"))
        metrics, left, middle = QFontMetrics(font("hint")), 6.0, _LINE / 2
        painter.setPen(QColor(PALETTE.text_2))
        for category in self._categories:
            paint_mark(painter, QPointF(left, middle), category.marker, category_color(category))
            left = self._word(painter, metrics, left + 12, category.name) + 18
        painter.fillRect(QRectF(left - 6, middle - 2, 12, 4), QColor(PALETTE.strong))
        self._word(painter, metrics, left + 12, "synthetic")
        if self._repeats:
            bar = QRectF(0, _LINE + 3, 5, _BAR)
            painter.fillRect(bar, QColor(PALETTE.text_2))
            painter.fillRect(bar.adjusted(7, 4, 7, 0), QColor(PALETTE.text_2))
            self._word(painter, metrics, 18, "lower bar: hidden repeat", _LINE)

    def _word(
        self, painter: QPainter, metrics: QFontMetrics, left: float, word: str, top: float = 0
    ) -> float:
        width = metrics.horizontalAdvance(word)
        box = QRectF(left, top, width + 2, _LINE)
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, word)
        return left + width


class Tile(QFrame):
    """A measure: its name and, below, its value."""

    def __init__(self, title: str, tooltip: str) -> None:
        super().__init__()
        self.setObjectName("tile")
        self.setStyleSheet(
            f"QFrame#tile {{ background: {PALETTE.page}; border-radius: 6px; border: none; }}"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE[1], SPACE[1], SPACE[0], SPACE[1])
        column.setSpacing(2)
        self.value = label("–", "study")
        column.addWidget(label(title, "hint", wrap=True))
        column.addStretch(1)
        column.addWidget(self.value)
        self.setToolTip(tooltip)
        self.setAccessibleName(title)


class OrderPanel(Panel):
    """`reader_chosen` with 1, 2, …; `redraw_asked` for a new seed."""

    reader_chosen = Signal(int)
    redraw_asked = Signal()

    def __init__(self) -> None:
        super().__init__("Order of reader 1")
        self.readers = Segmented(("1", "2"), name="Reader")
        self.number = fields.number("Reader", 1, 99, self._choose_number)
        self.number.hide()
        self.redraw = button(
            "Redraw", icon="refresh", small=True, tooltip="Draw the orders from a new seed"
        )
        for widget in (self.readers, self.number, self.redraw):
            self.add_head(widget)
        self.strip, self.legend = OrderStrip(), Legend()
        self.problem = label("", "error", wrap=True)
        self.seed = label("", "hint")
        self.seed.setToolTip(SEED_TIP)
        self.eased = label("", "warning", wrap=True)
        self.eased.hide()
        self.tiles = (
            Tile("Longest class run", "Most trials of one class in a row, in this order"),
            Tile("Longest synthetic", "Most synthetic trials in a row, in this order"),
            Tile(
                "Synthetic a block",
                "The order is cut into blocks of equal length; fewest and most synthetic trials "
                "in one of them",
            ),
            Tile("Closest repeat", "Fewest trials between the two presentations of an item"),
            Tile("Balance of seeds", BALANCE_TIP),
        )
        self._lay_out()
        self.readers.chosen.connect(lambda text: self.reader_chosen.emit(int(text)))
        self.redraw.clicked.connect(self.redraw_asked)

    def _lay_out(self) -> None:
        measures = QHBoxLayout()
        measures.setSpacing(SPACE[1])
        for tile in self.tiles:
            measures.addWidget(tile)
        self._parts = QVBoxLayout()
        self._parts.setSpacing(2)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.legend)
        self.body.addWidget(self.seed)
        self.body.addWidget(self.problem)
        self.body.addLayout(measures)
        self.body.addLayout(self._parts)
        self.body.addWidget(self.eased)

    def _choose_number(self, *_: object) -> None:
        self.reader_chosen.emit(self.number.value())

    def show_preview(
        self, preview: Preview, draft: ProtocolDraft, scheme: ClassScheme, reader: int
    ) -> None:
        """Show an order, its parts and what it measures, or why there is none."""
        self.set_title(f"Order of reader {reader}")
        self._show_chooser(draft.readers_planned, reader)
        extra = f" + {draft.repeats} repeats" if draft.repeats else ""
        count = max(0, len(preview.trials) - draft.repeats)
        self.set_hint(f"{count} trials{extra}")
        self.seed.setText(f"Seed {draft.seed}, algorithm {ALGORITHM}")
        self.strip.show_trials(preview.trials, scheme)
        self.legend.show_scheme(scheme, repeats=any(one.repeat for one in preview.trials))
        self.problem.setText(preview.problem)
        self.problem.setVisible(bool(preview.problem))
        self.tiles[3].setVisible(draft.repeats > 0)
        for tile, word in zip(self.tiles, _measures(preview), strict=True):
            tile.value.setText(word)
        self._show_parts(preview)
        self.eased.setText(" ".join(preview.eased))
        self.eased.setVisible(bool(preview.eased))

    def show_waiting(self) -> None:
        """The figures are being computed: none of an older draft is shown."""
        self.set_hint("computing…")
        self.strip.show_trials((), ClassScheme(()))
        self.problem.hide()
        for tile in self.tiles:
            tile.value.setText("–")
        self.eased.hide()
        clear(self._parts)

    def _show_chooser(self, planned: int, reader: int) -> None:
        """Joined choices for few readers, a number for many."""
        few = planned <= _SEGMENTS
        self.readers.setVisible(few)
        self.number.setVisible(not few)
        options = tuple(str(k) for k in range(1, max(2, planned, reader) + 1))
        if few and options != self.readers.options:
            self.readers.set_options(options, str(reader))
        fields.show_number(self.number, reader)

    def _show_parts(self, preview: Preview) -> None:
        """The sequence of parts, where there is more than one."""
        clear(self._parts)
        for planned in preview.parts if len(preview.parts) > 1 else ():
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(0, 0, 0, 0)
            line.addWidget(label(f"Part {planned.plan.number}", "hint"))
            line.addWidget(ElidedLabel(part_name(planned.plan), "body", least=12), 1)
            line.addWidget(ElidedLabel(starting(planned), "hint", least=12))
            self._parts.addWidget(row)


def _measures(preview: Preview) -> tuple[str, ...]:
    found = preview.check
    if found is None:
        return ("–",) * 5
    repeat = "none" if found.closest_repeat is None else str(found.closest_repeat)
    even = "–" if preview.balance is None else f"p {probability(preview.balance)}"
    return (
        str(found.longest_class_run),
        str(found.longest_synthetic_run),
        f"{found.fewest_synthetic} to {found.most_synthetic}",
        repeat,
        even,
    )
