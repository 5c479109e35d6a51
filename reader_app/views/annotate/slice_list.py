"""The chosen lesion's slices: which are drawn, by what, how large, and what lies between."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPolygonF
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.annotate_state import LesionAgreement, SliceRow, Whereabouts
from reader_app.widgets.buttons import button
from reader_app.widgets.elided import write_cut
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE, font

ROW = Qt.ItemDataRole.UserRole + 1
DRAWN_HEIGHT, GAP_HEIGHT, STAR = 38, 22, 28
MOST_HEIGHT = 156
Index = QModelIndex | QPersistentModelIndex


class SliceList(QListWidget):
    """Click goes to a slice, a click on its star makes it the key slice."""

    slice_chosen = Signal(int)
    key_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[SliceRow, ...] = ()
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setStyleSheet(f"QListWidget {{ background: {PALETTE.panel}; }}")
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName("Slices of the lesion")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_rows(self, rows: tuple[SliceRow, ...], index: int) -> None:
        """Bring the rows up to date; the slice on show is marked."""
        if rows is not self._rows and rows != self._rows:
            self._rows = rows
            self.clear()
            for row in rows:
                self.addItem(_item(row))
        at = [n for n, row in enumerate(rows) if row.slice_index == index and not row.is_gap]
        self.setCurrentRow(at[0] if at else -1)
        if at:
            self.scrollToItem(self.item(at[0]))
        needed = sum(map(_height, rows[: MOST_HEIGHT // GAP_HEIGHT + 1]))  # more are scrolled
        self.setFixedHeight(min(max(needed, GAP_HEIGHT), MOST_HEIGHT))

    @property
    def marked(self) -> SliceRow | None:
        """The row that is marked."""
        item = self.currentItem()
        row = item.data(ROW) if item is not None else None
        return row if isinstance(row, SliceRow) else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        item = self.itemAt(place)
        if item is None or event.button() != Qt.MouseButton.LeftButton:
            return
        row: SliceRow = item.data(ROW)
        on_star = place.x() < STAR + 8 and not row.is_gap and not row.is_proposed
        (self.key_chosen if on_star else self.slice_chosen).emit(row.slice_index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.marked
        if row is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.slice_chosen.emit(row.slice_index)
        else:
            super().keyPressEvent(event)


class SliceBox(QWidget):
    """The list under its head: how many slices, fill the gaps, hide what others drew."""

    between_asked = Signal()
    only_mine_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label("Slices", "panel")
        self.between = button(
            "Fill", icon="magnet", small=True, key="I", tooltip="Propose the slices between"
        )
        self.between.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.between.clicked.connect(self.between_asked)
        self.list = SliceList()
        self.only_mine = QCheckBox("My margins only")
        self.only_mine.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.only_mine.clicked.connect(self.only_mine_chosen)
        self.note = label("", "hint", wrap=True)
        head = QHBoxLayout()
        head.setContentsMargins(8, 0, 0, 0)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.between)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 0, 8, 0)
        foot.addWidget(self.only_mine)
        foot.addWidget(self.note)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.list)
        column.addLayout(foot)

    def show_rows(self, rows: tuple[SliceRow, ...], index: int, can_edit: bool) -> None:
        """The lesion's slices, and whether there is a gap to fill."""
        drawn = len({r.slice_index for r in rows if not r.is_gap and not r.is_proposed})
        self.title.setText(f"Slices {drawn}" if drawn else "Slices")
        has_gap = any(row.is_gap or row.is_proposed for row in rows)
        reason = "Draw two slices with others between them first."
        self.between.set_enabled_because(has_gap and can_edit, reason)
        self.list.show_rows(rows, index)
        self.list.setVisible(bool(rows))

    def show_authors(
        self, several: bool, only_mine: bool, blinded_to: str, where: Whereabouts | None
    ) -> None:
        """Whether others drew this lesion, and whether their margins are hidden."""
        self.only_mine.setVisible(several)
        self.only_mine.setChecked(only_mine)
        self.only_mine.setEnabled(not blinded_to)
        self.note.setVisible(several)
        if blinded_to:
            place = f" It lies near x {where.x}, y {where.y}." if where else ""
            self.note.setText(f"{blinded_to}'s margins are hidden until you compare.{place}")

    def show_agreement(self, found: LesionAgreement | None) -> None:
        """In a line how far two authors agree; the whole stands at the right."""
        far = found.hausdorff_mm if found is not None else None
        if found is not None and far is not None:
            alone = len(found.slices) - found.common
            missed = f", {alone} of {len(found.slices)} slices by one only" if alone else ""
            self.note.setText(
                f"Dice {found.dice:.2f}{missed}, {far:.1f} mm apart where both drew"
                f" ({found.second})"
            )
        elif found is not None:
            self.note.setText(f"No slice drawn by both ({found.second})")
        else:
            self.note.setText("")


def _item(row: SliceRow) -> QListWidgetItem:
    item = QListWidgetItem()
    item.setData(ROW, row)
    first, second, size = _texts(row)
    spoken = ", ".join(text for text in (first, size, second) if text)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
    star = " Click the star to use this slice's ROI." if not row.is_gap else ""
    item.setToolTip(f"{spoken}.{star}")
    return item


def _texts(row: SliceRow) -> tuple[str, str, str]:
    """Upper line, lower line, size."""
    if row.is_gap:
        first, last = row.slice_index + 1, row.last + 1
        run = f"{first}" if first == last else f"{first}–{last}"
        return f"{run} not drawn", "", ""
    size = f"{row.area / 100:.1f} cm²" if row.has_mm else f"{row.area:.0f} px²"
    place = f" · {row.place}" if row.place else ""
    made = row.tool if row.is_proposed else f"{row.tool} · {row.author}"
    return f"{row.slice_index + 1}{place}", made, size


def _height(row: SliceRow) -> int:
    return GAP_HEIGHT if row.is_gap else DRAWN_HEIGHT


class _Delegate(QStyledItemDelegate):
    """Draws a slice's two lines with its star, or a gap's one."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(120, _height(index.data(ROW)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: SliceRow = index.data(ROW)
        box: QRect = option.rect.adjusted(0, 1, 0, -1)
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(PALETTE.selected if chosen else PALETTE.raised))
            painter.drawRoundedRect(box, 6, 6)
        hint = PALETTE.hint_selected if chosen else PALETTE.text_3
        _paint_row(painter, box, row, hint)
        painter.restore()


def _paint_row(painter: QPainter, box: QRect, row: SliceRow, hint: str) -> None:
    first, second, size = _texts(row)
    if row.is_gap:
        write_cut(painter, box.adjusted(STAR, 0, -8, 0), first, "hint", hint)
        return
    upper = QRect(box.x() + STAR, box.y() + 2, box.width() - STAR - 8, 17)
    lower = QRect(upper.x(), upper.bottom() + 1, upper.width(), 15)
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    write_cut(painter, upper, first, "panel", PALETTE.strong)
    write_cut(painter, lower, size, "hint", hint, right)
    room = QFontMetrics(font("hint")).horizontalAdvance(size) + 6  # a long name gives way to it
    made = lower.adjusted(0, 0, -room, 0)
    write_cut(painter, made, second, "hint", PALETTE.warning if row.is_proposed else hint)
    if not row.is_proposed:
        _paint_star(painter, QPointF(box.x() + STAR / 2, box.y() + 11), row.is_key)


def _paint_star(painter: QPainter, center: QPointF, is_full: bool) -> None:
    painter.setPen(QColor(PALETTE.warning if is_full else PALETTE.edge))
    painter.setBrush(QColor(PALETTE.warning) if is_full else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(QPolygonF([center + QPointF(x, y) for x, y in _STAR]))


_STAR = (
    (0.0, -6.0), (1.5, -2.0), (5.7, -1.9), (2.4, 0.8), (3.5, 4.9),
    (0.0, 2.5), (-3.5, 4.9), (-2.4, 0.8), (-5.7, -1.9), (-1.5, -2.0),
)  # fmt: skip
