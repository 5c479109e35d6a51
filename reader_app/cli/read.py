"""The command read: a reader's sitting at one package, in a process of its own.

A plain call does not come here: the program's entry opens it before the study or the engine is
imported. Help and mistaken calls do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def add_commands(app: typer.Typer) -> None:
    """Add read."""
    app.command("read")(_read)


def _read(
    package: Annotated[
        Path, typer.Argument(metavar="PACKAGE", help="A package folder, or NAME.reading.zip")
    ],
) -> None:
    """Read a package: opens nothing else, and packs the answers beside its zip at the end."""
    from reader_app.reading_app import main

    raise typer.Exit(main(package))
