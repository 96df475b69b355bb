"""How alembic reaches the database: over the connection that migrate.py has opened and locked."""

from __future__ import annotations

from alembic import context

from sheets_sync.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
