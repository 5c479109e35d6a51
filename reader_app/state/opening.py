"""Opening, making and remembering studies; the demo is made in the background."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.jobs import Failure, Progress
from reader_app.messages import Messages
from reader_app.settings import RecentStudy, Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.next_steps import steps
from reader_app.state.study_state import StudyState
from studies import cases, places
from studies.records import StudyCounts, StudyRecord
from studies.store import Store

SUFFIX = ".blindread"
DEMO_NAME = "Demo study"
REMEMBER_AFTER_MS = 500
"""Many writes in a row (margins being drawn) are remembered once."""

MakeDemo = Callable[[Path], Generator[Progress, None, object]]


class Opening(QObject):
    """`demo_changed` when the demo's making starts or ends; `recent_changed` after opening."""

    demo_changed = Signal()
    recent_changed = Signal()

    def __init__(
        self,
        study: StudyState,
        jobs: Jobs,
        messages: Messages,
        settings: Settings,
        make_demo: MakeDemo,
    ) -> None:
        super().__init__()
        self._study, self._jobs = study, jobs
        self._messages, self._settings = messages, settings
        self._make_demo = make_demo
        self._demo_job: int | None = None
        self._later = QTimer(self, interval=REMEMBER_AFTER_MS, singleShot=True)
        self._later.timeout.connect(self._remember_behind)
        study.opened.connect(self._remember)
        study.changed.connect(lambda _topic: self._later.start())

    @property
    def recent(self) -> tuple[RecentStudy, ...]:
        """Studies opened before, newest first; the folder of one may be away."""
        return self._settings.recent

    @property
    def studies_folder(self) -> Path:
        """Where new studies are offered to go, and Open begins to look."""
        return self._settings.studies_folder

    def locate(self, old: Path, new: Path) -> bool:
        """Open a study opened before at the folder where it lies now."""
        found = new.parent if new.name == "study.sqlite" else new
        if not self.open(found):
            return False
        self._settings.move_recent(old, found)
        self._remember()
        return True

    def forget(self, folder: Path) -> None:
        """Offer a study no more; it stays where it is. Can be taken back."""
        before = self._settings.recent
        self._settings.drop_recent(folder)
        self.recent_changed.emit()
        self._messages.ok(
            f"{folder.stem} is no longer among the recent studies.",
            "Undo",
            lambda: self._recall(before),
        )

    def _recall(self, before: tuple[RecentStudy, ...]) -> None:
        for one in reversed(before):
            self._settings.remember(one)
        self.recent_changed.emit()

    @property
    def making_demo(self) -> bool:
        """Whether the demo is being made."""
        return self._demo_job is not None

    @property
    def demo_folder(self) -> Path:
        """Where this user's demo study lies."""
        return places.studies_home() / f"{DEMO_NAME}{SUFFIX}"

    def start(self, given: Path | None = None) -> None:
        """The study given, else the last one, else the demo."""
        folder = given or self._settings.last_study
        if folder is not None and (given or folder.is_dir()):
            self.open(folder)
        elif all(one.is_missing for one in self._settings.recent):
            self.demo()

    def open(self, folder: Path) -> bool:
        """Open a study folder (or the folder a dropped study.sqlite lies in)."""
        return self._study.open(folder.parent if folder.name == "study.sqlite" else folder)

    def create(self, folder: Path, name: str, kind: str = "ct") -> bool:
        """Make a study and open it; the folder gets the ending .blindread."""
        if folder.suffix != SUFFIX:
            folder = folder.with_name(folder.name + SUFFIX)
        return self._study.create(folder, name, kind=kind)

    def new_folder(self, name: str) -> Path:
        """A free folder for a study of this name."""
        clean = "".join(c if c.isalnum() or c in " -_." else "_" for c in name).strip(" .")
        folder = self.studies_folder / f"{clean or 'Study'}{SUFFIX}"
        number = 2
        while folder.exists():
            folder = folder.with_name(f"{clean or 'Study'} {number}{SUFFIX}")
            number += 1
        return folder

    def demo(self) -> None:
        """Open the demo study; make it first where there is none."""
        if self.demo_folder.is_dir():
            self.open(self.demo_folder)
        elif self._demo_job is None:
            folder = self.demo_folder
            self._demo_job = self._jobs.run(
                "Making the demo study",
                lambda: self._make_demo(folder),
                done=lambda _result: self._demo_made(),
                failed=self._demo_failed,
                cancelled=self._demo_ended,
                lane="demo",
            )
            self.demo_changed.emit()

    def _demo_made(self) -> None:
        self._demo_ended()
        if self._study.study is None or self._study.study.folder == self.demo_folder:
            self.open(self.demo_folder)
        else:
            self._messages.ok("The demo study is ready.", "Open", self.demo)

    def _demo_failed(self, failure: Failure) -> None:
        self._demo_ended()
        self._messages.error(failure.sentence, failure.details)

    def _demo_ended(self) -> None:
        self._demo_job = None
        self.demo_changed.emit()

    def _remember(self) -> None:
        """The open study stands first among the recent ones, and is opened at the next start."""
        study, counts = self._study.study, self._study.counts()
        if study is None or counts is None:
            return
        self._settings.last_study = study.folder
        self._keep(study, counts)

    def _remember_behind(self) -> None:
        """What changed, counted in a thread: the window must not wait for it."""
        store, turn = self._study.store, self._study.turn
        if store is not None:
            self._jobs.small(
                lambda: cases.counts(store), lambda counts: self._counted(store, counts, turn)
            )

    def _counted(self, store: Store, counts: StudyCounts, turn: int) -> None:
        """Written down only where the list would say something else."""
        study = self._study.study
        if study is None or store is not self._study.store:
            return
        self._study.take_counts(counts, turn)
        first = next(iter(self._settings.recent), None)
        said = (study.folder, study.name, describe(study, counts))
        if first is None or (first.folder, first.name, first.line) != said:
            self._keep(study, counts)

    def _keep(self, study: StudyRecord, counts: StudyCounts) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        badge = "simulated" if study.simulated else "no CT" if study.kind == "roi" else ""
        line = describe(study, counts)
        self._settings.remember(RecentStudy(study.folder, study.name, line, now, badge))
        self.recent_changed.emit()


def describe(study: StudyRecord, counts: StudyCounts) -> str:
    """A study in one line: patients, lesions, step."""
    place = next(
        (k for k, step in enumerate(steps(counts), 1) if step.state in ("now", "locked")), 5
    )
    patients = f"{counts.patients:,} patient" + ("" if counts.patients == 1 else "s")
    lesions = f"{counts.lesions:,} " + ("ROI" if study.kind == "roi" else "lesion")
    return f"{patients} · {lesions}{'' if counts.lesions == 1 else 's'} · step {place} of 5"
