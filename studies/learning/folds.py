"""Folds by patient."""

from __future__ import annotations

from sqlalchemy import delete, select

from studies.access import ANALYST, COORDINATOR, require
from studies.errors import StudyError
from studies.model.imaging import CaseRow, FoldRow, StudyRow
from studies.store import Store


def assign_folds(store: Store, folds: tuple[tuple[str, int], ...], seed: int) -> None:
    """Gives each patient a fold (0-based), replacing earlier ones; the seed that drew them is kept.

    StudyError when a patient is unknown or named twice: nobody may be in two folds.
    """
    require(store, COORDINATOR, ANALYST)
    named = [patient for patient, _ in folds]
    if len(set(named)) < len(named):
        raise StudyError("A patient stands in two folds. Draw the folds again.")
    with store.transaction() as session:
        unknown = set(named) - set(session.scalars(select(CaseRow.patient)))
        if unknown:
            raise StudyError(f"There is no patient {min(unknown)} in this study.")
        session.execute(delete(FoldRow))
        session.add_all(FoldRow(patient=patient, fold=int(fold)) for patient, fold in folds)
        session.get_one(StudyRow, 1).fold_seed = int(seed)


def fold_seed(store: Store) -> int | None:
    """The seed that drew the folds; None before there are any."""
    with store.snapshot() as session:
        return session.get_one(StudyRow, 1).fold_seed
