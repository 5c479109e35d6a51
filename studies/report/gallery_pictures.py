"""The gallery of disagreement for the report: pictures as the readers saw them, and its table."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from studies import reading
from studies.records import ClassScheme, FloatArray
from studies.report.gallery import GalleryItem, Said
from studies.report.table import Table
from studies.store import Store

SHOWN = 36
"""Pictures in the report; the table has every item."""


@dataclass(frozen=True)
class Picture:
    """A ROI for an HTML page: `source` is a data address; lines of plain text below it."""

    title: str
    source: str
    lines: tuple[str, ...]


def item_images(
    store: Store, protocol_id: int, items: Sequence[int]
) -> tuple[tuple[int, FloatArray], ...]:
    """Frozen pictures (64, 64), 0..1, of these items, as the readers saw them."""
    wanted = frozenset(items)
    return tuple(
        (one.id, one.image) for one in reading.sealed_items(store, protocol_id) if one.id in wanted
    )


def gallery_pictures(
    found: Sequence[GalleryItem],
    images: Sequence[tuple[int, FloatArray]],
    scheme: ClassScheme,
) -> tuple[Picture, ...]:
    """The first items with a picture, truth and answers below."""
    known = dict(images)
    return tuple(
        Picture(
            f"Item {one.item}",
            png_address(known[one.item]),
            (truth_words(one, scheme), *(said_words(said, scheme) for said in one.said)),
        )
        for one in found[:SHOWN]
        if one.item in known
    )


def truth_words(one: GalleryItem, scheme: ClassScheme) -> str:
    """`Truth: Cyst, synthetic`."""
    return f"Truth: {scheme.category(one.category).name}, {one.origin}"


def said_words(said: Said, scheme: ClassScheme) -> str:
    """`Reader 1: Met (4), says real`, with the confidence where there is one."""
    sure = f" ({said.confidence})" if said.confidence is not None else ""
    origin = f", says {said.origin}" if said.origin else ""
    return f"{said.reader}: {scheme.category(said.diagnosis).short}{sure}{origin}"


def png_address(image: FloatArray) -> str:
    """(h, w) grey values 0..1 as the data address of a PNG."""
    from PIL import Image

    levels = np.rint(np.clip(image, 0.0, 1.0) * 255.0).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def gallery_table(
    found: Sequence[GalleryItem], scheme: ClassScheme, simulated: bool = False
) -> Table:
    """Every item to look at again: truth, why, and a column a reader."""
    readers = tuple(dict.fromkeys(said.reader for one in found for said in one.said))
    rows = tuple(
        (
            str(one.item),
            scheme.category(one.category).name,
            one.origin,
            "; ".join(one.kinds),
            *(_cell(one, reader, scheme) for reader in readers),
        )
        for one in found
    )
    columns = ("Item", "Truth", "Origin", "Why it is here", *readers)
    note = (
        "Main readings, corrected answers; in brackets the confidence. Item numbers are those of "
        "answers.csv."
    )
    title = "Items on which readers disagree, or all are wrong"
    return Table("disagreement", title, columns, rows, note, simulated)


def _cell(one: GalleryItem, reader: str, scheme: ClassScheme) -> str:
    said = next((said for said in one.said if said.reader == reader), None)
    return said_words(said, scheme).removeprefix(f"{reader}: ") if said is not None else "–"


def gallery_sentence(found: Sequence[GalleryItem], items: int) -> str:
    """How many items are shown, and why."""
    if not found:
        return f"On none of {items} ROIs did readers disagree, and none was wrong for all."
    wrong = sum("All wrong" in one.kinds for one in found)
    more = f" The {SHOWN} with most wrong answers are shown." if len(found) > SHOWN else ""
    return (
        f"{len(found)} of {items} ROIs are to be looked at again: readers disagreed, or all of "
        f"them were wrong ({wrong}), or all mistook the origin.{more}"
    )
