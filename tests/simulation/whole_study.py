"""Whole reader studies through the use-cases: sealed, enrolled, read, merged, unblinded, reported.

The pictures are drawn once; every simulated study is a copy of that folder with its own seal,
readers, packages and answers.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from learn_study import CODES
from reading_study import loose_draft, readable_study

from reader_app.workflows.simulate_reader import Skill, simulate_reader
from studies import reading
from studies.records import AnswerRecord, ProtocolDraft
from studies.report import reader_results
from studies.report.readers import ReaderResults, ReaderScore
from studies.store import Store

MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class StudyDesign:
    """Real and synthetic ROIs a class, in one stage or two, and the margin that is sealed."""

    real: int
    synthetic: int
    staged: bool = False  # first the class, then real or synthetic
    margin: float = 0.10

    @property
    def items(self) -> int:
        """ROIs that every reader gets."""
        return len(CODES) * (self.real + self.synthetic)


@dataclass(frozen=True)
class Drawn:
    """A study of drawn ROIs that nobody has sealed yet, and the draft to seal."""

    folder: Path
    design: StudyDesign
    draft: ProtocolDraft


@dataclass(frozen=True)
class SimulatedReader:
    """A pseudonym and what this reader can do."""

    name: str
    skill: Skill


@dataclass(frozen=True)
class WholeStudy:
    """What came out of one study."""

    results: ReaderResults
    answers: tuple[AnswerRecord, ...]

    def score(self, reader: str) -> ReaderScore:
        """One reader's row of the report."""
        return next(one for one in self.results.scores if one.reader == reader)

    def of(self, reader: str) -> tuple[AnswerRecord, ...]:
        """One reader's answers in the order of the trials."""
        return tuple(one for one in self.answers if one.reader == reader)


@contextmanager
def quick_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in memory where the system has one: each answer is synced, and disks are slow."""
    parent = str(MEMORY) if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=parent, prefix="blindread-") as name:
        monkeypatch.setenv("BLINDREAD_HOME", str(Path(name) / "home"))
        yield Path(name)


def draw(folder: Path, design: StudyDesign) -> Drawn:
    """Draw the ROIs of a design, by the use-cases that any study goes through."""
    with readable_study(folder, per_class=design.real, synthetic=design.synthetic) as store:
        draft = loose_draft(store, staged=design.staged, margin=design.margin)
    return Drawn(folder, design, draft)


def run_study(drawn: Drawn, readers: tuple[SimulatedReader, ...], seed: int) -> WholeStudy:
    """One study from the seal to the results, of a copy that is gone afterwards.

    The seed decides the order of the items and every answer.
    """
    folder = drawn.folder.with_name(f"{drawn.folder.name}-{seed}")
    shutil.copytree(drawn.folder, folder)
    try:
        with Store.open(folder) as store:
            return _read(store, replace(drawn.draft, seed=seed), readers, seed)
    finally:
        shutil.rmtree(folder)


def _read(
    store: Store, draft: ProtocolDraft, readers: tuple[SimulatedReader, ...], seed: int
) -> WholeStudy:
    reading.seal(store, draft, override="drawn pictures; nobody looks at them")
    for number, reader in enumerate(readers):
        for _ in simulate_reader(store, reader.name, reader.skill, 1000 * seed + number):
            pass
    reading.unblind(store, "simulation", "every simulated reader has read")
    return WholeStudy(reader_results(store), reading.answers(store))
