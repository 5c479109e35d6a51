"""Packages on their way: to a reader as NAME.reading.zip, and back as NAME.answers.zip.

The zip to a reader holds the log and the pictures, nothing else. What comes back is the chain of
events alone; the coordinator's study joins it with the truth.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import tempfile
from dataclasses import astuple, dataclass
from importlib import metadata
from pathlib import Path

from studies import receipt
from studies.chain import ChainEvent, canonical, follow
from studies.errors import (
    ImportRefusedError,
    NotAStudyError,
    ReadOnlyError,
    SealedError,
    StudyError,
)
from studies.files import sync_folder
from studies.package.archive import CheckedZip, Limits, checked_zip, write_zip
from studies.package.contents import PackageContents, parse_contents
from studies.package.log import FILE_NAME, PackageLog, create_log
from studies.package.reading_package import ReadingPackage

ANSWERS = "answers.json"
READING_SUFFIX, ANSWERS_SUFFIX = ".reading.zip", ".answers.zip"
ANSWERS_FORMAT = 1
_READING_LIMITS = Limits(
    re.compile(rf"{re.escape(FILE_NAME)}|items/[0-9a-f]{{32}}\.raw"), 20_001, 1 << 30, 16 << 30
)
_ANSWERS_LIMITS = Limits(re.compile(re.escape(ANSWERS)), 1, 256 << 20, 256 << 20)
_UID, _HASH = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{64}")
_MOST_NS = 2**63 - 1
_MALFORMED = (
    TypeError, ValueError, AttributeError, KeyError, IndexError, RecursionError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class ReturnedAnswers:
    """What came back from a reader: the package's id, its genesis hash, and its whole chain.

    `program` is the version that packed it. The chain is whole; that it belongs to a part of the
    study, and that its tail was not cut off, is for the study to find out.
    """

    uid: str
    genesis: str
    events: tuple[ChainEvent, ...]
    program: str


@dataclass(frozen=True)
class _Logged:
    """A package's log as it was read: the contents' text, what it means, and the events."""

    text: str
    contents: PackageContents
    genesis: str
    events: tuple[ChainEvent, ...]

    @property
    def name(self) -> str:
        """The reader's name and the beginning of the id, as a file's name."""
        words = re.sub(r"[^\w]+", "-", self.contents.title)[:40].strip("-_")
        return f"{words or 'reading'}-{self.contents.uid[:6]}"


def pack(folder: Path, to: Path) -> Path:
    """Write the package `folder` as NAME.reading.zip into the folder `to`; the zip's path.

    The package is verified first. The zip holds a fresh copy of the log, so no page of the file
    that once held something else, and one picture a trial; packed again it has the same bytes.
    Raises StudyError where the package was changed, ReadOnlyError where it cannot be written.
    """
    _verify(folder)
    logged = _logged(folder)
    with tempfile.TemporaryDirectory(prefix="reading") as workspace:
        create_log(Path(workspace), logged.text, logged.events)
        pictures = (f"items/{trial.trial_id}.raw" for trial in logged.contents.trials)
        members = [(name, folder / name) for name in pictures]
        return write_zip(
            to / f"{logged.name}{READING_SUFFIX}",
            [*members, (FILE_NAME, Path(workspace) / FILE_NAME)],
        )


def unpack(archive: Path, into: Path) -> Path:
    """Unpack NAME.reading.zip to the folder NAME.reading in `into`; the folder's path.

    The zip is read through and judged before anything is written; the folder appears whole or not
    at all. A folder that is there already and holds the same package is gone on with as it is.
    Raises ImportRefusedError for a zip that is damaged, hostile or no package, SealedError where
    going on would lose answers, ReadOnlyError where the folder cannot be written.
    """
    name = archive.name.removesuffix(".zip").removesuffix(".reading")
    target = into / f"{name}.reading"
    with checked_zip(archive, _READING_LIMITS) as packed:
        packed.read_through()
        temporary = into / f".{target.name}.{secrets.token_hex(4)}"
        try:
            _unpack_to(packed, temporary)
            logged = _judged(archive, temporary, packed.names)
            if target.exists():
                _check_same(target, logged)
                return target
            _check_unread(logged)
            _verify_unpacked(archive, temporary)
            temporary.rename(target)
            sync_folder(into)
        except OSError as error:
            raise ReadOnlyError(
                f"{archive.name} could not be unpacked to {into} ({error.strerror}). Free some "
                "space or choose another folder."
            ) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return target


def pack_answers(folder: Path, to: Path) -> Path:
    """Write what was recorded in the package `folder` as NAME.answers.zip into the folder `to`.

    The package is verified first; the same log gives the same bytes. Raises StudyError where it
    was changed, ReadOnlyError where the zip cannot be written.
    """
    _verify(folder)
    logged = _logged(folder)
    content = {
        "format": ANSWERS_FORMAT,
        "uid": logged.contents.uid,
        "genesis": logged.genesis,
        "program": metadata.version("blindread"),
        "events": [astuple(event) for event in logged.events],
    }
    return write_zip(
        to / f"{logged.name}{ANSWERS_SUFFIX}", [(ANSWERS, canonical(content).encode())]
    )


def read_answers(archive: Path) -> ReturnedAnswers:
    """The chain that came back in NAME.answers.zip, verified row by row; nothing is written.

    Raises ImportRefusedError for a zip that is damaged, hostile or holds no answers, StudyError
    naming the first row that was changed, removed or moved.
    """
    with checked_zip(archive, _ANSWERS_LIMITS) as packed:
        data = packed.read(ANSWERS)
    try:
        answers = _parsed(json.loads(data.decode("utf-8")))
    except _MALFORMED as error:
        raise ImportRefusedError(
            f"{archive.name} holds no readable answers. Pack them again on the reader's computer."
        ) from error
    _, bad = follow(answers.genesis, answers.events)
    if bad is not None:
        raise StudyError(
            f"Row {bad} of {archive.name} was changed, removed or moved after it was written. "
            "Nothing was taken in: keep the file, and ask the reader for the package's folder."
        )
    return answers


def _parsed(stored: dict[str, object]) -> ReturnedAnswers:
    """The answers in a parsed file; ValueError or TypeError for anything that we never write."""
    if stored["format"] != ANSWERS_FORMAT:
        raise ValueError("another format")
    rows = stored["events"]
    if not isinstance(rows, list):
        raise TypeError("events are a list")
    return ReturnedAnswers(
        _matching(_UID, stored["uid"]),
        _matching(_HASH, stored["genesis"]),
        tuple(_event(*row) for row in rows),
        _text(stored["program"]),
    )


def _event(*row: object) -> ChainEvent:
    sequence, kind, trial_id, payload, at, ticks, link_hash = row
    return ChainEvent(
        _number(sequence),
        _text(kind),
        _text(trial_id),
        _text(payload),
        _text(at),
        _number(ticks),
        _matching(_HASH, link_hash),
    )


def _text(value: object) -> str:
    """Text that can be stored: half a surrogate pair cannot."""
    if not isinstance(value, str):
        raise TypeError("no text")
    value.encode("utf-8")
    return value


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_NS:
        raise ValueError("no number")
    return value


def _matching(pattern: re.Pattern[str], value: object) -> str:
    if not pattern.fullmatch(_text(value)):
        raise ValueError("no hash")
    return str(value)


def _unpack_to(packed: CheckedZip, folder: Path) -> None:
    (folder / "items").mkdir(parents=True)
    for name in packed.names:
        packed.write(name, folder / name)
    sync_folder(folder / "items")
    sync_folder(folder)


def _judged(archive: Path, folder: Path, names: tuple[str, ...]) -> _Logged:
    """The log of an unpacked zip; ImportRefusedError where it is no package of ours, or not all."""
    if FILE_NAME not in names:
        raise ImportRefusedError(
            f"{archive.name} is no reading package. Choose the zip that the coordinator gave."
        )
    try:
        logged = _logged(folder)
    except (*_MALFORMED, StudyError) as error:
        raise _refused(archive) from error
    wanted = {FILE_NAME, *(f"items/{trial.trial_id}.raw" for trial in logged.contents.trials)}
    if wanted != set(names) or not _UID.fullmatch(logged.contents.uid):
        raise _refused(archive)
    return logged


def _refused(archive: Path) -> ImportRefusedError:
    return ImportRefusedError(
        f"The package in {archive.name} is damaged or was changed. Ask the coordinator for a new "
        "one."
    )


def _logged(folder: Path) -> _Logged:
    log = PackageLog(folder)
    try:
        return _Logged(log.contents, parse_contents(log.contents, folder), log.genesis, log.events)
    finally:
        log.close()


def _verify(folder: Path) -> None:
    """StudyError where anything was changed; large packages are hashed here, not at opening."""
    package = ReadingPackage.open(folder)
    try:
        report = package.verify()
    finally:
        package.close()
    if not report.ok:
        raise StudyError(report.sentence)


def _verify_unpacked(archive: Path, folder: Path) -> None:
    try:
        _verify(folder)
    except _MALFORMED as error:
        raise _refused(archive) from error


def _check_same(target: Path, packed: _Logged) -> None:
    """SealedError unless the folder holds the zip's package, and every row that the zip holds."""
    try:
        here = _logged(target)
    except NotAStudyError as error:
        raise SealedError(
            f"{target} is there already and is no such package. Move it away, or unpack to "
            "another folder."
        ) from error
    if here.genesis != packed.genesis:
        raise SealedError(
            f"{target} holds another reading, which is not replaced. Unpack to another folder."
        )
    if here.events[: len(packed.events)] != packed.events:
        raise SealedError(
            f"The zip holds answers that {target} lacks, and neither is replaced. Go on where the "
            "zip was made, or move the folder away and keep it."
        )


def _check_unread(packed: _Logged) -> None:
    """SealedError where this computer has seen more answers of the package than the zip holds."""
    name = f"{packed.contents.uid}.reading"
    if receipt.check(name, packed.genesis, packed.events) == "broken":
        raise SealedError(
            "This reading was begun on this computer already, and the zip lacks its answers. Open "
            "the folder in which it was begun; to start anew, ask the coordinator for a new "
            "package."
        )
