"""Alembic's entry: runs the revisions on the connection that `db.migrate` opened and guards, or prints their statements."""

from alembic import context

from db.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    dialect_name=None if connection else "postgresql",
    target_metadata=Base.metadata,
    # A revision may be outside of a transaction (`db.online`), and those before it are done then.
    transaction_per_migration=True,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
