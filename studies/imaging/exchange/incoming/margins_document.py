"""Our own JSON in: exact vertices, by the slices' UIDs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from studies.errors import ImportRefusedError
from studies.imaging.contour import area_mm2, close
from studies.imaging.exchange.incoming.grid import Grid
from studies.imaging.exchange.incoming.placing import is_on_image
from studies.imaging.exchange.incoming.taken import (
    FileReferences,
    Incoming,
    IncomingLesion,
    IncomingMargin,
    Reading,
)
from studies.imaging.exchange.incoming.wording import plain
from studies.imaging.exchange.margins_json import Document, WrittenMargin, parsed
from studies.imaging.exchange.words import counted

LARGEST_FILE = 256 << 20


@dataclass(frozen=True)
class MarginsDocument:
    """An opened JSON of margins."""

    name: str
    document: Document = field(repr=False)
    kind: str = "JSON"

    @classmethod
    def opened(cls, path: Path) -> MarginsDocument:
        """The JSON of a file; ImportRefusedError where it is not ours, or is damaged."""
        return cls(path.name, read_document(path))

    @property
    def references(self) -> FileReferences:
        """The UIDs the JSON names."""
        document = self.document
        return FileReferences(
            frozenset({document.series_uid}) - {""},
            frozenset(margin.sop_uid for margin in document.margins),
            frozenset({document.study_uid}) - {""},
            frozenset({document.frame_of_reference_uid}) - {""},
        )

    def read(self, grid: Grid, *, apart: bool = False) -> Reading:
        """The margins by lesion and author; ImportRefusedError where a slice is not the series'.

        `apart` changes nothing: a line is a lesion's.
        """
        document = self.document
        if (document.rows, document.columns) != (grid.rows, grid.columns):
            raise ImportRefusedError(
                f"{self.name} was drawn on {document.rows} x {document.columns} px, the series has "
                f"{grid.rows} x {grid.columns}."
            )
        yield self.name
        lesions: defaultdict[tuple[str, str], dict[int, IncomingMargin]] = defaultdict(dict)
        for margin in document.margins:
            own = lesions[plain(margin.lesion) or "Lesion", plain(margin.author)]
            placed = self._placed(margin, grid)
            if placed.slice_index in own:
                raise ImportRefusedError(
                    f"{self.name} holds two margins of {plain(margin.lesion)} on one slice by one "
                    "author."
                )
            own[placed.slice_index] = placed
        found = tuple(
            IncomingLesion(name, author, tuple(own[index] for index in sorted(own)))
            for (name, author), own in lesions.items()
        )
        return Incoming(self.kind, found, self._notes())

    def _placed(self, margin: WrittenMargin, grid: Grid) -> IncomingMargin:
        index = grid.slice_of(margin.sop_uid)
        if index is None:
            raise ImportRefusedError(
                f"{self.name} has a margin of {plain(margin.lesion)} on a slice that this series "
                "does not have."
            )
        points = close(margin.points)
        if not is_on_image(points, grid):
            raise ImportRefusedError(
                f"{self.name} has a margin of {plain(margin.lesion)} that lies outside the image."
            )
        if len(points) < 3 or not area_mm2(points) > 0:
            raise ImportRefusedError(
                f"{self.name} has a margin of {plain(margin.lesion)} that encloses nothing."
            )
        return IncomingMargin(index, grid.sop_uids[index], points)

    def _notes(self) -> tuple[str, ...]:
        named = {margin.lesion for margin in self.document.margins if margin.category}
        if not named:
            return ()
        return (
            f"The file names the class of {counted(len(named), 'lesion')}. A class is not taken "
            "over: confirm each diagnosis with its basis.",
        )


def read_document(path: Path) -> Document:
    """The JSON of a file; ImportRefusedError where it is not ours, too large, or damaged."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise ImportRefusedError(f"{path.name} is larger than 256 MB, more than margins take.")
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefusedError(f"{path.name} cannot be read: {error.strerror}.") from error
    return parsed(data, path.name)
