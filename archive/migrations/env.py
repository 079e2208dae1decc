"""Alembic's door: runs the migrations on the connection it is given, inside the transaction already begun there."""

from __future__ import annotations

from alembic import context

from archive.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making a new one
)
with context.begin_transaction():
    context.run_migrations()
