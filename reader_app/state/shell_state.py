"""What the window's frame shows: study, user, and the jobs at its foot."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engine.jobs import JobState
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs, JobView
from reader_app.state.opening import Opening
from reader_app.state.study_state import StudyState

ROLES = ("Coordinator", "Reader")


@dataclass(frozen=True)
class JobLine:
    """The job bar. `kind`: idle | running | error."""

    kind: str
    sentence: str
    details: str = ""
    count: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    waiting: int = 0
    job: int | None = None


class ShellState(QObject):
    """`changed` for study and user, `jobs_changed` for the job bar."""

    changed = Signal()
    jobs_changed = Signal()

    def __init__(
        self,
        study: StudyState,
        jobs: Jobs,
        messages: Messages,
        settings: Settings,
        opening: Opening,
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._settings = study, jobs, settings
        self.messages, self.opening = messages, opening
        self._last = ""
        self._failed: JobView | None = None
        study.opened.connect(self.changed)
        study.changed.connect(self.changed)
        jobs.changed.connect(self._hear)

    @property
    def title(self) -> str:
        """The open study's name."""
        return self._study.study.name if self._study.study else "No study"

    @property
    def badges(self) -> tuple[tuple[str, str, str], ...]:
        """(word, role, tooltip) beside the study's name."""
        study, counts = self._study.study, self._study.counts()
        if study is None or counts is None:
            return ()
        found = []
        if study.simulated:
            found.append(("simulated", "simulated", "All CT and figures here are simulated"))
        if study.kind == "roi":
            found.append(("no CT", "neutral", "ROIs come from images without HU"))
        if counts.unblinded:
            found.append(("unblinded", "running", "Truth is open to the analyst"))
        if study.read_only:
            who = study.lock_holder or "its folder cannot be written"
            found.append(("read-only", "warning", f"Nothing can be changed here: {who}"))
        return tuple(found)

    @property
    def has_study(self) -> bool:
        """Whether a study is open."""
        return self._study.study is not None

    @property
    def user(self) -> str:
        """Who works here."""
        return self._settings.author

    @property
    def role(self) -> str:
        """Coordinator, or Reader (who sees only Read)."""
        role = self._settings.text("user/role", ROLES[0])
        return role if role in ROLES else ROLES[0]

    def set_user(self, name: str) -> None:
        """Change the name that margins, diagnoses and seals carry."""
        self._settings.author = name
        self.changed.emit()

    def set_role(self, role: str) -> None:
        """Work as Coordinator or Reader."""
        self._settings.set("user/role", role)
        self.changed.emit()

    def cancel(self) -> None:
        """Cancel the job in the bar."""
        line = self.job_line
        if line.job is not None:
            self._jobs.cancel(line.job)

    def forget_failure(self) -> None:
        """The failed job has been looked at."""
        self._failed = None
        self.jobs_changed.emit()

    @property
    def job_line(self) -> JobLine:
        """The running job; else the last failure; else a word on the last job."""
        active = self._jobs.active
        if active:
            return _running(active)
        if self._failed is not None and self._failed.failure is not None:
            failure = self._failed.failure
            return JobLine("error", f"{self._failed.title}: {failure.sentence}", failure.details)
        last = f" Last: {self._last}" if self._last else ""
        return JobLine("idle", f"No job running.{last}")

    def _hear(self, view: JobView) -> None:
        if view.state is JobState.FAILED:
            self._failed = view
        elif view.is_final:
            ended = "cancelled" if view.state is JobState.CANCELLED else "done"
            self._last = f"{view.title}, {ended}."
            self._failed = None
        self.jobs_changed.emit()


def _running(active: tuple[JobView, ...]) -> JobLine:
    front = next((view for view in active if view.state is JobState.RUNNING), active[0])
    progress = front.progress
    return JobLine(
        "running",
        front.title,
        "",
        progress.message,
        progress.done,
        progress.total,
        front.seconds_left,
        len(active) - 1,
        front.id,
    )
