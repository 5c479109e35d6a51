"""What the draft would draw, class by class, and how it looks; for the coordinator's eyes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from reader_app.state.read_items import PICTURES, ItemGroup, ItemSight
from reader_app.widgets.class_mark import ClassMark
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import RoiStrip
from reader_app.widgets.theme import SPACE
from studies.records import Category, ClassScheme

_HEADS = ("Class", "Origin", "There", "Asked", "Copy audit, all draws", "Some, as readers see them")


class ItemsTab(QWidget):
    """One line a class and origin: counts, copy audit, pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.panel = Panel("Items of the draft", "drawn by its seed, through one picture pipeline")
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE[4])
        self._grid.setVerticalSpacing(SPACE[1])
        self._grid.setColumnStretch(len(_HEADS) - 1, 1)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._grid)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        self.panel.body.addWidget(self.problem)
        self.panel.body.addWidget(scroll, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.panel)

    def show_sight(self, sight: ItemSight, scheme: ClassScheme) -> None:
        """Show all groups, or why none can be drawn."""
        self.problem.setText(sight.problem)
        self.problem.setVisible(bool(sight.problem))
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for k, words in enumerate(_HEADS):
            self._grid.addWidget(label(words, "hint"), 0, k)
        by_code = {category.code: category for category in scheme.categories}
        shown = [group for group in sight.groups if group.category in by_code]
        for row, group in enumerate(shown, 1):
            self._add(row, group, by_code[group.category])

    def _add(self, row: int, group: ItemGroup, category: Category) -> None:
        strip: QWidget = label("none asked", "hint")
        if group.images:
            strip = pictures = RoiStrip(min(PICTURES, len(group.images)))
            pictures.set_images(group.images)
        audits = ", ".join(f"{count} {name}" for name, count in group.audits if count)
        cells: tuple[QWidget, ...] = (
            ClassMark(category),
            label(group.origin, "body"),
            label(str(group.there), "body"),
            label(str(group.asked), "panel"),
            label(audits or "–", "hint"),
            strip,
        )
        for column, widget in enumerate(cells):
            self._grid.addWidget(widget, row, column)
