"""A study of drawn images to record learning in; nothing is trained here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from learn_study import make_study

from studies.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with make_study(tmp_path / "s", per_class=2) as made:
        yield made
