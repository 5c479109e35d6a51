"""Where the real test images and published ratings lie; they are never part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_root() -> Path:
    """`$BLINDREAD_SHARED`, else `../shared` beside the checkout."""
    given = os.environ.get("BLINDREAD_SHARED")
    return Path(given) if given else Path(__file__).resolve().parents[2] / "shared"


def shared_path(relative: str) -> Path:
    """The file or folder below the shared data; skips the test, with a reason, where absent.

    With BLINDREAD_REQUIRE_DATA=1 (set by CI where the folder exists) absence is a failure.
    """
    path = shared_root() / relative
    if not path.exists():
        reason = f"shared test data {relative} is not on this machine"
        if os.environ.get("BLINDREAD_REQUIRE_DATA") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return path
