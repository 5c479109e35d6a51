"""A screen of its own with the real program on it, and hands that send real X events."""

from __future__ import annotations

import json
import os
import select
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pytest
from watched_app import Pair, Seen

SIZE = (1440, 900)
PATIENCE_S = 30.0
LEFT, MIDDLE, RIGHT, WHEEL_UP, WHEEL_DOWN = 1, 2, 3, 4, 5
WATCHED = Path(__file__).resolve().with_name("watched_app.py")


def tool(name: str) -> str:
    """A test tool; without it a test is skipped, or fails where the test tools are required."""
    found = shutil.which(name)
    if found is None:
        lacks(f"{name} (a Debian test tool: python3 start.py tools) is not on this machine")
    return str(found)


def lacks(reason: str) -> None:
    """Skip the test, or fail it where the test tools are required."""
    if os.environ.get("BLINDREAD_REQUIRE_TOOLS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Lines:
    """The lines that a process writes, waited for no longer than patience lasts."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._rest = stream, b""

    def next(self, until: float) -> str | None:
        """The next line; None when there is none before `until` or the process ended."""
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._stream], [], [], max(until - time.monotonic(), 0))
            more = os.read(self._stream.fileno(), 65536) if ready else b""
            if not more:
                return None
            self._rest += more
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode()


class Screen:
    """A running Xvfb; its picture lies in a file."""

    def __init__(self, folder: Path, display: str) -> None:
        self.folder, self.display = folder, display

    def environment(self) -> dict[str, str]:
        """What a process on this screen needs."""
        own = {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}
        return {**os.environ, **own, "PYTHONPATH": str(WATCHED.parents[1])}

    def picture(self) -> npt.NDArray[np.uint8]:
        """What is on the screen: (rows, columns, 3) RGB, from Xvfb's own XWD file."""
        data = (self.folder / "Xvfb_screen0").read_bytes()
        header = struct.unpack(">25I", data[:100])
        start = header[0] + 12 * header[19]
        width, height, stride = header[4], header[5], header[12]
        pixels = np.frombuffer(data, np.uint8, stride * height, start)
        return pixels.reshape(height, stride // 4, 4)[:, :width, 2::-1]

    def shows(self, color: tuple[int, int, int], near: tuple[int, int], within: int = 4) -> bool:
        """Whether a colour is seen on the screen within some px of a place (x, y)."""
        x, y = near
        part = self.picture()[y - within : y + within + 1, x - within : x + within + 1]
        return bool((np.abs(part.astype(int) - color).max(axis=2) < 24).any())


@contextmanager
def screen(folder: Path) -> Iterator[Screen]:
    """A virtual screen of `SIZE`, ended afterwards."""
    tool("xdotool")
    ours, theirs = os.pipe()
    size = f"{SIZE[0]}x{SIZE[1]}x24"
    call = [tool("Xvfb"), "-displayfd", str(theirs), "-screen", "0", size, "-nolisten", "tcp"]
    with (folder / "xvfb.log").open("wb") as log:
        server = subprocess.Popen([*call, "-fbdir", folder], pass_fds=[theirs], stderr=log)
    os.close(theirs)
    try:
        with os.fdopen(ours, "rb", buffering=0) as told:
            number = Lines(told).next(time.monotonic() + PATIENCE_S)
        if number is None:
            lacks(f"Xvfb did not start: {(folder / 'xvfb.log').read_text()[-300:]}")
        yield Screen(folder, f":{number}")
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


class Sitting:
    """The program on a screen, and the person before it: looks by the witness, acts by xdotool.

    `watched` is run with the study; each of its lines is what is seen, by `read`.
    """

    watched = WATCHED

    def __init__(self, on: Screen, study: Path) -> None:
        self.screen = on
        self._errors = (on.folder / "app.log").open("w+b")
        self.program = subprocess.Popen(
            [sys.executable, self.watched, study],
            env=on.environment(),
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._hands = subprocess.Popen(
            [tool("xdotool"), "-"], env=on.environment(), stdin=subprocess.PIPE, text=True
        )
        assert self.program.stdout is not None
        self._lines = Lines(self.program.stdout)
        self.seen = Seen()

    # --- looking

    def read(self, line: str) -> Seen:
        """What the witness says."""
        return Seen(**{k: _pair(v) for k, v in json.loads(line).items()})

    def wait(self, until: Callable[[Seen], bool], what: str = "what was waited for") -> Seen:
        """Look until it is so."""
        end = time.monotonic() + PATIENCE_S
        while not until(self.seen):
            line = self._lines.next(end)
            if line is None:
                pytest.fail(f"never came: {what}; last seen {self.seen}; {self._said()}")
            self.seen = self.read(line)
        return self.seen

    def look(self, until: Callable[[Screen], bool], what: str) -> None:
        """Look at the screen itself until it is so."""
        end = time.monotonic() + PATIENCE_S
        while not until(self.screen):
            if time.monotonic() > end:
                pytest.fail(f"never seen: {what}; last seen {self.seen}")

    def _said(self) -> str:
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace")
        if "Qt platform plugin" in said:
            lacks("Qt's libraries for X (python3 start.py tools) are not all on this machine")
        return said[-2000:]

    # --- acting

    def do(self, *words: object) -> None:
        """A command of xdotool."""
        assert self._hands.stdin is not None
        self._hands.stdin.write(" ".join(map(str, words)) + "\n")
        self._hands.stdin.flush()

    def act(self, events: int, *words: object) -> Seen:
        """A command after which so many events must have arrived and been handled."""
        wanted = self.seen.events + events
        self.do(*words)
        return self.wait(lambda seen: seen.events >= wanted, f"{words}")

    def key(self, *names: str) -> Seen:
        """Press and let go keys, one after the other; `ctrl+z` is a chord."""
        for name in names:
            self.act(name.count("+") + 1, "key", name)
        return self.seen

    def go(self, place: tuple[int, int]) -> Seen:
        """Move the pointer; until the window knows it."""
        if place != self.seen.pointer:
            self.do("mousemove", *place)
        return self.wait(lambda seen: seen.pointer == place, f"pointer at {place}")

    def over(self, x: float, y: float) -> Seen:
        """Move over an image point (px)."""
        return self.go(self.seen.at(x, y))

    def press(self, button: int = LEFT) -> Seen:
        """A button goes down."""
        return self.act(1, "mousedown", button)

    def release(self, button: int = LEFT) -> Seen:
        """A button goes up."""
        return self.act(1, "mouseup", button)

    def click(self, x: float, y: float, button: int = LEFT) -> Seen:
        """Press and release over an image point."""
        self.over(x, y)
        self.press(button)
        return self.release(button)

    def drag(self, line: Iterable[Pair], button: int = LEFT) -> Seen:
        """Press on the first image point, move along the line, release on the last."""
        first, *rest = line
        self.over(*first)
        self.press(button)
        for point in rest:
            self.over(*point)
        return self.release(button)

    def drag_by(self, by: tuple[int, int], button: int) -> Seen:
        """Press where the pointer is, move some screen px, release."""
        x, y = self.seen.pointer
        self.press(button)
        self.go((x + by[0], y + by[1]))
        return self.release(button)

    def turn_wheel(self, steps: int) -> Seen:
        """Steps of the wheel: down for positive ones."""
        for _ in range(abs(steps)):
            self.act(1, "click", WHEEL_DOWN if steps > 0 else WHEEL_UP)
        return self.seen

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """With a key held."""
        self.do("keydown", name)
        yield
        self.act(1, "keyup", name)

    def give_keyboard(self) -> None:
        """The window gets the keyboard: no window manager does it here.

        By hands of its own: once xdotool has found a window it forges keys for it.
        """
        search = ["search", "--sync", "--onlyvisible", "--name", "Blindread", "windowfocus"]
        subprocess.run(
            [tool("xdotool"), *search],
            env=self.screen.environment(),
            timeout=PATIENCE_S,
            check=True,
        )

    def quit(self) -> int:
        """Ctrl Q; the exit code."""
        self.do("key", "ctrl+q")
        return self.program.wait(PATIENCE_S)

    def end(self) -> None:
        """Nothing of the sitting lives on."""
        self.program.kill()
        assert self._hands.stdin is not None
        assert self.program.stdout is not None
        self._hands.stdin.close()
        self._hands.wait(PATIENCE_S)
        self.program.wait(PATIENCE_S)
        self.program.stdout.close()
        self._errors.close()


def _pair(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@contextmanager
def sitting(on: Screen, study: Path) -> Iterator[Sitting]:
    """The program opened on a study, in front of the Annotate page, with the keyboard."""
    person = Sitting(on, study)
    try:
        person.wait(lambda seen: seen.page != "", "a window")
        person.give_keyboard()
        person.key("ctrl+3")
        person.wait(lambda seen: seen.is_loaded and seen.has_focus, "the slice")
        yield person
    finally:
        person.end()
