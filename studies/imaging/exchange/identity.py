"""Who a series and a lesion are outside this study: lasting UIDs, and the original series.

A stored series carries UIDs made by an HMAC of the original ones, which nobody can turn back. A
person who still has the original files can have margins refer to those: the HMAC of each file's
own UID tells which stored slice it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from studies.errors import ImportRefusedError, StudyError
from studies.imaging.dicom.foreign import guarded
from studies.imaging.dicom.head import read_heads
from studies.imaging.dicom.listing import Source
from studies.imaging.exchange.frames import References, SliceFrame, frames_of, references_of
from studies.imaging.exchange.outgoing import Outgoing, OutgoingSeries
from studies.imaging.study_key import StudyKey

NEAR_MM = 0.01
"""How far an original slice may lie from the stored one: both are rounded to a file's digits."""


@dataclass(frozen=True)
class _Original:
    """An original file that a stored slice was made of."""

    path: Path
    frame: SliceFrame
    references: References


def lesion_uid(study_uid: str, lesion_id: int) -> str:
    """2.25 UID (PS3.5 B.2) by which a lesion is tracked: the same in every file handed on."""
    digest = hashlib.sha256(f"blindread lesion {study_uid} {lesion_id}".encode()).digest()
    number = int.from_bytes(digest[:16], "big")
    number = number & ~(0xF << 76) | (0x8 << 76)  # a UUID of version 8 (RFC 9562)
    return f"2.25.{number & ~(0x3 << 62) | (0x2 << 62)}"


def original_files(folder: Path) -> tuple[Path, ...]:
    """Every file below a folder; StudyError where there is no such folder."""
    if not folder.is_dir():
        raise StudyError(f"There is no folder {folder}. Choose the one with the original files.")
    return tuple(p for p in sorted(folder.rglob("*")) if p.is_file() and not p.is_symlink())


def stored_uid(path: Path, key: StudyKey) -> str:
    """The UID of the stored slice that a file's import makes; "" for what is no single CT slice."""
    try:
        heads = read_heads(Source(path.name, path, str(path.parent)))
    except ImportRefusedError:
        return ""
    return key.uid(heads[0].sop_uid) if len(heads) == 1 else ""


def on_original(outgoing: Outgoing, found: Mapping[str, Path]) -> Outgoing:
    """The same margins on the original series; `found` gives its files by their `stored_uid`.

    What is written then names the patient as the original files do. StudyError where a slice is
    not found, lies elsewhere, tells too little, or belongs to another series than the rest.
    """
    series = outgoing.series
    missing = [n for n, frame in enumerate(series.frames, 1) if frame.sop_uid not in found]
    if missing:
        raise StudyError(
            f"The originals of {len(missing)} of {len(series.frames)} slices of {series.patient} "
            f"are not in that folder (the first is slice {missing[0]}). Choose the folder this "
            "series was imported from, or leave the margins on the stored series. Multi-frame "
            "originals cannot be referred to."
        )
    originals = tuple(_original(found[frame.sop_uid]) for frame in series.frames)
    for stored, one in zip(series.frames, originals, strict=True):
        _check_place(stored, one)
    return replace(outgoing, series=_replaced(series, originals))


def _original(path: Path) -> _Original:
    """What an original file says of itself; StudyError where it tells too little."""

    def told() -> _Original | str:
        try:
            return _Original(path, frames_of((path,))[0], references_of(path))
        except StudyError as error:  # kept as it is: `guarded` has one sentence for all else
            return str(error)

    found = guarded(told, f"{path.name} cannot be read.")
    if isinstance(found, str):
        raise StudyError(f"{found} Leave the margins on the stored series.")
    return found


def _check_place(stored: SliceFrame, one: _Original) -> None:
    corners = ((0.0, 0.0), (stored.columns, 0.0), (0.0, stored.rows))
    same_grid = (stored.rows, stored.columns) == (one.frame.rows, one.frame.columns)
    away = np.abs(stored.to_mm(corners) - one.frame.to_mm(corners)).max()
    if not same_grid or away > NEAR_MM:
        raise StudyError(
            f"{one.path.name} lies elsewhere in the patient than the slice stored here. It was "
            "changed since the import; leave the margins on the stored series."
        )


def _replaced(series: OutgoingSeries, originals: tuple[_Original, ...]) -> OutgoingSeries:
    references = {one.references for one in originals}
    if len(references) != 1:
        raise StudyError(
            "The original slices belong to several series, so one file cannot refer to them. "
            "Leave the margins on the stored series."
        )
    told = references.pop()
    return replace(
        series,
        study_uid=told.study_uid,
        series_uid=told.series_uid,
        frame_of_reference_uid=told.frame_of_reference_uid,
        frames=tuple(one.frame for one in originals),
        files=tuple(one.path for one in originals),
    )
