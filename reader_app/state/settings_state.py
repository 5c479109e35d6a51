"""What Settings shows and keeps: computing, window, folders, keys, versions."""

from __future__ import annotations

import os
import platform
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from PySide6.QtCore import QObject, Signal, qVersion

from engine.jobs import Failure, JobSpec, in_child
from engine.machine import PRECISIONS, Machine
from reader_app.messages import Messages
from reader_app.settings import AUTOMATIC, FULL, RecentStudy, Settings
from reader_app.state.device_choice import hold_device
from reader_app.state.job_signals import Jobs
from reader_app.state.key_group import KeyGroup
from reader_app.state.opening import Opening
from reader_app.state.study_state import StudyState
from studies import places
from studies.errors import StudyError

LOOK = "engine.machine:look"
LANE = "machine"
NOTICE = "Blindread is research software, not a medical device."
_SHOWN = ("blindread", "PySide6-Essentials", "torch", "numpy", "scipy", "pydicom", "highdicom",
          "SQLAlchemy", "openTSNE")  # fmt: skip


class SettingsState(QObject):
    """`changed` when a setting or what is known of this computer changed."""

    changed = Signal()
    keys_changed = Signal()
    keys_wanted = Signal()  # the window answers with take_keys
    tour_asked = Signal()
    name_given = Signal(str)

    def __init__(
        self,
        study: StudyState,
        jobs: Jobs,
        messages: Messages,
        settings: Settings,
        opening: Opening,
    ) -> None:
        super().__init__()
        self._study, self._jobs, self._messages = study, jobs, messages
        self._settings, self._opening = settings, opening
        self._is_looking = False
        self.machine: Machine | None = None
        self.is_reader = False
        self.groups: tuple[KeyGroup, ...] = ()
        study.opened.connect(self.changed)
        opening.recent_changed.connect(self.changed)

    def hear_role(self, is_reader: bool) -> None:
        """A reader finds nothing here but the window's size and the keys."""
        if is_reader != self.is_reader:
            self.is_reader = is_reader
            self.changed.emit()

    # --- computing --------------------------------------------------------------------------

    def look(self) -> None:
        """Ask once which devices answer, in a process beside this one."""
        if self.machine is None and not self._is_looking and not self.is_reader:
            self._is_looking = True
            self._jobs.run(
                "Looking for devices",
                lambda: in_child(JobSpec(LOOK, None)),
                self._seen,
                self._missed,
                cancelled=self._stopped,
                lane=LANE,
            )

    def _seen(self, machine: Machine) -> None:
        self.machine, self._is_looking = machine, False
        self.changed.emit()

    def _missed(self, failure: Failure) -> None:
        self._is_looking = False
        self._messages.error(failure.sentence, failure.details)

    def _stopped(self) -> None:
        self._is_looking = False

    @property
    def device(self) -> str:
        """AUTOMATIC or PROCESSOR."""
        return self._settings.device

    @property
    def precision(self) -> str:
        """FULL or HALF."""
        return self._settings.precision

    @property
    def threads(self) -> int:
        """Processor threads of a training."""
        return self._settings.threads

    @property
    def cores(self) -> int:
        """Processor cores of this computer."""
        return os.cpu_count() or 1

    @property
    def precisions(self) -> tuple[str, ...]:
        """What can be chosen, on every device: the engine's choice."""
        return PRECISIONS

    @property
    def _gpu_emulates(self) -> bool:
        """Whether networks train on a GPU that computes bf16 only in steps of 32 bits."""
        found = self.machine
        if found is None or not found.gpu or self.device != AUTOMATIC:
            return False
        return not found.has_bf16

    @property
    def found_words(self) -> str:
        """What was found, in one line."""
        if self.machine is None:
            return "Looking which devices answer…" if self._is_looking else "Not looked at yet."
        cores = f"{self.machine.cores} processor core" + ("s" if self.machine.cores > 1 else "")
        if not self.machine.gpu:
            return f"Found: {cores}. No CUDA device answers, so networks train on the processor."
        return f"Found: {self.machine.gpu}, {self.machine.gpu_memory_gib:.0f} GiB; {cores}."

    @property
    def precision_words(self) -> str:
        """What the chosen precision means."""
        if self.precision == FULL:
            return "float32: 32-bit numbers, TF32 in products on a GPU."
        words = "bf16: products in 16 bits; such runs differ from float32 and are kept apart."
        return f"{words} This GPU only emulates it." if self._gpu_emulates else words

    def compute(self, device: str, precision: str, threads: int) -> None:
        """Where and how the next trainings run."""
        self._settings.compute(device, precision, threads)
        hold_device(self._settings)
        self.changed.emit()

    # --- person and window ------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Who works here: on margins, diagnoses and seals from now on."""
        return self._settings.author

    def give_name(self, name: str) -> None:
        """Another name; an empty one changes nothing."""
        if name.strip() and name.strip() != self.name:
            self.name_given.emit(name.strip())
        self.changed.emit()

    @property
    def scale(self) -> int:
        """Size of the window's parts, %."""
        return self._settings.scale

    def set_scale(self, percent: int) -> None:
        """Draw everything so large from the next start on."""
        self._settings.set("view/scale", percent)
        self.changed.emit()

    @property
    def recent(self) -> int:
        """How many studies Home and the study menu offer."""
        return len(self._settings.recent)

    def forget_recent(self) -> None:
        """Offer no study opened before; the studies themselves stay. Can be taken back."""
        before, last = self._settings.recent, self._settings.last_study
        self._settings.forget_recent()
        self._opening.recent_changed.emit()
        self._messages.ok(
            "Recent studies are forgotten. Their folders stay as they are.",
            "Undo",
            lambda: self._recall(before, last),
        )

    def _recall(self, before: tuple[RecentStudy, ...], last: Path | None) -> None:
        for one in reversed(before):
            self._settings.remember(one)
        self._settings.last_study = last
        self._opening.recent_changed.emit()

    # --- folders ----------------------------------------------------------------------------

    @property
    def studies_folder(self) -> Path:
        """Where new studies are offered to go."""
        return self._settings.studies_folder

    @property
    def exports_folder(self) -> Path | None:
        """Where exports of all studies go; None: into each study's own folder."""
        return self._settings.exports_folder

    @property
    def keys_folder(self) -> Path:
        """Where the keys lie that lead from a pseudonym back to the patient."""
        return places.keys_home()

    @property
    def log_folder(self) -> Path:
        """Where the program's log lies."""
        return places.log_folder()

    @property
    def has_own_studies(self) -> bool:
        """Whether new studies are offered another folder than the usual one."""
        return self.studies_folder != places.studies_home()

    def set_folder(self, name: str, folder: Path | None) -> None:
        """`name`: studies | exports. None goes back to the usual one; refused where it is none."""
        if folder is not None and not folder.is_dir():
            self._messages.warning(f"There is no folder {folder}. Choose one that exists.")
        else:
            self._settings.set(f"folder/{name}", str(folder) if folder else "")
        self.changed.emit()

    # --- keys and versions ------------------------------------------------------------------

    def take_keys(self, groups: tuple[KeyGroup, ...]) -> None:
        """Every page's keys, as the window knows them."""
        self.groups = groups
        self.keys_changed.emit()

    def print_keys_to(self, file: str) -> None:
        """The table of all keys as PDF."""
        from reader_app import printing

        path = Path(file).with_suffix(".pdf")
        try:
            printing.write_pdf(keys_html(self.groups), path)
        except StudyError as error:
            self._messages.error(str(error))
            return
        self._messages.ok(f"Wrote {path.name}.")

    @property
    def versions(self) -> tuple[tuple[str, str], ...]:
        """(name, version) of the program and what it rests on."""
        system = (("Python", platform.python_version()), ("Qt", qVersion()),
                  ("System", f"{platform.system()} {platform.release()}"))  # fmt: skip
        return (*((name, _version(name)) for name in _SHOWN), *system)

    @property
    def versions_text(self) -> str:
        """The versions as lines to paste into a paper or a report of a fault."""
        return "\n".join(f"{name} {number}" for name, number in self.versions)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def keys_html(groups: tuple[KeyGroup, ...]) -> str:
    """All keys as a page to print."""
    parts = ["<h1>Keys of Blindread</h1>"]
    for group in groups:
        rows = "".join(
            f"<tr><td width='160'><b>{escape(key)}</b></td><td>{escape(words)}</td></tr>"
            for key, words in group.keys
        )
        parts.append(f"<h2>{escape(group.title)}</h2><table cellpadding='3'>{rows}</table>")
    return "".join(parts)
