"""The chosen synthetic ROI: beside its nearest training ROI, aligned, with what decides on it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from reader_app.state.gallery_state import Detail, GalleryState
from reader_app.views.learn.pair_grid import ROLES
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import RoiThumb
from reader_app.widgets.theme import SPACE

PICTURE = 124
VERDICTS = {
    "clear": "Unlike every training ROI, as other patients' lesions are.",
    "close": "Closer to a training ROI than 95 % of lesions are to another patient's.",
    "copy": "A copy of a training ROI: it can neither train nor be read.",
    "unchecked": "Not audited yet.",
}


class PairDetail(Panel):
    """Pictures, numbers, and the two decisions."""

    def __init__(self, state: GalleryState) -> None:
        super().__init__("Chosen ROI")
        self._state = state
        self.badge = Badge("", "neutral")
        self.keep_out = button("Keep out", small=True, tooltip="Never show it to readers")
        self.allow = button("Allow", small=True, tooltip="Let readers see it")
        self.keep_out.clicked.connect(lambda: state.decide(False))
        self.allow.clicked.connect(lambda: state.decide(True))
        for widget in (self.badge, self.keep_out, self.allow):
            self.add_head(widget)
        self.pictures = tuple(
            RoiThumb(PICTURE, name) for name in ("Synthetic", "Nearest real", "Difference")
        )
        self.names = tuple(label("", "hint") for _ in self.pictures)
        self.body.addLayout(self._pictures_row())
        self.verdict = label("", "body", wrap=True)
        self.body.addWidget(self.verdict)
        self.numbers = tuple(label("", "panel") for _ in range(4))
        self.body.addLayout(self._numbers_grid())
        self.body.addStretch(1)
        state.chosen_changed.connect(self._refresh)
        self._refresh()

    def _pictures_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        for picture, name in zip(self.pictures, self.names, strict=True):
            column = QVBoxLayout()
            column.setSpacing(SPACE[0])
            column.addWidget(picture)
            column.addWidget(name)
            row.addLayout(column)
        row.addStretch(1)
        return row

    def _numbers_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(SPACE[0])
        names = ("Correlation (NCC)", "Flip, turn, shift", "Generator", "Seed · number")
        for at, (name, value) in enumerate(zip(names, self.numbers, strict=True)):
            grid.addWidget(label(name, "secondary"), at, 0)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(value, at, 1)
        return grid

    def _refresh(self) -> None:
        detail = self._state.detail
        self.badge.setVisible(detail is not None)
        if detail is None:
            self._show_nothing()
            return
        pair = detail.pair
        self.set_title(f"Synthetic {pair.roi.id}")
        self.badge.set(pair.state, ROLES.get(pair.state, "neutral"))
        self.verdict.setText(VERDICTS[pair.roi.audit])
        images = (pair.roi.image, detail.aligned, detail.difference)
        names = (pair.category.name.lower(), pair.lesion or "no real ROI", "difference, aligned")
        for picture, name, image, words in zip(
            self.pictures, self.names, images, names, strict=True
        ):
            picture.set_image(image)
            _say(name, words)
        self._show_numbers(detail)
        copy = pair.roi.audit == "copy"
        self.keep_out.set_enabled_because(pair.roi.accepted, "It is kept out already")
        why = "A copy stays out" if copy else "It is allowed already"
        self.allow.set_enabled_because(not pair.roi.accepted and not copy, why)

    def _show_numbers(self, detail: Detail) -> None:
        roi = detail.pair.roi
        likeness = f"{roi.similarity:.3f}" if roi.similarity is not None else "–"
        words = (
            likeness,
            detail.placement or "–",
            detail.generator,
            f"{roi.seed} · {roi.index + 1}",
        )
        for value, text in zip(self.numbers, words, strict=True):
            value.setText(text)

    def _show_nothing(self) -> None:
        self.set_title("Chosen ROI")
        self.verdict.setText("Choose a pair to see it in detail.")
        for picture, name in zip(self.pictures, self.names, strict=True):
            picture.set_image(None)
            _say(name, "")
        for value in self.numbers:
            value.setText("–")
        for one in (self.keep_out, self.allow):
            one.set_enabled_because(False, "Choose a pair first")


def _say(name: QLabel, words: str) -> None:
    """Words under a picture, no wider than it."""
    name.setToolTip(words)
    shown = name.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, PICTURE)
    name.setText(shown)
