"""Right of the slice, in the order of work: ROI twin, diagnosis, basis, measures, next."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from reader_app.state.annotate_state import Diagnosis, Measures, Twin
from reader_app.views.annotate.agreement_box import AgreementBox
from reader_app.views.annotate.class_choice import ClassChoice
from reader_app.views.annotate.compare_box import CompareBox
from reader_app.views.annotate.twin_view import TwinView
from reader_app.widgets.buttons import Button, button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE
from studies.imaging.roi import MARGIN
from studies.records import ClassScheme

WIDTH = 272
BASES = (("Biopsy", "biopsy", "B"), ("Follow-up", "follow-up", "F"))


class SidePanel(QWidget):
    """Shows what the state says; its buttons only tell what was pressed."""

    category_chosen = Signal(str)
    basis_chosen = Signal(str)
    undo_asked = Signal()
    redo_asked = Signal()
    next_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self._scheme: ClassScheme | None = None
        self._categories: dict[str, Button] = {}
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(16, 12, 16, 4)
        column.setSpacing(8)
        self._build_twin(column)
        self._build_diagnosis(column)
        self.measures = _MeasuresTable()
        column.addSpacing(4)
        column.addWidget(label("Measures", "panel"))
        column.addWidget(self.measures)
        self.warnings = label("", "hint", wrap=True)
        self.warnings.setStyleSheet(f"color: {PALETTE.warning};")
        self.warnings.setAccessibleName("Warnings of the margin")
        self.warnings.setVisible(False)
        column.addWidget(self.warnings)
        self.compare = CompareBox()
        column.addWidget(self.compare)
        self.agreement = AgreementBox()
        column.addWidget(self.agreement)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(_scrolled(content), 1)
        self._build_foot(outer)

    def _build_twin(self, column: QVBoxLayout) -> None:
        head = QHBoxLayout()
        head.addWidget(label("ROI as the CNN sees it", "panel"))
        head.addStretch(1)
        head.addWidget(label("64 × 64", "hint"))
        self.twin = TwinView()
        self.side = label("", "hint", wrap=True)
        self.line = QCheckBox("Line")
        self.line.setChecked(True)
        self.line.setToolTip("Show the margin on the ROI")
        self.line.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.line.toggled.connect(self.twin.show_line)
        foot = QHBoxLayout()
        foot.addWidget(self.side, 1)
        foot.addWidget(self.line)
        column.addLayout(head)
        column.addWidget(self.twin)
        column.addLayout(foot)

    def _build_diagnosis(self, column: QVBoxLayout) -> None:
        column.addWidget(label("Diagnosis", "panel"))
        self._choices = QVBoxLayout()
        self._choices.setSpacing(6)
        column.addLayout(self._choices)
        column.addSpacing(2)
        column.addWidget(label("Basis", "panel"))
        row = QHBoxLayout()
        row.setSpacing(6)
        self.bases: dict[str, Button] = {}
        for text, value, key in BASES:
            choice = _choice(text, key, f"Reference standard: {text.lower()}")
            choice.clicked.connect(lambda _=False, v=value: self.basis_chosen.emit(v))
            self.bases[value] = choice
            row.addWidget(choice)
        column.addLayout(row)
        self.other_basis = label("", "hint", wrap=True)
        self.other_basis.setVisible(False)
        column.addWidget(self.other_basis)

    def _build_foot(self, column: QVBoxLayout) -> None:
        self.undo = button("", "normal", icon="undo", tooltip="Undo (Ctrl Z)")
        self.redo = button("", "normal", icon="redo", tooltip="Redo (Ctrl Shift Z)")
        self.next = button("Next lesion", "primary", key="Enter", tooltip="Next lesion")
        for each in (self.undo, self.redo, self.next):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.undo.clicked.connect(self.undo_asked)
        self.redo.clicked.connect(self.redo_asked)
        self.next.clicked.connect(self.next_asked)
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 16, 12)
        row.setSpacing(8)
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        row.addWidget(self.next, 1)
        column.addLayout(row)

    # --- what is shown ----------------------------------------------------------------------

    def show_scheme(self, scheme: ClassScheme | None) -> None:
        """One button a class, with its mark and key."""
        if scheme == self._scheme:
            return
        self._scheme = scheme
        for old in self._categories.values():
            self._choices.removeWidget(old)
            old.deleteLater()
        self._categories = {}
        for category in scheme.categories if scheme else ():
            choice = ClassChoice(category)
            choice.clicked.connect(lambda _=False, c=category.code: self.category_chosen.emit(c))
            self._categories[category.code] = choice
            self._choices.addWidget(choice)

    def show_diagnosis(self, chosen: Diagnosis, enabled: bool) -> None:
        """Light up what is chosen."""
        for code, choice in self._categories.items():
            choice.setChecked(code == chosen.category)
            choice.setEnabled(enabled)
        for value, choice in self.bases.items():
            choice.setChecked(value == chosen.basis)
            choice.setEnabled(enabled)
        other = chosen.basis if chosen.basis not in self.bases else ""
        self.other_basis.setText(f"Basis as imported: {other}")
        self.other_basis.setVisible(bool(other))

    def show_warnings(self, found: tuple[str, ...]) -> None:
        """What is odd about the margin; nothing where nothing is."""
        self.warnings.setText("\n".join(found))
        self.warnings.setVisible(bool(found))

    def show_twin(self, twin: Twin | None, color: str, *, proposed: bool = False) -> None:
        """The ROI and what it covers; `proposed`: its margin, and the measures, are not saved."""
        self.twin.show_twin(twin, color)
        if twin is None:
            self.side.setText("")
            return
        unit = "mm" if twin.has_mm else "px"
        beyond = ", beyond the image" if twin.is_beyond else ""
        first = "Proposed: " if proposed else ""
        self.side.setText(f"{first}{twin.side:.0f} {unit} side, margin {MARGIN}{beyond}")


def _scrolled(content: QWidget) -> QScrollArea:
    """Scrolls only where a small screen or a long scheme needs it."""
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    return area


def _choice(text: str, key: str, tooltip: str) -> Button:
    result = button(text, "choice", key=key, tooltip=tooltip)
    result.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return result


class _MeasuresTable(QWidget):
    """Four rows: name, figure ± a pixel's worth, unit."""

    ROWS = ("Long axis", "Short axis", "Area", "Mean ± SD")

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Measures")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        grid.setColumnMinimumWidth(2, 28)
        self.figures, self.units = [], []
        for row, name in enumerate(self.ROWS):
            figure, unit = label("–", "panel"), label("", "hint")
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            figure.setAccessibleName(name)
            grid.addWidget(label(name, "hint"), row, 0)
            grid.addWidget(figure, row, 1)
            grid.addWidget(unit, row, 2)
            self.figures.append(figure)
            self.units.append(unit)
        self.setToolTip("± is what one pixel's width may change")

    def show_measures(self, found: Measures | None) -> None:
        """Figures, or dashes without a margin."""
        texts = _texts(found) if found else (("–", ""),) * 4
        for (figure, unit), value, word in zip(texts, self.figures, self.units, strict=True):
            value.setText(figure)
            word.setText(unit)


def _texts(found: Measures) -> tuple[tuple[str, str], ...]:
    length = "mm" if found.has_mm else "px"
    slack = found.length_uncertainty
    area, area_slack, area_unit = found.area, found.area_uncertainty, f"{length}²"
    if found.has_mm:
        area, area_slack, area_unit = area / 100, area_slack / 100, "cm²"
    values = found.values
    if not values.n:
        mean = "–"
    elif math.isnan(values.sd):
        mean = _signed(values.mean)
    else:
        mean = f"{_signed(values.mean)} ± {values.sd:.0f}"
    return (
        (f"{found.long_axis.length_mm:.1f} ± {slack:.1f}", length),
        (f"{found.short_axis.length_mm:.1f} ± {slack:.1f}", length),
        (f"{area:.1f} ± {area_slack:.1f}", area_unit),
        (mean, "HU" if found.has_hu else "" if found.has_mm else "grey"),
    )


def _signed(value: float) -> str:
    return f"{value:.0f}".replace("-", "−")
