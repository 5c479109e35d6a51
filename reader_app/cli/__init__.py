"""The command line: every workflow of the window as a command.

Exit codes: 0 done, 1 not (wholly) done, 2 nothing usable or a bad call. An expected failure is
its sentence on stderr. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import typer

from engine.errors import EngineError
from engine.jobs import ChildError
from reader_app.cli import (
    analysis,
    experiment,
    learning,
    margins,
    packages,
    planning,
    read,
    reading,
    study,
    synthetic,
)
from reader_app.cli.window import add_window_commands
from studies.errors import StudyError

OpenWindow = Callable[[Path | None], int]
TakeShots = Callable[[Path | None, Path, int], int]


def build(open_window: OpenWindow, take_shots: TakeShots) -> typer.Typer:
    """The commands; the two callables open the window, which this module must not know."""
    app = typer.Typer(
        name="blindread",
        no_args_is_help=False,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Blinded reader studies with GAN augmentation. Without a command the window opens. "
        "For research only, not a medical device.",
    )
    add_window_commands(app, open_window, take_shots)
    study.add_commands(app)
    margins.add_commands(app)
    learning.add_commands(app)
    synthetic.add_commands(app)
    experiment.add_commands(app)
    read.add_commands(app)
    reading.add_commands(app)
    packages.add_commands(app)
    planning.add_commands(app)
    analysis.add_commands(app)
    return app


def program(
    open_window: OpenWindow, take_shots: TakeShots, arguments: list[str] | None = None
) -> int:
    """Run the command line; returns the exit code."""
    try:
        build(open_window, take_shots)(args=arguments, prog_name="blindread")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    except (StudyError, EngineError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    except ChildError as error:
        print(error.sentence, file=sys.stderr)  # noqa: T201
        print(error.details, file=sys.stderr)  # noqa: T201
        return 1
    except OSError as error:
        words = f"{error.filename or 'A file'} cannot be used: {error.strerror or error}."
        print(f"{words} What was finished is kept.", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("Cancelled. What was finished is kept.", file=sys.stderr)  # noqa: T201
        return 1
    return 0
