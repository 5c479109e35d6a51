"""The lesion list: cases with their lesions, and what each still misses."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QPainter,
    QPalette,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from reader_app.state.annotate_state import Entry, Group
from reader_app.state.annotate_state.worklist import KEY_SLICE, SECOND, WORD
from reader_app.widgets import icons
from reader_app.widgets.badge import badge_size, paint_badge
from reader_app.widgets.class_mark import paint_mark
from reader_app.widgets.elided import write_cut
from reader_app.widgets.theme import PALETTE, category_color, font
from studies.records import ClassScheme

ROW = Qt.ItemDataRole.UserRole + 1
CASE_HEIGHT, LESION_HEIGHT = 32, 48
UPPER, ASIDE = 24, 50
"""Of an open case's row: the height of its first line, and what lies beside the second."""

_BADGES = {SECOND: "to compare", KEY_SLICE: "key slice", WORD: "HU?"}


@dataclass(frozen=True)
class CaseRow:
    """A case's line."""

    case_id: int
    text: str
    count: str
    is_done: bool
    missing: str


@dataclass(frozen=True)
class LesionLine:
    """A lesion's two lines with its badge."""

    lesion_id: int
    name: str
    detail: str
    badge: str
    role: str
    marker: str
    color: str


class LesionList(QTreeView):
    """Signals the chosen lesion or case; the state decides what becomes of it."""

    lesion_chosen = Signal(int)
    case_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(self)
        self._groups: tuple[Group, ...] = ()
        self._scheme: ClassScheme | None = None
        self._lesion_id: int | None = None
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setHeaderHidden(True)
        self.setIndentation(0)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(False)
        self.setExpandsOnDoubleClick(False)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName("Lesions by case")
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(PALETTE.panel))
        self.setPalette(palette)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A scroll bar that comes or goes changes how what is missing is broken into lines."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def show_groups(
        self,
        groups: tuple[Group, ...],
        scheme: ClassScheme | None,
        case_id: int | None,
        lesion_id: int | None,
    ) -> None:
        """Bring the rows up to date: only those of cases that came, went or changed are touched."""
        self._place_cases(groups)
        chosen = {lesion_id, self._lesion_id}
        for row, group in enumerate(groups):
            item = self._model.item(row)
            is_same = self._groups[row] == group and item.data(ROW) is not None
            if not is_same or scheme != self._scheme or _holds(group, chosen):
                self._fill(item, group, scheme, lesion_id)
        self._groups, self._scheme, self._lesion_id = groups, scheme, lesion_id
        self._show_choice(groups, case_id, lesion_id)

    def _place_cases(self, groups: tuple[Group, ...]) -> None:
        """A row for every case, each where it was as far as it stays; of new ones an empty one."""
        wanted = {group.case.id for group in groups}
        for row in reversed(range(len(self._groups))):
            if self._groups[row].case.id not in wanted:
                self._model.removeRow(row)
        kept = [group for group in self._groups if group.case.id in wanted]
        for row, group in enumerate(groups):
            if row >= len(kept) or kept[row].case.id != group.case.id:
                self._model.insertRow(row, QStandardItem())
                kept.insert(row, Group(group.case, ()))
        self._model.setRowCount(len(groups))
        self._groups = tuple(kept[: len(groups)])

    def _fill(
        self, item: QStandardItem, group: Group, scheme: ClassScheme | None, lesion_id: int | None
    ) -> None:
        total = len(group.entries)
        for _ in range(item.rowCount(), total):
            item.appendRow(QStandardItem())
        item.setRowCount(total)
        done = total > 0 and group.done == total
        text = group.case.patient + (" · extra" if group.case.extra else "")
        case = CaseRow(group.case.id, text, f"{group.done} of {total}", done, group.missing)
        missing = f", missing: {group.missing}" if group.missing else ""
        _set(item, case, f"Case {case.text}, {case.count} done{missing}")
        for row, entry in enumerate(group.entries):
            line = _line(entry, scheme, entry.lesion.id == lesion_id, _unit(group))
            _set(item.child(row), line, f"{line.name}, {line.detail}, {line.badge}")

    def _show_choice(
        self, groups: tuple[Group, ...], case_id: int | None, lesion_id: int | None
    ) -> None:
        for row, group in enumerate(groups):
            if group.case.id != case_id:
                continue
            index = self._model.index(row, 0)
            self.setExpanded(index, True)
            for child, entry in enumerate(group.entries):
                if entry.lesion.id == lesion_id:
                    index = self._model.index(child, 0, index)
                    break
            if self.currentIndex() != index:
                self.setCurrentIndex(index)
            self.scrollTo(index)

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(ROW)
        if isinstance(row, LesionLine):
            self.lesion_chosen.emit(row.lesion_id)
        elif isinstance(row, CaseRow) and self.isExpanded(index):
            self.setExpanded(index, False)
        elif isinstance(row, CaseRow):
            self.setExpanded(index, True)
            self.case_chosen.emit(row.case_id)

    def row_rect(self, lesion_id: int) -> QRect:
        """Where a lesion's row lies; empty while it is not to be seen."""
        for row in range(self._model.rowCount()):
            parent = self._model.index(row, 0)
            for child in range(self._model.rowCount(parent)):
                index = self._model.index(child, 0, parent)
                if index.data(ROW).lesion_id == lesion_id:
                    return self.visualRect(index)
        return QRect()


def _holds(group: Group, lesion_ids: set[int | None]) -> bool:
    return any(entry.lesion.id in lesion_ids for entry in group.entries)


def _set(item: QStandardItem, row: CaseRow | LesionLine, spoken: str) -> None:
    if item.data(ROW) != row:
        item.setData(row, ROW)
        item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)
        item.setData(spoken, Qt.ItemDataRole.ToolTipRole)


def _unit(group: Group) -> str:
    """Images have no mm."""
    return "mm" if any(series.kind == "dicom" for series in group.case.series) else "px"


def _line(entry: Entry, scheme: ClassScheme | None, chosen: bool, unit: str) -> LesionLine:
    lesion = entry.lesion
    known = scheme is not None and lesion.category in scheme.codes
    category = scheme.category(lesion.category) if scheme is not None and known else None
    if lesion.key_slice is None:
        detail = "not drawn"
    elif entry.hides_size:
        detail = f"slice {lesion.key_slice + 1} · hidden from you"
    else:
        size = f" · {lesion.diameter_mm:.0f} {unit}" if lesion.diameter_mm else ""
        detail = f"slice {lesion.key_slice + 1}{size}"
    first = entry.missing.split(", ")[0]
    badge, role = {
        "done": ("done", "done"),
        "no margin": ("no margin", "neutral"),
        "margin": (_BADGES.get(first, f"no {first}"), "warning"),
    }[entry.state]
    if chosen and entry.state == "no margin":
        badge, role = "drawing", "running"
    color = category.color if category else PALETTE.hint
    marker = category.marker if category else "circle"
    return LesionLine(lesion.id, lesion.name, detail, badge, role, marker, color)


class _Delegate(QStyledItemDelegate):
    """Draws both kinds of rows."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # type: ignore[override]
        row = index.data(ROW)
        if isinstance(row, LesionLine):
            return QSize(120, LESION_HEIGHT)
        if row is None or not row.missing:
            return QSize(120, CASE_HEIGHT)
        tree = self.parent()
        width = tree.viewport().width() if isinstance(tree, QTreeView) else 200
        return QSize(120, UPPER + _lines_height(row.missing, width - ASIDE) + 6)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex,  # type: ignore[override]
    ) -> None:
        row = index.data(ROW)
        rect: QRect = option.rect
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        box = rect.adjusted(8, 1, -8, -1)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(PALETTE.selected if chosen else PALETTE.raised))
            painter.drawRoundedRect(box, 6, 6)
        if isinstance(row, LesionLine):
            _paint_lesion(painter, box, row, chosen)
        elif isinstance(row, CaseRow):
            tree = self.parent()
            is_open = isinstance(tree, QTreeView) and tree.isExpanded(index)
            _paint_case(painter, box, row, is_open)
        painter.restore()


def _paint_case(painter: QPainter, box: QRect, row: CaseRow, is_open: bool) -> None:
    arrow = icons.pixmap("chevron-down" if is_open else "chevron-right", PALETTE.text_3, 14)
    upper = QRect(box.x(), box.y(), box.width(), UPPER if row.missing else box.height())
    painter.drawPixmap(box.x() + 6, upper.y() + (upper.height() - 14) // 2, arrow)
    write_cut(painter, upper.adjusted(28, 0, -64, 0), row.text, "panel", PALETTE.text)
    if row.missing:
        painter.setFont(font("hint"))
        painter.setPen(QColor(PALETTE.text_3))
        lower = QRect(box.x() + 28, upper.bottom(), box.width() + 16 - ASIDE, box.height() - UPPER)
        painter.drawText(lower, Qt.TextFlag.TextWordWrap, row.missing)
    color = PALETTE.ok if row.is_done else PALETTE.text_3
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    write_cut(painter, upper.adjusted(0, 0, -10, 0), row.count, "hint", color, right)


def _paint_lesion(painter: QPainter, box: QRect, row: LesionLine, chosen: bool) -> None:
    mark = QPointF(box.x() + 16, box.y() + 15)
    paint_mark(painter, mark, row.marker, category_color(row.color))
    upper = QRect(box.x() + 28, box.y() + 4, box.width() - 36, 22)
    write_cut(painter, upper, row.name, "panel", PALETTE.strong)
    size = badge_size(row.badge, row.role)
    place = QRect(box.right() - size.width() - 8, upper.y(), size.width(), upper.height())
    paint_badge(painter, place, row.badge, row.role)
    lower = QRect(upper.x(), upper.bottom(), upper.width(), 18)
    hint = PALETTE.hint_selected if chosen else PALETTE.text_3
    write_cut(painter, lower, row.detail, "hint", hint)


def _lines_height(text: str, width: int) -> int:
    """The height of a text that is broken into lines of a width."""
    room = QRect(0, 0, width, 1000)
    metrics = QFontMetrics(font("hint"))
    return metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height()
