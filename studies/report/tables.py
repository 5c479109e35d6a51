"""Results as tables of text: of readers, of networks, and what they share."""

from studies.report.classifier_tables import classifier_tables
from studies.report.reader_tables import reader_tables
from studies.report.table import (
    Table,
    exact_percent,
    matrix_table,
    signed,
    with_interval,
)

__all__ = [
    "Table",
    "classifier_tables",
    "exact_percent",
    "matrix_table",
    "reader_tables",
    "signed",
    "with_interval",
]
