"""The program's entry: the window, or one of the commands."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.jobs.entry import prepare_entry


def main() -> None:
    """Run the command line; without a command the window opens."""
    prepare_entry()
    from reader_app.cli import program

    sys.exit(program(_open_window, _take_shots))


def _open_window(study: Path | None) -> int:
    from reader_app import app

    return app.main(study)


def _take_shots(study: Path | None, folder: Path) -> int:
    from reader_app import shots

    return shots.main(study, folder)


if __name__ == "__main__":
    main()
