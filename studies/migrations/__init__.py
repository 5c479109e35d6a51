"""Migrations of a study's tables (alembic), one file a version."""
