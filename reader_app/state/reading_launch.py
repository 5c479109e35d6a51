"""Where a reading package is read: in a process of its own, or (in tests) in this window.

Blinding does not rest on the coordinator's window: the process opens the package alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QProcess, Signal

from studies.errors import StudyError

if TYPE_CHECKING:
    from reader_app.state.reading_session import ReadingSession

LEFT, REFUSED = 0, 2
"""Exit codes of `blindread read`: ended or left, and a package that cannot be read (now)."""


@dataclass(frozen=True)
class ReadingBeside:
    """A reading in a process of its own, beside this window. `who` is a pseudonym, "" unknown."""

    package: Path
    who: str


class Launcher(QObject):
    """`began` and `ended` with the package's path; `refused` with a sentence and details."""

    began = Signal(object)
    ended = Signal(object)
    refused = Signal(str, str)
    is_here = False  # whether the reading stands in this window

    def __init__(self) -> None:
        super().__init__()
        self.session: ReadingSession | None = None  # of a reading in this window

    def start(self, package: Path) -> None:
        """Read a package folder or file."""
        raise NotImplementedError

    def is_open(self, package: Path) -> bool:
        """Whether this window has started a reading of it that has not ended."""
        raise NotImplementedError

    def stop(self) -> None:
        """End a reading in this window; a process of its own goes on."""


def command(package: Path) -> tuple[str, list[str]]:
    """Program and arguments that read a package; a bundled program is its own interpreter."""
    bundled = bool(getattr(sys, "frozen", False))
    own = [] if bundled else ["-m", "reader_app"]
    return sys.executable, [*own, "read", str(package)]


class ReadingProcess(Launcher):
    """One process a package; several readers may read beside each other.

    `how` gives program and arguments for a package.
    """

    def __init__(self, how: Callable[[Path], tuple[str, list[str]]] = command) -> None:
        super().__init__()
        self._how = how
        self._running: dict[Path, QProcess] = {}
        program = QCoreApplication.instance()
        if program is not None:
            program.aboutToQuit.connect(self._let_go)

    def start(self, package: Path) -> None:
        """Start the process; does nothing while the package is open in one."""
        if package in self._running:
            return
        process = QProcess(self)
        program, arguments = self._how(package)
        process.setProgram(program)
        process.setArguments(arguments)
        self._running[package] = process
        process.started.connect(partial(self.began.emit, package))
        process.finished.connect(partial(self._finished, package))
        process.errorOccurred.connect(partial(self._failed, package))
        process.start()

    def is_open(self, package: Path) -> bool:
        """Whether its process runs."""
        return package in self._running

    def _finished(self, package: Path, code: int, status: QProcess.ExitStatus) -> None:
        # PySide 6.11 crashes where a child with closures on its signals is deleted later: this one
        # stays until the launcher goes, a few hundred bytes a reading.
        process = self._running.pop(package)
        details = bytes(process.readAllStandardError().data()).decode(errors="replace").strip()
        if code == REFUSED and status is QProcess.ExitStatus.NormalExit:
            self.refused.emit(details or "This package cannot be read now.", "")
        elif code != LEFT or status is not QProcess.ExitStatus.NormalExit:
            self.refused.emit(
                "The reading window has closed unexpectedly. Every answer that was shown as saved "
                "is kept: open the reading again, and it goes on at the same trial.",
                details,
            )
        self.ended.emit(package)

    def _let_go(self) -> None:
        """The program ends, and its children with it; every answer shown as saved is kept."""
        for process in self._running.values():
            process.blockSignals(True)

    def _failed(self, package: Path, error: QProcess.ProcessError) -> None:
        """A process that ended after its start is told by `finished`."""
        if error is QProcess.ProcessError.FailedToStart and package in self._running:
            words = self._running.pop(package).errorString()
            self.refused.emit("The reading window could not be started.", words)


class ReadingHere(Launcher):
    """The reading screen inside this window, for tests and pictures of it."""

    is_here = True

    def __init__(self) -> None:
        super().__init__()
        self._package: Path | None = None

    def start(self, package: Path) -> None:
        """Open the package in this process."""
        from reader_app.state.reading_session import ReadingSession
        from studies.package import ReadingPackage

        try:
            self.session = ReadingSession(ReadingPackage.open(package))
        except StudyError as error:
            self.refused.emit(str(error), "")
            return
        self._package = package
        self.session.left.connect(self.stop)
        self.began.emit(package)

    def is_open(self, package: Path) -> bool:
        """Whether it is on the screen."""
        return self._package == package

    def stop(self) -> None:
        """Leave the reading screen."""
        if self.session is None or self._package is None:
            return
        self.session.close()
        package, self.session, self._package = self._package, None, None
        self.ended.emit(package)
