"""Frozen pictures of sealed items: the ROI of each, and the slice or volume of real ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from studies.cases import LesionPicture, LesionPictures
from studies.errors import StudyError
from studies.files import write_synced
from studies.model.reading import ItemRow, PictureRow
from studies.package import GREY, HU, Picture
from studies.protocols import pipeline
from studies.protocols.parts import SLICE, VOLUME
from studies.records import ProtocolDraft
from studies.store import Store

WIDE = (SLICE, VOLUME)


@dataclass(frozen=True)
class FrozenPicture:
    """A picture written to the study's items: which item, which condition, how it lies there."""

    opaque: str
    condition: str
    picture: Picture
    sha256: str


def freeze(
    store: Store, draft: ProtocolDraft, lesions: Iterable[tuple[str, int | None]], made: list[Path]
) -> tuple[FrozenPicture, ...]:
    """Write the wide pictures that the draft's conditions need, one item at a time.

    `lesions` are (opaque id, lesion id) of all items; synthetic ones have none and get none.
    Every file is named in `made` before it is written, so that a failure can remove it.
    """
    conditions = [name for name in draft.conditions if name in WIDE]
    if not conditions:
        return ()
    source = LesionPictures(store)
    frozen = []
    for opaque, lesion_id in lesions:
        for condition in conditions if lesion_id is not None else ():
            reach = draft.volume_reach if condition == VOLUME else 0
            found = source.picture(lesion_id or 0, reach)
            path = store.items_folder / f"{opaque}.{condition}"
            made.append(path)
            data = found.pixels.tobytes()
            write_synced(path, data)
            frozen.append(
                FrozenPicture(opaque, condition, _described(found), pipeline.image_hash(data))
            )
    return tuple(frozen)


def picture_row(frozen: FrozenPicture, item_id: int) -> PictureRow:
    """The row of a frozen picture."""
    picture = frozen.picture
    ring = picture.ring or (0.0, 0.0, 0.0)
    return PictureRow(
        item_id=item_id,
        condition=frozen.condition,
        slices=picture.slices,
        rows=picture.rows,
        columns=picture.columns,
        kind=picture.values,
        key=picture.key,
        row_spacing=picture.row_spacing,
        column_spacing=picture.column_spacing,
        slice_spacing=picture.slice_spacing,
        ring_x=ring[0],
        ring_y=ring[1],
        ring_radius=ring[2],
        window_low=picture.window[0],
        window_high=picture.window[1],
        sha256=frozen.sha256,
    )


def picture_of(row: PictureRow) -> Picture:
    """How a frozen picture lies in its file."""
    return Picture(
        slices=row.slices,
        rows=row.rows,
        columns=row.columns,
        values=row.kind,
        key=row.key,
        row_spacing=row.row_spacing,
        column_spacing=row.column_spacing,
        slice_spacing=row.slice_spacing,
        ring=(row.ring_x, row.ring_y, row.ring_radius),
        window=(row.window_low, row.window_high),
    )


def sealed_columns(row: PictureRow) -> list[object]:
    """What of a picture goes into the seal."""
    names = [column.name for column in PictureRow.__table__.columns if column.name != "id"]
    return [getattr(row, name) for name in names if name != "item_id"]


def item_bytes(store: Store, opaque: str, condition: str = "raw") -> bytes:
    """A frozen picture: the ROI, or the `slice` or `volume`; StudyError where its file is gone."""
    try:
        return item_path(store, opaque, condition).read_bytes()
    except OSError as error:
        raise StudyError(
            f"A sealed picture is missing from {store.items_folder}. Restore the folder from a "
            "backup; the answers are not affected."
        ) from error


def item_path(store: Store, opaque: str, condition: str = "raw") -> Path:
    """Where a frozen picture lies."""
    return store.items_folder / f"{opaque}.{condition}"


@dataclass(frozen=True)
class Shown:
    """One presentation's picture: whose, in which form, mirrored or not."""

    item: ItemRow
    condition: str  # raw | slice | volume
    flipped: bool


class ShownPictures(Sequence[bytes]):
    """The pictures of a package in trial order, read when asked for: volumes are large."""

    def __init__(self, store: Store, shown: tuple[Shown, ...]) -> None:
        self._store, self._shown = store, shown

    def __len__(self) -> int:
        return len(self._shown)

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | Sequence[bytes]:
        """The bytes as the reader gets them; a mirrored ROI goes through the pipeline again."""
        if isinstance(place, slice):
            return [self[k] for k in range(*place.indices(len(self)))]
        shown = self._shown[place]
        data = item_bytes(self._store, shown.item.opaque, shown.condition)
        if shown.condition != "raw":
            return data
        return pipeline.to_bytes(pipeline.from_bytes(data), flipped=shown.flipped)


def _described(found: LesionPicture) -> Picture:
    slices, rows, columns = found.pixels.shape
    return Picture(
        slices=slices,
        rows=rows,
        columns=columns,
        values=GREY if found.pixels.itemsize == 1 else HU,
        key=found.key,
        row_spacing=found.row_spacing,
        column_spacing=found.column_spacing,
        slice_spacing=found.slice_spacing,
        ring=found.ring,
        window=found.window,
    )
