"""The import gate and the loading of a series, beside SimpleITK in the same run.

Header scan: 1,000 files below 2 s, also up to the list of series to choose from. Pictures by a
manifest: at least 5 times faster than each written and recorded alone. Loading: 300 slices of
512 x 512, the first one below 300 ms, all below 1 s and 250 MB (CT.md 1, 2). Each loading of which
the memory counts is a process of its own: what a process has had once, it does not give back.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from foreign_ct import ct
from import_desk import run_import
from learning_sets import result_of
from measuring import Report, Row, Timing, in_turns, ratio
from PIL import Image
from reliability.import_mutations import judge

from reader_app.workflows.import_offer import ImportOffer, look_through
from reader_app.workflows.import_rois import import_rois
from studies import cases
from studies.cases import NewFinding, NewSeries
from studies.files import write_synced
from studies.imaging import volume
from studies.imaging.dicom.head import read_heads
from studies.imaging.dicom.listing import Source
from studies.imaging.dicom.sources import sources
from studies.imaging.manifest import read_manifest, read_picture
from studies.imaging.volume import IMAGE_FILE
from studies.records import SeriesRecord
from studies.store import Store

FILES, SLICES, SIDE, ROUNDS, MUTATIONS = 1000, 300, 512, 7, 40_000
PICTURES = 600
ROOT = Path(__file__).resolve().parents[2]
SCAN_S, FIRST_MS, WHOLE_MS, MEMORY_MB = 2.0, 300.0, 1000.0, 250.0

LOADED = """
import json, sys, time
from pathlib import Path

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

names = sorted(str(path) for path in Path(sys.argv[2]).glob("*.dcm"))
if sys.argv[1] == "ours":
    from studies.imaging import volume
    from studies.records import SeriesRecord
    series = SeriesRecord(1, 1, "P", "1.2", "dicom", "", len(names), 512, 512, .7, .7, 1., "", True,
                          False, (), Path(sys.argv[2]))
    first, whole = (lambda: volume.read_slice(series, 150)), (lambda: volume.load(series))
else:
    import SimpleITK
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(names)
    first, whole = (lambda: SimpleITK.ReadImage(names[150])), reader.Execute
began = time.perf_counter()
kept = first()
at_first = time.perf_counter() - began
before = peak()
began = time.perf_counter(), time.process_time()
kept = whole()
wall, own = time.perf_counter() - began[0], time.process_time() - began[1]
print(json.dumps([1000 * at_first, 1000 * wall, 1000 * own, peak() - before]))
"""


@pytest.fixture(scope="module")
def slices() -> np.ndarray:
    """HU (slices, rows, columns) with noise, so that no file packs or caches better than CT."""
    return np.random.default_rng(1).integers(-1000, 1000, (8, SIDE, SIDE))


@pytest.fixture
def stored(tmp_path: Path, slices: np.ndarray) -> SeriesRecord:
    """A series of 300 slices, imported."""
    for number in range(SLICES):
        ct(tmp_path / "in" / f"{number * 7919 % 1000:03d}", float(number), Rows=SIDE, Columns=SIDE,
           hu=slices[number % 8])  # fmt: skip
    with Store.create(tmp_path / "s.blindread", "Import") as store:
        (series,) = run_import(store, tmp_path / "in").series
    return series


def test_header_scan(tmp_path: Path, slices: np.ndarray, report: Report) -> None:
    for number in range(FILES):
        ct(tmp_path / "in" / f"{number:04d}", float(number), Rows=SIDE, Columns=SIDE,
           hu=slices[number % 8])  # fmt: skip
    sitk = pytest.importorskip("SimpleITK", reason="SimpleITK is the plain reference")
    names = sorted(str(path) for path in (tmp_path / "in").iterdir())

    def ours() -> int:
        found = sources((tmp_path / "in",), tmp_path / "work")
        return sum(len(read_heads(one)) for one in found if isinstance(one, Source))

    def plain() -> int:
        reader = sitk.ImageFileReader()
        for name in names:
            reader.SetFileName(name)
            reader.ReadImageInformation()
        return len(names)

    assert ours() == plain() == FILES
    for clock, name in ((time.perf_counter, "warm"), (time.process_time, "warm, CPU time")):
        own, reference = in_turns((ours, plain), 3, clock)
        report.row(
            Row(f"header scan of {FILES} files of 512 KB, {name}", own.n, str(own),
                f"SimpleITK ReadImageInformation {reference}", str(ratio(own, reference)),
                "< 2 s", own.median < 1000 * SCAN_S)
        )  # fmt: skip
    assert own.median < 3 * 1000 * SCAN_S
    listed = in_turns((lambda: looked_through(tmp_path / "in"),), 3, time.perf_counter)[0]
    report.row(
        Row(f"list of series of {FILES} files to choose from", listed.n, str(listed), "–", "–",
            "< 2 s", listed.median < 1000 * SCAN_S)
    )  # fmt: skip
    assert listed.median < 3 * 1000 * SCAN_S


def looked_through(folder: Path) -> int:
    offer: ImportOffer = result_of(look_through(None, (folder,)))
    offer.close()
    return len(offer.series)


def test_pictures_by_manifest(tmp_path: Path, report: Report) -> None:
    rng = np.random.default_rng(5)
    lines = ["file,patient,diagnosis,fold"]
    for number in range(PICTURES):
        Image.fromarray(rng.integers(0, 255, (64, 64), np.uint8)).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,P{number // 3},{'AB'[number % 2]},{number // 3 % 5}")
    (tmp_path / "m.csv").write_text("\n".join(lines))
    folders = iter(range(100))

    def ours() -> int:
        with Store.create(tmp_path / f"{next(folders)}.blindread", "Batch", kind="roi") as store:
            return len(result_of(import_rois(store, tmp_path / "m.csv")).taken)

    def alone() -> int:
        with Store.create(tmp_path / f"{next(folders)}.blindread", "Alone", kind="roi") as store:
            return one_by_one(store, tmp_path / "m.csv")

    assert ours() == alone() == PICTURES
    for clock, name in ((time.perf_counter, "wall"), (time.process_time, "CPU time")):
        own, plain = in_turns((ours, alone), 3, clock)
        report.row(
            Row(f"import of {PICTURES} pictures by manifest, {name}", own.n, str(own),
                f"each written and recorded alone {plain}", str(ratio(own, plain)),
                "<= 0.2", own.median <= plain.median / 5)
        )  # fmt: skip
    assert own.median < plain.median


def one_by_one(store: Store, manifest: Path) -> int:
    """Each picture synced and recorded before the next one is read."""
    listed, taken = read_manifest(manifest), 0
    cases.set_scheme(store, listed.scheme)
    for roi in listed.rois:
        pixels = read_picture(roi.path)
        buffer = io.BytesIO()
        np.save(buffer, pixels)
        write_synced(store.series_folder / str(roi.line) / IMAGE_FILE, buffer.getvalue())
        series = NewSeries(
            f"2.25.{roi.line}", "image", roi.file, 1, *pixels.shape, 1.0, 1.0, 0.0, "", False,
            False, (), Path(str(roi.line)),
        )  # fmt: skip
        margin = ((20.0, 20.0), (44.0, 20.0), (44.0, 44.0), (20.0, 44.0))
        finding = NewFinding(
            roi.patient, series, margin, roi.diagnosis, "manifest", "m", "import", roi.fold
        )
        taken += cases.add_findings(store, (finding,))[0].series is not None
    return taken


def loaded(kind: str, folder: Path) -> list[float]:
    """ms to the first slice, ms and CPU ms to the whole, MB grown: in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, kind, str(folder)], check=True, capture_output=True,
        text=True, cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_loading(stored: SeriesRecord, report: Report) -> None:
    pytest.importorskip("SimpleITK", reason="SimpleITK is the plain reference")
    kinds = ("ours", "SimpleITK")
    rounds = [[loaded(kind, stored.folder) for kind in kinds] for _ in range(ROUNDS)]
    wanted = (FIRST_MS, WHOLE_MS, WHOLE_MS, MEMORY_MB)
    words = ("first slice, cold process", "all 300 slices", "all 300 slices, CPU time",
             "memory grown by all 300 slices")  # fmt: skip
    for at, (what, bound) in enumerate(zip(words, wanted, strict=True)):
        unit = "MB" if at == 3 else "ms"
        own, plain = (
            Timing(tuple(one[kind][at] for one in rounds), unit) for kind in range(len(kinds))
        )
        report.row(
            Row(f"loading 300 x 512²: {what}", ROUNDS, str(own),
                f"SimpleITK ImageSeriesReader {plain}",
                str(ratio(own, plain)) if min(plain.values) > 0 else "–",
                f"< {bound:.0f} {unit}", own.median < bound)
        )  # fmt: skip
        assert own.median < 3 * bound
    assert volume.load(stored).voxels.shape == (SLICES, SIDE, SIDE)


def test_reliability_of_the_import_gate(tmp_path: Path, report: Report, full: bool) -> None:
    """RELIABILITY 4 in full with --full, else a tenth of it."""
    found = judge(MUTATIONS if full else MUTATIONS // 10, seed=2, folder=tmp_path)
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found.verdicts.items()))
    report.row(
        Row("4: mutated files put before the import gate", found.files,
            f"{len(found.faults)} without verdict or with another error than ours; {kinds}; "
            f"{found.seconds:.0f} s, at most {found.peak_mb} MB a process",
            wanted="0, no hang, bounded memory", reached=not found.faults)
    )  # fmt: skip
    assert not found.faults


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the long counts are wanted."""
    return bool(request.config.getoption("--full"))
