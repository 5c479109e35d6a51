"""The tab Augmentations: one ROI with everything that training makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QStackedWidget, QVBoxLayout, QWidget

from reader_app.state.augment_state import EACH, HIGHEST_SEED, AugmentState, whole_words
from reader_app.views.learn.augment_sheet import AugmentSheetView
from reader_app.views.learn.augment_slice import AugmentSlice
from reader_app.widgets.buttons import button
from reader_app.widgets.class_mark import mark_pixmap
from reader_app.widgets.elided import ElidedLabel
from reader_app.widgets.empty_page import EmptyPage
from reader_app.widgets.figure_button import FigureButton
from reader_app.widgets.panel import Panel, label
from reader_app.widgets.roi_view import RoiThumb
from reader_app.widgets.segmented import Segmented
from reader_app.widgets.theme import PALETTE, SPACE

if TYPE_CHECKING:
    from reader_app.workflows.augmentations import AugmentationSheet, AugmentedRoi

_LEFT, _ROI = 328, 96
_POINT = "Point at an image, or go there by the arrow keys, to see how it was cut."


class AugmentView(QStackedWidget):
    """Choices and slice at the left, the sheet at the right."""

    def __init__(self, state: AugmentState) -> None:
        super().__init__()
        self._state = state
        self.none = EmptyPage(
            "grid",
            "No ROI to augment yet",
            "An ROI is cut from a lesion with a margin and a confirmed diagnosis.",
        )
        self.full = QWidget()
        self._make_choices()
        self._make_slice()
        self._make_sheet()
        self._lay_out()
        self.addWidget(self.none)
        self.addWidget(self.full)
        state.changed.connect(self._refresh)
        self._refresh()

    # --- parts ------------------------------------------------------------------------------

    def _make_choices(self) -> None:
        state = self._state
        self.lesion = QComboBox()
        self.lesion.setAccessibleName("Lesion")
        self.lesion.setToolTip("Whose ROI is augmented (Up and Down arrow keys)")
        self.lesion.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.lesion.activated.connect(lambda at: state.choose(self.lesion.itemData(at)))
        self.each = Segmented(tuple(map(str, EACH)), str(state.each), "Images of each kind")
        self.each.chosen.connect(lambda words: state.set_each(int(words)))
        self.seed = QSpinBox()
        self.seed.setRange(0, HIGHEST_SEED)
        self.seed.setAccessibleName("Seed")
        self.seed.setToolTip("A training with this seed draws these images (Up, Down)")
        self.seed.valueChanged.connect(state.set_seed)
        self.anew = button("Draw anew", small=True, icon="refresh", tooltip="Take the next seed")
        self.anew.clicked.connect(state.draw_anew)

    def _make_slice(self) -> None:
        self.slice = AugmentSlice()
        self.roi = RoiThumb(_ROI, "The ROI")
        self.facts = label("", "hint", wrap=True)
        self.explained = label("", "hint", wrap=True)

    def _make_sheet(self) -> None:
        self.panel = Panel("Augmentations", " ")
        self.panel.add_head(FigureButton(self._state.figures, self._state.figure))
        self.sheet = AugmentSheetView()
        self.sheet.pointed.connect(self._tell)
        self.words = ElidedLabel(_POINT, "hint")
        self.panel.body.addWidget(self.sheet, 1)
        self.panel.body.addWidget(self.words)

    def _lay_out(self) -> None:
        choices, shown = Panel("Lesion"), Panel("Slice and boxes", "dashed: the ROI")
        choices.body.addWidget(self.lesion)
        for name, parts in (("Of each", (self.each,)), ("Seed", (self.seed, self.anew))):
            row = QHBoxLayout()
            row.setSpacing(SPACE[1])
            row.addWidget(label(name, "secondary"))
            row.addStretch(1)
            for part in parts:
                row.addWidget(part)
            choices.body.addLayout(row)
        shown.body.addWidget(self.slice)
        row = QHBoxLayout()
        row.setSpacing(SPACE[2])
        row.addWidget(self.roi)
        row.addWidget(self.facts, 1)
        shown.body.addLayout(row)
        shown.body.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(SPACE[2])
        left.addWidget(choices)
        left.addWidget(shown, 1)
        held = QWidget()
        held.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        held.setFixedWidth(max(_LEFT, held.minimumSizeHint().width()))
        self.panel.body.addWidget(self.explained)
        columns = QHBoxLayout(self.full)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(SPACE[3])
        columns.addWidget(held)
        columns.addWidget(self.panel, 1)

    def showEvent(self, event: QShowEvent) -> None:
        """Read what has changed."""
        super().showEvent(event)
        self._state.activate()

    def hideEvent(self, event: QHideEvent) -> None:
        """Changes wait until the tab is seen again."""
        super().hideEvent(event)
        self._state.deactivate()

    # --- showing ----------------------------------------------------------------------------

    def _refresh(self) -> None:
        state = self._state
        self.setCurrentWidget(self.full if state.lesions else self.none)
        self._fill_lesions()
        blocked = self.seed.blockSignals(True)
        self.seed.setValue(state.seed)
        self.seed.blockSignals(blocked)
        self.each.set_value(str(state.each))
        self._show(state.sheet)

    def _fill_lesions(self) -> None:
        state = self._state
        classes = {category.code: category for category in state.categories}
        blocked = self.lesion.blockSignals(True)
        self.lesion.clear()
        for lesion in state.lesions:
            words = f"{lesion.patient} · {lesion.name}"
            if (category := classes.get(lesion.category)) is not None:
                self.lesion.addItem(mark_pixmap(category), words, lesion.id)
            else:
                self.lesion.addItem(words, lesion.id)
        self.lesion.setCurrentIndex(max(0, self.lesion.findData(state.lesion_id)))
        self.lesion.blockSignals(blocked)

    def _show(self, sheet: AugmentationSheet | None) -> None:
        classes = {category.code: category for category in self._state.categories}
        category = classes.get(sheet.lesion.category) if sheet else None
        self.slice.show_sheet(sheet, category.color if category else PALETTE.strong)
        self.roi.set_image(sheet.image if sheet else None)
        self.sheet.show_sheet(sheet)
        self.panel.set_hint(f"{sheet.total} of this ROI" if sheet else " ")
        self.facts.setText(_facts(sheet) if sheet else self._state.trouble)
        self.explained.setText(_explained(sheet) if sheet else "")

    def _tell(self, one: AugmentedRoi | None) -> None:
        self.words.show_whole(whole_words(one) if one is not None else _POINT)
        self.slice.show_box(one.box if one is not None else ())


def _facts(sheet: AugmentationSheet) -> str:
    size = sheet.lesion.diameter_mm
    diameter = f"Diameter {size:.1f} mm. " if size is not None else ""
    return (
        f"{diameter}Dotted: the lesion's square. Dashed: the ROI, with a tissue margin of "
        f"{sheet.spec.margin:g} of the diameter on each side. Blue: the image pointed at."
    )


def _explained(sheet: AugmentationSheet) -> str:
    spec = sheet.spec
    return (
        f"{sheet.total} images = {spec.rotations} rotations × (1 plain + {spec.flips} flips + "
        f"{spec.shifts} shifts + {spec.scales} scales). Angles 0 to {spec.angle_high:g}°; shifts "
        f"up to {sheet.shift_limit:.1f} px of the slice (a tenth of the diameter, 4 at most); "
        f"tissue margins {spec.margin_low:g} to {spec.margin_high:g}. Each is cut once from the "
        "slice itself: no black corners, no second interpolation. Nothing is stored: the seed "
        "draws them again. Frid-Adar 2018, section 3.1 and Figure 3."
    )
