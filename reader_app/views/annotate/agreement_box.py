"""Two authors on the chosen lesion: how far they agree, where they do not, whose margins train."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from reader_app.state.annotate_state import Authorship, LesionAgreement, SliceAgreement
from reader_app.widgets.buttons import button
from reader_app.widgets.panel import label
from reader_app.widgets.theme import PALETTE

ROWS = ("Dice", "Hausdorff", "Hausdorff 95 %", "Area difference", "In % of their mean")
ROW_HEIGHT, MOST_ROWS = 20, 4


class AgreementBox(QWidget):
    """Hidden while only one person drew the lesion, or while this author draws blinded."""

    slice_chosen = Signal(int)
    training_chosen = Signal(str)  # an author; "" = the first
    everywhere_asked = Signal(str)
    next_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Agreement of two authors")
        self.pair = label("", "hint", wrap=True)
        self.figures = [label("–", "panel") for _ in ROWS]
        self.worst = QListWidget()
        self.worst.setFrameShape(QListWidget.Shape.NoFrame)
        self.worst.setStyleSheet(f"QListWidget {{ background: {PALETTE.panel}; }}")
        self.worst.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.worst.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.worst.setAccessibleName("Slices, largest disagreement first")
        self.worst.itemClicked.connect(self._choose_slice)
        self.worst.itemActivated.connect(self._choose_slice)
        self.trains = QComboBox()
        self.trains.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.trains.setMinimumContentsLength(8)
        self.trains.setAccessibleName("Whose margins train")
        self.trains.setToolTip("Whose margins of this lesion train and are read")
        self.trains.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.trains.activated.connect(self._choose_training)
        self.everywhere = button(
            "For all lesions", small=True, tooltip="The same author wherever they drew"
        )
        self.everywhere.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.everywhere.clicked.connect(self._ask_everywhere)
        self.next = button(
            "Next disagreement", small=True, tooltip="The lesions of two authors, worst first"
        )
        self.next.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.next.clicked.connect(self.next_asked)
        self._lay()
        self.setVisible(False)

    def _lay(self) -> None:
        grid = QGridLayout()
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        for row, (name, figure) in enumerate(zip(ROWS, self.figures, strict=True)):
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            figure.setAccessibleName(name)
            grid.addWidget(label(name, "hint"), row, 0)
            grid.addWidget(figure, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addWidget(label("Two authors", "panel"))
        column.addWidget(self.pair)
        column.addLayout(grid)
        column.addWidget(self.worst)
        column.addWidget(self.next)
        column.addWidget(label("Trains", "panel"))
        column.addWidget(self.trains)
        column.addWidget(self.everywhere)

    def show_agreement(
        self, found: LesionAgreement | None, who: Authorship | None, chosen: str, can_edit: bool
    ) -> None:
        """The first pair's figures, and the choice between all who drew; `chosen` "" = first."""
        self.setVisible(found is not None and who is not None)
        if found is None or who is None:
            return
        self.pair.setText(_heading(found))
        for figure, text in zip(self.figures, _texts(found), strict=True):
            figure.setText(text)
        self._show_worst(found)
        self.trains.clear()
        self.trains.addItem(f"First author ({who.first})", "")
        for name in who.people:
            self.trains.addItem(name, name)
        self.trains.setCurrentIndex(max(self.trains.findData(chosen), 0))
        self.trains.setEnabled(can_edit)
        self.everywhere.set_enabled_because(can_edit, "The study is open read-only.")

    def _show_worst(self, found: LesionAgreement) -> None:
        self.worst.clear()
        for each in found.disagreements:
            item = QListWidgetItem(_line(each))
            item.setData(Qt.ItemDataRole.UserRole, each.slice_index)
            item.setToolTip(_whole(each))
            self.worst.addItem(item)
        rows = min(len(found.slices), MOST_ROWS)
        self.worst.setFixedHeight(rows * max(self.worst.sizeHintForRow(0), ROW_HEIGHT) + 2)

    def _choose_slice(self, item: QListWidgetItem) -> None:
        self.slice_chosen.emit(int(item.data(Qt.ItemDataRole.UserRole)))

    def _choose_training(self, index: int) -> None:
        self.training_chosen.emit(str(self.trains.itemData(index)))

    def _ask_everywhere(self) -> None:
        self.everywhere_asked.emit(str(self.trains.currentData()))


def _heading(found: LesionAgreement) -> str:
    """Who is compared, and what the figures do not hold of."""
    said = [f"{found.first} and {found.second}"]
    if not found.is_independent:
        said.append("Not independent: one saw the other's margins before drawing.")
    if found.strange:
        places = ", ".join(str(index + 1) for index in found.strange)
        said.append(
            f"Slice {places}: the margins do not meet. If they are of two lesions, delete yours "
            "and draw it as a lesion of its own (A)."
        )
    if found.changed:
        places = ", ".join(str(index + 1) for index in found.changed)
        said.append(f"Changed after comparing, not counted: slice {places}.")
    if found.common < len(found.slices):
        both = f"the {found.common} of {len(found.slices)} slices that both drew"
        said.append(f"Distances are of {both}; for the Dice the others are missed.")
    return "\n".join(said)


def _texts(found: LesionAgreement) -> tuple[str, ...]:
    return (
        f"{found.dice:.2f}",
        _mm(found.hausdorff_mm),
        _mm(found.hausdorff95_mm),
        f"{_signed(found.difference_mm2)} mm²",
        f"{_signed(found.difference_percent)} %",
    )


def _line(each: SliceAgreement) -> str:
    if each.agreement is None:
        return f"{each.slice_index + 1}: only {each.only}"
    figures = each.agreement
    return f"{each.slice_index + 1}: Dice {figures.dice:.2f}, {_mm(figures.hausdorff_mm)}"


def _whole(each: SliceAgreement) -> str:
    """With the difference of the areas too."""
    if each.agreement is None:
        return _line(each)
    return f"{_line(each)}, area {_signed(each.agreement.difference_percent)} %"


def _mm(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} mm"


def _signed(value: float) -> str:
    return f"{value:+.0f}".replace("-", "−")
