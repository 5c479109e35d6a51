"""What a network used of an ROI: occlusion and integrated gradients beside the ROI itself."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from reader_app.state.results_cases import Explained, MapsAsked, ResultsCases
from reader_app.views.results.layout import LineSample, choice, plain
from reader_app.widgets.buttons import button
from reader_app.widgets.figure_button import FigureButton, FigureSaver
from reader_app.widgets.panel import Panel
from reader_app.widgets.roi_view import RoiThumb
from reader_app.widgets.theme import PALETTE, SPACE
from studies.records import ClassScheme
from studies.report.arms import short_name
from studies.report.attribution import (
    AGAINST,
    FOR,
    FloatArray,
    MapPicture,
    maps_figure,
    overlay,
    strongest,
)
from studies.report.drawing import Figure
from studies.report.lesion_cases import ArmSaid, LesionCase

_SIDE = 148
_SAYS = (
    "Maps say what this network used, not what is true of the lesion. Orange speaks for the class, "
    "blue against it."
)
_FAINT = 0.05
"""A fall of the probability below this is never drawn in full colour."""
_MOVED = 0.02
"""A probability that differs by more says that the ROI is another than the one it was tested on."""


class MapPictureView(QWidget):
    """A picture in colours, `_SIDE` px square; empty while there is none."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._image: QImage | None = None
        self._name = name
        self.setAccessibleName(name)
        self.setFixedSize(_SIDE, _SIDE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_colors(self, colors: FloatArray | None) -> None:
        """Show (h, w, 3) colours 0..1, or nothing."""
        self._image = None
        if colors is not None:
            data = (colors.clip(0, 1) * 255).round().astype("uint8").copy()
            height, width = data.shape[:2]
            form = QImage.Format.Format_RGB888
            self._image = QImage(data.data, width, height, 3 * width, form).copy()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture smoothly, or the frame where it will be."""
        painter = QPainter(self)
        if self._image is None:
            painter.setPen(QPen(QColor(PALETTE.button_edge), 1, Qt.PenStyle.DashLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.rect(), self._image)


class MapsPanel(Panel):
    """An arm and a class are chosen; the maps are made on request, in the background."""

    asked = Signal(object)  # MapsAsked

    def __init__(self, cases: ResultsCases, saver: FigureSaver) -> None:
        super().__init__("What the network used")
        self._cases = cases
        self._case: LesionCase | None = None
        self._image: FloatArray | None = None
        self._scheme: ClassScheme | None = None
        self._simulated = False
        self.arms = choice("Network", "Whose maps (Up and Down arrow keys)", 12)
        self.classes = choice("Class asked about", "For which class (Up and Down arrow keys)", 8)
        self.make = button("Make maps", small=True, icon="play", key="Ctrl M", shortcut=True)
        self.make.setToolTip("Compute both maps in the background (Ctrl M)")
        self.save = FigureButton(saver, self.figure)
        for widget in (self.arms, self.classes, self.make, self.save):
            self.add_head(widget)
        self.roi = RoiThumb(_SIDE, "ROI")
        self.occlusion = MapPictureView("Occlusion map")
        self.gradients = MapPictureView("Integrated gradients")
        self.captions = tuple(plain(text, "hint", wrap=True) for text in ("ROI", "", ""))
        self._lay_out()
        self.arms.activated.connect(lambda _: self._choose_arm())
        self.classes.activated.connect(lambda _: self._show())
        self.make.clicked.connect(self._ask)
        cases.maps_changed.connect(self._show)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE[3])
        for picture, caption in zip(
            (self.roi, self.occlusion, self.gradients), self.captions, strict=True
        ):
            column = QVBoxLayout()
            column.setSpacing(SPACE[0])
            column.addWidget(picture)
            caption.setFixedWidth(_SIDE)
            caption.setMinimumHeight(3 * caption.fontMetrics().lineSpacing() + 2)
            caption.setAlignment(Qt.AlignmentFlag.AlignTop)
            column.addWidget(caption)
            column.addStretch(1)
            row.addLayout(column)
        side = QVBoxLayout()
        side.setSpacing(SPACE[1])
        for color, words in ((FOR, "speaks for the class"), (AGAINST, "speaks against it")):
            line = QHBoxLayout()
            line.addWidget(LineSample(color, (), "square", line=False))
            line.addWidget(plain(words, "hint", wrap=True), 1)
            side.addLayout(line)
        self.said = plain(_SAYS, "hint", wrap=True)
        side.addWidget(self.said)
        side.addStretch(1)
        row.addLayout(side, 1)
        self.body.addLayout(row)

    def show_case(
        self,
        case: LesionCase | None,
        image: FloatArray | None,
        scheme: ClassScheme,
        *,
        simulated: bool,
    ) -> None:
        """Offer a lesion's networks and classes; the arm that stood is kept."""
        self._case, self._image, self._scheme, self._simulated = case, image, scheme, simulated
        held = self.arms.currentData()
        self.arms.clear()
        for one in case.said if case is not None else ():
            self.arms.addItem(short_name(one.arm), one.arm)
            self.arms.setItemData(self.arms.count() - 1, one.name, Qt.ItemDataRole.ToolTipRole)
        self.arms.setCurrentIndex(max(0, self.arms.findData(held)))
        self.classes.clear()
        for category in scheme.categories:
            self.classes.addItem(category.name, category.code)
        self.roi.set_image(image)
        self._choose_arm()

    @property
    def _said(self) -> ArmSaid | None:
        return self._case.of_arm(self.arms.currentData()) if self._case is not None else None

    def _choose_arm(self) -> None:
        """The class that the network chose is asked about first."""
        said = self._said
        if said is not None:
            self.classes.setCurrentIndex(max(0, self.classes.findData(said.prediction.predicted)))
        self._show()

    @property
    def wanted(self) -> MapsAsked | None:
        """Which maps are chosen; None without a lesion or a network."""
        said = self._said
        code = self.classes.currentData()
        if said is None or self._case is None or not code:
            return None
        return MapsAsked(said.run_id, self._case.lesion.id, code)

    def _ask(self) -> None:
        wanted = self.wanted
        if wanted is not None:
            self._cases.make_maps(wanted)

    def _found(self) -> Explained | None:
        wanted = self.wanted
        return self._cases.maps(wanted) if wanted is not None else None

    def _show(self) -> None:
        found, making = self._found(), self._cases.making
        for widget in (self.arms, self.classes):
            widget.setEnabled(self._case is not None)
        reason = "Choose a lesion first" if self.wanted is None or self._image is None else ""
        if found is not None:
            reason = "These maps are made"
        elif making is not None:
            reason = "Maps are being made; they can be cancelled in the job bar below"
        self.make.set_enabled_because(not reason, reason)
        none = "Choose a lesion above." if self._case is None else "Not made yet."
        waits = "Being made…" if making is not None and making == self.wanted else none
        pictures = self._pictures(found) if found is not None else ()
        for k, view in enumerate((self.occlusion, self.gradients)):
            one = pictures[k] if k < len(pictures) else None
            colors = None
            if one is not None and self._image is not None:
                colors = overlay(self._image, one.values, one.limit)
            view.set_colors(colors)
            words = one.caption if one is not None else waits
            if found is not None and one is None:
                words = "No gradients: this classifier is no such network."
            name = ("Occlusion", "Integrated gradients")[k]
            self.captions[k + 1].setText(f"{name}\n{words}")
        self.said.setText(self._words(found))

    def _pictures(self, found: Explained) -> tuple[MapPicture, ...]:
        p = found.probabilities[found.target]
        top = float(found.occlusion.max())
        limit = max(strongest(found.occlusion), _FAINT)
        words = f"p {p:.2f}, falls by up to {max(0.0, top):.2f}"
        made = [MapPicture(words, found.occlusion, limit)]
        if found.gradients is not None:
            g = found.gradients
            words = f"logit {g.change:+.2f}, sum misses {abs(g.gap):.3f}".replace("-", "−")
            made.append(MapPicture(words, g.map, strongest(g.map)))
        return tuple(made)

    def _words(self, found: Explained | None) -> str:
        said = self._said
        if found is None or said is None:
            return _SAYS
        stored = said.prediction.probabilities[found.target]
        if abs(stored - found.probabilities[found.target]) <= _MOVED:
            return _SAYS
        return (
            f"The ROI has changed since this network was tested: it said {stored:.2f} then. "
            "Train the arm again to judge it on this ROI."
        )

    def figure(self) -> Figure | None:
        """ROI and maps for a paper; None before they are made."""
        found, case, scheme = self._found(), self._case, self._scheme
        said = self._said
        if found is None or case is None or scheme is None or said is None or self._image is None:
            return None
        name = scheme.category(self.classes.currentData()).name
        pictures = tuple(
            MapPicture(f"{head}\n{one.caption}", one.values, one.limit)
            for head, one in zip(
                ("Occlusion", "Integrated gradients"), self._pictures(found), strict=False
            )
        )
        note = (
            f"n 1: lesion {case.lesion.id}, truth {scheme.category(case.truth).name}; {said.name}, "
            "the network that had it in its test fold. Occlusion: fall of the probability while 12 "
            "x 12 px are covered by the mean image, every 4 px (Zeiler and Fergus 2014). "
            "Integrated gradients of the logit from the mean image, 256 steps (Sundararajan et al. "
            f"2017). Full colour: 99th percentile of each map, of occlusion {_FAINT:g} at least."
        )
        return maps_figure(
            f"maps_lesion_{case.lesion.id}_{said.arm}", f"What {said.name} used for {name}",
            self._image, pictures, note, simulated=self._simulated,
        )  # fmt: skip
