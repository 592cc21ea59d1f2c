"""Runs the migrations of one database (facts or operations) on the connection it is handed."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes["metadata"],
    version_table=context.config.attributes["version_table"],
    render_as_batch=True,
)
context.run_migrations()
