"""Runs migrations on the connection, and in the transaction, that `studies.schema` hands over."""

from __future__ import annotations

from alembic import context

from studies.model.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller's transaction holds all of it
)
context.run_migrations()
