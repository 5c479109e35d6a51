"""A sealed study with one enrolled reader, made once and copied for each test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from reading_study import loose_draft, readable_study

from studies import reading
from studies.records import ReaderRecord
from studies.store import Store


@dataclass(frozen=True)
class Template:
    """Folders to copy: the bare study, the sealed one, the keys of whoever sealed it."""

    bare: Path
    sealed: Path
    keys: Path


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """15 lesions, 9 synthetic ROIs; sealed with 2 hidden repeats, Reader 1 enrolled."""
    root = tmp_path_factory.mktemp("template")
    before = os.environ.get("BLINDREAD_HOME")
    os.environ["BLINDREAD_HOME"] = str(root / "home")
    readable_study(root / "bare", synthetic=3).close()
    shutil.copytree(root / "bare", root / "sealed")
    with Store.open(root / "sealed") as store:
        reading.seal(store, loose_draft(store, repeats=2))
        reading.enrol(store, "Reader 1", note="senior")
    if before is None:
        del os.environ["BLINDREAD_HOME"]
    else:
        os.environ["BLINDREAD_HOME"] = before
    return Template(root / "bare", root / "sealed", root / "home" / "keys")


@pytest.fixture
def store(
    template: Template, tmp_path: Path, own_home: Path, request: pytest.FixtureRequest
) -> Iterator[Store]:
    """The sealed study where the test asks for `reader` too, else the bare one."""
    sealed = "reader" in request.fixturenames
    folder = tmp_path / "canary.blindread"
    shutil.copytree(template.sealed if sealed else template.bare, folder)
    if sealed:
        shutil.copytree(template.keys, own_home / "keys")
    with Store.open(folder) as opened:
        yield opened


@pytest.fixture
def reader(store: Store) -> ReaderRecord:
    """A person enrolled in version 1: 24 items and 2 hidden repeats."""
    return reading.readers(store)[0]
