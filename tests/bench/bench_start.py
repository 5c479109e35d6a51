"""From the process's start to the painted first window, warm; what is imported on the way.

`time.monotonic` is one clock for all processes of a machine, so the child tells the moment.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from learn_study import make_study
from measuring import Report, Row, Timing, milliseconds, ratio
from programs import ROOT, clocked, environment, wait_until

ROUNDS = 7
FIRST_WINDOW_MS, SECOND_START_MS = 2000, 5000
HEAVY = ("torch", "sklearn", "statsmodels", "matplotlib", "openTSNE", "torchmetrics", "skimage")

OURS = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QEvent, QObject, QTimer
from reader_app import app
from reader_app.views.main_window import MainWindow
class FirstPaint(QObject):
    seen = False
    def eventFilter(self, watched, event):
        if not self.seen and event.type() == QEvent.Type.Paint and isinstance(watched, MainWindow):
            self.seen = True
            print("window", time.monotonic(), flush=True)
        return False
def then(desktop):
    if not first.seen:
        QTimer.singleShot(1, lambda: then(desktop))
        return
    assert desktop.study.study is not None
    desktop.window.repaint()
    print("study", time.monotonic(), flush=True)
    desktop.window.close()
qt = app.application()
first = FirstPaint()
qt.installEventFilter(first)
sys.exit(app.main(Path({study!r}), then=then))
"""

PLAIN = """
import sys, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1440, 900)
window.setCentralWidget(QLabel("Hello"))
window.show()
def told():
    window.repaint()
    print("window", time.monotonic(), flush=True)
    window.close()
QTimer.singleShot(0, told)
sys.exit(app.exec())
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    make_study(tmp_path / "one.blindread").close()
    return tmp_path / "one.blindread"


def test_first_window(study: Path, tmp_path: Path, own_home: Path, report: Report) -> None:
    ours, plain = tmp_path / "ours.py", tmp_path / "plain.py"
    ours.write_text(OURS.format(study=str(study)))
    plain.write_text(PLAIN)
    both = (ours, plain)
    for script in both:  # warm: files and byte code lie in memory
        clocked(script, own_home)
    told = [[clocked(script, own_home) for script in both] for _ in range(ROUNDS)]
    own, reference = (milliseconds([turn[k].at["window"] for turn in told]) for k in (0, 1))
    own_cpu, plain_cpu = (milliseconds([turn[k].cpu for turn in told]) for k in (0, 1))
    shown = milliseconds([turn[0].at["study"] for turn in told])
    for what, one, other in (
        ("process start → first window painted", own, reference),
        ("process start → the study on Home painted", shown, reference),
        ("processor time from start to the end of the process", own_cpu, plain_cpu),
    ):
        wanted, reached = f"< {FIRST_WINDOW_MS} ms", one.median < FIRST_WINDOW_MS
        report.row(
            Row(what, one.n, str(one), f"bare Qt window {other}", str(ratio(one, other)),
                wanted if one is own else "–", reached if one is own else None)
        )  # fmt: skip
    assert own.median < 5 * FIRST_WINDOW_MS
    assert ratio(own_cpu, plain_cpu).median < 40


def test_what_is_imported(study: Path, tmp_path: Path, own_home: Path, report: Report) -> None:
    script = tmp_path / "ours.py"
    script.write_text(OURS.format(study=str(study)))
    errors = clocked(script, own_home, "-X", "importtime").errors
    lines = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)$", errors, flags=re.M)
    cost: dict[str, int] = {}
    for own, name in lines:
        top = name.split(".")[0]
        cost[top] = cost.get(top, 0) + int(own)
    dearest = sorted(cost, key=cost.__getitem__, reverse=True)[:6]
    heavy = sorted(set(HEAVY) & set(cost))
    words = ", ".join(f"{name} {cost[name] / 1000:.0f}" for name in dearest)
    total = Timing((sum(cost.values()) / 1000,))
    report.row(
        Row("`-X importtime`: imports on the way to the first window (self times summed)", 1,
            f"{total.median:.0f} ms in {len(lines):,} modules; ms by package: {words}",
            wanted=f"none of {', '.join(HEAVY)}", reached=not heavy)
    )  # fmt: skip
    assert len(lines) > 200
    assert heavy == []


def copied_start(folder: Path) -> ModuleType:
    """start.py in a folder of its own whose .venv is this one, marked as installed."""
    for name in ("start.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        (folder / ".venv" / part.name).symlink_to(part)
    spec = importlib.util.spec_from_file_location("copied_start", folder / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stamp = folder / ".venv" / "installed"
    stamp.unlink(missing_ok=True)
    stamp.write_text(module.fingerprint())
    return module


@pytest.mark.skipif(sys.platform != "linux", reason="a window without a screen, as on Linux")
def test_second_start(study: Path, tmp_path: Path, report: Report) -> None:
    """`python3 start.py app STUDY` until the settings name the study the window has opened."""
    folder = tmp_path / "clone"
    folder.mkdir()
    start = copied_start(folder)
    missing = [p for p in start.QT_LIBRARIES + start.WINDOW_LIBRARIES if not start.has_package(p)]
    if missing:
        pytest.skip(f"not installed here: {' '.join(missing)}")
    taken = [started(folder, study, tmp_path / f"home{turn}") for turn in range(ROUNDS // 2 + 1)]
    own = milliseconds(taken[1:])
    report.row(
        Row("`python3 start.py` for the second time → window with its study", own.n, str(own),
            wanted=f"< {SECOND_START_MS} ms", reached=own.median < SECOND_START_MS)
    )  # fmt: skip
    assert own.median < 5 * SECOND_START_MS


def started(folder: Path, study: Path, home: Path) -> float:
    """Seconds until the window has its study; the process group is ended then."""
    home.mkdir()
    settings = home / "settings.ini"
    # start.py opens a window where there is a display; Qt then takes the platform told below.
    launch = (
        "import os, runpy, sys; sys.argv = ['start.py', 'app', sys.argv[1]];"
        "import subprocess; real = subprocess.run;"
        "subprocess.run = lambda c, **k: real(c, **{**k, 'env': {**(k.get('env') or os.environ),"
        " 'QT_QPA_PLATFORM': 'offscreen'}});"
        "runpy.run_path('start.py', run_name='__main__')"
    )
    env = {**environment(home), "DISPLAY": ":none", "PYTHONPATH": str(ROOT)}
    del env["QT_QPA_PLATFORM"]
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", launch, str(study)],
        cwd=folder, env=env, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ended = wait_until(lambda: settings.is_file() and study.stem in settings.read_text(), 60)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    return ended - began
