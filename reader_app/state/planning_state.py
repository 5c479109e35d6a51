"""Planning: what is asked, and the plan it gives; needs no study."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.state.job_signals import Jobs
from reader_app.workflows.plan_study import (
    MrmcRequest,
    Plan,
    PlanRequest,
    guess_pilot,
    plan,
    read_pilot,
)

PLAN_AFTER_MS = 200


@dataclass(frozen=True)
class MrmcAsk:
    """Readers, cases (None = sought) and the difference of AUCs to see.

    Components come from the file `pilot`, else from an assumed AUC, the range of the readers'
    AUCs and negative cases to a positive one (Obuchowski's conventions).
    """

    readers: int
    effect: float
    cases: int | None
    power: float
    pilot: Path | None
    auc: float
    reader_range: float
    ratio: float


Ask = MrmcAsk | PlanRequest


class PlanningState(QObject):
    """`changed` when there is another plan, or another reason why there is none."""

    changed = Signal()

    def __init__(self, jobs: Jobs, messages: Messages) -> None:
        super().__init__()
        self._jobs, self._messages = jobs, messages
        self.plan: Plan | None = None
        self.problem = ""
        self._wanted: Ask | None = None
        self._timer = QTimer(self, singleShot=True, interval=PLAN_AFTER_MS)
        self._timer.timeout.connect(self._start)

    def ask(self, wanted: Ask) -> None:
        """Plan anew, once nothing has been changed for a moment."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._timer.start()

    def save(self, to: Path) -> None:
        """Write the plan's table as CSV."""
        found = self.plan
        if found is not None:
            self._jobs.small(partial(_write, to, found), self._saved, self._not_saved)

    def text(self) -> str:
        """The plan's table as CSV text, for the clipboard."""
        from studies.report.csv_file import csv_text

        return csv_text(self.plan.header, self.plan.rows) if self.plan is not None else ""

    def _start(self) -> None:
        wanted = self._wanted
        if wanted is not None:
            self._jobs.small(
                partial(_planned, wanted), partial(self._found, wanted), partial(self._not, wanted)
            )

    def _found(self, wanted: Ask, found: Plan) -> None:
        if wanted == self._wanted:
            self.plan, self.problem = found, ""
            self.changed.emit()

    def _not(self, wanted: Ask, failure: Failure) -> None:
        if wanted == self._wanted:
            self.plan, self.problem = None, failure.sentence
            self.changed.emit()

    def _saved(self, file: Path) -> None:
        self._messages.ok(f"{file.name} is written.")

    def _not_saved(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)


def _planned(wanted: Ask) -> Plan:
    if not isinstance(wanted, MrmcAsk):
        return plan(wanted)
    if wanted.pilot is not None:
        pilot = read_pilot(wanted.pilot)
    else:
        pilot = guess_pilot(
            wanted.auc, wanted.reader_range, readers=wanted.readers, ratio=wanted.ratio
        )
    return plan(MrmcRequest(pilot, wanted.readers, wanted.effect, wanted.cases, power=wanted.power))


def _write(to: Path, found: Plan) -> Path:
    from studies.report.csv_file import write_csv  # brings the report's modules along

    return write_csv(to, found.header, found.rows)
