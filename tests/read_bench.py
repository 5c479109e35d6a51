"""State and page of Read on a small study, with the reading inside the same process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot
from reading_study import loose_draft, readable_study

from engine.errors import EngineError
from engine.jobs import JobRunner
from reader_app.messages import Message, Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.read_state import ReadState
from reader_app.state.reading_launch import Launcher, ReadingHere
from reader_app.state.study_state import StudyState
from reader_app.views.read.dialogs import AskDialog
from reader_app.views.read.page import TABS, ReadPage
from studies import reading
from studies.errors import StudyError
from studies.package import ReadingPackage, Response
from studies.store import Store

PATIENCE_MS = 20_000


class Bench:
    """State and page on a study."""

    def __init__(self, qtbot: QtBot, settings_file: Path, launcher: Launcher | None = None) -> None:
        self.qtbot = qtbot
        self.messages = Messages()
        self.said: list[Message] = []
        self.messages.posted.connect(self.said.append)
        self.jobs = Jobs(JobRunner(expected=(EngineError, StudyError)))
        self.study = StudyState(self.messages)
        self.launcher = launcher or ReadingHere()
        self.state = ReadState(
            self.study, self.jobs, self.messages, Settings(settings_file), self.launcher
        )
        self.page = ReadPage(self.state)
        qtbot.addWidget(self.page)
        self.page.resize(1280, 760)
        self.page.show()

    def open(self, folder: Path) -> None:
        """Open a study and wait for its first preview."""
        with self.qtbot.waitSignal(self.state.previewed, timeout=PATIENCE_MS):
            self.study.open(folder)

    def changed(self) -> None:
        """Wait for the preview of an edited draft."""
        with self.qtbot.waitSignal(self.state.previewed, timeout=PATIENCE_MS):
            pass

    def wait(self, until: object) -> None:
        """Until it is so."""
        self.qtbot.waitUntil(until, timeout=PATIENCE_MS)

    def tab(self, name: str) -> None:
        """Choose a tab."""
        self.page.title.tabs.setCurrentIndex(TABS.index(name))

    def dialog(self) -> AskDialog:
        """The open dialog."""
        return self.page.findChildren(AskDialog)[-1]


@contextmanager
def open_bench(
    qtbot: QtBot, settings_file: Path, launcher: Launcher | None = None
) -> Iterator[Bench]:
    """A bench that ends its threads."""
    made = Bench(qtbot, settings_file, launcher)
    yield made
    made.jobs.shutdown()
    made.study.close()


@lru_cache(maxsize=1)
def _pattern() -> TemporaryDirectory[str]:
    """Drawn once; each test has a copy of its own."""
    place = TemporaryDirectory()
    readable_study(Path(place.name) / "s.blindread", synthetic=3).close()
    return place


def small_study(folder: Path) -> Path:
    """A study with 15 lesions and 9 synthetic ROIs, nothing sealed."""
    copytree(Path(_pattern().name) / "s.blindread", folder)
    return folder


def seal_for(folder: Path, readers: int = 1, **changes: object) -> None:
    """Seal the default draft with these changes and enrol readers."""
    with Store.open(folder) as store:
        reading.seal(store, loose_draft(store, **changes))
        for number in range(1, readers + 1):
            reading.enrol(store, f"Reader {number}")


def read_part(package: Path, trials: int | None = None) -> None:
    """Answer every trial of a package (or the first few), each in 0.9 s and only what is asked."""
    opened = ReadingPackage.open(package)
    opened.log("opened")
    asked = {question.code: question.choices[0].value for question in opened.questions}
    for trial in opened.trials[:trials]:
        opened.record(
            Response(
                trial.trial_id,
                asked.get("diagnosis", ""),
                asked.get("origin", ""),
                int(asked["confidence"]) if "confidence" in asked else None,
                "2026-11-23T00:00:00.000+00:00",
                first_key_ms=400.0,
                commit_ms=900.0,
                active_ms=900.0,
            )
        )
    opened.log("closed")
    opened.close()


def words_of(widget: QWidget) -> str:
    """All words shown there."""
    return " ".join(one.text() for one in widget.findChildren(QLabel) if one.isVisibleTo(widget))
