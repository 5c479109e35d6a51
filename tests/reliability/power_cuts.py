"""Power cuts in a recorded reading: what the product finds when it opens what is left."""

from __future__ import annotations

import os
import random
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reliability.disk import Disk, Said, StoredFile
from reliability.recording import MAPPED, Recording, record
from reliability.scripted_reading import Saved, act, make_package, rows_kept

from studies.errors import StudyError
from studies.package import ReadingPackage
from studies.package.log import PackageLog

TESTS = Path(__file__).resolve().parents[1]
CHILD = TESTS / "reliability" / "child.py"
PACKAGE, HOME = "r.reading", "home"


@dataclass(frozen=True)
class Cut:
    """What was found after one power cut.

    `acknowledged` rows had been told as saved, `lost` of them are gone or different. `refused`
    is why the product does not open the package, "" where it does; `receipt` what its receipt
    says; `wrong` what else is not as it must be.
    """

    at: int
    acknowledged: int
    lost: int
    refused: str
    receipt: str
    wrong: str

    @property
    def kept_the_promise(self) -> bool:
        """All that was acknowledged is there, and the reading goes on where it was."""
        return not (self.lost or self.refused or self.wrong)


@dataclass(frozen=True)
class Cuts:
    """The cuts of one or more recordings."""

    cuts: tuple[Cut, ...]

    @property
    def broken(self) -> tuple[Cut, ...]:
        """Cuts after which the promise did not hold."""
        return tuple(cut for cut in self.cuts if not cut.kept_the_promise)

    @property
    def with_loss(self) -> int:
        """Cuts that lost acknowledged rows."""
        return sum(cut.lost > 0 for cut in self.cuts)

    @property
    def refused(self) -> int:
        """Cuts after which the package does not open."""
        return sum(bool(cut.refused) for cut in self.cuts)

    @property
    def damaged(self) -> int:
        """Cuts after which SQLite itself cannot read the file."""
        return sum("damaged" in cut.refused or "cannot be opened" in cut.refused
                   for cut in self.cuts)  # fmt: skip

    def __str__(self) -> str:
        return (
            f"{len(self.cuts)} cuts: {self.with_loss} lost acknowledged rows, {self.refused} "
            f"packages refused, {self.damaged} of them unreadable"
        )


def environment(home: Path) -> dict[str, str]:
    """A user's folder of its own; the tests' modules and the product can be imported."""
    paths = os.pathsep.join((str(TESTS), str(TESTS.parent)))
    return {
        **os.environ,
        "BLINDREAD_HOME": str(home),
        "PYTHONPATH": paths,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def record_reading(root: Path, seed: int, trials: int, journal: str = "product") -> Recording:
    """A scripted reading from its first trial to its last, in a process of its own."""
    root.mkdir()
    make_package(root / PACKAGE, trials)
    command = [sys.executable, str(CHILD), "read", str(root / PACKAGE), str(seed), journal]
    return record(command, root, environment(root / HOME))


def cut_power(recording: Recording, count: int, seed: int, place: Path) -> Cuts:
    """Cut the power at `count` moments of a recording and open what is left at `place`.

    BLINDREAD_HOME must be `place` / home while this runs.
    """
    rng = random.Random(seed)
    told = [Saved.parse(o.line) for o in recording.operations if isinstance(o, Said)]
    moments = sorted(rng.randrange(1, len(recording.operations)) for _ in range(count))
    shutil.copytree(recording.root / PACKAGE / "items", place / PACKAGE / "items")
    cuts = []
    for moment, files, said in _states(recording, moments, rng):
        _lay_out(files, place, rng)
        cuts.append(_judged(place / PACKAGE, moment, told, said, seed))
    return Cuts(tuple(cuts))


def _states(
    recording: Recording, moments: Iterable[int], rng: random.Random
) -> Iterator[tuple[int, tuple[StoredFile, ...], int]]:
    """After each moment (operations done): the files left, and how many lines had been told."""
    disk, done, said = Disk(recording.before), 0, 0
    for moment in moments:
        for operation in recording.operations[done:moment]:
            disk.do(operation)
            said += isinstance(operation, Said)
        done = moment
        yield moment, disk.after_power_cut(rng), said


def _lay_out(files: tuple[StoredFile, ...], place: Path, rng: random.Random) -> None:
    """The files as they are after the cut; a memory map's pages may hold anything."""
    shutil.rmtree(place / HOME, ignore_errors=True)
    for old in (place / PACKAGE).glob("reading.sqlite*"):
        old.unlink()
    for one in files:
        path = place / one.path
        if path.parent.name == "items":
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        mapped = one.path.endswith(MAPPED)
        path.write_bytes(rng.randbytes(len(one.data)) if mapped else one.data)


def _judged(folder: Path, at: int, told: list[Saved], said: int, seed: int) -> Cut:
    """Hold the package against what had been told; `told` goes on to the reading's end."""
    last = told[said - 1] if said else None
    acknowledged = last.rows if last else 0
    refused, receipt, wrong, rows = "", "", "", 0
    try:
        rows = _rows_kept(folder, told[:said])
        package = ReadingPackage.open(folder)
    except StudyError as error:
        return Cut(at, acknowledged, acknowledged - rows, str(error), receipt, wrong)
    try:
        report = package.verify()
        receipt = report.receipt
        refused = "" if report.ok else report.sentence
        wrong = _misplaced(Saved.of(package), told, said) or _stuck(package, seed)
    finally:
        package.close()
    return Cut(at, acknowledged, acknowledged - rows, refused, receipt, wrong)


def _rows_kept(folder: Path, told: list[Saved]) -> int:
    log = PackageLog(folder)
    log.close()
    return rows_kept(log.events, told)


def _misplaced(found: Saved, told: list[Saved], said: int) -> str:
    """Why the reading does not stand where it was left; an act under way may be saved or not."""
    acts = told[said - 1].acts if said else 0
    if found.acts not in (acts, acts + 1):
        return f"{found.acts} acts, {acts} were told"
    due = next((one for one in told if one.acts == found.acts), None)
    if due is None or (due.trial, due.step) != (found.trial, found.step):
        return f"another trial or step is next after {found.acts} acts"
    return ""


def _stuck(package: ReadingPackage, seed: int) -> str:
    """Why the reading cannot go on, "" where it can: one more act is taken and verified."""
    if package.current is None:
        return ""
    before = Saved.of(package).acts
    act(package, seed)
    whole = package.verify().ok and Saved.of(package).acts == before + 1
    return "" if whole else "the reading cannot go on"
