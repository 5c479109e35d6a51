"""The first-run tour: five steps beside the pages, shown once, and again when asked for."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from reader_app.settings import Settings

SEEN = "tour/seen"


@dataclass(frozen=True)
class TourStep:
    """A page, the control it speaks of (its accessible name begins so), and what it says."""

    page: str
    anchor: str
    title: str
    words: str


STEPS = (
    TourStep(
        "cases", "Drop zone", "CT comes in here",
        "Drop a folder, a zip or files, or press Import. Every file is accounted for: taken, "
        "taken with a remark, or left out with the reason. Names are removed on the way in.",
    ),
    TourStep(
        "annotate", "Lesions by case", "Draw a margin",
        "Drag round a lesion, or press G and click it to have a margin proposed. C, M and H name "
        "its class, B and F say how it is known. Enter goes to the next lesion.",
    ),
    TourStep(
        "learn", "Queue", "Let networks learn",
        "Choose an arm and queue it. Training runs in the background, with curves and samples as "
        "it goes. The other tab shows synthetic lesions beside their nearest real ones.",
    ),
    TourStep(
        "read", "Seal", "Seal, then read blinded",
        "The protocol fixes items, questions and order before anyone reads. Each reader gets an "
        "order of their own. Try as reader shows the screen; nothing of that is recorded.",
    ),
    TourStep(
        "results", "Results: pages", "See what came of it",
        "Readers and networks on the same lesions, each figure with its interval; t-SNE, the "
        "quality of synthetic lesions, and a report to hand on. Results open after unblinding.",
    ),
)  # fmt: skip


class Tour(QObject):
    """`changed` when another step, or none, is to be shown."""

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._steps: tuple[TourStep, ...] = ()
        self._at = 0

    @property
    def was_seen(self) -> bool:
        """Whether it was ended or skipped before: then it never starts by itself."""
        return self._settings.flag(SEEN)

    @property
    def step(self) -> TourStep | None:
        """The step to show; None while there is no tour."""
        return self._steps[self._at] if self._steps else None

    @property
    def place(self) -> tuple[int, int]:
        """(number of the step, how many there are), from 1."""
        return self._at + 1, len(self._steps)

    @property
    def is_last(self) -> bool:
        """Whether Next ends it."""
        return self._at + 1 >= len(self._steps)

    def start(self, pages: tuple[str, ...] | None = None) -> None:
        """From the first step on, through the pages a role sees (None: all)."""
        steps = tuple(one for one in STEPS if pages is None or one.page in pages)
        self._steps, self._at = steps, 0
        self.changed.emit()

    def go_on(self) -> None:
        """The next step; after the last one the tour has been seen."""
        if self.is_last:
            self.skip()
            return
        self._at += 1
        self.changed.emit()

    def go_back(self) -> None:
        """The step before."""
        if self._at:
            self._at -= 1
            self.changed.emit()

    def visit(self, page: str) -> None:
        """The user went to a page: its step is shown there."""
        found = next((k for k, one in enumerate(self._steps) if one.page == page), None)
        if found is not None and found != self._at:
            self._at = found
            self.changed.emit()

    def skip(self) -> None:
        """No more of it, now and at later starts."""
        if self._steps:
            self._steps, self._at = (), 0
            self._settings.set(SEEN, True)
            self.changed.emit()
