"""A real PostgreSQL for tests, with its data in a temporary folder."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from aslo_core.testing.processes import NotInstalled, Restartable, ServerFailed, on_free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

_ANSWER_SECONDS = 5


@dataclass(frozen=True)
class PostgresServer:
    """A running PostgreSQL that nobody else knows the password of.

    Attributes:
        port: its port on 127.0.0.1.
        password: password of its superuser `postgres`.
        log: its log.
        data: folder of its data.
        process: stops, kills and starts it; for a server that no other test uses. Its data stays.
    """

    port: int
    password: str
    log: Path
    data: Path
    process: Restartable

    def url(self, database: str = "postgres") -> str:
        """Address of one of its databases, as libpq takes it."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            psycopg.connect(self.url(), connect_timeout=_ANSWER_SECONDS).close()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database for the time of a block, as a copy of another one, and give its address."""
        name = f"test_{secrets.token_hex(8)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
            try:
                yield self.url(name)
            finally:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass(frozen=True)
class _Account:
    """Who the server runs as; None is whoever runs the tests."""

    user: int | None = None
    group: int | None = None

    def own(self, path: Path) -> None:
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


@contextmanager
def run_postgres(*, fsync: bool = False) -> Iterator[PostgresServer]:
    """Run a PostgreSQL whose data is gone when the block ends.

    Args:
        fsync: whether it flushes its data to the disk all the same, as one to be measured does.

    Raises:
        NotInstalled: there is none on this machine.
        ServerFailed: it did not come up.
    """
    programs = find_postgres()
    account = _account()
    # Not below pytest's own temporary folder: that one is closed to the account that a root runs the server as.
    with tempfile.TemporaryDirectory(prefix="aslo-postgres-") as name, ExitStack() as stack:
        folder = Path(name)
        account.own(folder)
        password = secrets.token_hex(16)
        _initialise(programs, folder, account, password)

        def start(port: int) -> PostgresServer:
            process = Restartable(lambda: _run(programs, account, server, fsync=fsync))
            server = PostgresServer(port, password, folder / "log", folder / "data", process)
            stack.callback(process.stop)
            process.start()
            return server

        yield on_free_port(start)


def find_postgres() -> Path:
    """Folder with PostgreSQL's programs: of PATH, else the newest that Debian's packages installed.

    Raises:
        NotInstalled: there is none.
    """
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda program: int(program.parts[-3]))
    if versions:
        return versions[-1].parent
    raise NotInstalled("PostgreSQL's initdb is not installed: install the package postgresql")


def _account() -> _Account:
    """PostgreSQL refuses to run as root: choose its own account or, failing that, nobody."""
    if os.geteuid() != 0:
        return _Account()
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return _Account(entry.pw_uid, entry.pw_gid)
    raise NotInstalled("PostgreSQL does not run as root, and there is neither an account postgres nor nobody: make one")


def _initialise(programs: Path, folder: Path, account: _Account, password: str) -> None:
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password)
    account.own(secret)
    command: list[str | Path] = [
        programs / "initdb",
        f"--pgdata={folder / 'data'}",
        "--username=postgres",
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        user=account.user,
        group=account.group,
        extra_groups=None if account.user is None else [],
    )
    if done.returncode:
        raise ServerFailed(f"initdb ended with status {done.returncode}:\n{done.stdout.decode(errors='replace')}")


def _run(
    programs: Path, account: _Account, server: PostgresServer, *, fsync: bool
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": server.port,
        "unix_socket_directories": "",
        "fsync": "on" if fsync else "off",
    }
    arguments = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    return running(
        [programs / "postgres", "-D", server.data, *arguments],
        log=server.log,
        is_ready=server.answers,
        user=account.user,
        group=account.group,
        stop_signal=signal.SIGINT,  # ends sessions instead of waiting for them
    )
