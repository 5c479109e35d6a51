"""What lies in the bin of runs, emptied by hand or when the study is left; and the export."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.jobs import Failure
from reader_app.messages import Messages
from reader_app.settings import Settings
from reader_app.state.job_signals import Jobs
from reader_app.state.study_state import StudyState
from reader_app.workflows.export_runs import export_runs
from reader_app.workflows.run_bin import Bin, empty_bin, in_bin

KILO, MEGA = 1 << 10, 1 << 20


class BinState(QObject):
    """Size of the bin; the only one that removes files of runs."""

    changed = Signal()

    def __init__(
        self, study: StudyState, jobs: Jobs, messages: Messages, settings: Settings
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self._settings = settings
        self.size = 0
        study.opened.connect(self._measure)
        study.changed.connect(lambda topic: self._measure() if topic == "runs" else None)

    @property
    def words(self) -> str:
        """ "Empty bin, 12 MB"."""
        return f"Empty bin, {in_bytes(self.size)}"

    @property
    def exports_folder(self) -> Path:
        """Where exports are offered to go."""
        store = self._study.store
        return self._settings.exports_of(store.exports_folder) if store else Path.home()

    def empty(self) -> None:
        """Remove the files for good."""
        store = self._study.store
        if store is not None:
            self._jobs.small(lambda: empty_bin(store), self._emptied, self._failed)

    def export(self, run_ids: tuple[int, ...], folder: Path) -> None:
        """Hand runs on into a folder."""
        store = self._study.store
        if store is not None:
            self._jobs.run(
                "Exporting runs",
                lambda: export_runs(store, run_ids, folder),
                lambda made: self._messages.ok(_exported(len(made), folder)),
                self._failed,
            )

    def _measure(self) -> None:
        store = self._study.store
        if store is None:
            self._take(Bin((), 0))
        else:
            self._jobs.small(
                lambda: in_bin(store),
                lambda found: self._take(found) if store is self._study.store else None,
            )

    def _take(self, found: Bin) -> None:
        if found.size != self.size:
            self.size = found.size
            self.changed.emit()

    def _emptied(self, freed: int) -> None:
        self._messages.ok(f"The bin was emptied: {in_bytes(freed)} are free again.")
        self._study.notify("runs")

    def _failed(self, failure: Failure) -> None:
        self._messages.error(failure.sentence, failure.details)


def _exported(count: int, folder: Path) -> str:
    return f"{'1 run was' if count == 1 else f'{count} runs were'} exported to {folder}."


def in_bytes(size: int) -> str:
    """ "340 KB", "12 MB"."""
    if size < MEGA:
        return f"{max(1, round(size / KILO))} KB" if size else "0 KB"
    return f"{round(size / MEGA):,} MB"
