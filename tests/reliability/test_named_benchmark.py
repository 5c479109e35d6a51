"""Which benchmarks a word on the command line chooses."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "start.py"


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ([], ["tests/bench"]),
        (["reliability"], ["tests/bench/bench_reliability.py"]),
        (["reliability", "-x"], ["tests/bench/bench_reliability.py", "-x"]),
        (["kill_9"], ["tests/bench", "-k", "kill_9"]),
        (["--full"], ["tests/bench", "--full"]),
    ],
)
def test_a_word_chooses_a_file_or_else_tests(words: list[str], chosen: list[str]) -> None:
    spec = importlib.util.spec_from_file_location("start", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    assert start.chosen_benchmarks(words) == chosen
