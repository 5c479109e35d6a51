"""Another name for somebody who drew and diagnosed: the same person, everywhere in the study.

The study knows people by their names. Somebody who is called differently from now on would else
count as another author: their own margins would be hidden from them, and compared with theirs.
Each renaming is kept in a file of the study, with who did it, when, and what it changed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from studies.access import COORDINATOR, authors, refuse_reader, require
from studies.clock import moment
from studies.errors import BlindingError, StudyError
from studies.files import write_synced
from studies.model.imaging import ContourRow, DiagnosisRow, LesionRow, SeriesRow, ShownRow
from studies.model.reading import ProtocolRow, UnblindingRow
from studies.store import Store

FILE = "renamed_authors.jsonl"
_NAMED = (
    ContourRow.author,
    LesionRow.author,
    LesionRow.removed_by,
    LesionRow.training_author,
    DiagnosisRow.author,
    ShownRow.author,
    SeriesRow.hu_confirmed_by,
)


@dataclass(frozen=True)
class Renaming:
    """One renaming: when (UTC), by whom, from which name to which, and how many rows named them."""

    at: str
    by: str
    before: str
    after: str
    margins: int
    diagnoses: int


def rename_author(store: Store, before: str, after: str) -> Renaming:
    """Carry all that `before` drew and said over to the name `after`, in one transaction.

    StudyError where `before` did nothing, or `after` is somebody who drew or diagnosed already:
    two persons never become one. BlindingError for anyone but the coordinator, for a name that
    reads the study, and while a reading is blinded, when names must not change.
    """
    require(store, COORDINATOR)
    after = after.strip()
    refuse_reader(store, after)
    _check(authors(store), before, after)
    with store.transaction() as session:
        _refuse_sealed(session)
        done = Renaming(
            moment(),
            store.access.who or after,
            before,
            after,
            _count(session, ContourRow.author, before),
            _count(session, DiagnosisRow.author, before),
        )
        for column in _NAMED:
            session.execute(update(column.class_).where(column == before).values({column: after}))
        session.flush()
        _keep(store, done)
    return done


def renamings(store: Store) -> tuple[Renaming, ...]:
    """Every renaming, the earliest first. StudyError where the file of them was damaged.

    BlindingError while the study is locked.
    """
    require(store)
    try:
        return tuple(Renaming(**json.loads(line)) for line in _lines(store.folder / FILE))
    except (ValueError, TypeError) as error:
        raise StudyError(
            f"{FILE} in {store.folder} is damaged. Put a copy from a backup in its place."
        ) from error


def _check(known: tuple[str, ...], before: str, after: str) -> None:
    if not after:
        raise StudyError("Somebody who draws needs a name.")
    if before not in known:
        raise StudyError(f"{before} has drawn and diagnosed nothing in this study.")
    if after in known:
        raise StudyError(
            f"{after} has margins or diagnoses of their own here, and two persons cannot become "
            "one. Choose another name."
        )


def _refuse_sealed(session: Session) -> None:
    opened = select(UnblindingRow.protocol_id)
    if session.scalars(select(ProtocolRow.id).where(ProtocolRow.id.not_in(opened))).first():
        raise BlindingError(
            "Nobody is renamed while a sealed reading is blinded. Rename after unblinding."
        )


def _count(session: Session, column: InstrumentedAttribute[str], name: str) -> int:
    return int(session.scalar(select(func.count()).where(column == name)) or 0)


def _keep(store: Store, done: Renaming) -> None:
    """Written before the commit: no renaming without its record."""
    path = store.folder / FILE
    lines = [*_lines(path), json.dumps(asdict(done), ensure_ascii=False, sort_keys=True)]
    write_synced(path, "".join(f"{line}\n" for line in lines).encode())


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.is_file() else []
