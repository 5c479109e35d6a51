"""Disagreement: the ROIs to look at again, filtered, and the chosen one large with its slice."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.results_loading import ItemDetail, LoadedResults
from reader_app.state.results_state import ResultsState
from reader_app.views.results.gallery_list import GalleryList
from reader_app.views.results.layout import choice, emptied, named, plain, scrolled
from reader_app.views.results.lesion_panel import SlicePicture
from reader_app.views.results.table_panel import table_text
from reader_app.widgets.badge import Badge
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.panel import Panel
from reader_app.widgets.roi_view import RoiThumb
from reader_app.widgets.theme import SPACE
from studies.records import ClassScheme
from studies.report.gallery import KINDS, GalleryItem
from studies.report.gallery_pictures import gallery_sentence, gallery_table

_ALL, _EVERYTHING = "All reasons", "All ROIs"
_LARGE = 256


class GalleryPanel(QStackedWidget):
    """An empty page where nobody disagrees."""

    def __init__(self, state: ResultsState) -> None:
        super().__init__()
        self._state = state
        self._loaded: LoadedResults | None = None
        self.none = EmptyPage(
            "check",
            "No disagreement to look at",
            "Readers gave the same class to every ROI, and none was wrong for all.",
        )
        why, which = "Why an ROI is shown", "Which ROIs are shown"
        self.kinds = choice(why, f"{why} (Up and Down arrow keys)", 14)
        self.which = choice(which, f"{which} (Up and Down arrow keys)", 14)
        self.kinds.addItems([_ALL, *KINDS])
        self.copy = button(
            "Copy", "normal", icon="copy", small=True, tooltip="Copy the list as text"
        )
        self.list = GalleryList()
        self.empty = plain("No ROI fits this choice.", "hint")
        self.detail = ItemPanel()
        self.addWidget(self.none)
        self.addWidget(self._laid_out())
        self.kinds.currentIndexChanged.connect(lambda _: self._filter())
        self.which.currentIndexChanged.connect(lambda _: self._filter())
        self.copy.clicked.connect(self._copy)
        self.list.chosen.connect(self._choose)
        state.details.pictures_read.connect(self._show_pictures)
        state.details.item_read.connect(self._show_item)

    def _laid_out(self) -> QWidget:
        self.panel = Panel("Disagreement", " ", flush=True)
        for widget in (self.kinds, self.which, self.copy):
            self.panel.add_head(widget)
        inner = QVBoxLayout()
        inner.setContentsMargins(SPACE[2], SPACE[2], 0, 0)
        inner.addWidget(self.empty)
        inner.addWidget(self.list, 1)
        self.panel.body.addLayout(inner, 1)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE[2])
        row.addWidget(self.panel, 1)
        row.addWidget(self.detail)
        return content

    def show_results(self, loaded: LoadedResults) -> None:
        """Offer the choices and show the items."""
        self._loaded = loaded
        self.setCurrentIndex(1 if loaded.gallery else 0)
        self.detail.show_item(None, loaded.study.scheme)
        held, blocked = self.which.currentText(), self.which.blockSignals(True)
        self.which.clear()
        self.which.addItems([_EVERYTHING, "real", "synthetic", *loaded.study.scheme.names])
        self.which.setCurrentIndex(max(0, self.which.findText(held)))
        self.which.blockSignals(blocked)
        self.list.gallery.set_pictures(self._state.details.pictures or ())
        self._filter()

    def ask(self) -> None:
        """The panel is looked at: read the pictures."""
        if self._loaded is not None:
            self._state.details.ask_pictures(self._loaded)
            self._choose_first()

    @property
    def shown(self) -> tuple[GalleryItem, ...]:
        """The items that fit both choices."""
        return self.list.gallery.items

    def _filter(self) -> None:
        if self._loaded is None:
            return
        scheme, kind, which = (
            self._loaded.study.scheme,
            self.kinds.currentText(),
            self.which.currentText(),
        )
        fitting = tuple(
            one
            for one in self._loaded.gallery
            if kind in (_ALL, *one.kinds)
            and which in (_EVERYTHING, one.origin, scheme.category(one.category).name)
        )
        self.list.gallery.set_items(fitting, scheme)
        self.empty.setVisible(not fitting)
        items = self._loaded.readers.items if self._loaded.readers else 0
        self.panel.set_hint(f"{len(fitting)} of {items} ROIs")
        self.panel.hint.setToolTip(gallery_sentence(self._loaded.gallery, items))
        if self.isVisible():
            self._choose_first()

    def _choose_first(self) -> None:
        """The first ROI, where none is chosen."""
        if self.shown and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.list.gallery.index(0))

    def _choose(self, row: int) -> None:
        if self._loaded is not None:
            self._state.details.choose(self._loaded, self.shown[row])

    def _show_pictures(self) -> None:
        self.list.gallery.set_pictures(self._state.details.pictures or ())

    def _show_item(self) -> None:
        if self._loaded is not None:
            self.detail.show_item(self._state.details.item, self._loaded.study.scheme)

    def _copy(self) -> None:
        if self._loaded is not None and self._loaded.readers is not None:
            table = gallery_table(
                self.shown, self._loaded.study.scheme, self._loaded.readers.simulated
            )
            QGuiApplication.clipboard().setText(table_text(table))


class ItemPanel(Panel):
    """The chosen ROI large, truth and answers, and the slice where it is a lesion."""

    def __init__(self) -> None:
        super().__init__("Selected", flush=True)
        self.setFixedWidth(320)
        inner = QWidget()
        self.content = QVBoxLayout(inner)
        self.content.setContentsMargins(SPACE[3], SPACE[2], SPACE[2], SPACE[2])
        self.content.setSpacing(SPACE[1])
        self.body.addWidget(scrolled(inner))

    def show_item(self, detail: ItemDetail | None, scheme: ClassScheme) -> None:
        """Show an item, or how to choose one."""
        emptied(self.content)
        if detail is None:
            words = "Choose an ROI to see it large, with everybody's answers and its slice."
            self.content.addWidget(plain(words, "hint", wrap=True))
            self.content.addStretch(1)
            return
        item = detail.item
        self.set_title(f"Item {item.item}")
        picture = RoiThumb(_LARGE, f"ROI of item {item.item}")
        picture.set_image(detail.image)
        self.content.addWidget(picture)
        truth = QHBoxLayout()
        truth.addWidget(plain("Truth", "hint"))
        truth.addWidget(ClassMark(scheme.category(item.category)))
        truth.addWidget(plain(item.origin))
        truth.addStretch(1)
        self.content.addLayout(truth)
        self.content.addLayout(_answers(item, scheme))
        self.content.addWidget(plain("; ".join(item.kinds), "hint", wrap=True))
        self._add_slice(detail)
        self.content.addStretch(1)

    def _add_slice(self, detail: ItemDetail) -> None:
        if detail.item.origin == "synthetic":
            self.content.addWidget(plain("A synthetic ROI has no slice.", "hint", wrap=True))
        elif detail.lesion is None or detail.lesion.slice_image is None:
            self.content.addWidget(plain("Its slice cannot be read.", "hint", wrap=True))
        else:
            lesion = detail.lesion.lesion
            self.content.addWidget(plain(f"{lesion.patient} · {lesion.name}", "panel", wrap=True))
            self.content.addWidget(SlicePicture(detail.lesion))


def _answers(item: GalleryItem, scheme: ClassScheme) -> QGridLayout:
    """Two lines a reader: name and whether right; class, confidence and origin."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE[1])
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(1, 1)
    for row, said in enumerate(item.said):
        grid.addWidget(named(said.reader, "panel"), 2 * row, 0, 1, 2)
        badge = Badge("right", "done") if said.right else Badge("wrong", "error")
        grid.addWidget(badge, 2 * row, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(ClassMark(scheme.category(said.diagnosis)), 2 * row + 1, 0)
        sure = f"confidence {said.confidence}" if said.confidence is not None else ""
        origin = f"says {said.origin}" if said.origin else ""
        more = ", ".join(part for part in (sure, origin) if part)
        grid.addWidget(plain(more, "hint", wrap=True), 2 * row + 1, 1, 1, 2)
    return grid
