"""Attacks on the log, one by one, by whoever is connected to its database: nothing in it changes, and it only grows."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.testing.postgres_server import PostgresServer
from tests.log.postgresql.conftest import CAUSE, Connection, entry


def content(connection: Connection) -> list[list[tuple[Any, ...]]]:
    """All rows of the log, and what its tables and functions are made of."""
    return [
        sorted(connection.execute(statement).fetchall(), key=str)
        for statement in (
            "SELECT * FROM aslo_log.events",
            "SELECT * FROM aslo_log.bodies",
            "SELECT * FROM aslo_log.build_log_chunks",
            "SELECT * FROM aslo_log.alembic_version",
            "SELECT oid, relname, relowner, relacl FROM pg_class WHERE relnamespace = to_regnamespace('aslo_log')",
            "SELECT oid, tgname, tgenabled FROM pg_trigger",
            "SELECT oid, proname, prosrc, proowner, proacl FROM pg_proc WHERE pronamespace = to_regnamespace('aslo_log')",
        )
    ]


@pytest.fixture(scope="module")
def attacked(postgres_server: PostgresServer, empty_postgres_log: sa.URL) -> Iterator[sa.URL]:
    """Three events: 0 and 1 in one stream, 2 the record that the body of 0 is erased; and a chunk of a build log."""
    with postgres_server.database(template=str(empty_postgres_log.database)) as url:
        where = empty_postgres_log.set(database=sa.make_url(url).database)
        with EventLog.open(where) as log:
            events = log.append([entry(), entry()], cause=CAUSE, key="used").events
            log.erase(events[0].id, "asked for", CAUSE)
        with closing(BuildLogs(where)) as build_logs:
            build_logs.append("release/a", 1, 0, b"x")
        yield where


@pytest.fixture
def where(attacked: sa.URL) -> sa.URL:
    return attacked


@pytest.fixture(autouse=True)
def unchanged(superuser: Connection) -> Iterator[None]:
    """Fails the test if anything in the log is another after it."""
    before = content(superuser)
    assert [len(rows) for rows in before[:4]] == [3, 2, 1, 1]
    yield
    assert content(superuser) == before


TABLES = ["events", "bodies"]
ROWS = [
    pytest.param("INSERT INTO {} SELECT * FROM {}", id="insert"),
    pytest.param("INSERT INTO {} SELECT * FROM {} ON CONFLICT DO NOTHING", id="insert that avoids conflicts"),
    pytest.param(
        "INSERT INTO {} SELECT * FROM {} ON CONFLICT (position) DO UPDATE SET position = excluded.position", id="upsert"
    ),
    pytest.param(
        "MERGE INTO {} AS t USING {} AS s ON t.position = s.position WHEN MATCHED THEN DELETE", id="merge that deletes"
    ),
    pytest.param(
        "MERGE INTO {} AS t USING {} AS s ON t.position = s.position WHEN MATCHED THEN UPDATE SET position = 9",
        id="merge that updates",
    ),
    pytest.param("UPDATE {} SET position = position", id="update"),
    pytest.param("WITH gone AS (DELETE FROM {} RETURNING 1) SELECT * FROM gone", id="delete within a query"),
    pytest.param("DELETE FROM {}", id="delete"),
    pytest.param("DELETE FROM ONLY {} WHERE position = 1", id="delete of one"),
    pytest.param("TRUNCATE {}", id="truncate"),
    pytest.param("TRUNCATE {} RESTART IDENTITY CASCADE", id="truncate with all that depends on it"),
]


class TestTheApplicationsRole:
    """It may select, append and erase; nothing else."""

    @staticmethod
    def refused(application: Connection, statement: str) -> None:
        with pytest.raises(InsufficientPrivilege):
            application.execute(statement)

    @pytest.mark.parametrize("table", TABLES)
    @pytest.mark.parametrize("statement", ROWS)
    def test_writes_no_row(self, application: Connection, statement: str, table: str) -> None:
        self.refused(application, statement.format(table, table))

    @pytest.mark.parametrize("table", TABLES)
    def test_copies_nothing_in(self, application: Connection, table: str) -> None:
        with pytest.raises(InsufficientPrivilege), application.cursor().copy(f"COPY {table} FROM STDIN"):
            pass

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE build_log_chunks SET data = ''",
            "DELETE FROM build_log_chunks",
            "TRUNCATE build_log_chunks",
            "SELECT * FROM events FOR UPDATE",
            "SELECT * FROM events FOR KEY SHARE",
            "DO 'BEGIN LOCK TABLE events IN SHARE MODE; END'",
            "DO 'BEGIN LOCK TABLE events IN ACCESS EXCLUSIVE MODE; END'",
            "UPDATE alembic_version SET version_num = '9999'",
            "DELETE FROM alembic_version",
            "DROP TABLE events",
            "DROP INDEX events_key",
            "ALTER TABLE events ADD COLUMN more text",
            "ALTER TABLE events ALTER COLUMN leaf DROP NOT NULL",
            "ALTER TABLE events DROP CONSTRAINT erasures_have_streams_of_their_own",
            "ALTER TABLE events DISABLE TRIGGER ALL",
            "ALTER TABLE events RENAME TO others",
            "ALTER TABLE events OWNER TO CURRENT_USER",
            "ALTER TABLE events SET UNLOGGED",
            "ALTER TABLE events ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY hide ON events USING (false)",
            "CREATE RULE silent AS ON INSERT TO events DO INSTEAD NOTHING",
            "CREATE INDEX ON events (actor)",
            "CREATE TRIGGER silent BEFORE INSERT ON events EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "DROP TRIGGER events_stay ON events",
            "CREATE STATISTICS aslo_log.more ON stream, type FROM events",
            "CLUSTER events USING events_pkey",
            "REINDEX TABLE events",
            "CREATE TEMP TABLE more () INHERITS (aslo_log.events)",
            "CREATE TABLE aslo_log.more ()",
            "CREATE VIEW aslo_log.more AS SELECT 1",
            "CREATE FUNCTION aslo_log.leaf(event record) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN RETURN ''; END $$",
            "CREATE OPERATOR aslo_log.|| (FUNCTION = byteacat, LEFTARG = bytea, RIGHTARG = bytea)",
            "CREATE OR REPLACE FUNCTION await_turn() RETURNS void LANGUAGE sql AS ''",
            "ALTER FUNCTION append SECURITY INVOKER",
            "ALTER FUNCTION append RESET ALL",
            "DROP FUNCTION erase",
            "DROP SCHEMA aslo_log CASCADE",
            "ALTER SCHEMA aslo_log RENAME TO others",
            "SET ROLE aslo_log_owner",
            "SET SESSION AUTHORIZATION aslo_log_owner",
            "GRANT EXECUTE ON FUNCTION leaf, await_turn TO CURRENT_USER",
            "GRANT aslo_log_owner TO CURRENT_USER",
            "ALTER ROLE aslo_log_owner LOGIN PASSWORD 'x'",
            "DROP OWNED BY aslo_log_owner",
            "REASSIGN OWNED BY aslo_log_owner TO CURRENT_USER",
            "ALTER DEFAULT PRIVILEGES FOR ROLE aslo_log_owner GRANT ALL ON TABLES TO PUBLIC",
            "SET session_replication_role = replica",
            "ALTER SYSTEM SET session_replication_role = replica",
            "DO $$ BEGIN UPDATE pg_class SET relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user); END $$",
            "COPY events TO PROGRAM 'cat'",
            "COPY build_log_chunks FROM '/etc/passwd'",
            "SELECT lo_import('/etc/passwd')",
            "SELECT pg_read_file('postgresql.conf')",
            "SELECT await_turn()",
            "SELECT leaf(e) FROM events AS e",
        ],
    )
    def test_does_nothing_else(self, application: Connection, statement: str) -> None:
        self.refused(application, statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "GRANT INSERT ON events TO CURRENT_USER",
            "GRANT SELECT ON events TO PUBLIC",
            "GRANT CREATE ON SCHEMA aslo_log TO CURRENT_USER",
            "REVOKE EXECUTE ON FUNCTION append FROM CURRENT_USER",
            "VACUUM FULL events",
            "ANALYZE events",
        ],
    )
    def test_is_warned_that_this_has_no_effect(self, application: Connection, statement: str) -> None:
        warnings: list[str | None] = []
        application.add_notice_handler(lambda told: warnings.append(told.message_primary))
        application.execute(statement)
        assert len(warnings) > 0


class TestWhoeverHasBeenGrantedTooMuch:
    """Where privileges fail, the triggers refuse."""

    @pytest.fixture
    def favoured(self, superuser: Connection, unchanged: None) -> Iterator[None]:
        superuser.execute("GRANT ALL ON events, bodies TO aslo_in_tests")
        yield
        superuser.execute("REVOKE ALL ON events, bodies FROM aslo_in_tests; GRANT SELECT ON events, bodies TO aslo_in_tests")

    @staticmethod
    def refused(connection: Connection, statement: str | sql.Composed) -> None:
        with pytest.raises(InsufficientPrivilege, match="the log only grows"):
            connection.execute(statement)

    @pytest.mark.parametrize("table", TABLES)
    @pytest.mark.parametrize("statement", ROWS)
    @pytest.mark.usefixtures("favoured")
    def test_the_application(self, application: Connection, statement: str, table: str) -> None:
        self.refused(application, statement.format(table, table))

    @pytest.mark.parametrize("table", TABLES)
    @pytest.mark.parametrize("statement", ROWS)
    @pytest.mark.parametrize("replication", ["origin", "local", "replica"])
    def test_a_superuser(self, superuser: Connection, statement: str, table: str, replication: str) -> None:
        superuser.execute(f"SET session_replication_role = {replication}")
        self.refused(superuser, statement.format(table, table))

    @pytest.mark.parametrize("statement", [row for row in ROWS if "INSERT" not in str(row.values[0])])
    @pytest.mark.parametrize("table", TABLES)
    def test_the_owner(self, superuser: Connection, statement: str, table: str) -> None:
        """It alone may insert, since append does; who can become the owner can change everything anyway."""
        superuser.execute("SET ROLE aslo_log_owner")
        self.refused(superuser, statement.format(table, table))

    @pytest.mark.parametrize("which", ["position = 1", "position = 2", "position > 0"])
    def test_no_body_goes_whose_erasure_is_not_recorded(self, superuser: Connection, which: str) -> None:
        superuser.execute("SET ROLE aslo_log_owner")
        self.refused(superuser, sql.SQL("DELETE FROM bodies WHERE {}").format(sql.SQL(which)))
