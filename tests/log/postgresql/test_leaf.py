"""The leaf that the database computes is the one that docs/reference/log-format.md describes, and the program computes."""

import hashlib
from uuid import UUID

import msgspec
import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aslo_core.errors import Permanent
from aslo_core.events import Cause
from aslo_core.log import EventLog
from aslo_core.log.leaf import MAX_ENVELOPE, Envelope, encode_envelope, leaf_hash
from aslo_core.log.verify import verify
from tests.log.envelopes import LETTERS, envelopes
from tests.log.postgresql.conftest import Connection, entry

texts = st.one_of(st.text(LETTERS, max_size=40), st.builds(str.__mul__, st.text(LETTERS, max_size=4), st.integers(0, 9000)))
numbers = st.one_of(st.integers(0, 300), st.integers(0, (1 << 63) - 1))
any_envelope = envelopes(texts, numbers, st.just(hashlib.sha256(b"{}").digest()))
EMPTY = Envelope(
    id=str(UUID(int=0)),
    stream="",
    version=0,
    type="",
    schema=0,
    recorded_us=0,
    source="",
    key="",
    actor="",
    correlation="",
    causation="",
    metadata_digest=hashlib.sha256(b"{}").digest(),
    body_digest=bytes(32),
)
ROOM = MAX_ENVELOPE - len(encode_envelope(EMPTY))


def leaf_in_database(superuser: Connection, envelope: Envelope) -> bytes:
    values = msgspec.structs.asdict(envelope) | {"metadata_digest": b"{}"}
    statement = "SELECT leaf(ROW(0, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')::events)"
    (leaf,) = superuser.execute(statement, list(values.values())).fetchall()[0]
    return bytes(leaf)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(any_envelope)
@example(EMPTY)
@example(msgspec.structs.replace(EMPTY, key="🦜🎈\U0010ffff\u202e\ufeffa\u0301é%_\\'\"{}"))
@example(msgspec.structs.replace(EMPTY, key="x" * ROOM))
@example(msgspec.structs.replace(EMPTY, key="x" * (ROOM + 1)))
@example(msgspec.structs.replace(EMPTY, key="é" * 40_000))
def test_it_is_the_same_as_the_programs(superuser: Connection, envelope: Envelope) -> None:
    try:
        expected = leaf_hash(encode_envelope(envelope))
    except Permanent:
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="65535 are allowed"):
            leaf_in_database(superuser, envelope)
    else:
        assert leaf_in_database(superuser, envelope) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(st.lists(st.text(LETTERS, max_size=30), min_size=5, max_size=5))
def test_texts_come_back_as_they_were_written(log: EventLog, where: sa.URL, texts: list[str]) -> None:
    source, actor, correlation, causation, reason = texts
    cause = Cause(source=source, actor=actor, correlation=correlation or "c", causation=causation)
    written = log.append([entry("delivery/a", reason)], cause=cause)
    assert tuple(log.read_all(log.head() - 1)) == written.events
    assert written.events[0].cause == cause
    assert verify(where).faults == ()


@pytest.mark.parametrize("digest", [b"", bytes(31), bytes(33)])
def test_no_leaf_is_made_of_a_digest_that_is_none(superuser: Connection, digest: bytes) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="which are to be 32"):
        leaf_in_database(superuser, msgspec.structs.replace(EMPTY, body_digest=digest))
