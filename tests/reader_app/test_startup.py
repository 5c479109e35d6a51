"""The way to the first window: what is imported, how long it takes, how the program ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from learn_study import make_study

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "sklearn", "statsmodels", "matplotlib", "openTSNE", "torchmetrics", "skimage")
HEAVY_PARTS = ("scipy.stats", "scipy.optimize", "scipy.spatial", "scipy.ndimage", "scipy.special")


def python(script: str, *options: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.run(
        [sys.executable, *options, "-c", script],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout, check=False,
    )  # fmt: skip


WINDOW = """
import sys
from pathlib import Path
from reader_app import app
def then(desktop):
    assert desktop.window.isVisible()
    desktop.window.close()
sys.exit(app.main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path({study!r}), then=then))
"""


def test_first_window_imports_nothing_heavy(tmp_path: Path) -> None:
    make_study(tmp_path / "one.blindread", ready=False).close()
    done = python(WINDOW.format(study=str(tmp_path / "one.blindread")), "-X", "importtime")
    assert done.returncode == 0, done.stderr[-2000:]
    imported = set(re.findall(r"\|\s+([\w.]+)$", done.stderr, flags=re.M))
    assert "reader_app.views.home.actions" in imported
    found = {name for name in imported if name.split(".")[0] in HEAVY or name in HEAVY_PARTS}
    assert found == set()


def test_the_page_read_opens_without_scipy() -> None:
    """It would stand still for a second; order and audit load it in their thread."""
    script = (
        "import sys, reader_app.app, reader_app.state.read_state, reader_app.views.read.page;"
        f"print([m for m in {HEAVY + HEAVY_PARTS} if m in sys.modules])"
    )
    done = python(script)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_page_learn_opens_without_the_statistics() -> None:
    """It names arms as the report does; the report's tables would bring scipy.stats, a second.

    Wilson's interval needs nothing of scipy: only the exact one brings `scipy.special`.
    """
    script = (
        "import sys, reader_app.app, reader_app.state.learn_state, reader_app.views.learn.page;"
        "print('scipy' in sys.modules, 'studies.report.build' in sys.modules)"
    )
    assert python(script).stdout.strip() == "False False"


def test_command_line_imports_no_window_and_no_network() -> None:
    script = (
        "import sys; from reader_app.cli import program;"
        "code = program(lambda s: 0, lambda s, f: 0, ['--help']);"
        "print([m for m in ('PySide6', 'torch', 'sqlalchemy', 'numpy') if m in sys.modules], code)"
    )
    done = python(script)
    assert done.stdout.splitlines()[-1] == "[] 0"


def test_first_window_costs_little(tmp_path: Path) -> None:
    """Two seconds on a free machine; processor time does not depend on who else is at work."""
    make_study(tmp_path / "one.blindread", ready=False).close()
    script = WINDOW.format(study=str(tmp_path / "one.blindread"))
    python(script)
    before = os.times()
    assert python(script).returncode == 0
    after = os.times()
    spent = after.children_user - before.children_user
    spent += after.children_system - before.children_system
    assert spent < 3.0, f"{spent:.1f} s of processor time"


BUSY = """
import sys, threading, time
from pathlib import Path
from PySide6.QtCore import QTimer
from engine.jobs import JobSpec, Progress, in_child
from reader_app import app
def forever():
    n = 0
    while True:
        n += 1
        yield Progress(n, 0, "step")
        time.sleep(0.02)
def then(desktop):
    desktop.jobs.run("In a thread", forever)
    spec = JobSpec("tests_quit_target:endless", None, ())
    desktop.jobs.run("In a child", lambda: in_child(spec), lane="child")
    def close_when_running():
        if sum(view.progress.done > 0 for view in desktop.jobs.active) == 2:
            print("closing", time.monotonic(), flush=True)
            desktop.window.close()
        else:
            QTimer.singleShot(20, desktop.window, close_when_running)
    close_when_running()
if __name__ == "__main__":
    sys.path.insert(0, {here!r})
    code = app.main(Path({study!r}), then=then)
    print("ended", time.monotonic(), flush=True)
    sys.exit(code)
"""

TARGET = """
import time
from engine.jobs import Progress
def endless(spec, paths):
    n = 0
    while True:
        n += 1
        yield Progress(n, 0, "step")
        time.sleep(0.02)
"""


def test_quit_while_jobs_run_ends_within_five_seconds(tmp_path: Path) -> None:
    make_study(tmp_path / "one.blindread", ready=False).close()
    (tmp_path / "tests_quit_target.py").write_text(TARGET)
    script = tmp_path / "busy.py"
    script.write_text(BUSY.format(study=str(tmp_path / "one.blindread"), here=str(tmp_path)))
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen",
                   "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    ended = time.monotonic()
    assert done.returncode == 0, done.stderr[-2000:]
    closing = float(re.findall(r"closing ([\d.]+)", done.stdout)[0])
    assert ended - closing < 5.0


FAULTY = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget
from reader_app import app
from reader_app.views.main_window.dialogs import DetailsDialog
class Broken(QWidget):
    def paintEvent(self, event):
        raise ZeroDivisionError("planted in painting")
def planted_in_a_timer():
    raise LookupError("planted in a timer")
def then(desktop):
    broken = Broken(desktop.window)
    broken.resize(50, 50)
    broken.show()
    left = [8]
    def again():
        left[0] -= 1
        broken.update()
        if left[0] == 4:
            broken.hide()
            QTimer.singleShot(0, desktop.window, planted_in_a_timer)
        if left[0]:
            QTimer.singleShot(40, desktop.window, again)
        else:
            print("dialogs", len(desktop.window.findChildren(DetailsDialog)))
            print("alive", desktop.window.isVisible())
            desktop.window.close()
    again()
sys.exit(app.main(Path(STUDY), then=then))
"""


def test_faults_in_painting_and_timers_leave_the_window_alive(
    own_home: Path, tmp_path: Path
) -> None:
    make_study(tmp_path / "one.blindread", ready=False).close()
    done = python(FAULTY.replace("STUDY", repr(str(tmp_path / "one.blindread"))))
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["dialogs", "2", "alive", "True"]
    log = (own_home / "log" / "blindread.log").read_text(encoding="utf-8")
    assert log.count("unexpected") == 2
    assert "planted in painting" in log
    assert "planted in a timer" in log


IDLE = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job's children ignore it
from pathlib import Path
from PySide6.QtCore import QTimer
from reader_app import app
def then(desktop):
    QTimer.singleShot(200, desktop.window, lambda: print("idle", flush=True))
sys.exit(app.main(Path(sys.argv[1]), then=then))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another Ctrl C")
def test_ctrl_c_in_the_terminal_ends_an_idle_window(tmp_path: Path) -> None:
    make_study(tmp_path / "one.blindread", ready=False).close()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    child = subprocess.Popen(
        [sys.executable, "-c", IDLE, str(tmp_path / "one.blindread")],
        env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "idle\n"
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=30) == 0
    child.stdout.close()
