"""All tables of the first version."""

from __future__ import annotations

from alembic import op

from studies.model import imaging, learning, reading
from studies.model.tables import Table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None
TABLES = (imaging, learning, reading)


def upgrade() -> None:
    """Forward only: the way back is the backup."""
    Table.metadata.create_all(op.get_bind())
    for trigger in reading.TRIGGERS:
        op.execute(trigger)
