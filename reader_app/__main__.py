"""The program's entry: the window, or one of the commands."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Run the command line; without a command the window opens."""
    package = package_named(sys.argv[1:])
    if package is not None:
        sys.exit(_read(package))
    from engine.jobs.entry import prepare_entry

    prepare_entry()
    from reader_app.cli import program

    sys.exit(program(_open_window, _take_shots))


def package_named(arguments: list[str]) -> Path | None:
    """The package of a plain `read PACKAGE`; None for every other call.

    A reader's process holds nothing of the study or the engine, so it branches off before either
    is imported.
    """
    if len(arguments) == 2 and arguments[0] == "read" and not arguments[1].startswith("-"):
        return Path(arguments[1])
    return None


def _read(package: Path) -> int:
    from reader_app import reading_app

    return reading_app.main(package)


def _open_window(study: Path | None) -> int:
    from reader_app import app

    return app.main(study)


def _take_shots(study: Path | None, folder: Path, scale: int) -> int:
    from reader_app import shots

    return shots.main(study, folder, scale)


if __name__ == "__main__":
    main()
