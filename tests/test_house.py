"""The rules of the house that a program can check (docs: README, "How the code lies")."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("studies", "engine", "reader_app")
LONGEST_MODULE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 400, 60, 10
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
THREAD_ROOM = ROOT / "engine" / "jobs"
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_code_to_check():
    assert len(_modules(*PACKAGES)) > 50


def test_no_module_is_longer_than_400_lines():
    long = [
        f"{_name(path)}: {lines}"
        for path in [*_modules(*PACKAGES, "tests"), ROOT / "start.py"]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    ]
    assert not long


def test_no_function_is_longer_than_60_lines():
    long = [
        f"{_name(path)}:{function.lineno} {function.name}: {_length(function)}"
        for path in _modules(*PACKAGES, "tests")
        for function in _functions(path)
        if _length(function) > LONGEST_FUNCTION
    ]
    assert not long


@pytest.mark.parametrize("package", PACKAGES)
def test_half_of_all_functions_are_shorter_than_10_lines(package: str):
    lengths = [_length(f) for path in _modules(package) for f in _functions(path)]
    assert statistics.median(lengths) <= MEDIAN_FUNCTION


def test_files_are_named_after_their_noun():
    nameless = [_name(path) for path in _modules(*PACKAGES) if path.stem in NAMELESS]
    assert not nameless


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def test_threads_and_processes_live_in_jobs_only():
    rooms = {"threading", "multiprocessing", "concurrent"}
    outside = [
        f"{_name(path)}: {', '.join(sorted(rooms & _imports(path)))}"
        for path in _modules(*PACKAGES)
        if rooms & _imports(path) and not str(path).startswith(str(THREAD_ROOM))
    ]
    assert not outside


def test_nobody_pumps_events_or_sleeps():
    wanted = {"processEvents", "sleep", "msleep"}
    found = [
        f"{_name(path)}:{node.lineno} {node.attr}"
        for path in _modules("studies", "reader_app", "tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in wanted
    ]
    assert not found


def _public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node


@pytest.mark.parametrize("package", ["studies", "engine"])
def test_everything_public_says_what_it_is_for(package: str):
    silent = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path in _modules(package)
        if "migrations" not in path.parts
        for node in _public(ast.parse(path.read_text(encoding="utf-8")))
        if not ast.get_docstring(node)
    ]
    assert not silent


def test_every_module_says_what_it_is_for():
    silent = [
        _name(path)
        for path in _modules(*PACKAGES)
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent
