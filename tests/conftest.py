"""What every test shares: no real display, no real user folders, one engine thread."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent))

# A crowded machine is no fault of an example; where "CI" is set the examples are always the same.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Studies, keys, settings and logs of a test lie in a folder of its own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("BLINDREAD_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home in which the small demo was made, and where the receipts of its readers lie."""
    return tmp_path_factory.mktemp("demo home")


@pytest.fixture(scope="session")
def demo_folder(demo_home: Path) -> Path:
    """The small demo, made once a session."""
    from reader_app.workflows import demo
    from studies import places

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("BLINDREAD_HOME", str(demo_home))
        begin = time.perf_counter()
        told = list(demo.make_demo(places.studies_home() / f"{demo.NAME}.blindread"))
        print(f"small demo: {time.perf_counter() - begin:.1f} s")  # noqa: T201
    assert [step.done for step in told] == sorted(step.done for step in told)
    assert told[-1].done == told[-1].total
    return demo_home / "studies" / f"{demo.NAME}.blindread"


@pytest.fixture
def demo_copy(
    demo_folder: Path, demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The demo in a home of the test's own, to write in."""
    home = tmp_path / "home"
    shutil.copytree(demo_home, home)
    monkeypatch.setenv("BLINDREAD_HOME", str(home))
    return home / demo_folder.relative_to(demo_home)
