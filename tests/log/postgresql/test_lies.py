"""Whoever has the application's password tells append and erase what is not so: all or nothing, and the log stays sound."""

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.types.json import Jsonb

from aslo_core.log import EventLog
from aslo_core.log.verify import verify
from tests.log.postgresql.conftest import (
    CAUSE,
    Connect,
    Connection,
    Json,
    argument_of,
    call_append,
    call_erase,
    entry,
    record_of,
)

ABSENT = "0191e0c4-7c00-7000-8000-000000000001"


def with_event(**changes: object) -> Json:
    draft = argument_of(entry("release/a"), entry("release/b"))
    draft["events"][1].update(changes)
    return draft


def without_event(name: str) -> Json:
    draft = argument_of(entry("release/a"), entry("release/b"))
    del draft["events"][1][name]
    return draft


def without(name: str) -> Json:
    draft = argument_of()
    del draft[name]
    return draft


EVENT_FIELDS = ["id", "stream", "type", "schema", "metadata", "digest", "salt", "size", "deflated"]
LIES = [
    pytest.param(with_event(digest="AAAA"), id="a digest of 3 bytes"),
    pytest.param(with_event(digest=""), id="an empty digest"),
    pytest.param(with_event(digest="A" * 44), id="a digest of 33 bytes"),
    pytest.param(with_event(digest="no base64!"), id="a digest that is no base64"),
    pytest.param(with_event(salt="AAAA"), id="a salt of 3 bytes"),
    pytest.param(with_event(stream="erasure/x"), id="the stream of an erasure"),
    pytest.param(with_event(type="body.erased"), id="the type of an erasure"),
    pytest.param(with_event(stream=f"erasure/{ABSENT}", type="body.erased"), id="an erasure"),
    pytest.param(with_event(schema=-1), id="a negative version of its type"),
    pytest.param(with_event(schema=0), id="version 0 of its type"),
    pytest.param(with_event(schema=1 << 63), id="a version beyond 64 bits"),
    pytest.param(with_event(schema="one"), id="a version in words"),
    pytest.param(with_event(size=1 << 70), id="a size beyond 64 bits"),
    pytest.param(with_event(id="no uuid"), id="an id that is no UUID"),
    pytest.param(with_event(metadata="%"), id="metadata that is no base64"),
    pytest.param(with_event(type="x" * 65536), id="an envelope that is too long"),
    *(pytest.param(with_event(**{name: None}), id=f"an event whose {name} is null") for name in EVENT_FIELDS),
    *(pytest.param(without_event(name), id=f"an event without {name}") for name in EVENT_FIELDS),
    *(
        pytest.param(without(name), id=f"an append without {name}")
        for name in ("source", "key", "actor", "correlation", "causation")
    ),
    pytest.param({**argument_of(), "source": None}, id="an append from nobody"),
    pytest.param({**argument_of(), "events": []}, id="no event"),
    pytest.param({**argument_of(), "events": None}, id="null for events"),
    pytest.param(without("events"), id="nothing for events"),
    pytest.param({**argument_of(), "events": {}}, id="an object for events"),
    pytest.param({**argument_of(), "events": "x"}, id="a text for events"),
    pytest.param({**argument_of(), "events": [1]}, id="a number for an event"),
    pytest.param({**argument_of(), "events": [[]]}, id="an array for an event"),
]


class TestLiesToAppend:
    @pytest.mark.parametrize("lie", LIES)
    def test_are_refused_whole_and_stop_nothing_else(
        self, application: Connection, log: EventLog, where: sa.URL, lie: Json
    ) -> None:
        log.append([entry()], cause=CAUSE)
        placed = call_append(
            application, argument_of(entry("notice/1")), lie, argument_of(entry("notice/2"), entry("notice/2"))
        )
        assert [(row[0], row[1], row[3]) for row in placed] == [
            (1, None, 1),
            (2, "refused", None),
            (3, None, 2),
            (3, None, 3),
        ]
        assert [event.stream for event in log.read_all(0)] == ["notice/1", "notice/2", "notice/2"]
        assert verify(where).faults == ()

    def test_an_id_that_is_there(self, application: Connection, log: EventLog) -> None:
        once = argument_of()
        other = argument_of(entry("release/a"), entry("release/b"))
        other["events"][1]["id"] = once["events"][0]["id"]
        twice = argument_of(entry("release/a"), entry("release/b"))
        twice["events"][1]["id"] = twice["events"][0]["id"]
        shouted = {**once, "events": [{**once["events"][0], "id": once["events"][0]["id"].upper()}]}
        assert [row[1] for row in call_append(application, once, once, other, twice, shouted)] == [None, *["refused"] * 4]
        assert log.head() == 0

    @pytest.mark.parametrize("argument", ["null", "{}", "1", '"x"', "[1]", "[null]", "[[]]"])
    def test_what_is_no_list_of_appends(self, application: Connection, log: EventLog, argument: str) -> None:
        try:
            placed = application.execute("SELECT failure FROM append(%s::jsonb)", [argument]).fetchall()
        except psycopg.errors.InvalidParameterValue:
            placed = []
        assert set(placed) <= {("refused",)}
        assert log.head() == -1

    @pytest.mark.parametrize(
        "expect",
        [
            *('"x"', "1", "{}", "null", '{"stream": "release/a", "version": 0}'),
            *(f'[{{"stream": "release/a", "version": {version}}}]' for version in ('"x"', "1.5", "1e40", "[]", "{}")),
        ],
    )
    def test_expectations_that_are_none(self, application: Connection, log: EventLog, expect: str) -> None:
        statement = "SELECT append(jsonb_set(%s, '{1,expect}', %s::jsonb))"
        with pytest.raises(psycopg.DataError):
            application.execute(statement, [Jsonb([argument_of(), argument_of()]), expect])
        assert log.head() == -1

    def test_no_arguments_at_all(self, application: Connection, log: EventLog) -> None:
        for argument in (Jsonb([]), None):
            assert application.execute("SELECT * FROM append(%s)", [argument]).fetchall() == []
        assert log.head() == -1

    @pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
    @pytest.mark.parametrize("nested", [False, True])
    def test_a_transaction_that_would_not_see_the_newest_position(
        self, application: Connection, log: EventLog, level: str, nested: bool
    ) -> None:
        application.execute(f"BEGIN ISOLATION LEVEL {level}")
        if nested:
            application.execute("SAVEPOINT inner_one")
        with pytest.raises(psycopg.errors.InvalidTransactionState, match=f"READ COMMITTED, this one is {level}"):
            call_append(application, argument_of())
        application.execute("ROLLBACK")
        assert log.head() == -1

    def test_a_transaction_that_cannot_write(self, application: Connection, log: EventLog) -> None:
        application.execute("BEGIN READ ONLY")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            call_append(application, argument_of())
        application.execute("ROLLBACK")
        assert log.head() == -1

    def test_calls_from_a_function_that_sees_an_old_state(
        self, application: Connection, connect: Connect, log: EventLog
    ) -> None:
        """A function that is STABLE sees what its caller saw; append sees the newest all the same."""
        application.execute(
            "CREATE FUNCTION pg_temp.twice(drafts jsonb) RETURNS SETOF bigint LANGUAGE sql STABLE AS"
            " $$ SELECT at_position FROM aslo_log.append(drafts) $$"
        )
        with application.transaction():
            application.execute("SELECT * FROM events")
            call_append(connect(), argument_of())
            assert application.execute("SELECT pg_temp.twice(%s)", [Jsonb([argument_of()])]).fetchall() == [(1,)]
            assert application.execute("SELECT pg_temp.twice(%s)", [Jsonb([argument_of()])]).fetchall() == [(2,)]
        assert [event.version for event in log.read("delivery/a")] == [1, 2, 3]

    def test_the_lock_cannot_be_given_back_before_the_end(
        self, application: Connection, connect: Connect, log: EventLog
    ) -> None:
        application.execute("BEGIN")
        call_append(application, argument_of())
        for way in ("pg_advisory_unlock_all()", "pg_advisory_unlock(7022344802737188711)"):
            application.execute(f"SELECT {way}")
        other = connect()
        other.execute("SET lock_timeout = 50")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            call_append(other, argument_of())
        application.execute("ROLLBACK")
        assert call_append(other, argument_of())[0][3] == 0
        assert log.head() == 0


class TestLiesToErase:
    @pytest.fixture
    def events(self, log: EventLog) -> list[str]:
        return [event.id for event in log.append([entry(), entry()], cause=CAUSE).events]

    @pytest.mark.parametrize("target", [ABSENT, "", "%", "x' OR true", None])
    def test_what_is_not_there(self, application: Connection, log: EventLog, events: list[str], target: str | None) -> None:
        assert events
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="is not there"):
            call_erase(application, {**record_of(""), "erases": target})
        assert log.head() == 1

    @pytest.mark.parametrize(
        "lie",
        [
            *({name: None} for name in EVENT_FIELDS if name not in {"stream", "type"}),
            {"digest": "AAAA"},
            {"salt": "AAAA"},
            {"schema": -1},
            {"schema": 1 << 70},
            {"id": "x"},
        ],
        ids=str,
    )
    def test_a_record_that_cannot_stand(
        self, application: Connection, log: EventLog, where: sa.URL, events: list[str], lie: Json
    ) -> None:
        draft = record_of(events[0])
        draft["events"][0].update(lie)
        with pytest.raises((psycopg.DataError, psycopg.IntegrityError)):
            call_erase(application, draft)
        assert log.head() == 1
        assert verify(where).faults == ()

    def test_no_record(self, application: Connection, log: EventLog, events: list[str]) -> None:
        for none in ([], None, {}):
            with pytest.raises((psycopg.DataError, psycopg.IntegrityError)):
                call_erase(application, record_of(events[0], events=none))
        assert log.head() == 1

    def test_a_second_time(self, application: Connection, log: EventLog, events: list[str]) -> None:
        log.erase(events[0], "asked for", CAUSE)
        assert call_erase(application, record_of(events[0])) == []
        assert log.head() == 2

    def test_the_record_of_an_erasure(self, application: Connection, log: EventLog, events: list[str]) -> None:
        log.erase(events[0], "asked for", CAUSE)
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="records an erasure itself"):
            call_erase(application, record_of(next(log.read_all(1)).id))
        assert log.head() == 2
