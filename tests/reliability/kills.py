"""SIGKILL at random moments: while an act of a reading is saved, and while answers are taken in."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reading_study import loose_draft, readable_study
from reliability.power_cuts import CHILD, TESTS, environment
from reliability.scripted_reading import ACTS, Saved, act, make_package, read, rows_kept
from sqlalchemy import func, select

from studies import reading, receipt
from studies.errors import StudyError
from studies.model.reading import EventRow, HeadRow, ResponseRow
from studies.package import ReadingPackage
from studies.package.log import PackageLog
from studies.store import Store

PLAIN, UNDO, SECOND = "answer", "undo", "second answer"
WIDER = 1.3


@dataclass(frozen=True)
class Kill:
    """What was found after one kill; `during` is what was under way.

    `lost` acknowledged rows are gone or different; `wrong` says what else is not as it must be;
    `saved` whether what was under way is there.
    """

    during: str
    lost: int
    wrong: str
    saved: bool

    @property
    def kept_the_promise(self) -> bool:
        """Nothing acknowledged is gone, and all is whole."""
        return not (self.lost or self.wrong)


class Aim:
    """Random delays, over a span that widens after kills that came too early to see a commit.

    So about half of the kills come before the deed was saved and half after it.
    """

    def __init__(self, seed: int, seconds: float) -> None:
        self._rng, self._reach = random.Random(seed), seconds

    def wait(self) -> None:
        """Wait for a random moment, more exactly than a sleep would."""
        end = time.perf_counter() + self._rng.uniform(0, self._reach)
        while time.perf_counter() < end:
            pass

    def learn(self, kill: Kill) -> Kill:
        """Take one result into account."""
        self._reach *= 1 / WIDER if kill.saved else WIDER
        return kill


class Forks:
    """A process that has the product imported and forks one for each deed that is to be killed."""

    def __init__(self, home: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(CHILD), "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(home),
            cwd=TESTS.parent,
        )
        assert self.heard() == "ready"

    def begin(self, *words: object) -> int:
        """Fork for a deed; the number of the process."""
        self.say("\t".join(str(word) for word in words))
        return int(self.heard().split()[1])

    def say(self, line: str) -> None:
        """One line to whoever waits for it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def go(self) -> None:
        """Let the deed go on."""
        self.say("go")

    def heard(self) -> str:
        """The next line; "" when the process has ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()

    def kill(self, pid: int) -> tuple[str, ...]:
        """SIGKILL to a forked process; what it had told before it died."""
        os.kill(pid, signal.SIGKILL)
        told = []
        while (line := self.heard()) != "ended":
            assert line, "the process that forks has died"
            told.append(line)
        return tuple(told)

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
        self._process.wait()


@contextmanager
def forks(home: Path) -> Iterator[Forks]:
    """Forks that end with the block."""
    opened = Forks(home)
    try:
        yield opened
    finally:
        opened.close()


# --- readings


@dataclass(frozen=True)
class Course:
    """How a scripted reading goes when nothing cuts it off."""

    standings: tuple[Saved, ...]  # after 0, 1, 2, … acts
    kinds: tuple[str, ...]  # of act 1, 2, …

    @property
    def moments(self) -> tuple[tuple[int, str], ...]:
        """(acts done, kind of the next one) at every point of the reading."""
        return tuple(enumerate(self.kinds))


def kill_readings(
    place: Path,
    count: int,
    seed: int,
    during: tuple[str, ...] = (PLAIN, UNDO, SECOND),
    trials: int = 60,
) -> tuple[Kill, ...]:
    """Kill readings of `trials` trials `count` times, as often during each kind of act.

    BLINDREAD_HOME must be `place` / home.
    """
    rng, aim, killed = random.Random(seed), Aim(seed, 0.005), list[Kill]()
    with forks(place / "home") as children:
        while len(killed) < count:
            folder = make_package(place / f"{len(killed)}.reading", trials)
            course = _course(folder, place / "whole.reading", seed)
            wanted = min(count - len(killed), 30)
            kinds = [during[k % len(during)] for k in range(wanted)]
            for at, kind in _moments(course, kinds, rng):
                told = _read_and_die(children, folder, seed, at, aim)
                killed.append(aim.learn(_judged(folder, course, (at, kind), told)))
                if not killed[-1].kept_the_promise:
                    break  # nothing can be read on there
    return tuple(killed)


def _course(folder: Path, copy: Path, seed: int) -> Course:
    """Read a copy to its end, undisturbed."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    told: dict[int, Saved] = {}
    read(copy, seed, lambda saved: told.update({saved.acts: saved}))
    package = ReadingPackage.open(copy)
    acts = [event for event in package.events if event.kind in ACTS]
    package.close()
    receipt.forget(f"{package.contents.uid}.reading")  # it is the same package
    seconds = [told[k].step == 2 for k in range(len(acts))]
    kinds = [UNDO if event.kind == UNDO else SECOND if second else PLAIN
             for event, second in zip(acts, seconds, strict=True)]  # fmt: skip
    return Course(tuple(told[k] for k in range(len(told))), tuple(kinds))


def _moments(course: Course, kinds: list[str], rng: random.Random) -> list[tuple[int, str]]:
    """As many moments of each kind as wanted (or as there are), in order, none side by side.

    An act that was killed may have been saved: then the next one is the reading's.
    """
    found = set[tuple[int, str]]()
    for kind in sorted(set(kinds)):
        have = [moment for moment in course.moments if moment[1] == kind]
        found |= set(rng.sample(have, min(kinds.count(kind), len(have))))
    chosen = list[tuple[int, str]]()
    for moment in sorted(found):
        if not chosen or moment[0] > chosen[-1][0] + 1:
            chosen.append(moment)
    return chosen


def _read_and_die(children: Forks, folder: Path, seed: int, acts: int, aim: Aim) -> list[Saved]:
    """Read up to a moment, kill the act that comes next; what had been told."""
    pid = children.begin("read", folder, seed)
    children.go()
    told = [Saved.parse(children.heard())]
    while told[-1].acts < acts:
        children.go()
        told.append(Saved.parse(children.heard()))
    children.go()
    aim.wait()
    return told + [Saved.parse(line) for line in children.kill(pid)]


def _judged(folder: Path, course: Course, moment: tuple[int, str], told: list[Saved]) -> Kill:
    acts, during = moment
    log = PackageLog(folder)
    log.close()
    lost = told[-1].rows - rows_kept(log.events, told)
    saved = sum(event.kind in ACTS for event in log.events) > acts
    try:
        package = ReadingPackage.open(folder)
    except StudyError as error:
        return Kill(during, lost, str(error), saved)
    try:
        found, report = Saved.of(package), package.verify()
    finally:
        package.close()
    due, wrong = course.standings[found.acts], "" if report.ok else report.sentence
    if found.acts - told[-1].acts not in (0, 1):
        wrong = f"{found.acts} acts, {told[-1].acts} were told"
    elif (due.trial, due.step) != (found.trial, found.step):
        wrong = f"another trial or step is next after {found.acts} acts"
    return Kill(during, lost, wrong, saved)


# --- merging


@dataclass(frozen=True)
class WaitingStudy:
    """A study folder with `merged` rows of reader 1 taken in and `waiting` more in the package."""

    folder: Path
    reader: int
    merged: int
    waiting: int


def waiting_study(folder: Path) -> WaitingStudy:
    """A sealed study, half read and taken in, then read on."""
    with readable_study(folder, synthetic=3) as store:
        reading.seal(store, loose_draft(store, repeats=2))
        reader = reading.enrol(store, "Reader 1")
        assert reader.package is not None
        merged = _read_on(reader.package, 8)
        reading.merge(store, reader.id)
        rows = _read_on(reader.package, 1000)
    return WaitingStudy(folder, reader.id, merged, rows - merged)


def _read_on(folder: Path, most: int) -> int:
    """Up to `most` further acts; the rows in the log then."""
    package = ReadingPackage.open(folder)
    for _ in range(most):
        if package.current is None:
            break
        act(package, 1)
    rows = len(package.events)
    package.close()
    return rows


def kill_merges(study: WaitingStudy, place: Path, count: int, seed: int) -> tuple[Kill, ...]:
    """Kill the taking in of answers `count` times, each in a copy of the study.

    BLINDREAD_HOME must be `place` / home, and hold the keys of whoever read.
    """
    aim, killed, keys = Aim(seed, 0.05), list[Kill](), place / "home" / "keys"
    kept = place / "keys before"
    shutil.copytree(keys, kept)
    with forks(place / "home") as children:
        for number in range(count):
            shutil.rmtree(keys)
            shutil.copytree(kept, keys)
            copy = place / f"{number}.blindread"
            shutil.copytree(study.folder, copy)
            pid = children.begin("merge", copy, study.reader)
            children.go()
            assert children.heard() == "open"
            children.go()
            aim.wait()
            told = children.kill(pid)
            killed.append(aim.learn(_judged_merge(study, copy, "merged" in told)))
            shutil.rmtree(copy)
    return tuple(killed)


def _judged_merge(study: WaitingStudy, folder: Path, told: bool) -> Kill:
    """All fresh rows are there or none; then taking them in (again) gives the whole."""
    whole = study.merged + study.waiting
    with Store.open(folder) as store:
        rows, head, answers, columns = _counted(store)
        report = reading.verify(store)
        wrong = "" if report.ok else report.sentence
        if rows not in (study.merged, whole) or head != rows or answers != columns:
            wrong = f"{rows} rows, head at {head}, {answers} answers, {columns} in columns"
        reading.merge(store, study.reader)
        if _counted(store)[0] != whole or not reading.verify(store).ok:
            wrong = wrong or "taking the answers in again did not give the whole"
    return Kill("the taking in", whole - rows if told else 0, wrong, rows == whole)


def _counted(store: Store) -> tuple[int, int, int, int]:
    """Rows of the chain, what the head says, answers in the chain, answers in columns."""
    with store.snapshot() as session:
        given = select(func.count(EventRow.id)).where(EventRow.kind == "response")
        queries = (
            select(func.count(EventRow.id)),
            select(func.sum(HeadRow.count)),
            given,
            select(func.count(ResponseRow.id)),
        )
        rows, head, answers, columns = (session.scalar(query) or 0 for query in queries)
    return rows, head, answers, columns
