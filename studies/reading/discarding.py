"""Throwing a study away: what it left outside its folder goes with it."""

from __future__ import annotations

from sqlalchemy import select

from studies import receipt
from studies.access import COORDINATOR, require
from studies.errors import StudyError
from studies.model.imaging import StudyRow
from studies.model.reading import PartRow
from studies.reading.deeds import forget_deeds
from studies.store import Store


def forget_receipts(store: Store) -> None:
    """Remove the receipts of every reader; only for a study that is about to be deleted."""
    require(store, COORDINATOR)
    with store.snapshot() as session:
        if not session.get_one(StudyRow, 1).simulated:
            raise StudyError(
                "Receipts of a real study are kept; only a simulated one is discarded."
            )
        uids = tuple(session.scalars(select(PartRow.uid)))
        forget_deeds(session)
    for uid in uids:
        for chain in ("reading", "study"):
            receipt.forget(f"{uid}.{chain}")
