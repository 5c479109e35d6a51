"""Figures that a page saves: named after the study, written in the background."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState

if TYPE_CHECKING:
    from studies.report.drawing import Figure

FOLDER, ENDING = "figures/folder", "figures/ending"
_NEEDED = "reader_app.widgets.figure_file"


class FigureFiles:
    """What a page's FigureButtons save through (widgets.figure_button.FigureSaver)."""

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        self._study, self._jobs = study, jobs
        self._messages, self._settings = messages, settings

    @property
    def study(self) -> str:
        """The study's name, for the file's."""
        return self._study.study.name if self._study.study else "Blindread"

    @property
    def folder(self) -> Path:
        """Where the last figure went, else where this study's exports go."""
        stored = self._settings.text(FOLDER)
        if stored and Path(stored).is_dir():
            return Path(stored)
        store = self._study.store
        return self._settings.exports_of(store.exports_folder) if store else Path.home()

    @property
    def ending(self) -> str:
        """.svg, .png or .csv: what the last one was saved as."""
        stored = self._settings.text(ENDING, ".svg")
        return stored if stored in (".svg", ".png", ".csv") else ".svg"

    def prepare(self, then: Callable[[], None]) -> None:
        """Import what draws in the background, the first time; then call."""
        if _NEEDED in sys.modules:
            then()
        else:
            self._jobs.small(lambda: import_module(_NEEDED), lambda _: then(), self._say_failure)

    def write(self, figure: Figure, path: Path) -> None:
        """Write the figure in the background and say where it is; the folder is offered next."""
        self._jobs.small(lambda: _write(figure, path), self._written, self._say_failure)

    def decline(self, words: str) -> None:
        """Say why there is nothing to save."""
        self._messages.info(words)

    def _written(self, path: Path) -> None:
        self._settings.set(FOLDER, str(path.parent))
        self._settings.set(ENDING, path.suffix.lower())
        self._messages.ok(
            f"Wrote {path.name} to {path.parent}.",
            "Open",
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))),
        )

    def _say_failure(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)


def _write(figure: Figure, path: Path) -> Path:
    from reader_app.widgets.figure_file import write_figure

    return write_figure(figure, path)
