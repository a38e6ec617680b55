"""An erased body is gone from the files."""

import sqlite3
from contextlib import closing
from pathlib import Path

from aslo_core.events import Cause, DeliveryIgnored, encode
from aslo_core.log import Entry, EventLog
from aslo_core.log.body import inflate

CAUSE = Cause(source="console", actor="operator")
SECRET = DeliveryIgnored(
    trigger="push", reason="written by Ana, +55 11 5555 0100, ana@example.org", body_digest="", body_size=0
)


def test_nothing_of_it_is_left_in_the_files(log: EventLog, log_path: Path) -> None:
    secret = log.append([Entry("delivery/a", SECRET)], cause=CAUSE).events[0]
    with closing(sqlite3.connect(log_path)) as connection:
        salt, deflated = connection.execute("SELECT salt, deflated FROM bodies").fetchone()
    assert inflate(deflated, len(encode(SECRET))) == encode(SECRET)

    def found() -> list[bool]:
        files = b"".join(path.read_bytes() for path in log_path.parent.iterdir())
        return [deflated in files, salt in files]

    assert found() == [True, True]
    log.erase(secret.id, "asked for", CAUSE)
    assert found() == [False, False]
