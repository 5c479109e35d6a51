"""The chosen synthetic ROI beside the real ones it is most like, and what decides on it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout

from reader_app.state.gallery_loading import NEAREST, Detail
from reader_app.state.gallery_state import GalleryState
from reader_app.views.learn.gallery_strip import StripChart, StripContent
from reader_app.views.learn.pair_grid import ROLES
from reader_app.widgets.badge import Badge
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import RoiThumb
from reader_app.widgets.theme import PALETTE, SPACE

PICTURE, SMALL = 124, 48
VERDICTS = {
    "clear": "Unlike every {what}, as other patients' lesions are.",
    "close": "Closer to a {what} than 95 % of lesions are to another patient's.",
    "copy": "A copy of a {what}: it can neither train nor be read.",
    "unchecked": "Not audited yet.",
}
ELSEWHERE = "Compared with this study's ROIs as they are now: the generator trained on others."


class PairDetail(Panel):
    """Pictures, the nearest real ROIs, where it lies among real ones, numbers, the decision."""

    def __init__(self, state: GalleryState) -> None:
        super().__init__("Chosen ROI")
        self.body.setSpacing(SPACE[0] + 1)  # all of it is seen in a window of 800 px
        self._state = state
        self._beside = 0  # which of the nearest is laid beside
        self._shown: int | None = None
        self.badge = Badge("", "neutral")
        self.add_head(self.badge)
        self.pictures = tuple(
            RoiThumb(PICTURE, name) for name in ("Synthetic", "Nearest real", "Difference")
        )
        self.names = tuple(label("", "hint") for _ in self.pictures)
        self.body.addLayout(self._pictures_row())
        self.near = tuple(RoiThumb(SMALL, f"Nearest real ROI {k + 1}") for k in range(NEAREST))
        self.likeness = tuple(label("", "hint") for _ in self.near)
        self.body.addLayout(self._near_row())
        self.verdict = label("", "body", wrap=True)
        self.body.addWidget(self.verdict)
        self.strip = StripChart()
        self.among = label("", "hint", wrap=True)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.among)
        self.numbers = tuple(label("", "panel") for _ in range(3))
        self.body.addLayout(self._numbers_grid())
        self.decided = label("", "secondary", wrap=True)
        self.body.addWidget(self.decided)
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

    def _near_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        for at, (thumb, words) in enumerate(zip(self.near, self.likeness, strict=True)):
            thumb.setCursor(Qt.CursorShape.PointingHandCursor)
            thumb.clicked.connect(lambda at=at: self._lay_beside(at))
            row.addWidget(thumb)
            row.addWidget(words, 1)
        return row

    def _numbers_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(SPACE[0])
        names = ("NCC; flip, turn, shift", "Generator", "Seed · number")
        for at, (name, value) in enumerate(zip(names, self.numbers, strict=True)):
            grid.addWidget(label(name, "secondary"), at, 0)
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(value, at, 1)
        return grid

    def _lay_beside(self, at: int) -> None:
        """Compare with another of the nearest."""
        detail = self._state.detail
        if detail is not None and at < len(detail.near):
            self._beside = at
            self._refresh()

    def _refresh(self) -> None:
        detail = self._state.detail
        self.badge.setVisible(detail is not None)
        if detail is None:
            self._show_nothing()
            return
        pair = detail.pair
        if pair.roi.id != self._shown:
            self._shown, self._beside = pair.roi.id, 0
        self.set_title(f"Synthetic {pair.roi.id}")
        self.badge.set(pair.state, ROLES.get(pair.state, "neutral"))
        self.verdict.setText(detail.trouble or _verdict_words(detail))
        self._show_pictures(detail)
        self._show_near(detail)
        self._show_strip(detail)
        self._show_numbers(detail)
        self.decided.setText(_decision_words(detail))

    def _show_pictures(self, detail: Detail) -> None:
        pair = detail.pair
        one = detail.near[self._beside] if detail.near else None
        beside = one.aligned if one else pair.nearest
        images = (pair.roi.image, beside, one.difference if one else None)
        lesion = one.name if one else pair.lesion
        names = (pair.category.name.lower(), lesion or "no real ROI", "difference, aligned")
        for picture, name, image, words in zip(
            self.pictures, self.names, images, names, strict=True
        ):
            picture.set_image(image)
            _say(name, words)

    def _show_near(self, detail: Detail) -> None:
        for at, (thumb, words) in enumerate(zip(self.near, self.likeness, strict=True)):
            one = detail.near[at] if at < len(detail.near) else None
            thumb.set_image(one.image if one else None)
            thumb.set_ring(PALETTE.accent if one and at == self._beside else "")
            lesion = one.name.partition(",")[0] if one else ""
            thumb.setToolTip(f"{one.name}: lay it beside (click)" if one else "")
            words.setText(f"{one.similarity:.2f}\n{lesion.replace(' · ', chr(10))}" if one else "")

    def _show_strip(self, detail: Detail) -> None:
        found, roi = detail.yardstick, detail.pair.roi
        likeness = detail.near[0].similarity if detail.near else roi.similarity
        self.strip.setVisible(found is not None)
        self.among.setVisible(found is not None)
        if found is None:
            return
        drawn = tuple(
            pair.roi.similarity
            for pair in self._state.pairs
            if (pair.roi.run_id, pair.roi.category) == (roi.run_id, roi.category)
            and pair.roi.similarity is not None
        )
        self.strip.show_content(StripContent(found.null, drawn, likeness, found.close, found.copy))
        said = _among_words(found.at_least_as_alike(likeness or 0.0), len(found.null))
        self.among.setText(said if found.of_training else f"{said} {ELSEWHERE}")

    def _show_numbers(self, detail: Detail) -> None:
        roi = detail.pair.roi
        one = detail.near[self._beside] if detail.near else None
        likeness = one.similarity if one else roi.similarity
        words = (
            f"{_ncc(likeness)}; {one.placement}" if one else _ncc(likeness),
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
        for thumb, words in zip(self.near, self.likeness, strict=True):
            thumb.set_image(None)
            thumb.set_ring("")
            words.setText("")
        for value in self.numbers:
            value.setText("–")
        self.strip.hide()
        self.among.hide()
        self.decided.setText("")


def _verdict_words(detail: Detail) -> str:
    audit, found = detail.pair.roi.audit, detail.yardstick
    what = "training ROI" if found is None or found.of_training else "real ROI of its class"
    if audit == "close" and found is not None and found.is_fixed:
        return f"Close to a {what} by fixed limits: too few real ROIs for their own."
    return VERDICTS[audit].format(what=what)


def _ncc(likeness: float | None) -> str:
    return f"{likeness:.3f}" if likeness is not None else "–"


def _among_words(reached: int, real: int) -> str:
    if not real:
        return "Too few patients to say how alike real ROIs are: fixed limits are used."
    return f"{reached} of {real} real ROIs are as alike to another patient's, or more."


def _decision_words(detail: Detail) -> str:
    found, pair = detail.pair.decision, detail.pair
    if found is None:
        return "A copy stays out by itself." if pair.roi.audit == "copy" else "Nobody has decided."
    by = f" by {found.by}" if found.by else ""
    at = f", {found.at[:16].replace('T', ' ')} UTC" if found.at else ""
    why = f": {found.reason}" if found.reason else ""
    return f"{pair.standing.capitalize()}{by}{at}{why}."


def _say(name: QLabel, words: str) -> None:
    """Words under a picture, no wider than it."""
    name.setToolTip(words)
    shown = name.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, PICTURE)
    name.setText(shown)
