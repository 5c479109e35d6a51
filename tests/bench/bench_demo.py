"""The first start after installation: the demo study made, its first blinded trial on screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from measuring import Report, Row, Timing
from programs import clocked

from reader_app.workflows import shipped
from studies.errors import StudyError

ROUNDS = 3
DEMO_S, TRIAL_S, LARGEST_MIB = 15.0, 60.0, 250.0

FIRST_START = """
import sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from reader_app import app
from reader_app.state.reading_launch import ReadingHere
from reader_app.views.main_window import MainWindow
from studies.package import DisplayCheck, Questionnaire

def say(word):
    print(word, time.monotonic(), flush=True)

class FirstPaint(QObject):
    seen = False
    def eventFilter(self, watched, event):
        if not self.seen and event.type() == QEvent.Type.Paint and isinstance(watched, MainWindow):
            self.seen = True
            say("window")
        return False

def then(desktop):
    def made():
        say("demo")
        desktop.window.go("read")
        QTimer.singleShot(0, desktop.window, start)
    def start():
        state = desktop.window.states["read"]
        waiting = [one for one in state.readers if not one.answered and one.package is not None]
        state.reading_started.connect(begun)
        state.open_reading(waiting[0].id)
    def begun():
        page = desktop.window.pages["read"]
        roi = next(one for one in page.findChildren(QObject) if hasattr(one, "painted"))
        roi.painted.connect(painted)
        seen = DisplayCheck(width=1280, height=800, scale=1.0, steps_seen=11)
        desktop.window.states["read"].session.declare(seen, Questionnaire(14, "radiology", ""))
    def painted():
        say("trial")
        desktop.window.states["read"].end_reading()
        desktop.window.close()
    desktop.study.opened.connect(lambda: QTimer.singleShot(0, desktop.window, made))

if __name__ == "__main__":
    qt = app.application()
    first = FirstPaint()
    qt.installEventFilter(first)
    sys.exit(app.main(then=then, launcher=ReadingHere()))
"""


def size_mib(folder: Path) -> float:
    """Bytes of all files below a folder, MiB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


@pytest.fixture
def assets() -> Path:
    try:
        return shipped.demo_assets()
    except StudyError as error:
        pytest.skip(str(error))


@pytest.mark.usefixtures("assets")
def test_first_start_to_first_blinded_trial(tmp_path: Path, report: Report) -> None:
    script = tmp_path / "first_start.py"
    script.write_text(FIRST_START)
    homes = [tmp_path / f"home{turn}" for turn in range(ROUNDS)]
    told = [clocked(script, home) for home in homes]
    largest = max(size_mib(home) for home in homes)
    for what, word, wanted in (
        ("first start → small demo made and open in the window", "demo", DEMO_S),
        ("first start → its first blinded trial painted", "trial", TRIAL_S),
    ):
        own = Timing(tuple(turn.at[word] for turn in told), "s")
        report.row(
            Row(what, own.n, str(own), wanted=f"< {wanted:.0f} s", reached=own.median < wanted)
        )
        assert own.median < 5 * wanted
    cpu = Timing(tuple(turn.cpu for turn in told), "s")
    report.row(Row("the same, processor time of window and child", cpu.n, str(cpu)))
    report.note(f"The small demo takes {largest:.0f} MiB on the disk.")
    assert largest < LARGEST_MIB
