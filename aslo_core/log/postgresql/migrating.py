"""Making and migrating a log on PostgreSQL: roles, schema, privileges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from aslo_core.failpoints import failpoint
from aslo_core.log.errors import LogNotReady
from aslo_core.log.postgresql.database import LOCK, SCHEMA, translated
from aslo_core.log.postgresql.failures import first_line
from aslo_core.log.postgresql.guards import OWNER

_GRANTS = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT INSERT ON {schema}.build_log_chunks TO {role}",
    "GRANT INSERT, UPDATE, DELETE ON {schema}.leases TO {role}",
    "GRANT EXECUTE ON FUNCTION {schema}.append, {schema}.erase TO {role}",
)


@contextmanager
def migrating(application: sa.URL, admin: sa.URL) -> Iterator[sa.Connection]:
    """Lend a connection that makes tables as the role that owns the log, within a transaction.

    Args:
        application: the address that ASLO will use; its role is granted what it needs.
        admin: the same database by a role that may make roles and schemas.

    Raises:
        LogNotReady: both have the same role, which then could change the log; or the roles and rights do not suffice.
        LogUnavailable: the database failed.
    """
    if application.username == admin.username:
        raise LogNotReady(
            f"the role {application.username} of data.log_url cannot both make the log and be kept from changing it: run"
            " `aslo db upgrade --as` with the address of a role that may make roles, such as postgresql://postgres@HOST/DATABASE"
        )
    engine = sa.create_engine(
        admin.set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        connect_args={"options": f"-c search_path={SCHEMA}", "connect_timeout": 5},
    )
    with translated(admin.render_as_string(hide_password=True)), engine.begin() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        _require_role(connection, application.username or "")
        try:
            _make_owner(connection)
        except ProgrammingError as error:
            raise LogNotReady(
                f"the role {admin.username} may not make the role {OWNER} and its schema {SCHEMA} ({first_line(error.orig)}):"
                " run `aslo db upgrade --as` with a superuser, or a role that may make roles, and schemas in this database"
            ) from error
        connection.exec_driver_sql(f"SET LOCAL ROLE {OWNER}")
        yield connection
        role = connection.dialect.identifier_preparer.quote(application.username or "")
        for grant in _GRANTS:
            connection.exec_driver_sql(grant.format(schema=SCHEMA, role=role))
        failpoint("log.postgresql.migrate.before")
    failpoint("log.postgresql.migrate.after")


def _require_role(connection: sa.Connection, name: str) -> None:
    if connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).scalar() is None:
        raise LogNotReady(f"there is no role {name}, which data.log_url names: make it with createuser, and a password")


def _make_owner(connection: sa.Connection) -> None:
    if not connection.execute(sa.text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": OWNER}).scalar():
        connection.exec_driver_sql(f"CREATE ROLE {OWNER} NOLOGIN")
    if not connection.execute(sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")).scalar():
        connection.exec_driver_sql(f"GRANT {OWNER} TO CURRENT_USER")
    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA} AUTHORIZATION {OWNER}")
    owner = connection.execute(sa.text("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = :name"), {"name": SCHEMA})
    if (found := owner.scalar_one()) != OWNER:
        raise LogNotReady(f"the schema {SCHEMA} belongs to {found}, who could drop the log: it is to belong to {OWNER}")
