"""DICOMDIR: the index of a disc, which stands for the files that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from pydicom import Dataset, dcmread

from studies.errors import ImportRefusedError
from studies.imaging.dicom.foreign import guarded
from studies.imaging.dicom.listing import Source, refused, spelled
from studies.imaging.dicom.patience import ImpatientFile
from studies.records import FileVerdict

DICOMDIR = "1.2.840.10008.1.3.10"
_MISSING = "The DICOMDIR names this file, but it is not there. Copy the whole disc."
_OUTSIDE = "The DICOMDIR names a file outside its own folder; it is not followed."


def follow_index(source: Source) -> Iterator[Source | FileVerdict]:
    """The source itself, or for a DICOMDIR its verdict and the files it names (PS3.10 8.6).

    Of a DICOMDIR inside a zip only the verdict: the zip's files are looked at anyway.
    """
    if not PurePosixPath(source.name).name.upper().startswith("DICOMDIR"):
        yield source
        return
    try:
        dataset = guarded(lambda: _read(source.path), "The file is not DICOM.")
    except ImportRefusedError:
        yield source  # looked at like any other file, which says what is wrong
        return
    if str(dataset.file_meta.get("MediaStorageSOPClassUID", "")) != DICOMDIR:
        yield source
    elif source.path.name != Path(source.name).name:
        yield FileVerdict(source.name, "taken", "An index of the files beside it.")
    else:
        yield from _named(source, dataset)


def _read(path: Path) -> Dataset:
    with path.open("rb") as file:
        return dcmread(ImpatientFile(file))


def _named(source: Source, dataset: Dataset) -> Iterator[Source | FileVerdict]:
    try:
        names = guarded(lambda: _names(dataset), "The DICOMDIR is damaged; import the folder.")
    except ImportRefusedError as error:
        yield refused(source.name, str(error))
        return
    yield FileVerdict(
        source.name, "taken", f"An index of {len(names)} file{'' if len(names) == 1 else 's'}."
    )
    root = source.path.parent
    disc = _Disc(root)
    for parts in names:
        listed = spelled(root.joinpath(*parts))
        path = disc.found(parts)
        if path is None:
            yield refused(listed, _MISSING)
        elif not path.resolve().is_relative_to(root.resolve()):
            yield refused(listed, _OUTSIDE)
        else:
            yield Source(spelled(path), path, spelled(path.parent))


def _names(dataset: Dataset) -> tuple[tuple[str, ...], ...]:
    found: dict[tuple[str, ...], None] = {}
    for record in dataset.get("DirectoryRecordSequence") or ():
        name = record.get("ReferencedFileID")
        if name:
            parts = name.split("\\") if isinstance(name, str) else [str(part) for part in name]
            found[tuple(parts)] = None
    return tuple(found)


class _Disc:
    """The disc's folders, each listed once: names on it may stand in other letters' case."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._listed: dict[Path, dict[str, Path]] = {}

    def found(self, parts: tuple[str, ...]) -> Path | None:
        """The file of these names; None where there is none."""
        path = self._root
        for part in parts:
            exact = path / part
            path = exact if exact.exists() else self._below(path).get(part.casefold(), exact)
        return path if path.is_file() else None

    def _below(self, folder: Path) -> dict[str, Path]:
        if folder not in self._listed:
            try:
                names = sorted(folder.iterdir())
            except (OSError, ValueError):
                names = []
            self._listed[folder] = {path.name.casefold(): path for path in names}
        return self._listed[folder]
