"""Pictures of what a finished study hides: first start, empty pages, tour, keys, notices."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog

from reader_app.app import PAGES, Desktop
from reader_app.shots import Album, settle


def take_scenes(desktop: Desktop, album: Album, size: QSize) -> None:
    """All scenes at one size; the studies made for them lie in a folder that goes away."""
    desktop.window.resize(size)
    desktop.window.show()
    desktop.window.go("home")
    settle(desktop.jobs)
    album.take(desktop.window, "8-home-without-a-study")
    with tempfile.TemporaryDirectory() as folder:
        desktop.opening.create(Path(folder) / "New study", "New study")
        for name in PAGES[:-1]:
            desktop.window.go(name)
            settle(desktop.jobs)
            album.take(desktop.window, f"8-{name}-of-a-new-study")
        desktop.study.close()
    desktop.settings.drop_recent(Path(folder) / "New study.blindread")
    if desktop.opening.demo_folder.is_dir():
        desktop.opening.demo()
        _take_tour(desktop, album)
        _take_sheet_and_notices(desktop, album)


def _take_tour(desktop: Desktop, album: Album) -> None:
    tour = desktop.shell.tour
    desktop.shell.start_tour()
    while tour.step is not None:
        settle(desktop.jobs)
        album.take(desktop.window, f"8-tour-{tour.place[0]}-{tour.step.page}")
        tour.go_on()


def _take_sheet_and_notices(desktop: Desktop, album: Album) -> None:
    window = desktop.window
    window.go("annotate")
    settle(desktop.jobs)
    window.show_keys()
    settle(desktop.jobs)
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            album.take(dialog, "8-keys-annotate")
            dialog.close()
    window.go("results")
    desktop.messages.ok("Wrote report.html.", "Show in folder", lambda: None)
    desktop.messages.warning("Results is not for the role Reader. Choose another at the top right.")
    settle(desktop.jobs)
    album.take(window, "8-notices")
