"""HTML to PDF by Qt: A4 landscape, page numbers, nothing fetched from anywhere.

The command line needs a QGuiApplication first: `printing_application()`.
"""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

from studies.errors import StudyError

_RESOLUTION = 96  # CSS px an inch, so that sizes are those of a browser; text stays vector
_MARGIN_MM = 14.0


class _OfflineDocument(QTextDocument):
    """Loads pictures from data addresses only: no file, no network."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """The picture of a data address; nothing for any other."""
        address = name if isinstance(name, QUrl) else QUrl(name)
        return super().loadResource(kind, address) if address.scheme() == "data" else None


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
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    except OSError as error:
        raise _refused(path, error.strerror or "unknown reason") from error
    printed = _print(html, part)
    if not printed or part.stat().st_size == 0:
        part.unlink(missing_ok=True)
        raise _refused(path, "the file could not be filled")
    part.replace(path)
    return path


def _refused(path: Path, reason: str) -> StudyError:
    return StudyError(
        f"{path.name} could not be written to {path.parent}: {reason}. "
        f"Choose another folder or make room."
    )


def _print(html: str, path: Path) -> bool:
    writer = QPdfWriter(str(path))
    writer.setResolution(_RESOLUTION)
    writer.setTitle("Blindread report")
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageOrientation(QPageLayout.Orientation.Landscape)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    document = _OfflineDocument()
    document.setDefaultFont(QFont(QGuiApplication.font().family(), 9))
    document.documentLayout().setPaintDevice(writer)
    document.setHtml(html)
    foot = 26.0
    page = QRectF(0, 0, writer.width(), writer.height() - foot)
    document.setPageSize(QSizeF(page.width(), page.height()))
    painter = QPainter()
    if not painter.begin(writer):
        return False
    pages = document.pageCount()
    for number in range(pages):
        if number:
            writer.newPage()
        _print_page(painter, document, page, number, pages, foot)
    return painter.end()


def _print_page(
    painter: QPainter, document: QTextDocument, page: QRectF, number: int, pages: int, foot: float
) -> None:
    painter.save()
    painter.translate(0, -number * page.height())
    document.drawContents(painter, page.translated(0, number * page.height()))
    painter.restore()
    painter.setFont(QFont(document.defaultFont().family(), 7))
    painter.setPen(Qt.GlobalColor.darkGray)
    words = QRectF(0, page.height(), page.width(), foot)
    bottom = Qt.AlignmentFlag.AlignBottom
    painter.drawText(words, bottom | Qt.AlignmentFlag.AlignLeft, "Research use only")
    painter.drawText(words, bottom | Qt.AlignmentFlag.AlignRight, f"{number + 1} of {pages}")
