"""This user's settings, in one INI file; damaged or foreign values give the default."""

from __future__ import annotations

import getpass
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QSettings

from studies import places

RECENT_KEPT = 8


@dataclass(frozen=True)
class RecentStudy:
    """A study opened before, with what Home says of it without opening it."""

    folder: Path
    name: str
    line: str  # "61 patients · 182 lesions · step 3 of 5"
    opened: str  # UTC, ISO 8601
    badge: str = ""  # simulated | no CT | ""


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
    def recent(self) -> tuple[RecentStudy, ...]:
        """Studies opened before, newest first, as far as their folders still exist."""
        return tuple(one for one in self._stored_recent() if one.folder.is_dir())

    def remember(self, study: RecentStudy) -> None:
        """Put a study first among the recent ones."""
        others = (one for one in self._stored_recent() if one.folder != study.folder)
        kept = (study, *others)[:RECENT_KEPT]
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
