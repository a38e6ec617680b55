"""Servers that cases share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aslo_core.testing.postgres_server import PostgresServer
from aslo_core.testing.processes import NotInstalled
from aslo_core.testing.s3_server import run_moto
from aslo_core.testing.services import missing
from tests.crash.services import Servers, make_log


@pytest.fixture(scope="session")
def shared(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers of this test process for all cases that need them."""
    folder = tmp_path_factory.mktemp("shared")
    try:
        with run_moto(folder) as s3:
            yield Servers(postgres_server, make_log(postgres_server), s3, folder)
    except NotInstalled as error:
        missing(str(error))
