"""Throwing a study away: what it left outside its folder goes with it."""

from __future__ import annotations

from sqlalchemy import select

from studies import receipt
from studies.model.reading import PartRow
from studies.store import Store


def forget_receipts(store: Store) -> None:
    """Remove the receipts of every reader; only for a study that is about to be deleted."""
    with store.snapshot() as session:
        uids = tuple(session.scalars(select(PartRow.uid)))
    for uid in uids:
        for chain in ("reading", "study"):
            receipt.forget(f"{uid}.{chain}")
