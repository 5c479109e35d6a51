"""The table of the study's passphrase: what checks it, never the passphrase."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from studies.model.tables import Table


class AccessKeyRow(Table):
    """scrypt's salt and result (hashlib.scrypt, r = 8, p = 1, n = `cost`); at most one row."""

    __tablename__ = "access_key"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    verifier: Mapped[bytes]
    cost: Mapped[int]
    made: Mapped[str]
    hint: Mapped[str]  # shown to everyone; the demo's passphrase itself stands here
