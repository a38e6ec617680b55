"""A log whose guards were taken away, switched off or changed is not opened, and `verify` says the same."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from aslo_core.log import EventLog, LogNotReady
from aslo_core.log.postgresql.guards import CONSTRAINTS, FUNCTIONS, TRIGGERS
from aslo_core.log.verify import verify
from tests.log.postgresql.conftest import CAUSE, Connection, entry

CALLED = ["append(jsonb)", "erase(jsonb)"]


@pytest.fixture
def where(where: sa.URL) -> sa.URL:
    """A log with an event, so that what is in it can be checked as well."""
    with EventLog.open(where) as log:
        log.append([entry()], cause=CAUSE)
    return where


def is_refused(where: sa.URL, named: str) -> None:
    with pytest.raises(LogNotReady, match="is not guarded against change") as refused:
        EventLog.open(where)
    assert named in str(refused.value)
    assert "***" in str(refused.value)
    assert [fault.position for fault in verify(where).faults if named in fault.found] == [None]


def test_a_log_as_it_was_made_is_opened(where: sa.URL) -> None:
    EventLog.open(where).close()
    assert verify(where).faults == ()


@pytest.mark.parametrize("guard", TRIGGERS, ids="/".join)
class TestTriggers:
    def test_dropped(self, superuser: Connection, where: sa.URL, guard: tuple[str, str]) -> None:
        table, name = guard
        superuser.execute(f"DROP TRIGGER {name} ON {table}")
        is_refused(where, f"the guard {name} is missing")

    @pytest.mark.parametrize("how", ["DISABLE", "ENABLE", "ENABLE REPLICA"])
    def test_switched_off(self, superuser: Connection, where: sa.URL, guard: tuple[str, str], how: str) -> None:
        table, name = guard
        superuser.execute(f"ALTER TABLE {table} {how} TRIGGER {name}")
        is_refused(where, f"the guard {name} is switched off")

    @pytest.mark.parametrize("made", ["WHEN (false)", "AFTER", "another function"])
    def test_altered(self, superuser: Connection, where: sa.URL, guard: tuple[str, str], made: str) -> None:
        table, name = guard
        definition = TRIGGERS[guard].split(" EXECUTE ")
        function = definition[1]
        if made == "WHEN (false)":
            definition[0] = definition[0].partition(" WHEN ")[0] + " WHEN (false)"
        elif made == "AFTER":
            definition[0] = definition[0].replace("BEFORE", "AFTER")
        else:
            superuser.execute(
                "CREATE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
            )
            function = "FUNCTION public.refuse_change()"
        superuser.execute(f"DROP TRIGGER {name} ON {table}")
        superuser.execute(f"CREATE TRIGGER {name} {definition[0]} EXECUTE {function}")
        superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
        is_refused(where, f"the guard {name} was altered")


@pytest.mark.parametrize("function", FUNCTIONS)
class TestFunctions:
    def test_with_another_body(self, superuser: Connection, where: sa.URL, function: str) -> None:
        superuser.execute("UPDATE pg_proc SET prosrc = prosrc || '--' WHERE oid = %s::regprocedure", [function])
        is_refused(where, f"the function {function} was altered")

    def test_renamed(self, superuser: Connection, where: sa.URL, function: str) -> None:
        superuser.execute(f"ALTER FUNCTION {function} RENAME TO another")
        is_refused(where, f"the function {function} is missing")
        is_refused(where, "there is a function another(")

    def test_that_turns_whose_rights_it_has(self, superuser: Connection, where: sa.URL, function: str) -> None:
        superuser.execute(f"ALTER FUNCTION {function} SECURITY {'INVOKER' if function in CALLED else 'DEFINER'}")
        is_refused(where, f"the function {function} was altered")

    @pytest.mark.parametrize("settings", ["RESET ALL", "SET search_path = public", "SET session_replication_role = replica"])
    def test_with_other_settings(self, superuser: Connection, where: sa.URL, function: str, settings: str) -> None:
        if (
            settings == "RESET ALL"
            and "="
            not in superuser.execute(
                "SELECT coalesce(array_to_string(proconfig, ','), '') FROM pg_proc WHERE oid = %s::regprocedure", [function]
            ).fetchall()[0][0]
        ):
            return
        superuser.execute(f"ALTER FUNCTION {function} {settings}")
        is_refused(where, f"the function {function} was altered")

    def test_of_another_owner(self, superuser: Connection, where: sa.URL, function: str) -> None:
        superuser.execute(f"ALTER FUNCTION {function} OWNER TO postgres")
        is_refused(where, f"the function {function} was altered")

    def test_that_may_or_may_not_be_called(self, superuser: Connection, where: sa.URL, function: str) -> None:
        if function in CALLED:
            superuser.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM aslo_in_tests")
            is_refused(where, f"this role may not call the function {function}: run `aslo db upgrade`")
        else:
            superuser.execute(f"GRANT EXECUTE ON FUNCTION {function} TO PUBLIC")
            is_refused(where, f"this role may call the function {function}")


def drop_constraint(superuser: Connection, name: str) -> str:
    """Drop a constraint, and tell of which table."""
    table = str(superuser.execute("SELECT conrelid::regclass FROM pg_constraint WHERE conname = %s", [name]).fetchall()[0][0])
    superuser.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    return table


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_a_constraint_dropped(superuser: Connection, where: sa.URL, name: str) -> None:
    drop_constraint(superuser, name)
    is_refused(where, f"the constraint {name} is missing")


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_a_constraint_that_holds_nothing(superuser: Connection, where: sa.URL, name: str) -> None:
    table = drop_constraint(superuser, name)
    superuser.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (true)")
    is_refused(where, f"the constraint {name} was altered")


def test_a_constraint_that_old_rows_need_not_satisfy(superuser: Connection, where: sa.URL) -> None:
    superuser.execute("ALTER TABLE bodies DROP CONSTRAINT salts_have_16_bytes")
    superuser.execute("ALTER TABLE bodies ADD CONSTRAINT salts_have_16_bytes CHECK (octet_length(salt) = 16) NOT VALID")
    is_refused(where, "the constraint salts_have_16_bytes was altered")


SILENT = "CREATE FUNCTION public.silent() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        pytest.param(
            [SILENT, "CREATE TRIGGER more BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION public.silent()"],
            "there is a trigger more on events that is not ASLO's",
            id="one trigger more",
        ),
        pytest.param(
            [SILENT, "CREATE TRIGGER events_stay BEFORE INSERT ON bodies FOR EACH ROW EXECUTE FUNCTION public.silent()"],
            "there is a trigger events_stay on bodies that is not ASLO's",
            id="one more that is called as one on the other table",
        ),
        pytest.param(
            ["CREATE RULE silent AS ON INSERT TO bodies DO INSTEAD NOTHING"],
            "there is a rule silent that is not ASLO's",
            id="a rule",
        ),
        pytest.param(
            ["CREATE FUNCTION field(content varchar) RETURNS bytea LANGUAGE sql AS $$ SELECT ''::bytea $$"],
            "there is a function field(character varying) that is not ASLO's",
            id="one function more",
        ),
        pytest.param(
            ["ALTER TABLE events OWNER TO postgres"],
            "the table events belongs to postgres, not to aslo_log_owner",
            id="another owner",
        ),
        pytest.param(
            ["ALTER SCHEMA aslo_log OWNER TO postgres"],
            "the schema belongs to postgres, not to aslo_log_owner",
            id="another schema's owner",
        ),
        pytest.param(
            ["ALTER TABLE events ALTER leaf DROP NOT NULL, ALTER stream DROP NOT NULL"],
            "in the table events, values may be missing that must not: stream, leaf",
            id="values may be missing",
        ),
        pytest.param(
            ["ALTER TABLE bodies SET UNLOGGED"], "the table bodies is unlogged: a crash of the server empties it", id="unlogged"
        ),
        pytest.param(["ALTER TABLE events ENABLE ROW LEVEL SECURITY"], "the table events has row security", id="row security"),
        pytest.param(
            ["CREATE TABLE public.more () INHERITS (events)"], "the table events inherits or is inherited from", id="an heir"
        ),
    ],
)
def test_what_does_not_belong_there(superuser: Connection, where: sa.URL, statements: list[str], named: str) -> None:
    for statement in statements:
        superuser.execute(statement)
    is_refused(where, named)


@pytest.mark.parametrize(
    "granted",
    [
        "INSERT ON events",
        "UPDATE ON bodies",
        "DELETE ON bodies",
        "TRUNCATE ON events",
        "REFERENCES ON events",
        "TRIGGER ON bodies",
        "INSERT (position) ON events",
        "UPDATE (actor) ON events",
        "ALL ON SCHEMA aslo_log",
    ],
)
@pytest.mark.parametrize("to", ["aslo_in_tests", "PUBLIC"])
def test_a_privilege_too_many(superuser: Connection, where: sa.URL, granted: str, to: str) -> None:
    superuser.execute(f"GRANT {granted} TO {to}")
    is_refused(where, "the role aslo_in_tests may do more with the log's tables than read them: revoke that")


class TestRoles:
    """What is changed here is changed in the whole server, so it is undone."""

    @pytest.fixture(autouse=True)
    def as_they_were(self, superuser: Connection) -> Iterator[None]:
        yield
        for statement in (
            "ALTER ROLE aslo_log_owner NOLOGIN",
            "ALTER ROLE aslo_in_tests NOSUPERUSER NOCREATEROLE",
            "REVOKE aslo_log_owner, pg_write_all_data FROM aslo_in_tests",
            "DROP ROLE IF EXISTS between_in_tests",
        ):
            superuser.execute(statement)

    @pytest.mark.parametrize(
        ("statements", "named"),
        [
            (["ALTER ROLE aslo_log_owner LOGIN"], "the role aslo_log_owner can log in: ALTER ROLE aslo_log_owner NOLOGIN"),
            (
                ["ALTER ROLE aslo_in_tests SUPERUSER"],
                "the role aslo_in_tests is a superuser, who may change everything: make a role",
            ),
            (["GRANT aslo_log_owner TO aslo_in_tests"], "the role aslo_in_tests is a member of aslo_log_owner"),
            (
                ["CREATE ROLE between_in_tests ROLE aslo_in_tests", "GRANT aslo_log_owner TO between_in_tests"],
                "the role aslo_in_tests is a member of aslo_log_owner",
            ),
            (["ALTER ROLE aslo_in_tests CREATEROLE"], "the role aslo_in_tests may make roles, and so become a member"),
            (["GRANT pg_write_all_data TO aslo_in_tests"], "the role aslo_in_tests may do more with the log's tables"),
        ],
        ids=str,
    )
    def test_that_may_do_too_much(self, superuser: Connection, where: sa.URL, statements: list[str], named: str) -> None:
        for statement in statements:
            superuser.execute(statement)
        is_refused(where, named)
