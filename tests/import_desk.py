"""Imports into a small study, with the checks that hold for every import."""

from __future__ import annotations

from pathlib import Path

from learning_sets import result_of

from reader_app.workflows.import_cases import import_paths
from studies.records import ImportReport
from studies.store import Store

ISOTROPIC = (0.0, 5.0, 10.0, 15.0)


def run_import(store: Store, *paths: Path) -> ImportReport:
    report: ImportReport = result_of(import_paths(store, paths))
    names = [verdict.file for verdict in report.files]
    assert len(names) == len(set(names))
    assert not list(store.series_folder.glob(".incoming*"))
    return report


def only_reason(report: ImportReport) -> str:
    (verdict,) = report.left_out
    return verdict.reason
