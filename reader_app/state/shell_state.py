"""What the window's frame shows: study, user, and the jobs at its foot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.jobs import JobState
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs, JobView
from reader_app.state.opening import Opening
from reader_app.state.reading_launch import ReadingBeside
from reader_app.state.study_state import StudyState
from reader_app.state.tour_state import Tour
from studies.access import SHORTEST

SHORTEST_PASSPHRASE = SHORTEST  # characters

READER = "Reader"
ROLES = ("Coordinator", "Truth author", "Analyst", READER)
"""As the window names them; in lower case, all but Reader are the study's."""
PAGES_OF = {
    "Truth author": ("cases", "annotate", "settings"),
    "Analyst": ("results", "learn", "settings"),
    READER: ("read", "settings"),
}
"""Pages by role, the first one first; a coordinator sees every page."""


@dataclass(frozen=True)
class JobLine:
    """The job bar. `kind`: idle | running | held | error."""

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
        self.tour = Tour(settings)
        self._last = ""
        self._failed: JobView | None = None
        self._beside: tuple[ReadingBeside, ...] = ()
        self._uncovered: frozenset[Path] = frozenset()  # readings this window is shown beside
        is_reader = self.role == READER
        study.work_as((ROLES[0] if is_reader else self.role).lower(), self.user, away=is_reader)
        study.opened.connect(self.changed)
        study.changed.connect(self.changed)
        jobs.changed.connect(self._hear)
        jobs.held_changed.connect(self.jobs_changed)

    @property
    def title(self) -> str:
        """The open study's name."""
        return "No study" if self.role == READER else self._study.title or "No study"

    @property
    def badges(self) -> tuple[tuple[str, str, str], ...]:
        """(word, role, tooltip) beside the study's name."""
        study = self._study.study
        if study is None:
            return ()
        found = []
        if study.simulated:
            found.append(("simulated", "simulated", "All CT and figures here are simulated"))
        if study.kind == "roi":
            found.append(("no CT", "neutral", "ROIs come from images without HU"))
        if self._study.is_unblinded:
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
        """One of ROLES: as what this person works here, or wants to while the study is locked."""
        role = self._settings.text("user/role", ROLES[0])
        return role if role in ROLES else ROLES[0]

    @property
    def pages(self) -> tuple[str, ...] | None:
        """Names of the pages that the role sees; None for all of them."""
        return () if self.asks_passphrase else PAGES_OF.get(self.role)

    @property
    def first_page(self) -> str:
        """Where the role begins."""
        return (self.pages or ("home",))[0]

    def refuse_page(self, title: str) -> None:
        """Say that a page is not for the role."""
        self.messages.warning(
            f"{title} is not for the role {self.role}. Another role is chosen at the top right."
        )

    @property
    def asks_passphrase(self) -> bool:
        """Whether the window shows that the study is locked, and nothing else of it."""
        return self._study.is_locked and self.role != READER

    @property
    def covered_for(self) -> tuple[str, ...]:
        """Who reads beside this window while it must show nothing; empty while it need not.

        A reader's own window holds no study that could be seen.
        """
        if self.role == READER:
            return ()
        hidden = (one for one in self._beside if one.package not in self._uncovered)
        return tuple(dict.fromkeys(one.who or "Someone" for one in hidden))

    @property
    def uncovering_asks(self) -> bool:
        """Whether the study's passphrase uncovers; a locked study asks for it afterwards."""
        return self.has_passphrase and not self.hint and not self._study.is_locked

    def hear_beside(self, readings: tuple[ReadingBeside, ...]) -> None:
        """Who reads in a process of their own now; the next reading is covered for anew."""
        self._beside = readings
        self._uncovered &= {one.package for one in readings}
        self.changed.emit()

    def uncover(self, passphrase: str = "") -> str:
        """Show the window beside the readings under way; else why not, in words."""
        refusal = self._study.refusal(passphrase) if self.uncovering_asks else ""
        if not refusal:
            self._uncovered = frozenset(one.package for one in self._beside)
            self.changed.emit()
        return refusal

    @property
    def hint(self) -> str:
        """The passphrase of a study that shows it (the demo), else ""."""
        return self._study.passphrase.hint

    @property
    def has_passphrase(self) -> bool:
        """Whether the study has a passphrase."""
        return self._study.passphrase.is_set

    @property
    def may_protect(self) -> str:
        """Empty where a passphrase can be set now, else why not."""
        if self._study.study is None:
            return "Open a study first."
        if self.role != ROLES[0]:
            return "The coordinator sets the passphrase."
        return "The study is open read-only." if self._study.read_only else ""

    def set_user(self, name: str) -> None:
        """Change the name that margins, diagnoses and seals carry."""
        self._settings.author = name
        self.changed.emit()

    def set_role(self, role: str) -> None:
        """Work in another role; a study with a passphrase that is not shown asks for it."""
        if self._waits_for_jobs(role):
            return
        before = self.role
        self._settings.set("user/role", role)
        if role == READER:
            self._study.hand_over()
            self._lock_when_quiet()
        elif self.has_passphrase and (before == READER or not self.hint):
            self._study.hand_over(away=False)
            self._lock_when_quiet()
        else:
            self._study.work_as(role.lower(), self.user)
            self._study.enter(self.hint, role.lower(), self.user)
        self.changed.emit()

    def unlock(self, passphrase: str, role: str, name: str) -> bool:
        """Open the locked study in a role under a name; False for a wrong passphrase."""
        if self._waits_for_jobs(role) or not self._study.enter(passphrase, role.lower(), name):
            return False
        self._settings.author = name
        self._settings.set("user/role", role)
        self.changed.emit()
        return True

    def protect(self, passphrase: str, old: str) -> bool:
        """Give the study a passphrase; False (and a sentence) when it cannot have this one."""
        return self._study.protect(passphrase, old)

    def kept(self, name: str) -> str:
        """What the window kept under a name, "" for nothing."""
        return self._settings.text(f"window/{name}")

    def keep(self, name: str, value: str) -> None:
        """Keep something of the window for its next sitting."""
        self._settings.set(f"window/{name}", value)

    def start_tour(self) -> None:
        """The tour, on the demo where no study is open; a reader has none."""
        if self.role == READER or self.asks_passphrase:
            return
        if not self.has_study:
            self.opening.demo()
        self.tour.start(self.pages)

    def offer_tour(self) -> None:
        """The tour starts by itself once: on the demo, which is there to look around."""
        study = self._study.study
        is_demo = study is not None and study.folder == self.opening.demo_folder
        if is_demo and not self.tour.was_seen and self.role == ROLES[0]:
            self.start_tour()

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
        """The running job; else the last failure; else what is paused, or a word on the last."""
        active = self._jobs.active
        if active:
            return _running(active)
        if self._failed is not None and self._failed.failure is not None:
            failure = self._failed.failure
            return JobLine("error", f"{self._failed.title}: {failure.sentence}", failure.details)
        if self._jobs.held and self._study.store is not None:
            return JobLine("held", self._jobs.held)
        last = f" Last: {self._last}" if self._last else ""
        return JobLine("idle", f"No job running.{last}")

    def _waits_for_jobs(self, role: str) -> bool:
        """A truth author may not write what a running job will: it has to end first."""
        if role != "Truth author" or not self._jobs.active:
            return False
        self.messages.warning("A job is under way. Let it end, or cancel it, then change the role.")
        return True

    def _lock_when_quiet(self) -> None:
        """Jobs write through the store: it is locked when the last one has ended."""
        if not self._jobs.active:
            self._study.lock()

    def _hear(self, view: JobView) -> None:
        if view.state is JobState.FAILED:
            self._failed = view
        elif view.is_final:
            ended = "cancelled" if view.state is JobState.CANCELLED else "done"
            self._last = f"{view.title}, {ended}."
            self._failed = None
        if view.is_final:
            QTimer.singleShot(0, self, self._lock_when_quiet)  # after what the job still calls
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
