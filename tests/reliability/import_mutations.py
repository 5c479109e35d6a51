"""Foreign files with bytes changed, cut or doubled, put before the import gate in a child process.

The child has a limit on its memory; its time is measured. What it finds wrong it says in words:
an error that is no sentence, a file without a verdict, a verdict without a reason.
"""

from __future__ import annotations

import base64
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom
from foreign_ct import ct
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

TESTS = Path(__file__).resolve().parents[1]
CHILD, PATH = "reliability.import_mutations", os.pathsep.join((str(TESTS.parent), str(TESTS)))
MOST_MEMORY = 3 << 30
UID = b"1.2.3.1000000"
"""The slices' SOPInstanceUID, made another for each mutation: they are no copies of each other."""
BATCH = 500
LONGEST_BATCH_S = 300.0


@dataclass(frozen=True)
class Judged:
    """What became of mutated files: verdicts by kind, faults in words, seconds, peak MB."""

    files: int
    verdicts: Counter[str]
    faults: tuple[str, ...]
    seconds: float
    peak_mb: int


def judge(files: int, seed: int, folder: Path) -> Judged:
    """Mutate and import so many files, a batch a process."""
    verdicts: Counter[str] = Counter()
    faults: list[str] = []
    began, peak = time.monotonic(), 0
    for batch in range(-(-files // BATCH)):
        count = min(BATCH, files - batch * BATCH)
        call = [sys.executable, "-m", CHILD, str(folder / f"b{batch}"), str(count)]
        done = subprocess.run(
            [*call, str(seed * 10_000 + batch)], capture_output=True, text=True, check=False,
            timeout=LONGEST_BATCH_S, env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": PATH},
        )  # fmt: skip
        words = done.stdout.splitlines()
        if done.returncode or not words or not words[-1].startswith("peak "):
            faults.append(f"batch {batch}: {done.stderr.strip()[-300:] or done.returncode}")
            continue
        peak = max(peak, int(words.pop().split()[1]))
        faults += [word for word in words if not word.startswith("verdict ")]
        verdicts.update(word.split()[1] for word in words if word.startswith("verdict "))
    return Judged(files, verdicts, tuple(faults), time.monotonic() - began, peak)


def seeds(folder: Path) -> list[bytes]:
    """Whole files of many kinds: syntaxes, enhanced, zipped, an index."""
    plain = ct(folder / "plain")
    found = [(folder / "plain").read_bytes()]
    for syntax in ("1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"):
        packed = ct(folder / "packed")
        packed.compress(syntax)
        found.append(_written(packed))
    for syntax in ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2"):
        plain.file_meta.TransferSyntaxUID = syntax
        found.append(_written(plain))
    found.append(_written(_enhanced(folder)))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b", found[0])
    return [*found, buffer.getvalue()]


def _enhanced(folder: Path) -> Dataset:
    dataset = ct(folder / "enhanced")
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = (
        pydicom.uid.EnhancedCTImageStorage
    )
    frames = []
    for number in range(2):
        frame, place = Dataset(), Dataset()
        place.ImagePositionPatient = [0, 0, 4.0 * number]
        frame.PlanePositionSequence = Sequence([place])
        frames.append(frame)
    dataset.PerFrameFunctionalGroupsSequence = Sequence(frames)
    dataset.NumberOfFrames, dataset.PixelData = 2, dataset.PixelData * 2
    del dataset.ImagePositionPatient
    return dataset


def _written(dataset: Dataset) -> bytes:
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def mutated(whole: bytes, rng: np.random.Generator) -> bytes:
    """Bytes changed, mostly in the header; sometimes cut, doubled, or a length made huge."""
    content = np.frombuffer(whole, np.uint8).copy()
    header = min(len(content), 1400) if rng.random() < 0.7 else len(content)
    places = rng.integers(min(128, header - 1), header, int(rng.integers(1, 5)))
    content[places] = rng.integers(0, 256, len(places))
    kind = rng.integers(0, 10)
    if kind == 0:
        return content[: int(rng.integers(1, len(content)))].tobytes()
    if kind == 1:
        at = int(rng.integers(132, len(content)))
        return np.concatenate((content[:at], content[at // 2 :])).tobytes()
    if kind == 2:
        at = int(rng.integers(132, header - 4)) if header > 140 else 0
        content[at : at + 4] = rng.choice(np.asarray([0, 127, 254, 255], np.uint8), 4)
    return content.tobytes()


def _import(folder: Path, count: int, seed: int) -> None:
    """The child's work."""
    from reader_app.workflows.import_cases import import_paths
    from studies.errors import StudyError
    from studies.store import Store

    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    wholes = seeds(folder)
    for number in range(count):
        whole = wholes[int(rng.integers(len(wholes)))]
        content = mutated(whole.replace(UID, b"1.2.3.1%06d" % number), rng)
        (folder / f"m{number:04d}").write_bytes(content)
    files = sorted(folder.glob("m*"))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    with Store.create(folder / "s.blindread", "Import") as store:
        running, report = import_paths(store, files), None
        try:
            while True:
                next(running)
        except StopIteration as ended:
            report = ended.value
        except StudyError as error:
            _say(f"the whole import ended: {error}")
    listed = report.files if report else ()
    for path in files:
        own = [v for v in listed if v.file == str(path) or v.file.startswith(f"{path}/")]
        if not own:
            _say(f"no verdict on {path.name} of seed {seed}: {_kept(path)}")
        for verdict in own:
            _say(f"verdict {verdict.verdict}")
            if verdict.verdict != "taken" and not verdict.reason:
                _say(f"no reason for {verdict.file}")
    _say(f"peak {peak_mb()}")


def peak_mb() -> int:
    """The most memory of this process so far; getrusage would count its parent's at the fork."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) >> 10


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _kept(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()[:80]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["BLINDREAD_HOME"] = home
        _import(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
