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
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextTable,
)

from studies.errors import StudyError

_RESOLUTION = 96  # CSS px an inch, so that sizes are those of a browser; text stays vector
_MARGIN_MM = 14.0
_FIRST_ROWS = 4  # of a table, its head among them, that stand with their heading
_SMALL = 0.45  # of a page: a part no higher is not divided


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
    _keep_together(document, page.height())
    painter = QPainter()
    if not painter.begin(writer):
        return False
    pages = document.pageCount()
    for number in range(pages):
        if number:
            writer.newPage()
        _print_page(painter, document, page, number, pages, foot)
    return painter.end()


def _keep_together(document: QTextDocument, height: float) -> None:
    """Begin a page before a heading whose first lines or rows would stand on the next one.

    The document's own layout ignores the styles that ask for this, so places are measured, from
    the top downwards since every new page moves what follows.
    """
    block = document.begin()
    while block.isValid():
        following = block.next()
        if block.blockFormat().headingLevel() > 0 and not _is_under_heading(block):
            top, bottom = _top(document, block), _first_part(document, block, height)
            room = height - top % height
            if room < height and room < bottom - top <= height:
                cursor = QTextCursor(block)
                form = block.blockFormat()
                form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
                cursor.setBlockFormat(form)
        block = following


def _is_under_heading(block: QTextBlock) -> bool:
    """Whether the heading follows another: the one above takes both along."""
    before = block.previous()
    return before.isValid() and before.blockFormat().headingLevel() > 0


def _top(document: QTextDocument, block: QTextBlock) -> float:
    return document.documentLayout().blockBoundingRect(block).top()


def _first_part(document: QTextDocument, heading: QTextBlock, height: float) -> float:
    """Where that ends which must stand with a heading: text, then a table's first rows.

    A table that needs less than `_SMALL` of a page is kept whole.
    """
    layout, block = document.documentLayout(), heading.next()
    top = _top(document, heading)
    bottom = layout.blockBoundingRect(heading).bottom()
    while block.isValid():
        table = QTextCursor(block).currentTable()
        if table is not None:
            return _rows_bottom(document, table, top, height)
        own = layout.blockBoundingRect(block).bottom()
        if block.blockFormat().headingLevel() == 0 and own - top > _SMALL * height:
            return bottom if bottom > layout.blockBoundingRect(heading).bottom() else own
        bottom = own
        if block.blockFormat().headingLevel() == 0 and _begins_section(block.next()):
            return bottom
        block = block.next()
    return bottom


def _begins_section(block: QTextBlock) -> bool:
    return not block.isValid() or block.blockFormat().headingLevel() > 0


def _rows_bottom(document: QTextDocument, table: QTextTable, top: float, height: float) -> float:
    layout = document.documentLayout()
    whole = layout.frameBoundingRect(table).bottom()
    if whole - top <= _SMALL * height:
        return whole
    last = min(_FIRST_ROWS, table.rows()) - 1
    cells = [table.cellAt(last, column) for column in range(table.columns())]
    blocks = [cell.lastCursorPosition().block() for cell in cells]
    return max(layout.blockBoundingRect(block).bottom() for block in blocks)


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
