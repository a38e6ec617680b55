"""The log in a PostgreSQL database."""

from aslo_core.log.postgresql.database import PostgresDatabase

__all__ = ["PostgresDatabase"]
