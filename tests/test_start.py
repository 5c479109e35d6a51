"""The set-up script: what it decides, without installing anything."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "start.py"


@pytest.fixture
def start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("start", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_imports_nothing_but_the_standard_library():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names <= sys.stdlib_module_names | {"__future__"}


def test_an_unknown_command_is_a_bad_call(start: ModuleType, capsys: pytest.CaptureFixture[str]):
    assert start.main(["fly"]) == 2
    assert "'fly'" in capsys.readouterr().err


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 14, 0)])
def test_another_python_is_refused_in_words(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int]
):
    monkeypatch.setattr(start.sys, "version_info", version)
    with pytest.raises(start.SetUpError, match=r"3\.11, 3\.12 or 3\.13"):
        start.check_python()


@pytest.mark.parametrize(
    ("platform", "variables", "shown"),
    [
        ("win32", {}, True),
        ("darwin", {}, True),
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, False),
    ],
)
def test_it_knows_whether_a_window_can_be_shown(
    start: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    variables: dict[str, str],
    shown: bool,
):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(start.sys, "platform", platform)
    assert start.has_display() is shown


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_elsewhere_no_apt_is_used_and_it_says_so(
    start: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    platform: str,
):
    def never(*_: object, **__: object) -> None:
        raise AssertionError("no command may run")

    monkeypatch.setattr(start.sys, "platform", platform)
    monkeypatch.setattr(start, "VENV", tmp_path)
    monkeypatch.setattr(start.subprocess, "run", never)
    start.need_debian(["libgl1"], "the window needs")
    assert "no apt packages" in capsys.readouterr().out


def test_without_rights_it_names_the_line_to_run(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(start, "is_debian", lambda: True)
    monkeypatch.setattr(start, "has_package", lambda name: name != "libegl1")
    monkeypatch.setattr(start, "as_root", lambda: None)
    start.need_debian(["libgl1", "libegl1"], "the window needs")
    told = capsys.readouterr().err
    assert "apt-get install -y --no-install-recommends libegl1" in told


def test_a_changed_lock_means_a_new_installation(
    start: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    lock = tmp_path / "constraints.txt"
    lock.write_text("numpy==2.2.0\n")
    monkeypatch.setattr(start, "LOCK", lock)
    before = start.fingerprint()
    assert start.fingerprint() == before
    lock.write_text("numpy==2.3.0\n")
    assert start.fingerprint() != before


def test_help_is_printed_by_a_bare_python():
    told = subprocess.run(
        [sys.executable, "-S", "-E", str(SCRIPT), "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "start.py test" in told.stdout


def test_the_lock_holds_the_versions_that_must_not_move():
    lock = (SCRIPT.parent / "constraints.txt").read_text().splitlines()
    pinned = {"torch==2.13.0", "PySide6_Essentials==6.11.3", "pyqtgraph==0.14.0"}
    assert pinned <= set(lock)
    assert not any(line.lower().startswith(("torchvision", "torch-fidelity")) for line in lock)
