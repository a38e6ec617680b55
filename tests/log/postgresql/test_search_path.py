"""Whatever a caller has set or made, the log's functions work on its own tables, with PostgreSQL's own functions."""

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from psycopg.types.json import Jsonb

from aslo_core.log import EventLog
from aslo_core.log.verify import verify
from tests.log.postgresql.conftest import CAUSE, Connection, argument_of, call_append, entry, record_of


def plant(superuser: Connection) -> None:
    """Make operators and functions that answer what an attacker wants, in a schema that everybody may name first."""
    superuser.execute("CREATE SCHEMA planted")
    superuser.execute("GRANT ALL ON SCHEMA planted TO PUBLIC")
    for kind, name in (("name", "<>"), ("text", "<>"), ("text", "="), ("bigint", "<>"), ("jsonb", "<>")):
        function = sql.Identifier(f"never_{kind}_{'eq' if name == '=' else 'ne'}")
        superuser.execute(
            sql.SQL(
                "CREATE FUNCTION planted.{0}({1}, {1}) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';"
                "CREATE OPERATOR planted.{2} (FUNCTION = planted.{0}, LEFTARG = {1}, RIGHTARG = {1})"
            ).format(function, sql.SQL(kind), sql.SQL(name))
        )
    for made in (
        "CREATE FUNCTION planted.sha256(bytea) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$",
        "CREATE FUNCTION planted.leaf(aslo_log.events) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$",
        "CREATE FUNCTION planted.convert_to(text, name) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$",
        "CREATE FUNCTION planted.int8send(bigint) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$",
        "CREATE FUNCTION planted.await_turn() RETURNS void LANGUAGE sql AS ''",
        "CREATE FUNCTION planted.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS ''",
        "CREATE FUNCTION planted.decode(text, text) RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x00'::bytea $$",
        "CREATE FUNCTION planted.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT 'epoch'::timestamptz $$",
        "CREATE DOMAIN planted.uuid AS text",
        "CREATE TABLE planted.events (LIKE aslo_log.events)",
        "CREATE TABLE planted.bodies (LIKE aslo_log.bodies)",
        "GRANT SELECT, INSERT ON planted.events, planted.bodies TO PUBLIC",
    ):
        superuser.execute(made)


class TestTheFunctionsDoTheSame:
    """Whatever the caller has set or made, append and erase work on the log's own tables with PostgreSQL's own functions."""

    @pytest.fixture
    def two(self, log: EventLog) -> list[str]:
        return [event.id for event in log.append([entry(), entry()], cause=CAUSE, key="used").events]

    @pytest.mark.parametrize(
        "path",
        [
            "planted, aslo_log, pg_catalog",
            "pg_temp, planted, pg_catalog, aslo_log",
            "pg_temp",
            "''",
        ],
    )
    def test_with_things_planted_in_the_search_path(
        self, application: Connection, superuser: Connection, where: sa.URL, two: list[str], path: str
    ) -> None:
        plant(superuser)
        for made in (
            "CREATE TEMP TABLE events (LIKE aslo_log.events)",
            "CREATE TEMP TABLE bodies (LIKE aslo_log.bodies)",
            "CREATE FUNCTION pg_temp.leaf(aslo_log.events) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$",
            "CREATE FUNCTION pg_temp.await_turn() RETURNS void LANGUAGE sql AS ''",
            "CREATE DOMAIN pg_temp.jsonb AS text",
            f"SET search_path = {path}",
        ):
            application.execute(made)
        statement = "SELECT at_position, at_version FROM aslo_log.append(%s::pg_catalog.jsonb)"
        assert application.execute(statement, [Jsonb([argument_of()])]).fetchall() == [(2, 3)]
        used = argument_of(key="used")
        statement = "SELECT failure FROM aslo_log.append(%s::pg_catalog.jsonb)"
        assert application.execute(statement, [Jsonb([used])]).fetchall() == [("key",)]
        statement = "SELECT at_position FROM aslo_log.erase(%s::pg_catalog.jsonb)"
        assert application.execute(statement, [Jsonb(record_of(two[0]))]).fetchall() == [(3,)]
        for table in ("pg_temp.events", "pg_temp.bodies", "planted.events", "planted.bodies"):
            assert application.execute("SELECT FROM " + table).fetchall() == []
        assert [fault.position for fault in verify(where).faults if fault.position not in {None, 3}] == []

    @pytest.mark.parametrize(
        "setting",
        [
            "bytea_output = escape",
            "TimeZone = 'Pacific/Kiritimati'",
            "DateStyle = 'SQL, DMY'",
            "IntervalStyle = iso_8601",
            "extra_float_digits = -15",
            "client_encoding = LATIN1",
            "enable_indexscan = off",
            "enable_indexonlyscan = off",
            "enable_sort = off",
            "row_security = off",
            "transform_null_equals = on",
            "quote_all_identifiers = on",
            "plan_cache_mode = force_custom_plan",
            "default_transaction_deferrable = on",
            "check_function_bodies = off",
            "max_parallel_workers_per_gather = 8",
        ],
    )
    def test_with_any_setting(self, application: Connection, where: sa.URL, two: list[str], setting: str) -> None:
        assert len(two) == 2
        application.execute(f"SET {setting}")
        placed = call_append(
            application, argument_of(entry("release/a"), entry("release/a"), key="new"), argument_of(key="used")
        )
        assert [(row[1], row[3], row[4]) for row in placed[:2]] == [(None, 2, 1), (None, 3, 2)]
        assert placed[2][1] == "key"
        assert verify(where).faults == ()

    @pytest.mark.parametrize("setting", ["standard_conforming_strings = off", "plpgsql.extra_errors = 'all'"])
    def test_or_refuse(self, application: Connection, log: EventLog, where: sa.URL, setting: str) -> None:
        """These change what the functions' own text means: then nothing is written, rather than something else."""
        application.execute(f"SET {setting}")
        try:
            refused = [row[1] for row in call_append(application, argument_of())] == ["refused"]
        except psycopg.Error:
            refused = True
        assert log.head() == -refused
        assert verify(where).faults == ()


def test_triggers_are_not_deceived(application: Connection, superuser: Connection, log: EventLog) -> None:
    """Not even where a role was granted too much, and brings operators of its own."""
    log.append([entry()], cause=CAUSE)
    plant(superuser)
    superuser.execute("GRANT ALL ON events, bodies TO aslo_in_tests")
    application.execute("SET search_path = planted, aslo_log, pg_catalog")
    for statement in (
        "INSERT INTO aslo_log.bodies SELECT position + 1, salt, size, deflated FROM aslo_log.bodies",
        "DELETE FROM aslo_log.bodies",
    ):
        with pytest.raises(InsufficientPrivilege, match="the log only grows"):
            application.execute(statement)
