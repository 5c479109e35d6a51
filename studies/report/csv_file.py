"""Tables as CSV that a spreadsheet opens without running anything in it."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from defusedcsv import csv

from studies.errors import StudyError
from studies.exchange.cells import guarded as guarded
from studies.report.tables import Table


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Header and rows as CSV text, every cell guarded."""
    buffer = io.StringIO(newline="")
    # The guard has done the escaping; defusedcsv's own comes on top for what it may know better.
    writer = csv.writer(buffer)
    writer.writerow([guarded(column) for column in columns])
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])
    return buffer.getvalue()


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    """Write a CSV file (UTF-8 with mark, for spreadsheets) whole or not at all.

    Raises StudyError naming the folder when it cannot be written.
    """
    return write_text(path, "\ufeff" + csv_text(columns, rows))


def write_table(folder: Path, table: Table) -> Path:
    """Write a table as `KEY.csv`; simulated figures are marked in a column of their own."""
    if not table.simulated:
        return write_csv(folder / f"{table.key}.csv", table.columns, table.rows)
    ours = len(table.rows) - table.quoted
    rows = [(*row, "simulated" if i < ours else "paper") for i, row in enumerate(table.rows)]
    return write_csv(folder / f"{table.key}.csv", (*table.columns, "Data"), rows)


def write_text(path: Path, text: str) -> Path:
    """Write a text file through a temporary one, so that no half file is ever left."""
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        reason = error.strerror or "unknown reason"
        raise StudyError(
            f"{path.name} could not be written to {path.parent}: {reason}. "
            f"Choose another folder or make room."
        ) from error
    return path
