"""Making a log in PostgreSQL, and bringing it up to date: by whom, how often, and what an interruption leaves."""

import secrets
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from psycopg import sql

from aslo_core.events import Cause
from aslo_core.log import EventLog, LogNotReady, LogUnavailable
from aslo_core.log.migrations import is_new, pending, upgrade
from aslo_core.log.schema import metadata
from aslo_core.log.verify import verify
from aslo_core.testing.postgres_server import PostgresServer
from tests.log.postgresql.conftest import CAUSE, Connection, entry

STRANGE = "a%20b? ü#@:/'\"$\\{x}"

MakeRole = Callable[..., sa.URL]


@pytest.fixture
def admin(postgres_url: str) -> sa.URL:
    """A superuser's address of an empty database."""
    return sa.make_url(postgres_url)


@pytest.fixture
def superuser(admin: sa.URL) -> Iterator[Connection]:
    with psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


@pytest.fixture
def make_role(admin: sa.URL, postgres_server: PostgresServer) -> Iterator[MakeRole]:
    """Makes roles that may log in, with these attributes; gives the address of the empty database by that role."""
    made: list[str] = []

    def make(attributes: str = "", name: str = "", password: str = "") -> sa.URL:
        name, password = name or f"role_{secrets.token_hex(4)}", password or secrets.token_hex(16)
        statement = sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}")
        with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name), sql.SQL(attributes), sql.Literal(password)))
        made.append(name)
        return admin.set(username=name, password=password)

    yield make
    with (
        psycopg.connect(admin.render_as_string(hide_password=False), autocommit=True) as inside,
        psycopg.connect(postgres_server.url(), autocommit=True) as connection,
    ):
        for name in made:
            inside.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture
def where(make_role: MakeRole) -> sa.URL:
    """The empty database's address, as the application will have it."""
    return make_role()


def works(where: sa.URL) -> None:
    with EventLog.open(where) as log:
        log.append([entry()], cause=CAUSE)
        log.erase(log.append([entry()], cause=CAUSE).events[0].id, "asked for", Cause(source="console", actor="operator"))
        assert log.head() == 2
    assert verify(where).faults == ()


def test_a_new_log_needs_all_migrations_and_then_none(where: sa.URL, admin: sa.URL) -> None:
    needed = pending(where)
    assert needed
    assert is_new(where)
    assert upgrade(where, admin) == needed
    assert pending(where) == ()
    assert not is_new(where)
    assert upgrade(where, admin) == ()
    works(where)


def test_tables_are_what_the_program_expects(where: sa.URL, admin: sa.URL) -> None:
    upgrade(where, admin)
    engine = sa.create_engine(
        admin.set(drivername="postgresql+psycopg"), connect_args={"options": "-c search_path=aslo_log"}, poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_an_administrator_need_not_be_a_superuser(
    where: sa.URL, superuser: Connection, make_role: MakeRole, admin: sa.URL
) -> None:
    """CREATEROLE, and CREATE on the database, suffice; once the owner's role is there, so does being its member."""
    lesser = make_role("CREATEROLE")
    superuser.execute(
        sql.SQL("GRANT CREATE ON DATABASE {} TO {}").format(*map(sql.Identifier, (str(admin.database), str(lesser.username))))
    )
    assert upgrade(where, lesser) != ()
    assert upgrade(where, lesser) == ()
    works(where)


@pytest.mark.parametrize("attributes", ["", "CREATEROLE"])
def test_an_administrator_who_may_not_make_schemas_or_roles_is_told(
    where: sa.URL, make_role: MakeRole, superuser: Connection, attributes: str
) -> None:
    lesser = make_role(attributes)
    told = (
        rf"the role {lesser.username} may not make the role aslo_log_owner and its schema aslo_log \(.+\): run `aslo db upgrade"
    )
    with pytest.raises(LogNotReady, match=told):
        upgrade(where, lesser)
    assert superuser.execute("SELECT FROM pg_namespace WHERE nspname = 'aslo_log'").fetchall() == []
    assert is_new(where)


@pytest.mark.parametrize("attributes", ["", "CREATEROLE", "SUPERUSER"])
def test_the_applications_role_makes_no_log(make_role: MakeRole, attributes: str, superuser: Connection) -> None:
    where = make_role(attributes)
    for admin in (None, where):
        with pytest.raises(LogNotReady, match=r"cannot both make the log and be kept from changing it.*aslo db upgrade --as"):
            upgrade(where, admin)
    assert superuser.execute("SELECT FROM pg_namespace WHERE nspname = 'aslo_log'").fetchall() == []


def test_a_role_that_is_not_there(where: sa.URL, admin: sa.URL) -> None:
    nobody = where.set(username="nobody_at_all")
    with pytest.raises(
        LogNotReady, match=r"there is no role nobody_at_all, which data\.log_url names: make it with createuser"
    ):
        upgrade(nobody, admin)
    assert is_new(where)


def test_another_role_is_let_in_by_a_second_run(where: sa.URL, admin: sa.URL, make_role: MakeRole) -> None:
    upgrade(where, admin)
    other = make_role()
    assert upgrade(other, admin) == ()
    works(other)


def test_two_that_migrate_at_once_do_it_once(where: sa.URL, admin: sa.URL) -> None:
    ran: list[tuple[str, ...]] = []
    needed = pending(where)
    threads = [threading.Thread(target=lambda: ran.append(upgrade(where, admin))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == [(), (), (), needed]
    works(where)


def test_a_migration_that_fails_leaves_nothing(where: sa.URL, admin: sa.URL, superuser: Connection) -> None:
    """What was in the way is as it was."""
    upgrade(where, admin)
    superuser.execute("DROP TABLE aslo_log.alembic_version, aslo_log.events, aslo_log.bodies CASCADE")
    with pytest.raises(LogUnavailable, match="build_log_chunks"):
        upgrade(where, admin)
    tables = superuser.execute("SELECT relname FROM pg_class WHERE relnamespace = 'aslo_log'::regnamespace AND relkind = 'r'")
    assert set(tables.fetchall()) == {("build_log_chunks",), ("compatibility",), ("leases",)}
    superuser.execute("DROP SCHEMA aslo_log CASCADE")
    upgrade(where, admin)
    works(where)


def test_a_migration_whose_session_ends_leaves_nothing(where: sa.URL, admin: sa.URL, superuser: Connection) -> None:
    """Cut off in the midst of it, where it waits for a lock that another session holds."""
    failures: list[LogUnavailable] = []

    def migrate() -> None:
        with pytest.raises(LogUnavailable) as failure:
            upgrade(where, admin)
        failures.append(failure.value)

    with psycopg.connect(admin.render_as_string(hide_password=False)) as other:
        other.execute("LOCK TABLE pg_description IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=migrate)
        thread.start()
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = %s"
        while not (found := superuser.execute(waiting, [admin.database]).fetchall()):
            assert thread.is_alive()
        superuser.execute("SELECT pg_terminate_backend(%s)", found[0])
        thread.join()
        other.rollback()
    assert len(failures) == 1
    assert is_new(where)
    upgrade(where, admin)
    works(where)


def test_a_log_of_a_newer_program_is_left_alone(where: sa.URL, admin: sa.URL, superuser: Connection) -> None:
    upgrade(where, admin)
    superuser.execute("UPDATE aslo_log.alembic_version SET version_num = '9999'")
    with pytest.raises(LogNotReady, match="9999, which a newer ASLO has made"):
        upgrade(where, admin)
    assert pending(where) == ()
    EventLog.open(where).close()
    superuser.execute("UPDATE aslo_log.compatibility SET oldest_program = '9999'")
    with pytest.raises(LogNotReady, match=r"at migration 9999 of a newer ASLO, and takes only programs that know 9999"):
        EventLog.open(where)


def test_a_schema_that_somebody_else_has_made_is_no_place_for_the_log(
    admin: sa.URL, superuser: Connection, make_role: MakeRole
) -> None:
    """Whoever owns it could drop what is in it."""
    where = make_role()
    for privilege in ("CREATE SCHEMA aslo_log AUTHORIZATION {0}", "GRANT ALL ON SCHEMA aslo_log TO PUBLIC"):
        superuser.execute(sql.SQL(privilege).format(sql.Identifier(str(where.username))))
    with pytest.raises(LogNotReady, match="the schema aslo_log belongs to"):
        upgrade(where, admin)
    assert is_new(where)


def test_strange_names_and_passwords(postgres_server: PostgresServer, make_role: MakeRole) -> None:
    where = make_role("", STRANGE, f"{STRANGE} secret")
    with psycopg.connect(postgres_server.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(STRANGE)))
        try:
            where, admin = where.set(database=STRANGE), sa.make_url(postgres_server.url()).set(database=STRANGE)
            upgrade(where, admin)
            again = sa.make_url(where.render_as_string(hide_password=False))
            assert again == where
            works(again)
            with pytest.raises(LogUnavailable) as failure:
                EventLog.open(where.set(password=f"{STRANGE} wrong"))
            assert "wrong" not in str(failure.value)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(STRANGE)))
