"""Networks run where the settings say, in this process and in its children."""

from __future__ import annotations

import os

from engine.machine import CHOICE
from reader_app.settings import PROCESSOR, Settings


def hold_device(settings: Settings) -> None:
    """Hand the settings' device on by the environment, which children inherit."""
    if settings.device == PROCESSOR:
        os.environ[CHOICE] = PROCESSOR
    else:
        os.environ.pop(CHOICE, None)
