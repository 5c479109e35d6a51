"""How the benchmarks measure: ours and a plain reference in turns, as medians, spreads and ratios.

Only ratios, counts and orders of magnitude are fit for gates: milliseconds belong to a machine.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

Call = Callable[[], object]
LIBRARIES = ("PySide6-Essentials", "torch", "numpy", "opencv-python-headless", "openTSNE",
             "scikit-learn", "pyqtgraph", "SQLAlchemy")  # fmt: skip


@dataclass(frozen=True)
class Timing:
    """Repeated measurements of one thing; `values` in `unit`."""

    values: tuple[float, ...]
    unit: str = "ms"

    @property
    def n(self) -> int:
        """How many."""
        return len(self.values)

    @property
    def median(self) -> float:
        """The middle one."""
        return float(np.median(self.values))

    def quantile(self, share: float) -> float:
        """The value that this share does not exceed."""
        return float(np.quantile(self.values, share))

    def __str__(self) -> str:
        low, high = self.quantile(0.1), self.quantile(0.9)
        return f"{_short(self.median)} [{_short(low)}–{_short(high)}] {self.unit}"


@dataclass(frozen=True)
class Ratio:
    """Ours over the reference, turn by turn."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle ratio."""
        return float(np.median(self.values))

    def __str__(self) -> str:
        return f"{self.median:.2f} [{min(self.values):.2f}–{max(self.values):.2f}]"


def milliseconds(calls: Sequence[float]) -> Timing:
    """Seconds as milliseconds."""
    return Timing(tuple(1000 * value for value in calls))


def in_turns(
    calls: Sequence[Call], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> tuple[Timing, ...]:
    """Each call once a round, after one round that does not count; ms by `clock`."""
    for call in calls:
        call()
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, own in zip(calls, taken, strict=True):
            began = clock()
            call()
            own.append(clock() - began)
    return tuple(milliseconds(own) for own in taken)


def ratio(ours: Timing, reference: Timing) -> Ratio:
    """Turn by turn, so that a slow moment of the machine meets both."""
    pairs = zip(ours.values, reference.values, strict=True)
    return Ratio(tuple(own / plain for own, plain in pairs))


@dataclass(frozen=True)
class Row:
    """One line of the report: what, how often, how long, against what, and what was wanted."""

    what: str
    n: int
    ours: str
    reference: str = "–"
    ratio: str = "–"
    wanted: str = "–"
    reached: bool | None = None
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    def __str__(self) -> str:
        word = {True: "yes", False: "**no**", None: "–"}[self.reached]
        cells = (self.what, str(self.n), self.ours, self.reference, self.ratio, self.wanted, word,
                 f"{self.load:.1f}")  # fmt: skip
        return f"| {' | '.join(cells)} |"


HEAD = (
    "| what | n | ours, median [10–90 %] | plain reference | ratio [least–most] | wanted | "
    "reached | load |\n|---|---|---|---|---|---|---|---|"
)


class Report:
    """The rows of a run, written as a Markdown table at its end."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.notes: list[str] = []

    def row(self, row: Row) -> None:
        """Add a line."""
        self.rows.append(row)

    def note(self, words: str) -> None:
        """Add a sentence below the table."""
        self.notes.append(words)

    def __str__(self) -> str:
        rows = "\n".join(str(row) for row in self.rows)
        notes = "\n".join(f"- {note}" for note in self.notes)
        return f"{machine()}\n\n{HEAD}\n{rows}\n\n{notes}"


def machine() -> str:
    """Processor, cores, memory, system and versions; no name and no path of the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    return (
        f"{_processor()}, {cores} cores; {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}; {versions}. {time.strftime('%Y-%m-%d', time.gmtime())}."
    )


def _processor() -> str:
    """The model's name and which bf16 instructions it has, as the system tells them."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    facts = {line.split(":", 1)[0].strip(): line.split(":", 1)[1].strip()
             for line in lines if ":" in line}  # fmt: skip
    flags = facts.get("flags", "").split()
    has = ", ".join(
        f"{'with' if flag in flags else 'without'} {flag}" for flag in ("avx512_bf16", "amx_bf16")
    )
    return f"{facts.get('model name', platform.processor())} ({has})"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"


def _version(library: str) -> str:
    """Its version; a dash where a benchmark of the engine alone runs without it."""
    try:
        return version(library)
    except PackageNotFoundError:
        return "-"
