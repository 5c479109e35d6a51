"""Ratings from a file of any kind that this program reads, told by its name."""

from __future__ import annotations

from pathlib import Path

from studies.exchange.imrmc import read_imrmc
from studies.exchange.long_csv import Columns, read_csv
from studies.exchange.ratings import Ratings
from studies.exchange.rjafroc import read_rjafroc

_BY_NAME = Columns()


def read_ratings(path: Path, columns: Columns = _BY_NAME) -> Ratings:
    """Read a file by its name: .imrmc, .xlsx (RJafroc), else CSV with a header.

    `columns` are for CSV only. Raises StudyError naming the line and the reason; nothing is taken
    half.
    """
    kind = path.suffix.lower()
    if kind == ".imrmc":
        return read_imrmc(path)
    return read_rjafroc(path) if kind == ".xlsx" else read_csv(path, columns)
