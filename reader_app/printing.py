"""HTML to PDF by Qt: A4 landscape, page numbers, nothing fetched from anywhere.

The command line needs a QGuiApplication first: `printing_application()`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QGuiApplication, QPageLayout, QPageSize, QPainter, QPdfWriter

from engine.errors import EngineError
from engine.jobs import JobSpec, Progress, in_child, result_of
from reader_app.printing_layout import Placed, lay_out, units_of
from studies.errors import StudyError

TARGET = "reader_app.printing:print_in_child"
_RESOLUTION = 96  # CSS px an inch, so that sizes are those of a browser; text stays vector
_MARGIN_MM = 14.0
_FOOT = 26.0  # px below each page: its number
_A_STEP = 8  # units laid out between two words of progress


def printing_application() -> QGuiApplication:
    """The running application, or an offscreen one for printing without a window."""
    running = QGuiApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication([])


def write_pdf(html: str, path: Path) -> Path:
    """Print a page to a PDF file, whole or not at all.

    Raises StudyError when the file cannot be written.
    """
    return result_of(print_pages(html, path))


def printing_job(html: str, path: Path) -> Generator[Progress, None, Path]:
    """The same in a worker process, so that the window stays quick and safe meanwhile.

    Raises EngineError with a sentence when the file cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(html, encoding="utf-8")
        yield from in_child(JobSpec(TARGET, None, (page, path)))
    return path


def print_in_child(_spec: object, paths: tuple[Path, ...]) -> Generator[Progress, None, None]:
    """The worker's generator: the page at `paths[0]` printed to `paths[1]`."""
    application = printing_application()  # must outlive the printing
    try:
        yield from print_pages(paths[0].read_text(encoding="utf-8"), paths[1])
    except StudyError as error:  # only the engine's errors cross from a worker as a sentence
        raise EngineError(str(error)) from error
    finally:
        del application


def print_pages(html: str, path: Path) -> Generator[Progress, None, Path]:
    """The same page by page, in the thread of a QGuiApplication.

    Raises StudyError when the file cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise _refused(path, error.strerror or "unknown reason") from error
    try:
        yield Progress(0, 1, "Laying out pages")
        yield from _print(html, part)
        if part.stat().st_size == 0:
            raise _refused(path, "the file could not be filled")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _refused(path: Path, reason: str) -> StudyError:
    return StudyError(
        f"{path.name} could not be written to {path.parent}: {reason}. "
        f"Choose another folder or make room."
    )


def _print(html: str, path: Path) -> Generator[Progress, None, None]:
    writer = _writer(path)
    page = QSizeF(writer.width(), writer.height() - _FOOT)
    placed: list[Placed] = []
    units, place = units_of(html), (0, 0.0)
    for done, unit in enumerate(units):
        place = lay_out(unit, writer, page, place, placed)
        if done % _A_STEP == 0:
            yield Progress(done, 2 * len(units), "Laying out pages")
    painter = QPainter()
    if not painter.begin(writer):
        return
    try:
        for number, pages in _draw(placed, writer, painter, page):
            done = len(units) + len(units) * number // pages
            yield Progress(done, 2 * len(units), f"Printed page {number} of {pages}")
    finally:
        painter.end()


def _draw(
    placed: Sequence[Placed], writer: QPdfWriter, painter: QPainter, page: QSizeF
) -> Iterator[tuple[int, int]]:
    """Draw page after page; yields how many are done, and of how many."""
    pages = 1 + max((one.last for one in placed), default=0)
    for number in range(pages):
        if number:
            writer.newPage()
        for one in placed:
            if one.first <= number <= one.last:
                _draw_unit(painter, one, number, page)
        _draw_foot(painter, page, number, pages)
        yield number + 1, pages


def _draw_unit(painter: QPainter, one: Placed, number: int, page: QSizeF) -> None:
    part = QRectF(0, (number - one.first) * page.height(), page.width(), page.height())
    painter.save()
    painter.translate(0, one.top - part.top())
    one.document.drawContents(painter, part)
    painter.restore()


def _draw_foot(painter: QPainter, page: QSizeF, number: int, pages: int) -> None:
    painter.setFont(QFont(QGuiApplication.font().family(), 7))
    painter.setPen(Qt.GlobalColor.darkGray)
    words = QRectF(0, page.height(), page.width(), _FOOT)
    bottom = Qt.AlignmentFlag.AlignBottom
    painter.drawText(words, bottom | Qt.AlignmentFlag.AlignLeft, "Research use only")
    painter.drawText(words, bottom | Qt.AlignmentFlag.AlignRight, f"{number + 1} of {pages}")


def _writer(path: Path) -> QPdfWriter:
    """A4 landscape with margins; sizes are those of a browser."""
    writer = QPdfWriter(str(path))
    writer.setResolution(_RESOLUTION)
    writer.setTitle("Blindread report")
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageOrientation(QPageLayout.Orientation.Landscape)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    return writer
