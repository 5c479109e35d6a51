"""How far a run came that did not end: told from its saved state without loading it."""

from __future__ import annotations

import json
from pathlib import Path

from engine import checkpoint
from engine.files import MODEL, ORDER, RESUME

LARGEST_HEADER = 1 << 24


def saved_step(folder: Path) -> int | None:
    """The step a run would go on from; None where no state was saved."""
    step = _facts(folder / RESUME).get("step")
    return None if step is None else int(step)


def can_go_on(folder: Path) -> bool:
    """Whether the folder says what its run was to do."""
    return (folder / ORDER).exists()


def rollbacks(folder: Path) -> int:
    """How often a finished generator was returned to a sound snapshot while it trained."""
    return int(_facts(folder / MODEL).get("rollbacks", 0))


def _facts(path: Path) -> dict[str, float]:
    """The named numbers in the head of a checkpoint; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 0 < length <= LARGEST_HEADER:
                return {}
            told = json.loads(file.read(length))["__metadata__"][checkpoint.KEY]
        return {str(name): float(value) for name, value in json.loads(told)["meta"]["facts"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
