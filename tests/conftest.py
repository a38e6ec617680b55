"""Logs for all tests of the core: migrated once a session, copied for each test."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from structlog.testing import capture_logs
from structlog.typing import EventDict

from aslo_core.log import EventLog
from aslo_core.log.migrations import upgrade
from aslo_core.testing.postgres_server import PostgresServer
from aslo_core.testing.story import Story

MEMORY = Path("/dev/shm")  # noqa: S108 - what is lost there in a power cut is a test's


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty log, which nobody may change."""
    path = tmp_path_factory.mktemp("migrated") / "log.db"
    upgrade(path)
    return path


@pytest.fixture
def log_path(migrated: Path) -> Iterator[Path]:
    """A log in memory where there is such a folder, since syncing a disk takes longer than all else in most tests."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(shutil.copy(migrated, folder))


@pytest.fixture
def log(log_path: Path) -> Iterator[EventLog]:
    with EventLog.open(log_path) as opened:
        yield opened


@pytest.fixture
def story(log: EventLog) -> Story:
    return Story(log)


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    """What the program says, kept from the screen: showing a traceback takes longer than the test."""
    with capture_logs() as said:
        yield said


@pytest.fixture(scope="session")
def empty_postgres_log(postgres_server: PostgresServer) -> Iterator[sa.URL]:
    """Address, as the application has it, of a migrated database that others are copied from."""
    with postgres_server.database() as admin:
        role, password = "aslo_in_tests", secrets.token_hex(16)
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), password))
        where = sa.make_url(admin).set(username=role, password=password)
        upgrade(where, sa.make_url(admin))
        yield where


@pytest.fixture
def postgres_where(postgres_server: PostgresServer, empty_postgres_log: sa.URL) -> Iterator[sa.URL]:
    with postgres_server.database(template=str(empty_postgres_log.database)) as url:
        yield empty_postgres_log.set(database=sa.make_url(url).database)
