"""Clinical notes of sealed items: frozen beside their pictures, and part of the seal.

A note lies in items/<opaque>.note as UTF-8. Its text goes into the seal, so that `verify` finds a
note that was changed, added or taken away.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from studies import cases
from studies.errors import StudyError
from studies.files import write_synced
from studies.reading.pictures import item_path
from studies.records import ProtocolDraft
from studies.store import Store

NOTE = "note"
Notes = tuple[tuple[str, str], ...]
"""(opaque id, text) of the items that have a note, in the order of the items."""


def freeze_notes(
    store: Store, draft: ProtocolDraft, lesions: Iterable[tuple[str, int | None]], made: list[Path]
) -> Notes:
    """Write the note of each item's case; nothing where the draft shows no notes.

    `lesions` are (opaque id, lesion id) of all items. Every file is named in `made` before it is
    written, so that a failure can remove it.
    """
    if not draft.show_notes:
        return ()
    told = _notes_by_lesion(store)
    frozen = []
    for opaque, lesion_id in lesions:
        text = told.get(lesion_id or 0, "")
        if text:
            path = item_path(store, opaque, NOTE)
            made.append(path)
            write_synced(path, text.encode("utf-8"))
            frozen.append((opaque, text))
    return tuple(frozen)


def notes_shown(
    store: Store, draft: ProtocolDraft, lesions: Iterable[int | None]
) -> tuple[str, ...]:
    """What a reading of the draft would show now beside each lesion; "" without a note."""
    told = _notes_by_lesion(store) if draft.show_notes else {}
    return tuple(told.get(lesion or 0, "") for lesion in lesions)


def frozen_notes(store: Store, opaque_ids: Iterable[str]) -> Notes:
    """The notes that were sealed with these items; StudyError where one cannot be read."""
    return tuple((one, text) for one in opaque_ids if (text := _read(store, one)))


def _read(store: Store, opaque: str) -> str:
    path = item_path(store, opaque, NOTE)
    try:
        return path.read_text("utf-8") if path.exists() else ""
    except (OSError, ValueError) as error:
        raise StudyError(
            f"A sealed note in {store.items_folder} cannot be read. Restore the folder from a "
            "backup; the answers are not affected."
        ) from error


def _notes_by_lesion(store: Store) -> dict[int, str]:
    by_case = {case.id: case.clinical_note for case in cases.cases(store)}
    return {one.id: by_case.get(one.case_id, "") for one in cases.lesions(store)}
