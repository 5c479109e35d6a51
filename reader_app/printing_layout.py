"""A page cut in units, each laid out by itself and put whole on a page where that is possible.

A unit is a heading with what belongs to it: sentences, a table or a figure, the note. Laid out in
one document they would lose text: breaks set one by one leave later tables in old places.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSizeF, QUrl
from PySide6.QtGui import (
    QFont,
    QGuiApplication,
    QImage,
    QPainter,
    QPdfWriter,
    QPyTextObject,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
    QTextTable,
)
from PySide6.QtSvg import QSvgRenderer

_SVG, _PNG = "data:image/svg+xml;base64,", "data:image/png;base64,"
_FAMILIES = re.compile(rb'font-family="[^"]*"')
_HEADING = re.compile(r'(?=<h[123]\b|<table class="gallery")')
_GAP = 16.0  # px between units: their first margins count for nothing
_HEAD = 32.0  # px above a unit's first line where it does not begin a page
_SPARE = 4.0  # px that a shrunk picture leaves
_FIRST_ROWS = 4  # of a table, its head among them, that stand with their heading
_LONGEST_ROW = 0.5  # of a page: a higher row is parted
_LOWEST_LINE = 8.0  # px that no line of text fits into
_WHOLE = 0.45  # of a page: a table no higher is not divided
_LEAST = 0.7  # of its size: a figure is drawn no smaller to end a page
_STYLE = (
    "<style>table th, table td { padding: 2px 12px 2px 0; line-height: 1.15; } "
    "body table { margin: 4px 0 6px 0; } p.note, p.reading { line-height: 1.25; }</style>"
)
"""Rows and lines on paper are closer than on a screen; `table td` outranks the page's own `td`."""


class OfflineDocument(QTextDocument):
    """Loads nothing from anywhere: pictures are drawn from their own data addresses."""

    def __init__(self) -> None:
        super().__init__()
        self._pictures = _Pictures()
        kind = QTextFormat.ObjectTypes.ImageObject.value
        self.documentLayout().registerHandler(kind, self._pictures)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing, whatever the address."""
        return None


class _Pictures(QPyTextObject):
    """Draws pictures of data addresses: SVG as lines and text, the others as they are."""

    def intrinsicSize(self, document: QTextDocument, position: int, form: QTextFormat) -> QSizeF:
        """The size that the page asks for; pictures without one are not shown."""
        image = form.toImageFormat()
        return QSizeF(image.width(), image.height())

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        document: QTextDocument,
        position: int,
        form: QTextFormat,
    ) -> None:
        """Draw it; nothing for another address than one of data."""
        place, name = QRectF(rect), form.toImageFormat().name()
        if name.startswith(_SVG):
            # Qt takes one family, not a list: the window's own is one that this computer has.
            family = f'font-family="{QGuiApplication.font().family()}"'.encode()
            svg = _FAMILIES.sub(family, base64.b64decode(name.removeprefix(_SVG)))
            QSvgRenderer(svg).render(painter, place)
        elif name.startswith(_PNG):
            image = QImage.fromData(base64.b64decode(name.removeprefix(_PNG)))
            painter.drawImage(place, image)


@dataclass(frozen=True)
class Placed:
    """A unit on pages `first` to `last`, its own top `top` px below the first one's."""

    document: QTextDocument
    first: int
    last: int
    top: float


def units_of(html: str) -> tuple[str, ...]:
    """The page's units as pages of their own, with its style."""
    head, opened, body = html.partition("<body>")
    if not opened:
        head, body = "", html
    head = head.replace("</head>", f"{_STYLE}</head>")
    parts = [part for part in _HEADING.split(body.partition("</body>")[0]) if part.strip()]
    return tuple(f"{head}<body>{part}</body></html>" for part in _joined(parts))


def _joined(parts: list[str]) -> list[str]:
    """A section's heading with its first table or figure, so that it never stands alone."""
    found: list[str] = []
    for part in parts:
        before = found[-1] if found else ""
        opens = before.startswith(("<h1", "<h2")) and "<table" not in before
        if opens and part.startswith("<h3") and "<h3" not in before and _is_short(before):
            found[-1] = before + part
        else:
            found.append(part)
    return found


def _is_short(part: str) -> bool:
    """Whether few words stand in it: a long section may end a page."""
    return len(re.sub(r"<[^>]*>", "", part)) < 1500


def lay_out(
    unit: str, writer: QPdfWriter, page: QSizeF, place: tuple[int, float], placed: list[Placed]
) -> tuple[int, float]:
    """Put a unit at `place` (page, px from its top) or on the next page; where it ends.

    Whole where it fits, a figure somewhat smaller where that makes it fit; a unit longer than a
    page, or a long table, is divided between rows, its head repeated, and begins where its heading
    and first rows have room.
    """
    document = _document(unit, writer, page)
    number, top = place
    top += _GAP if top > 0 else 0.0
    high, room = document.size().height(), page.height() - top
    if high > room and _table_of(document) is None:
        _lower_pictures(document, high - room + _SPARE)
        high = document.size().height()
    if high <= room:
        placed.append(Placed(document, number, number, top))
        return number, top + high
    has_table = _table_of(document) is not None
    is_picture = not has_table and _has_picture(document)
    if is_picture or high <= (_WHOLE if has_table else 1.0) * page.height():
        number += 1 if top > 0 else 0
        placed.append(Placed(document, number, number, 0.0))
        return number, high
    if top > 0 and _first_part(document) + _HEAD > room:
        number, top = number + 1, 0.0
    return _divided(document, page, (number, top), placed)


def _document(unit: str, writer: QPdfWriter, page: QSizeF) -> QTextDocument:
    """The unit laid out on one endless page, its pictures no larger than a page."""
    document = OfflineDocument()
    document.setDocumentMargin(0)
    document.setDefaultFont(report_font(9))
    document.documentLayout().setPaintDevice(writer)
    document.setHtml(unit)
    _clear_ground(document)
    document.setTextWidth(page.width())
    over = document.size().height() - page.height()
    _fit_pictures(document, page, over + _SPARE if over > 0 else 0.0)
    return document


def _clear_ground(document: QTextDocument) -> None:
    """Units share pages: none may paint its white over another."""
    frame = document.rootFrame()
    form = frame.frameFormat()
    form.clearBackground()
    frame.setFrameFormat(form)


def report_font(points: float) -> QFont:
    """The window's family without contextual forms, so that a PDF's text can be searched."""
    font = QFont(QGuiApplication.font().family())
    font.setPointSizeF(points)
    for name in ("calt", "case"):
        font.setFeature(QFont.Tag(name), 0)
    return font


def _divided(
    document: QTextDocument, page: QSizeF, place: tuple[int, float], placed: list[Placed]
) -> tuple[int, float]:
    """Over several pages; a spacer takes the room above on the first one."""
    number, top = place
    if top > 0:
        cursor = QTextCursor(document)
        cursor.insertBlock()
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        space = QTextBlockFormat()
        space.setLineHeight(top, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setBlockFormat(space)
    document.setPageSize(page)
    _keep_rows_whole(document, page.height())
    _keep_note_whole(document, page.height())
    pages = document.pageCount()
    placed.append(Placed(document, number, number + pages - 1, 0.0))
    end = document.documentLayout().blockBoundingRect(document.lastBlock()).bottom()
    return number + pages - 1, end - (pages - 1) * page.height()


def _keep_rows_whole(document: QTextDocument, high: float) -> None:
    """Take a row whose lines would part at a page's end to the next page, as Qt does no row.

    Room above its text makes the first line too low for the page, so that the whole row moves; the
    room goes with it, so it is no more than that takes.
    """
    table = _first_table(document)
    if table is None:
        return
    for number in range(table.format().headerRowCount(), table.rows()):
        top, bottom = _row_span(document, table, number)
        rest = high - top % high
        if bottom - top < rest or bottom - top > _LONGEST_ROW * high:
            continue
        for column in range(table.columns()):
            cell = table.cellAt(number, column)
            form = cell.format().toTableCellFormat()
            form.setTopPadding(form.topPadding() + max(0.0, rest - _LOWEST_LINE))
            cell.setFormat(form)


def _keep_note_whole(document: QTextDocument, high: float) -> None:
    """Take the paragraph that ends the unit to the next page where a page's end would part it."""
    last = document.lastBlock()
    box = document.documentLayout().blockBoundingRect(last)
    rest = high - box.top() % high
    if QTextCursor(last).currentTable() is None and rest < box.height() < _LONGEST_ROW * high:
        form = QTextBlockFormat()
        form.setPageBreakPolicy(QTextFormat.PageBreakFlag.PageBreak_AlwaysBefore)
        QTextCursor(last).mergeBlockFormat(form)


def _first_table(document: QTextDocument) -> QTextTable | None:
    block = _table_of(document)
    return QTextCursor(block).currentTable() if block is not None else None


def _row_span(document: QTextDocument, table: QTextTable, row: int) -> tuple[float, float]:
    """Upper end of a row's first line and lower end of its last, px from the document's top."""
    layout, tops, bottoms = document.documentLayout(), [], []
    for column in range(table.columns()):
        cell = table.cellAt(row, column)
        first, last = cell.firstCursorPosition().block(), cell.lastCursorPosition().block()
        tops.append(layout.blockBoundingRect(first).top())
        bottoms.append(layout.blockBoundingRect(last).bottom())
    return min(tops), max(bottoms)


def _table_of(document: QTextDocument) -> QTextBlock | None:
    """The first block that stands in a table."""
    return next((b for b in _blocks(document) if QTextCursor(b).currentTable() is not None), None)


def _has_picture(document: QTextDocument) -> bool:
    """Whether anything is drawn in it."""
    return any(_pictures_of(block) for block in _blocks(document))


def _first_part(document: QTextDocument) -> float:
    """Px down to the end of a table's first rows; of a text its first lines."""
    layout, block = document.documentLayout(), _table_of(document)
    if block is None:
        return min(document.size().height(), 120.0)
    table = QTextCursor(block).currentTable()
    last = min(_FIRST_ROWS, table.rows()) - 1
    cells = [table.cellAt(last, column) for column in range(table.columns())]
    blocks = [cell.lastCursorPosition().block() for cell in cells]
    return max(layout.blockBoundingRect(block).bottom() for block in blocks)


def _fit_pictures(document: QTextDocument, page: QSizeF, over: float) -> None:
    """Shrink a picture that is too wide, or one that makes its unit `over` px too high."""
    for cursor, form in [one for block in _blocks(document) for one in _pictures_of(block)]:
        room = form.height() - over if form.height() > 0.4 * page.height() else form.height()
        scale = min(page.width() / form.width(), room / form.height())
        if 0 < scale < 1:
            form.setWidth(scale * form.width())
            form.setHeight(scale * form.height())
            cursor.setCharFormat(form)


def _lower_pictures(document: QTextDocument, over: float) -> None:
    """Draw the unit's only picture `over` px lower, where enough of it is left."""
    found = [one for block in _blocks(document) for one in _pictures_of(block)]
    if len(found) != 1:
        return
    ((cursor, form),) = found
    scale = 1 - over / form.height()
    if scale >= _LEAST:
        form.setWidth(scale * form.width())
        form.setHeight(scale * form.height())
        cursor.setCharFormat(form)


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    """Every block, first to last."""
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _pictures_of(block: QTextBlock) -> list[tuple[QTextCursor, QTextImageFormat]]:
    """The block's pictures with a cursor that selects each; sizes are known."""
    found = []
    parts = block.begin()
    while not parts.atEnd():
        fragment = parts.fragment()
        form = fragment.charFormat().toImageFormat()
        if form.isValid() and form.width() > 0 and form.height() > 0:
            cursor = QTextCursor(block)
            cursor.setPosition(fragment.position())
            end = fragment.position() + fragment.length()
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
            found.append((cursor, form))
        parts += 1
    return found
