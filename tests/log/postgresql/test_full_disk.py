"""A PostgreSQL whose disk is full: appends fail and say so, reading goes on, and so does writing once there is room."""

import random
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from aslo_core.log import EventLog, LogUnavailable
from aslo_core.log.migrations import upgrade
from aslo_core.log.verify import verify
from aslo_core.testing.postgres_server import find_postgres
from aslo_core.testing.processes import NotInstalled, on_free_port, running
from aslo_core.testing.services import missing
from tests.log.postgresql.conftest import CAUSE, Connection, entry

IN_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]
MOUNT = "mount -t tmpfs -o size=120m tmpfs disk"
AS_NO_ROOT = "unshare --user --map-user=1000 --map-group=1000"
"""What PostgreSQL demands, even of who is root in a namespace alone."""
SERVE = f"""{MOUNT}
exec {AS_NO_ROOT} sh -ec '
    "$0/initdb" --pgdata=disk/data --username=postgres --auth=trust --locale=C --encoding=UTF8 --no-sync
    exec "$0/postgres" -D disk/data -c listen_addresses=127.0.0.1 -c port="$1" -c unix_socket_directories= -c fsync=off
' "$0" "$@"
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="aslo-disk-") as name:
        (Path(name) / "disk").mkdir()
        yield Path(name)


@pytest.fixture
def admin(folder: Path) -> Iterator[sa.URL]:
    """A superuser's address of a server whose data lies on a disk of its own, of 120 MiB."""
    try:
        programs = str(find_postgres())
    except NotInstalled as error:
        missing(str(error))
    if subprocess.run(
        [*IN_NAMESPACE, f"{MOUNT} && {AS_NO_ROOT} true"], cwd=folder, capture_output=True, check=False
    ).returncode:
        missing("no tmpfs can be mounted here: util-linux is older than 2.36, or user namespaces are forbidden")
    with ExitStack() as stack:

        def start(port: int) -> sa.URL:
            address = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            command = [*IN_NAMESPACE, SERVE, programs, str(port)]
            ready = running(command, log=folder / "log", is_ready=lambda: answers(address), stop_signal=signal.SIGINT)
            stack.enter_context(ready)
            return sa.make_url(address)

        yield on_free_port(start)


@pytest.fixture
def superuser(admin: sa.URL) -> Iterator[Connection]:
    with psycopg.connect(str(admin), autocommit=True) as connection:
        yield connection


@pytest.fixture
def where(admin: sa.URL, superuser: Connection) -> sa.URL:
    superuser.execute("CREATE ROLE aslo LOGIN")
    where = admin.set(username="aslo")
    upgrade(where, admin)
    return where


def answers(address: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(address).close()
        return True
    return False


def write(superuser: Connection, path: Path, size: int) -> None:
    """Have the server write a file, since nobody else sees its disk."""
    copy = f"COPY (SELECT repeat('x', 9999) FROM generate_series(1, {size // 10_000})) TO '{path}'"  # noqa: S608
    superuser.execute(copy)


def test_a_full_disk(folder: Path, superuser: Connection, where: sa.URL) -> None:
    superuser.execute("SELECT pg_switch_wal(); CHECKPOINT")  # a whole segment of it, so that it is not what lacks room
    noise = random.Random(1)  # noqa: S311 - it has to be long when compressed
    large = entry("delivery/a", "".join(chr(0x4E00 + noise.randrange(20000)) for _ in range(1_000_000)))
    with EventLog.open(where) as log:
        log.append([entry()], cause=CAUSE)
        write(superuser, folder / "disk" / "room", 500_000)
        with pytest.raises(psycopg.errors.DiskFull):
            write(superuser, folder / "disk" / "filler", 1_000_000_000)
        write(superuser, folder / "disk" / "room", 0)
        for _ in range(3):
            with pytest.raises(LogUnavailable, match="the disk is full: free some space") as failure:
                log.append([entry(), large], cause=CAUSE, key="k")
            assert "is not known" not in str(failure.value)
            assert [event.position for event in log.read_all()] == [0]
        assert verify(where).faults == ()
        write(superuser, folder / "disk" / "filler", 0)
        assert not log.append([entry(), large], cause=CAUSE, key="k").duplicate
        assert log.head() == 2
    assert verify(where).faults == ()
