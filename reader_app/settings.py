"""This user's settings, in one INI file; damaged or foreign values give the default."""

from __future__ import annotations

import getpass
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from PySide6.QtCore import QSettings

from studies import places

RECENT_KEPT = 8
SCALES = (100, 125, 150, 175, 200)
"""How large the window may be drawn, % of the screen's own scale."""

AUTOMATIC, PROCESSOR = "", "cpu"
FULL, HALF = "float32", "bf16"
_RATES = "rate"


@dataclass(frozen=True)
class RecentStudy:
    """A study opened before, with what Home says of it without opening it."""

    folder: Path
    name: str
    line: str  # "61 patients · 182 lesions · step 3 of 5"
    opened: str  # UTC, ISO 8601
    badge: str = ""  # simulated | no CT | ""

    @property
    def is_missing(self) -> bool:
        """Its folder is not where it was: moved, removed, or on a disk that is away."""
        return not self.folder.is_dir()


class Settings:
    """Typed access by a key "group/name"."""

    def __init__(self, file: Path | None = None) -> None:
        path = file or places.settings_file()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._values = QSettings(str(path), QSettings.Format.IniFormat)

    def text(self, key: str, default: str = "") -> str:
        """A stored text."""
        value = self._values.value(key, default)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: float) -> float:
        """A stored number; the default where it is none."""
        try:
            return float(self.text(key, str(default)))
        except ValueError:
            return default

    def flag(self, key: str, default: bool = False) -> bool:
        """A stored yes or no."""
        return self.text(key, "yes" if default else "no") == "yes"

    def set(self, key: str, value: str | float | bool) -> None:
        """Store a text, number or yes/no, at once."""
        if isinstance(value, bool):
            value = "yes" if value else "no"
        self._values.setValue(key, str(value))
        self._values.sync()

    @property
    def author(self) -> str:
        """Who draws, diagnoses and seals here: the name given, else the computer's user."""
        return self.text("user/name") or _login()

    @author.setter
    def author(self, name: str) -> None:
        self.set("user/name", name.strip())

    @property
    def last_study(self) -> Path | None:
        """The study that was open last."""
        stored = self.text("study/last")
        return Path(stored) if stored else None

    @last_study.setter
    def last_study(self, folder: Path | None) -> None:
        self.set("study/last", str(folder) if folder else "")

    @property
    def device(self) -> str:
        """Where networks run: AUTOMATIC takes a GPU that answers, PROCESSOR never does."""
        return PROCESSOR if self.text("compute/device") == PROCESSOR else AUTOMATIC

    @property
    def precision(self) -> str:
        """In what networks are trained: FULL or HALF."""
        return HALF if self.text("compute/precision") == HALF else FULL

    @property
    def threads(self) -> int:
        """Processor threads of a training, 1 to as many as there are cores."""
        return min(max(1, round(self.number("compute/threads", 1))), os.cpu_count() or 1)

    def compute(self, device: str, precision: str, threads: int) -> None:
        """Where and how networks train from now on; what a step took before tells no more."""
        before = (self.device, self.precision, self.threads)
        self.set("compute/device", device)
        self.set("compute/precision", precision)
        self.set("compute/threads", threads)
        if before != (self.device, self.precision, self.threads):
            self.forget(_RATES)

    @property
    def scale(self) -> int:
        """How large the window is drawn, one of SCALES, %."""
        stored = round(self.number("view/scale", SCALES[0]))
        return stored if stored in SCALES else SCALES[0]

    @property
    def studies_folder(self) -> Path:
        """The folder offered for new studies."""
        stored = self.text("folder/studies")
        return Path(stored) if stored else places.studies_home()

    @property
    def exports_folder(self) -> Path | None:
        """The folder of all exports; None: each study's own."""
        stored = self.text("folder/exports")
        return Path(stored) if stored else None

    def exports_of(self, own: Path) -> Path:
        """Where a study's exports are offered to go; `own` is the exports folder inside it."""
        chosen = self.exports_folder
        return chosen / own.parent.stem if chosen is not None else own

    @property
    def recent(self) -> tuple[RecentStudy, ...]:
        """Studies opened before, newest first; a folder may be away (RecentStudy.is_missing)."""
        return self._stored_recent()

    def remember(self, study: RecentStudy) -> None:
        """Put a study first among the recent ones."""
        others = (one for one in self._stored_recent() if one.folder != study.folder)
        kept = (study, *others)[:RECENT_KEPT]
        self._keep_recent(kept)

    def move_recent(self, old: Path, new: Path) -> None:
        """A study opened before lies in another folder now."""
        kept = (one for one in self._stored_recent() if one.folder != new)
        self._keep_recent(
            tuple(replace(one, folder=new) if one.folder == old else one for one in kept)
        )

    def drop_recent(self, folder: Path) -> None:
        """Offer a study no more."""
        self._keep_recent(tuple(one for one in self._stored_recent() if one.folder != folder))

    def forget_recent(self) -> None:
        """Offer no study any more, nor open the last one at the next start."""
        self._keep_recent(())
        self.last_study = None

    def forget(self, group: str) -> None:
        """Remove every value of a group."""
        self._values.remove(group)
        self._values.sync()

    def _keep_recent(self, kept: tuple[RecentStudy, ...]) -> None:
        rows = [{**asdict(one), "folder": str(one.folder)} for one in kept]
        self.set("study/recent", json.dumps(rows))

    def _stored_recent(self) -> tuple[RecentStudy, ...]:
        try:
            rows = json.loads(self.text("study/recent", "[]"))
            return tuple(RecentStudy(**{**row, "folder": Path(row["folder"])}) for row in rows)
        except (ValueError, TypeError, KeyError):
            return ()


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name
        return "user"
