"""The lesion chosen on a map: ROI, slice with margin, networks, readers, neighbours."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from reader_app.state.results_loading import LesionDetail
from reader_app.views.results.layout import ShareBar, as_tooltip, emptied, named, plain, scrolled
from reader_app.widgets.badge import Badge
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel
from reader_app.widgets.roi_view import RoiThumb, to_image
from reader_app.widgets.theme import PALETTE, SPACE, font
from studies.records import AnswerRecord, Category, Points, PredictionRecord

_WIDEST_NAME = 150  # px of a class beside its bar


class LesionPanel(Panel):
    """Empty until a point is chosen. `neighbour_chosen` with a lesion id."""

    neighbour_chosen = Signal(int)

    def __init__(
        self,
        asks: str = "Choose a point to see its ROI, its slice and what networks and readers said.",
    ) -> None:
        super().__init__("Selected", flush=True)
        self._asks = asks
        self.setMinimumWidth(316)
        inner = QWidget()
        self.content = QVBoxLayout(inner)
        self.content.setContentsMargins(SPACE[3], SPACE[2], SPACE[2], SPACE[2])
        self.content.setSpacing(SPACE[1])
        self.body.addWidget(scrolled(inner))
        self._categories: tuple[Category, ...] = ()
        self.show_lesion(None)

    def show_lesion(self, detail: LesionDetail | None) -> None:
        """Show a lesion, or how to choose one."""
        emptied(self.content)
        if detail is None:
            self.content.addWidget(plain(self._asks, "hint", wrap=True))
            self.content.addStretch(1)
            return
        self.content.addLayout(_head(detail))
        if detail.slice_image is not None:
            self.content.addWidget(SlicePicture(detail))
        else:
            self.content.addWidget(plain("The slice's file cannot be read.", "hint", wrap=True))
        self._add_predictions(detail)
        self._add_answers(detail)
        self._add_neighbours(detail)
        self.content.addStretch(1)

    def set_categories(self, categories: tuple[Category, ...]) -> None:
        """The study's classes, for names and marks."""
        self._categories = categories

    def _add_predictions(self, detail: LesionDetail) -> None:
        for name, prediction in detail.predictions:
            head = QHBoxLayout()
            head.setSpacing(SPACE[1])
            head.addWidget(named(f"{name} says", "panel"), 1)
            right = prediction.predicted == prediction.category
            head.addWidget(Badge("right", "done") if right else Badge("wrong", "error"))
            self.content.addLayout(head)
            self.content.addLayout(_bars(prediction, self._categories))

    def _add_answers(self, detail: LesionDetail) -> None:
        if not detail.answers:
            return
        self.content.addWidget(plain("Readers", "panel"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE[1])
        grid.setVerticalSpacing(SPACE[0])
        grid.setColumnStretch(1, 1)
        for row, answer in enumerate(detail.answers):
            _answer_row(grid, row, answer, self._categories)
        self.content.addLayout(grid)

    def _add_neighbours(self, detail: LesionDetail) -> None:
        if not detail.neighbours:
            return
        self.content.addWidget(plain("Nearest in the map", "panel"))
        row = QHBoxLayout()
        row.setSpacing(SPACE[0])
        for one in detail.neighbours:
            cell = QVBoxLayout()
            cell.setSpacing(2)
            thumb = RoiThumb(46, f"{one.lesion.patient} {one.lesion.name}")
            thumb.set_image(one.image)
            thumb.setToolTip(as_tooltip(f"{one.lesion.patient} · {one.lesion.name}"))
            thumb.setCursor(Qt.CursorShape.PointingHandCursor)
            thumb.clicked.connect(lambda i=one.lesion.id: self.neighbour_chosen.emit(i))
            cell.addWidget(thumb)
            below = QHBoxLayout()
            below.setSpacing(2)
            category = _category(one.lesion.category, self._categories)
            if category is not None:
                below.addWidget(ClassMark(category, text=False))
            below.addWidget(plain(f"{one.distance:.1f}", "hint"))
            below.addStretch(1)
            cell.addLayout(below)
            row.addLayout(cell)
        row.addStretch(1)
        self.content.addLayout(row)


def _category(code: str, categories: tuple[Category, ...]) -> Category | None:
    return next((c for c in categories if c.code == code), None)


def _marked(category: Category, *, short: bool = False) -> QWidget:
    """Marker and name; a long name is cut to the room there is, so that the slice beside is not."""
    whole = QWidget()
    row = QHBoxLayout(whole)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE[0])
    row.addWidget(ClassMark(category, text=False))
    row.addWidget(named(category.short if short else category.name), 1)
    return whole


def _head(detail: LesionDetail) -> QHBoxLayout:
    lesion = detail.lesion
    row = QHBoxLayout()
    row.setSpacing(SPACE[2])
    thumb = RoiThumb(112, "ROI of the lesion")
    thumb.set_image(detail.image)
    row.addWidget(thumb, 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(3)
    column.addWidget(plain(f"{lesion.patient} · {lesion.name}", "study", wrap=True))
    if detail.category is not None:
        column.addWidget(_marked(detail.category))
    facts = [lesion.basis.capitalize() if lesion.basis else "No basis recorded"]
    if lesion.fold is not None:
        facts.append(f"Fold {lesion.fold + 1}, test")
    if lesion.diameter_mm is not None:
        facts.append(f"{lesion.diameter_mm:.0f} mm")
    for fact in facts:
        column.addWidget(plain(fact, "hint", wrap=True))
    column.addStretch(1)
    row.addLayout(column, 1)
    return row


def _bars(prediction: PredictionRecord, categories: tuple[Category, ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[1])
    grid.setVerticalSpacing(SPACE[0])
    grid.setColumnStretch(1, 1)
    for row, (category, share) in enumerate(
        zip(categories, prediction.probabilities, strict=False)
    ):
        mark = _marked(category)
        mark.setMaximumWidth(_WIDEST_NAME)
        grid.addWidget(mark, row, 0)
        grid.addWidget(ShareBar(share, category.color, category.name), row, 1)
        value = plain(f"{100 * share:.0f} %", "panel" if share == max(prediction.probabilities)
                      else "body")  # fmt: skip
        grid.addWidget(value, row, 2, Qt.AlignmentFlag.AlignRight)
    return grid


def _answer_row(
    grid: QGridLayout, row: int, answer: AnswerRecord, categories: tuple[Category, ...]
) -> None:
    row = 2 * row
    grid.addWidget(named(answer.reader, "body"), row, 0)
    if answer.reader_kind == "simulated":
        grid.addWidget(plain("simulated", "hint"), row + 1, 0)
    said = _category(answer.diagnosis, categories)
    if said is None:
        grid.addWidget(plain("not answered", "hint"), row, 1)
        return
    mark = _marked(said, short=True)
    mark.setToolTip(as_tooltip(said.name))
    grid.addWidget(mark, row, 1)
    right = answer.diagnosis == answer.truth_category
    badge = Badge("right", "done") if right else Badge("wrong", "error")
    grid.addWidget(badge, row, 2, Qt.AlignmentFlag.AlignRight)


class SlicePicture(QWidget):
    """A whole slice with the lesion's margin in its class colour over a dark halo."""

    def __init__(self, detail: LesionDetail) -> None:
        super().__init__()
        assert detail.slice_image is not None
        self._image: QImage = to_image(detail.slice_image)
        self._margin: Points = detail.margin
        self._color = detail.category.color if detail.category else PALETTE.strong
        self._words = f"slice {detail.slice_number} of {detail.slices}"
        self.setAccessibleName(f"Slice with the lesion's margin, {self._words}")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        """Keeps the slice's shape."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Height of the slice at a width."""
        return round(width * self._image.height() / max(1, self._image.width()))

    def sizeHint(self) -> QSize:
        """As the panel is wide."""
        return QSize(288, self.heightForWidth(288))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw slice, margin and slice number."""
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        target = QRectF(0, 0, self._image.width() * scale, self._image.height() * scale)
        painter.fillRect(self.rect(), QColor(PALETTE.image))
        painter.drawImage(target, self._image)
        shape = QPolygonF([QPointF(x * scale, y * scale) for x, y in self._margin])
        halo = QColor(PALETTE.image)
        halo.setAlphaF(0.85)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((halo, 5.0), (QColor(self._color), 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawPolygon(shape)
        words = QPainterPath()
        words.addText(target.bottomLeft() + QPointF(7, -7), font("tick"), self._words)
        painter.strokePath(words, QPen(halo, 3))
        painter.fillPath(words, QColor(PALETTE.strong))
