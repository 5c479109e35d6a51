"""Benchmarks share one report, printed as a table when the run ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from measuring import Report

sys.path.insert(0, str(Path(__file__).resolve().parent))

KEY = pytest.StashKey[Report]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--full` measures slow references too."""
    parser.addoption("--full", action="store_true", help="measure slow references too")


def pytest_configure(config: pytest.Config) -> None:
    """A fresh report."""
    config.stash[KEY] = Report()


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    """Where a benchmark puts its lines."""
    return request.config.stash[KEY]


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what was measured."""
    found = config.stash.get(KEY, Report())
    if found.rows:
        terminalreporter.write_line(f"\n{found}")
