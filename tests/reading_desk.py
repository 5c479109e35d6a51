"""A reading screen on a package made for a test: every condition, keys, a clock that is moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from reader_app.state.reading_session import ReadingSession
from reader_app.views.read.check_screen import CheckScreen
from reader_app.views.read.reading_screen import ReadingScreen
from studies.package import (
    HU,
    PackageContents,
    PackageTrial,
    Picture,
    ReadingPackage,
    create,
    new_opaque,
)
from studies.protocols.pipeline import image_hash
from studies.protocols.questions import questions
from studies.records import DEFAULT_SCHEME

ALL_QUESTIONS = ("diagnosis", "origin", "confidence")
OF_CLASS = ("diagnosis", "confidence")
ROI = Picture()
SLICE = Picture(
    rows=96, columns=128, values=HU, row_spacing=0.8, column_spacing=0.8,
    ring=(40.0, 30.0, 9.0), window=(-100.0, 250.0),
)  # fmt: skip
VOLUME = replace(SLICE, slices=7, key=3, slice_spacing=2.5)


class Ticks:
    """A monotonic clock that the test moves, ns."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.now += round(seconds * 1e9)


def declare(qtbot: QtBot, screen: ReadingScreen) -> None:
    """What is asked before a first sitting: the steps seen, years, speciality; by keys."""
    check = screen.page
    assert isinstance(check, CheckScreen)
    qtbot.keyClicks(check, "1")
    qtbot.keyClicks(check.years, "14")
    qtbot.keyClicks(check.speciality, "abdominal radiology")
    qtbot.keyClick(check.speciality, Qt.Key.Key_Return)
    assert screen.page is None


@dataclass(frozen=True)
class Planned:
    """One trial of a test's package."""

    practice: bool = False
    right: str = ""
    opinion: tuple[float, ...] = ()
    picture: Picture = ROI


def pixels_of(picture: Picture, number: int) -> bytes:
    """Pixels that differ from trial to trial and from slice to slice."""
    shape = (picture.slices, picture.rows, picture.columns)
    place = np.arange(picture.slices * picture.rows * picture.columns).reshape(shape)
    depth = np.arange(picture.slices).reshape(-1, 1, 1)
    values = place + 37 * number + 40 * depth
    if picture.values == HU:
        return (values % 400 - 150).astype("<i2").tobytes()
    return (values % 256).astype(np.uint8).tobytes()


def package_of(
    folder: Path,
    planned: tuple[Planned, ...],
    *,
    asked: tuple[str, ...] = ALL_QUESTIONS,
    **settings: object,
) -> Path:
    """A package; `settings` are fields of PackageContents."""
    images = tuple(pixels_of(one.picture, number) for number, one in enumerate(planned))
    trials = tuple(
        PackageTrial(
            new_opaque(), one.practice, image_hash(image), one.right, one.opinion, one.picture
        )
        for one, image in zip(planned, images, strict=True)
    )
    contents = PackageContents(new_opaque(), "Reader", questions(asked, DEFAULT_SCHEME), trials)
    return create(folder, replace(contents, **settings), images)  # type: ignore[arg-type]


class ReadingDesk:
    """A screen on a package, with what a person does at it."""

    def __init__(self, qtbot: QtBot, folder: Path, *, introduced: bool = True) -> None:
        """`introduced` goes past the page before the first practice trial."""
        self.qtbot, self.ticks = qtbot, Ticks()
        self.package = ReadingPackage.open(folder)
        self.session = ReadingSession(self.package, self.ticks)
        self.screen = ReadingScreen(self.session)
        qtbot.addWidget(self.screen)
        self.screen.resize(1280, 800)
        self.screen.show()
        qtbot.waitExposed(self.screen)
        if introduced and self.session.mode == "intro":
            self.session.go_on()
        if self.session.mode == "reading":
            qtbot.waitUntil(lambda: bool(self.session._clock._painted))

    def press(self, keys: str) -> None:
        """Letters, digits and spaces, at the screen; each once its picture is on it."""
        for key in keys:
            if self.session.mode == "reading":
                self.qtbot.waitUntil(self.screen.roi.is_seen)
            if key == "?":
                self.qtbot.keyClicks(self.screen, key)
                continue
            code = Qt.Key.Key_Space if key == " " else getattr(Qt.Key, f"Key_{key}")
            self.qtbot.keyClick(self.screen, code)

    def key(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """One key with its modifier, where the keyboard is."""
        self.qtbot.keyClick(self.keyboard, key, modifier)

    def type(self, words: str) -> None:
        """Characters, one key each, where the keyboard is."""
        for character in words:
            self.qtbot.keyClicks(self.keyboard, character)

    @property
    def keyboard(self) -> QWidget:
        """The widget that has the keyboard."""
        return self.screen.focusWidget() or self.screen

    @property
    def kinds(self) -> list[str]:
        """Kinds of the log's events but for the focus, which depends on the test's window."""
        return [e.kind for e in self.package.events if not e.kind.startswith("focus")]

    def words(self) -> list[str]:
        """Every text that the screen holds, said or shown, now visible or not."""
        found: list[str] = []
        for widget in (self.screen, *self.screen.findChildren(QWidget)):
            found += [widget.toolTip(), widget.accessibleName(), widget.objectName()]
            found += [widget.windowTitle(), widget.statusTip(), widget.accessibleDescription()]
            if isinstance(widget, QLabel | QLineEdit):
                found.append(widget.text())
            if isinstance(widget, QLineEdit):
                found.append(widget.placeholderText())
        return [one for one in found if one]
