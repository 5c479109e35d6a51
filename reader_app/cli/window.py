"""Commands that open the window or take pictures of it, and the check of the installation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from studies.errors import StudyError


def add_window_commands(
    app: typer.Typer,
    open_window: Callable[[Path | None], int],
    take_shots: Callable[[Path | None, Path, int], int],
) -> None:
    """Add app, shots and self-test."""

    @app.callback(invoke_without_command=True)
    def start(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            raise typer.Exit(open_window(None))

    @app.command("app")
    def app_command(
        study: Annotated[Path | None, typer.Argument(help="A study folder to open")] = None,
    ) -> None:
        """Open the window, on a study or on the last one; the first time on the demo."""
        if study is not None and not study.exists():
            raise StudyError(f"There is no folder {study}. Check the path, or make a new study.")
        raise typer.Exit(open_window(study))

    @app.command("shots")
    def shots_command(
        folder: Annotated[Path, typer.Argument(help="Where the pictures go")],
        study: Annotated[
            Path | None, typer.Option("--study", help="The study shown; by default the demo")
        ] = None,
        scale: Annotated[
            int, typer.Option(min=100, max=300, help="%; above 100 at 1280 x 800 only")
        ] = 100,
    ) -> None:
        """Save a picture of every page, at 1280 x 800 and 1920 x 1080; name texts that are cut."""
        raise typer.Exit(take_shots(study, folder, scale))

    @app.command("self-test")
    def self_test_command() -> None:
        """Check this installation: database, DICOM, network, window. One line each."""
        from reader_app.self_test import run

        failed = 0
        for result in run():
            failed += not result.passed
            word = "ok" if result.passed else "FAILED"
            typer.echo(f"{word:<7}{result.name}: {result.words}")
        raise typer.Exit(1 if failed else 0)
