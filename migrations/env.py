"""Runs migrations on the connection that `aslo_core.log.migrations` hands over, within its transaction."""

from alembic import context

from aslo_core.log.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
