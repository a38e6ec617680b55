"""Fixtures that start real services on free ports, for every test that names one.

A plugin of pytest: write `pytest_plugins = ["aslo_core.testing.services"]` into the topmost `conftest.py`. Each service runs
once per test process (pytest-xdist has several) from the first test that needs it to the end, and a failed test shows the
ends of their logs. On a machine that lacks a service, the test is skipped, saying what to install; with `CI=true` in the
environment it fails, so that nothing goes untested unnoticed.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import pytest

from aslo_core.errors import AsloError
from aslo_core.testing.processes import NotInstalled, last_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager

    import docker

    from aslo_core.rootfs import RootTree
    from aslo_core.testing.docker_daemon import DockerDaemon
    from aslo_core.testing.ftp_server import FtpServer
    from aslo_core.testing.postgres_server import PostgresServer
    from aslo_core.testing.redis_server import RedisServer
    from aslo_core.testing.s3_server import S3Server
    from aslo_core.testing.small_disk import SmallDisk
    from aslo_core.testing.web_servers import WebServer

T = TypeVar("T")

LOGS = pytest.StashKey[dict[str, Path]]()
"""In a session's configuration: fixture → log of its service."""

# The contract suites are no test modules, yet their assertions are to explain themselves as well.
pytest.register_assert_rewrite(
    "aslo_core.testing.storage",
    "aslo_core.testing.network_storage",
    "aslo_core.testing.storage_scene",
    "aslo_core.testing.storage_fault",
    "aslo_core.testing.storage_faults",
    "aslo_core.testing.builder",
    "aslo_core.testing.escapes",
    "aslo_core.testing.reach",
    "aslo_core.testing.setup_scripts",
    "aslo_core.testing.notifier",
    "aslo_core.testing.source",
)


def missing(reason: str) -> NoReturn:
    """Skip the test since something is not installed, or fail it in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[RedisServer]:
    """A Redis of this test process alone."""
    from aslo_core.testing.redis_server import run_redis  # noqa: PLC0415 (who needs no Redis need not have its client)

    with ExitStack() as stack:
        server = _start(stack, run_redis(tmp_path_factory.mktemp("redis")))
        _logs(pytestconfig)["redis_server"] = server.log
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> Iterator[str]:
    """Address of a Redis database that is empty and of this test alone, as all others of that server are."""
    with redis_server.account() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """A PostgreSQL of this test process alone."""
    from aslo_core.testing.postgres_server import run_postgres  # noqa: PLC0415 (as above)

    with ExitStack() as stack:
        server = _start(stack, run_postgres())
        _logs(pytestconfig)["postgres_server"] = server.log
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """Address of a PostgreSQL database that is empty and of this test alone."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def docker_daemon(pytestconfig: pytest.Config) -> Iterator[DockerDaemon]:
    """The machine's Docker daemon, or one of this test process alone."""
    from aslo_core.testing.docker_daemon import run_docker  # noqa: PLC0415 (as above)

    with ExitStack() as stack:
        daemon = _start(stack, run_docker())
        if daemon.log is not None:
            _logs(pytestconfig)["docker_daemon"] = daemon.log
        yield daemon


@pytest.fixture
def docker_client(docker_daemon: DockerDaemon) -> Iterator[docker.DockerClient]:
    """Connection to a real Docker daemon."""
    client = docker_daemon.client()
    yield client
    client.close()


@pytest.fixture(scope="session")
def root_tree(tmp_path_factory: pytest.TempPathFactory) -> RootTree:
    """A root tree to build in, of the packages that this machine's apt brings; made once for all test processes of a run."""
    from aslo_core.rootfs import make_tree, read_tree  # noqa: PLC0415 (as above)

    folder = tmp_path_factory.mktemp("rootfs") / "tree"
    of_all = folder.parents[2 if "PYTEST_XDIST_WORKER" in os.environ else 1]
    with (of_all / "root_tree").open("a+") as record:
        fcntl.flock(record, fcntl.LOCK_EX)
        record.seek(0)
        if told := record.read():
            digest, _, place = told.partition(" ")
            return read_tree(Path(place), digest)
        try:
            made = make_tree(folder, lambda _line: None)
        except AsloError as error:
            missing(f"no root tree can be made: {error}")
        record.write(f"{made.digest} {made.folder}")
        return made


@pytest.fixture(scope="session")
def ftp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServer]:
    """A plain FTP server of this test process alone."""
    from aslo_core.testing.ftp_server import FtpServer  # noqa: PLC0415 (as above)

    with FtpServer(tmp_path_factory.mktemp("ftp")) as server:
        yield server


@pytest.fixture(scope="session")
def seaweedfs(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[S3Server]:
    """A SeaweedFS of this test process alone, over plain HTTP."""
    from aslo_core.testing.s3_server import run_seaweedfs  # noqa: PLC0415 (as above)

    with ExitStack() as stack:
        server = _start(stack, run_seaweedfs(tmp_path_factory.mktemp("seaweedfs")))
        _logs(pytestconfig)["seaweedfs"] = server.log
        yield server


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[S3Server]:
    """A moto of this test process alone, over TLS."""
    from aslo_core.testing.certificates import issue_certificate  # noqa: PLC0415 (as above)
    from aslo_core.testing.s3_server import run_moto  # noqa: PLC0415 (as above)

    folder = tmp_path_factory.mktemp("moto")
    with ExitStack() as stack:
        server = _start(stack, run_moto(folder, issue_certificate(folder, addresses=["127.0.0.1"])))
        _logs(pytestconfig)["moto"] = server.log
        yield server


@pytest.fixture
def nginx(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Callable[[str], WebServer]]:
    """Starts an nginx of this test alone, given what is to stand in its block `server`."""
    from aslo_core.testing.web_servers import run_nginx  # noqa: PLC0415 (as above)

    with ExitStack() as stack:
        yield lambda lines: _web_server(stack, run_nginx, lines, "nginx", tmp_path, pytestconfig)


@pytest.fixture
def lighttpd(tmp_path: Path, pytestconfig: pytest.Config) -> Iterator[Callable[[str], WebServer]]:
    """Starts a lighttpd of this test alone, given what is to stand in its configuration."""
    from aslo_core.testing.web_servers import run_lighttpd  # noqa: PLC0415 (as above)

    with ExitStack() as stack:
        yield lambda lines: _web_server(stack, run_lighttpd, lines, "lighttpd", tmp_path, pytestconfig)


@pytest.fixture(scope="session")
def disk() -> Iterator[SmallDisk]:
    """A disk with little room, of this test process alone."""
    from aslo_core.testing.small_disk import small_disk  # noqa: PLC0415 (as above)

    with ExitStack() as stack:
        yield _start(stack, small_disk())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure what the services said that its test uses."""
    report = yield
    if report.failed:
        for fixture, log in _logs(item.config).items():
            if fixture in getattr(item, "fixturenames", ()):
                report.sections.append((f"end of the log of {fixture}", last_lines(log)))
    return report


def _start(stack: ExitStack, service: AbstractContextManager[T]) -> T:
    try:
        return stack.enter_context(service)
    except NotInstalled as error:
        missing(str(error))


def _web_server(
    stack: ExitStack,
    run: Callable[[Path, str], AbstractContextManager[WebServer]],
    lines: str,
    fixture: str,
    tmp_path: Path,
    config: pytest.Config,
) -> WebServer:
    folder = tmp_path / fixture
    folder.mkdir()
    server = _start(stack, run(folder, lines))
    _logs(config)[fixture] = server.log
    return server


def _logs(config: pytest.Config) -> dict[str, Path]:
    return config.stash.setdefault(LOGS, {})
