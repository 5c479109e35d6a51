"""The page of augmentations: which lesion, which seed, how many of each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.figure_files import FigureFiles
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from studies.records import Category, ClassScheme, LesionRecord
from studies.store import Store

if TYPE_CHECKING:
    from reader_app.workflows.augmentations import AugmentationSheet, AugmentedRoi
    from studies.report import pictures
    from studies.report.drawing import Figure

EACH = (4, 6, 8, 12)
USUAL = 8
HIGHEST_SEED = 999_999


class AugmentState(QObject):
    """`changed` when another sheet was drawn, or lesions are known anew.

    Nothing is read before the page is shown.
    """

    changed = Signal()

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self.figures = FigureFiles(study, jobs, messages, settings)
        self._study, self._jobs, self._messages = study, jobs, messages
        self.lesions: tuple[LesionRecord, ...] = ()
        self.lesion_id: int | None = None
        self.seed, self.each = 0, USUAL
        self.sheet: AugmentationSheet | None = None
        self.trouble = ""
        self._active, self._stale, self._turn = False, True, 0
        study.opened.connect(self._opened)
        study.changed.connect(self._changed)

    @property
    def categories(self) -> tuple[Category, ...]:
        """The study's classes."""
        return self._study.categories

    @property
    def scheme(self) -> ClassScheme | None:
        """The open study's classes; None without a study."""
        return self._study.scheme

    @property
    def is_simulated(self) -> bool:
        """Whether the study's images are simulated."""
        return self._study.is_simulated

    def figure(self) -> Figure | None:
        """The sheet as the report's Figure 3; None before one was drawn."""
        if self.sheet is None or self.scheme is None:
            return None
        from studies.report.example_figures import augmentation_figure

        found = _report_roi(self.sheet)
        return augmentation_figure(found, self.scheme, simulated=self.is_simulated)

    # --- choices ----------------------------------------------------------------------------

    def choose(self, lesion_id: int) -> None:
        """Another lesion."""
        if lesion_id != self.lesion_id:
            self.lesion_id = lesion_id
            self._draw()

    def set_seed(self, seed: int) -> None:
        """The images that a training with this seed draws."""
        if seed != self.seed:
            self.seed = seed
            self._draw()

    def draw_anew(self) -> None:
        """The next seed."""
        self.set_seed((self.seed + 1) % (HIGHEST_SEED + 1))

    def set_each(self, each: int) -> None:
        """So many of every kind."""
        if each != self.each:
            self.each = each
            self._draw()

    def activate(self) -> None:
        """The page is shown: read what has changed since."""
        self._active = True
        if self._stale:
            self._read()

    def deactivate(self) -> None:
        """The page is hidden: changes wait."""
        self._active = False

    # --- reading the study ------------------------------------------------------------------

    def _opened(self) -> None:
        self.lesions, self.lesion_id, self.sheet, self.trouble = (), None, None, ""
        self._refresh()

    def _changed(self, topic: str) -> None:
        if topic in ("lesions", "cases", "study"):
            self._refresh()

    def _refresh(self) -> None:
        self._stale = True
        self._turn += 1
        self.changed.emit()
        if self._active:
            self._read()

    def _read(self) -> None:
        store = self._study.store
        if store is None:
            return
        self._stale = False
        self._turn += 1
        turn = self._turn
        self._jobs.small(lambda: _lesions(store), lambda found: self._known(turn, found), self._say)

    def _known(self, turn: int, found: tuple[LesionRecord, ...]) -> None:
        if turn != self._turn:
            return
        self.lesions = found
        ids = [lesion.id for lesion in found]
        if self.lesion_id not in ids:
            self.lesion_id = ids[0] if ids else None
            self.sheet = None
        self.changed.emit()
        self._draw()

    def _draw(self) -> None:
        store, lesion = self._study.store, self.lesion_id
        if store is None or lesion is None:
            return
        self._turn += 1
        turn, seed, each = self._turn, self.seed, self.each
        self._jobs.small(
            lambda: _sheet(store, lesion, seed, each),
            lambda sheet: self._drawn(turn, sheet),
            lambda failure: self._not_drawn(turn, failure),
        )

    def _drawn(self, turn: int, sheet: AugmentationSheet) -> None:
        if turn == self._turn:
            self.sheet, self.trouble = sheet, ""
            self.changed.emit()

    def _not_drawn(self, turn: int, failure: Failure) -> None:
        if turn == self._turn:
            self.sheet, self.trouble = None, failure.sentence
            self.changed.emit()

    def _say(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)


# The engine's augmentation brings OpenCV with it, so it waits for the page.


def _lesions(store: Store) -> tuple[LesionRecord, ...]:
    from reader_app.workflows.augmentations import drawn_lesions

    return drawn_lesions(store)


def _sheet(store: Store, lesion: int, seed: int, each: int) -> AugmentationSheet:
    from reader_app.workflows.augmentations import augmentation_sheet

    return augmentation_sheet(store, lesion, seed, each)


def _report_roi(sheet: AugmentationSheet) -> pictures.AugmentedRoi:
    """The sheet as the report's figure takes it."""
    from studies.report import pictures

    rows = tuple(
        pictures.AugmentedRow(
            row.kind,
            tuple(one.image for one in row.shown),
            tuple(short_words(one) for one in row.shown),
            f"{row.count} an ROI",
        )
        for row in sheet.rows
    )
    lesion = sheet.lesion
    return pictures.AugmentedRoi(
        lesion.id, lesion.category, sheet.image, rows, sheet.total, sheet.seed
    )


def short_words(one: AugmentedRoi) -> str:
    """What is special about an image, `42°`; of a flipped, shifted or scaled one that alone."""
    flips = {(False, True): "up-down", (True, False): "left-right", (True, True): "both"}
    x, y = (f"{value:+.1f}".replace("-", "−") for value in one.shift)
    words = {
        "Flipped": flips.get((one.flip_x, one.flip_y), ""),
        "Shifted": f"{x}, {y} px",
        "Scaled": f"margin {one.margin:.2f}",
    }
    return words.get(one.kind, f"{one.angle:.0f}°")


def whole_words(one: AugmentedRoi) -> str:
    """Everything that an image was cut by, in one line."""
    flips = {(False, True): "flipped up-down", (True, False): "flipped left-right",
             (True, True): "flipped both ways"}  # fmt: skip
    parts = [f"Number {one.number}", f"turned {one.angle:.1f}°"]
    if one.flip_x or one.flip_y:
        parts.append(flips[one.flip_x, one.flip_y])
    if one.shift != (0.0, 0.0):
        x, y = (f"{value:+.2f}".replace("-", "−") for value in one.shift)
        parts.append(f"shifted {x}, {y} px of the slice")
    parts.append(f"tissue margin {one.margin:.3f} of the diameter")
    return ", ".join(parts)
