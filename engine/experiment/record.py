"""What a finished run leaves: its files and a small record, by which alone it counts as finished.

`<folder>/<hash>/result.json` is written last, into a folder that gets its name only then. The
weights beside it are needed by runs that build on them and by nobody else.
"""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import numpy as np

from engine.errors import CheckpointError, EngineError
from engine.experiment.run import Need, Plan, Run
from engine.files import MODEL, ORDER, RESUME, SYNTHETIC
from engine.outcome import Outcome
from engine.specs import from_json, spec_hash, to_json

RECORD = "result.json"
PASSING = (RECORD, SYNTHETIC, RESUME, ORDER)
"""Not among a record's files: D_synth is drawn again from its seeds, never kept."""

PARTIAL = ".partial-"
_VERSIONS_OF = ("blindread", "torch", "numpy", "scipy", "scikit-learn")


@dataclass(frozen=True)
class RunRecord:
    """A finished run in plain numbers, with all that is needed to know it again.

    `probabilities` (n, classes) of the test fold's ROIs `ids`; `spec` the recipe as JSON; `needs`
    the hashes of the runs it was built on; `versions` of the libraries that did it; `files` each
    file's name and SHA-256; `started` UTC, ISO 8601; `seconds` of the training.
    """

    hash: str
    arm: str
    kind: str
    profile: str
    group: str
    seed: int
    fold: int | None
    category: str
    spec: str
    data_hash: str
    needs: tuple[str, ...]
    steps: int
    seconds: float
    device: str
    precision: str
    versions: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]
    started: str
    accuracy: float | None = None
    correct: int | None = None
    n: int | None = None
    kid: float | None = None
    ids: tuple[str, ...] = ()
    probabilities: tuple[tuple[float, ...], ...] = field(default=(), repr=False)

    def file_hash(self, name: str) -> str:
        """SHA-256 of one of its files, "" where it left none of this name."""
        return dict(self.files).get(name, "")


@dataclass(frozen=True)
class PackedFile:
    """One file of a run on its way between machines."""

    name: str
    sha256: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Standing:
    """What of a plan is finished, and a sentence for each record that cannot be believed."""

    finished: tuple[RunRecord, ...]
    notes: tuple[str, ...]


def record_of(run: Run, data_hash: str, outcome: Outcome, folder: Path, started: str) -> RunRecord:
    """The record of a run whose files lie in `folder`; `started` UTC, ISO 8601."""
    return RunRecord(
        hash=run.hash,
        arm=run.arm,
        kind=run.kind,
        profile=run.profile,
        group=run.group,
        seed=run.seed,
        fold=run.fold,
        category=run.category,
        spec=to_json(run.spec),
        data_hash=data_hash,
        needs=_needed(run),
        steps=int(outcome.steps),
        seconds=float(outcome.seconds),
        device=outcome.device,
        precision=_precision(run),
        versions=_versions(),
        files=tuple((path.name, file_hash(path)) for path in _kept(folder)),
        started=started,
        accuracy=outcome.accuracy,
        correct=outcome.correct,
        n=outcome.n,
        kid=outcome.kid if outcome.kid is not None and math.isfinite(outcome.kid) else None,
        ids=outcome.ids,
        probabilities=tuple(tuple(map(float, row)) for row in outcome.probabilities),
    )


def outcome_of(record: RunRecord, folder: Path) -> Outcome:
    """What the run in `folder`/<hash> gave, as if it had been done here; its map where it has one.

    EngineError where the record names a map that cannot be read.
    """
    from engine.experiment import maps

    place = folder / record.hash
    shares = record.probabilities
    return Outcome(
        place / MODEL,
        record.seconds,
        record.steps,
        record.device,
        accuracy=record.accuracy,
        correct=record.correct,
        n=record.n,
        kid=record.kid,
        ids=record.ids,
        probabilities=np.asarray(shares, np.float32) if shares else np.zeros((0, 0), np.float32),
        map=maps.load(place) if record.file_hash(maps.MAP) else None,
    )


def pack(record: RunRecord, folder: Path) -> tuple[PackedFile, ...]:
    """The record's files, read from `folder`."""
    return tuple(
        PackedFile(name, digest, (folder / name).read_bytes()) for name, digest in record.files
    )


def keep(folder: Path, record: RunRecord, files: tuple[PackedFile, ...]) -> Path:
    """Write a run into `folder`/<hash>, whole or not at all, over an unfinished one; returns it.

    CheckpointError where a file is not the one its record names, or the disk cannot take it.
    """
    _check_files(record, files)
    final = folder / record.hash
    partial = folder / f"{record.hash}{PARTIAL}{os.getpid()}"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for one in files:
            _write(partial / one.name, one.content)
        _write(partial / RECORD, _text(record).encode())
        _sync(partial)
        shutil.rmtree(final, ignore_errors=True)
        partial.replace(final)
        _sync(folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise CheckpointError(
            f"A finished run cannot be written to {folder} ({error.strerror}). Free some space, "
            "then start the experiment again; what was finished before is kept."
        ) from error
    return final


def seal(folder: Path, record: RunRecord) -> None:
    """Make the run whose files lie in `folder` already a finished one; OSError if it cannot."""
    partial = folder / (RECORD + PARTIAL + str(os.getpid()))
    _write(partial, _text(record).encode())
    partial.replace(folder / RECORD)
    _sync(folder)


def read(folder: Path) -> RunRecord:
    """The record of a run's folder; CheckpointError where it is missing, damaged or changed."""
    try:
        told = json.loads((folder / RECORD).read_text("utf-8"))
        text = _canonical(told["record"])
        if told["checksum"] != _checksum(text):
            raise ValueError("checksum")
        found = from_json(text, RunRecord)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, EngineError) as error:
        raise CheckpointError(
            f"The record of run {folder.name[:12]} is missing, damaged or was changed after it "
            "was written; the run is done again."
        ) from error
    if found.hash != folder.name:
        raise CheckpointError(
            f"The folder of run {folder.name[:12]} holds the record of another run; the run is "
            "done again."
        )
    return found


def standing(folder: Path, plan: Plan) -> Standing:
    """The plan's finished runs in its order, each once; see `Standing`."""
    finished: dict[str, RunRecord] = {}
    notes: dict[str, str] = {}
    for run in plan.runs:
        try:
            found = find(folder, run, plan.data_hash)
        except CheckpointError as error:
            notes[run.hash] = str(error)
        else:
            finished.update({run.hash: found} if found else {})
    return Standing(tuple(finished.values()), tuple(notes.values()))


def find(folder: Path, run: Run, data_hash: str) -> RunRecord | None:
    """The run's record under `folder`, None without one; CheckpointError for one not to believe."""
    if not (folder / run.hash / RECORD).exists():
        return None
    found = read(folder / run.hash)
    check(found, run, data_hash)
    return found


def check(found: RunRecord, run: Run, data_hash: str) -> None:
    """CheckpointError unless the record is this run's, on these ROIs, and agrees with itself."""
    same = found.hash == run.hash and found.data_hash == data_hash
    recipe = found.spec == to_json(run.spec) and found.needs == _needed(run)
    rows = len(found.ids) == len(found.probabilities) == (found.n or 0)
    counted = found.n is None or found.correct == round((found.accuracy or 0.0) * found.n)
    if not (same and recipe and rows and counted):
        raise CheckpointError(
            f"The record of “{run.title}” belongs to other ROIs or another recipe; the run is "
            "done again."
        )


def is_there(folder: Path, need: Need) -> bool:
    """The needed file lies in `folder` as its run's record names it."""
    path = folder / need.run / need.file
    try:
        wanted = read(folder / need.run).file_hash(need.file)
        return bool(wanted) and file_hash(path) == wanted
    except (CheckpointError, OSError):
        return False


def drop_partial(folder: Path) -> None:
    """Remove what runs that a kill ended left half written."""
    for path in sorted(folder.glob(f"*{PARTIAL}*")):
        shutil.rmtree(path, ignore_errors=True)


def file_hash(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits; OSError where it cannot be read."""
    digest = sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


# --- the record's text ----------------------------------------------------------------------


def _text(record: RunRecord) -> str:
    text = to_json(record)
    told = {"checksum": _checksum(text), "record": json.loads(text)}
    return json.dumps(told, sort_keys=True, ensure_ascii=False, indent=0) + "\n"


def _canonical(content: object) -> str:
    """As `to_json` writes: numbers come back as the same text."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _checksum(text: str) -> str:
    return spec_hash("run record", text)


def _needed(run: Run) -> tuple[str, ...]:
    """The runs it needs, each once, in order."""
    return tuple(dict.fromkeys(need.run for need in run.needs))


def _precision(run: Run) -> str:
    inner = getattr(run.spec, "training", run.spec)
    network = getattr(inner, "cnn", None) or getattr(inner, "gan", None)
    return str(getattr(network, "precision", "float64"))


def _versions() -> tuple[tuple[str, str], ...]:
    return tuple(_installed(_VERSIONS_OF))


def _installed(names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            yield name, metadata.version(name)
        except metadata.PackageNotFoundError:  # run from its source folder
            continue


# --- files ----------------------------------------------------------------------------------


def _kept(folder: Path) -> list[Path]:
    """A run's files by name, without what is drawn again and what is still being written."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and path.name not in PASSING
        and not path.name.startswith(".")
        and not path.name.endswith(".partial")
    )


def _check_files(record: RunRecord, files: tuple[PackedFile, ...]) -> None:
    arrived = tuple((one.name, sha256(one.content).hexdigest()) for one in files)
    plain = all(Path(name).name == name and name != RECORD for name, _ in record.files)
    if arrived != record.files or not plain:
        raise CheckpointError(
            "A run's files were damaged on their way from the worker, so it was not kept. Start "
            "the experiment again."
        )


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Names as well as contents must survive a power cut; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
