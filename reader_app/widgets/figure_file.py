"""A figure as a file: SVG, PNG of 300 dots an inch drawn from that SVG, or CSV of its data."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from studies.errors import StudyError
from studies.report.csv_file import csv_text, write_text
from studies.report.drawing import Figure, with_title

SVG, PNG, CSV = ".svg", ".png", ".csv"
DPI = 300
_CSS_DPI = 96  # px an inch of the drawing, as in a browser
_FAMILIES = re.compile(r'font-family=(?:"[^"]*"|\'[^\']*\')')


def write_figure(figure: Figure, path: Path) -> Path:
    """Write a figure as the file's ending says: .svg, .png or .csv, whole or not at all.

    Picture files hold the title above and the note (n, method) below. StudyError where the folder
    cannot be written to; ValueError for another ending.
    """
    kind = path.suffix.lower()
    if kind == SVG:
        return write_text(path, with_title(figure).svg)
    if kind == CSV:
        return write_text(path, "\ufeff" + figure_csv(figure))
    if kind == PNG:
        return _write_png(with_title(figure), path)
    raise ValueError(f"a figure is written as .svg, .png or .csv, not {path.suffix}")


def figure_csv(figure: Figure) -> str:
    """The data behind a figure; lines that begin with # say title, n and method."""
    words = [figure.title, figure.note]
    if figure.simulated:
        words.append("Simulated: rests on simulated images or readers.")
    head = "".join(f"# {' '.join(line.split())}\r\n" for line in words if line)
    return head + csv_text(figure.columns, figure.rows)


def figure_png(figure: Figure) -> bytes:
    """The drawing as a PNG of 300 dots an inch; it knows its own size in inches."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF
    from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter
    from PySide6.QtSvg import QSvgRenderer

    # Qt's SVG takes one family, not a list: the window's own is one that this computer has.
    family = f'font-family="{QGuiApplication.font().family()}"'
    drawing = QSvgRenderer(_FAMILIES.sub(family, figure.svg).encode("utf-8"))
    scale = DPI / _CSS_DPI
    image = QImage(
        round(figure.width * scale), round(figure.height * scale), QImage.Format.Format_RGB32
    )
    image.fill(0xFFFFFFFF)
    image.setDotsPerMeterX(round(DPI / 0.0254))
    image.setDotsPerMeterY(round(DPI / 0.0254))
    painter = QPainter(image)
    drawing.render(painter, QRectF(0, 0, image.width(), image.height()))
    painter.end()
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(held.data())


def _write_png(figure: Figure, path: Path) -> Path:
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(figure_png(figure))
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise StudyError(
            f"{path.name} could not be written to {path.parent}: "
            f"{error.strerror or 'unknown reason'}. Choose another folder or make room."
        ) from error
    return path
