"""What `blindread self-test` checks: each part that an installation can lack, used for real."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from studies.errors import StudyError


@dataclass(frozen=True)
class CheckResult:
    """One check's end in words."""

    name: str
    passed: bool
    words: str


def run() -> Iterator[CheckResult]:
    """All checks, one after the other; a failed one does not stop the rest."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("Database", database),
        ("Study", study_round_trip),
        ("DICOM", compressed_dicom),
        ("Network", one_training_step),
        ("Window", offscreen_window),
    )
    for name, check in checks:
        yield _checked(name, check)


def _checked(name: str, check: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, True, check())
    except (ImportError, OSError, RuntimeError, ValueError, StudyError, EngineError) as error:
        return CheckResult(name, False, f"{type(error).__name__}: {error}")


def database() -> str:
    """SQLite's version and journal mode, as a study opens it."""
    from sqlalchemy import text

    from studies.store import Store

    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "check.blindread", "Check")
        try:
            with store.snapshot() as session:
                version = session.scalar(text("select sqlite_version()"))
                journal = session.scalar(text("pragma journal_mode"))
                synchronous = session.scalar(text("pragma synchronous"))
        finally:
            store.close()
    if (journal, synchronous) not in (("wal", 2), ("truncate", 3)):
        raise ValueError(f"journal mode {journal} with synchronous {synchronous} is not durable")
    return f"SQLite {version}, journal mode {journal}, synchronous {synchronous}"


def study_round_trip() -> str:
    """A case written to a new study is there when the study is opened again."""
    from studies import cases
    from studies.store import Store

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "check.blindread"
        store = Store.create(place, "Check")
        cases.add_case(store, "P-001")
        store.close()
        again = Store.open(place)
        found = tuple(case.patient for case in cases.cases(again))
        again.close()
    if found != ("P-001",):
        raise ValueError(f"wrote one case, read {found}")
    return "written, closed, opened, read"


def compressed_dicom() -> str:
    """A JPEG 2000 image is compressed and decoded again without loss."""
    from pydicom.data import get_testdata_file
    from pydicom.dataset import FileDataset
    from pydicom.uid import JPEG2000Lossless

    source = get_testdata_file("CT_small.dcm", read=True)
    if not isinstance(source, FileDataset):
        raise ValueError("the test image of pydicom is missing")
    expected = source.pixel_array.copy()
    source.compress(JPEG2000Lossless)
    if not np.array_equal(source.pixel_array, expected):
        raise ValueError("JPEG 2000 pixels changed on the way")
    rows, columns = expected.shape
    return f"JPEG 2000 lossless, {rows} x {columns}, decoded equal"


def one_training_step() -> str:
    """One optimisation step of a convolutional network on 64 x 64 ROIs lowers its loss."""
    import torch

    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 5), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(14400, 3)
    )
    images, targets = torch.rand(6, 1, 64, 64), torch.tensor([0, 1, 2, 0, 1, 2])
    optimiser = torch.optim.SGD(network.parameters(), 0.01)
    losses = []
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(network(images), targets)
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    if not losses[1] < losses[0]:
        raise ValueError(f"the loss went from {losses[0]:.3f} to {losses[1]:.3f}")
    device = "CUDA" if torch.cuda.is_available() else "CPU"
    return f"torch {torch.__version__} on {device}, loss {losses[0]:.3f} to {losses[1]:.3f}"


def offscreen_window() -> str:
    """Qt draws a window into memory."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6 import __version__
    from PySide6.QtWidgets import QApplication

    from reader_app.widgets import theme
    from reader_app.widgets.empty_page import EmptyPage

    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication([])
    theme.apply(app)
    page = EmptyPage("check", "Self-test", "Drawn in memory")
    page.resize(200, 120)
    image = page.grab().toImage()
    colors = {image.pixel(x, y) for x in range(0, 200, 2) for y in range(0, 120, 2)}
    if len(colors) < 3:
        raise ValueError("the window stayed empty")
    return f"Qt {__version__}, drawn by {app.platformName()}"
