"""Every figure of the report as files: SVG, PNG for print and the data as CSV."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from engine.jobs import Progress
from studies.store import Store

KINDS = (".svg", ".png", ".csv")


def write_figures(
    store: Store, folder: Path, protocol_id: int | None = None
) -> Generator[Progress, None, tuple[Path, ...]]:
    """The files written, three a figure; figures without data have no CSV.

    PNGs need a QGuiApplication for their fonts. StudyError when the folder cannot be written.
    """
    from reader_app.widgets.figure_file import write_figure
    from reader_app.workflows.write_report import report_document

    document = yield from report_document(store, protocol_id)
    figures, written = document.figures, list[Path]()
    for done, figure in enumerate(figures):
        yield Progress(done, len(figures), f"Writing {figure.key}")
        for kind in KINDS:
            if kind != ".csv" or figure.rows:
                written.append(write_figure(figure, folder / f"{figure.key}{kind}"))
    yield Progress(len(figures), len(figures), f"Wrote {len(written)} files")
    return tuple(written)
