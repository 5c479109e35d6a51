"""Where the program keeps studies, keys, settings and logs on this computer.

The environment variable BLINDREAD_HOME moves them all into one folder.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

NAME = "Blindread"


def studies_home() -> Path:
    """The folder offered for new studies."""
    home = _home()
    return home / "studies" if home else Path(platformdirs.user_documents_path()) / NAME


def keys_home() -> Path:
    """The folder of the keys that re-identify; never inside a study."""
    home = _home()
    return home / "keys" if home else _data() / "keys"


def settings_file() -> Path:
    """The settings of this user."""
    home = _home()
    return home / "settings.ini" if home else _config() / "settings.ini"


def log_folder() -> Path:
    """The folder of the program's log."""
    home = _home()
    return home / "log" if home else Path(platformdirs.user_log_path(NAME, appauthor=False))


def _home() -> Path | None:
    given = os.environ.get("BLINDREAD_HOME", "")
    return Path(given).expanduser() if given else None


def _data() -> Path:
    return Path(platformdirs.user_data_path(NAME, appauthor=False))


def _config() -> Path:
    return Path(platformdirs.user_config_path(NAME, appauthor=False))
