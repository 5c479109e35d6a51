"""Foreign programs: found or not, their words bounded, stopped when late with all they started."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from engine.jobs.tool import find_tool, run_tool

PYTHON = Path(sys.executable).name


def run(code: str, **limits: float):
    result = run_tool(PYTHON, ("-c", code), **limits)
    assert result is not None
    return result


def test_a_program_that_is_not_here_is_none():
    assert find_tool("no-such-checker-of-files") is None
    assert run_tool("no-such-checker-of-files", ("a",)) is None


def test_a_file_that_cannot_be_run_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    broken = tmp_path / "broken-checker"
    broken.write_bytes(b"\x7fELF nothing a machine can run")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_tool("broken-checker", ()) is None


def test_both_streams_and_the_exit_code_are_told():
    told = run("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert told.code == 3
    assert {"out", "err"} <= set(told.output.split())
    assert told.is_complete


def test_it_gets_no_input():
    assert run("import sys; print(repr(sys.stdin.read()))").output.strip() == "''"


def test_arguments_are_not_read_by_a_shell(tmp_path: Path):
    told = run_tool(PYTHON, ("-c", "import sys; print(sys.argv[1])", "$(echo a); b"))
    assert told is not None
    assert told.output.strip() == "$(echo a); b"


def test_more_words_than_wanted_are_cut_and_the_program_ends_by_itself():
    told = run("print('x' * 3_000_000)", most_bytes=1000)
    assert told.output == "x" * 1000
    assert told.cut
    assert told.code == 0
    assert not told.is_complete


def test_a_late_program_is_stopped_with_what_it_started():
    child = "import signal; signal.pause()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    started = time.monotonic()
    told = run(code, timeout_s=1.0)
    assert told.timed_out
    assert time.monotonic() - started < 20
    assert told.code != 0


def test_words_that_are_no_utf_8_are_still_words():
    assert "caf" in run("import sys; sys.stdout.buffer.write(b'caf\\xe9')").output
