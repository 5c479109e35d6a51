"""The synthetic ROI chosen on a map: its picture, generator, audit, and the nearest real ROIs."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from reader_app.state.results_synthetic import SyntheticDetail
from reader_app.views.results.layout import as_tooltip, emptied, plain, scrolled
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel
from reader_app.widgets.roi_view import RoiThumb
from reader_app.widgets.theme import SPACE
from studies.learning import decision_of

_ROI, _NEAR = 124, 88
_ROLES = {"clear": "done", "close": "warning", "copy": "error"}


class SyntheticPanel(Panel):
    """`lesion_chosen` with a real neighbour; `gallery_asked` when it is to be judged."""

    lesion_chosen = Signal(int)
    gallery_asked = Signal()

    def __init__(self) -> None:
        super().__init__("Selected", flush=True)
        self.setMinimumWidth(316)
        self.gallery = button("Synthetic gallery", small=True, icon="grid", key="Enter")
        self.gallery.setToolTip("Accept it or keep it out, on Learn (Enter)")
        self.gallery.clicked.connect(self.gallery_asked)
        self.add_head(self.gallery)
        inner = QWidget()
        self.content = QVBoxLayout(inner)
        self.content.setContentsMargins(SPACE[3], SPACE[2], SPACE[2], SPACE[2])
        self.content.setSpacing(SPACE[1])
        self.body.addWidget(scrolled(inner))

    def show_detail(self, detail: SyntheticDetail) -> None:
        """Fill in a synthetic ROI."""
        emptied(self.content)
        self.content.addLayout(_head(detail))
        self.content.addLayout(_numbers(detail))
        self.content.addWidget(plain("Nearest real ROIs", "panel"))
        if not detail.near:
            self.content.addWidget(plain("Looking for them…", "hint"))
        self.content.addLayout(self._neighbours(detail))
        self.content.addStretch(1)

    def _neighbours(self, detail: SyntheticDetail) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE[1])
        for one in detail.near:
            cell = QVBoxLayout()
            cell.setSpacing(2)
            thumb = RoiThumb(_NEAR, one.name)
            thumb.set_image(one.image)
            thumb.setToolTip(as_tooltip(f"{one.name}: choose this lesion (click)"))
            thumb.setCursor(Qt.CursorShape.PointingHandCursor)
            thumb.clicked.connect(lambda i=one.lesion_id: self.lesion_chosen.emit(i))
            cell.addWidget(thumb)
            cell.addWidget(plain(one.name.partition(",")[0], "hint"))
            cell.addWidget(plain(f"NCC {one.similarity:.2f}", "hint"))
            row.addLayout(cell)
        row.addStretch(1)
        return row


def _head(detail: SyntheticDetail) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE[2])
    picture = RoiThumb(_ROI, f"Synthetic ROI {detail.roi.id}")
    picture.set_image(detail.roi.image)
    row.addWidget(picture)
    words = QVBoxLayout()
    words.setSpacing(SPACE[0])
    words.addWidget(plain(f"Synthetic {detail.roi.id}", "study"))
    words.addWidget(ClassMark(detail.category))
    verdict = detail.roi.audit
    words.addWidget(Badge(verdict, _ROLES.get(verdict, "neutral")), 0, Qt.AlignmentFlag.AlignLeft)
    if not detail.roi.accepted and verdict != "copy":
        words.addWidget(Badge("kept out"), 0, Qt.AlignmentFlag.AlignLeft)
    words.addStretch(1)
    row.addLayout(words, 1)
    return row


def _numbers(detail: SyntheticDetail) -> QGridLayout:
    roi, grid = detail.roi, QGridLayout()
    grid.setColumnStretch(1, 1)
    grid.setHorizontalSpacing(SPACE[2])
    grid.setVerticalSpacing(2)
    decision = decision_of(roi.decided)
    likeness = f"{roi.similarity:.3f}" if roi.similarity is not None else "–"
    rows = (
        ("Generator", detail.generator),
        ("Seed · number", f"{roi.seed} · {roi.index + 1}"),
        ("NCC, nearest training ROI", likeness),
        ("Decided", f"{decision.reason or 'accepted'} {decision.by}".strip() if decision else "–"),
    )
    for at, (name, value) in enumerate(rows):
        grid.addWidget(plain(name, "hint"), at, 0)
        words = plain(value, "body", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignRight)
        grid.addWidget(words, at, 1)
    return grid
