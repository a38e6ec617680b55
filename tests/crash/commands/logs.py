"""Cases of the commands that work on the log."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from types import MappingProxyType

import psycopg
import sqlalchemy as sa
from psycopg.errors import InsufficientPrivilege

from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.testing import values
from aslo_core.testing.prepared_aslo import Ended, run_aslo
from aslo_core.testing.story import Made, Story
from tests.crash.commands.case import aslo
from tests.crash.invariants import unsound_log
from tests.crash.leftovers import LONG_AGO_S
from tests.crash.scene import Scene
from tests.crash.services import Servers


class Exporting:
    """`aslo log export` over a former one: it is that one or the new one, and gives the same log again.

    Args:
        made: where.
    """

    arguments = ("log", "export", "log.jsonl")
    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, made: Scene) -> None:
        self._made, self._export = made, made.folder / "log.jsonl"
        with EventLog.open(made.log) as log:
            Story(log).published(values.announcement(), Made())
        with closing(BuildLogs(made.log)) as logs:
            logs.append("release/github/1/10", 1, 0, b"packing\n")
        self._export.write_text("the former one")

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        if self._export.read_text() != "the former one":
            yield from self._unlike()

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status:
            yield f"ended: the second time with {again.status}: {again.err}"
        yield from self._unlike()
        for path in self._made.folder.glob(".log.jsonl*"):
            os.utime(path, (long_ago := time.time() - LONG_AGO_S, long_ago))
        aslo(self._made, *self.arguments)
        yield from (f"left: {path.name} after a day" for path in self._made.folder.glob(".log.jsonl*"))

    def _unlike(self) -> Iterator[str]:
        """Import it elsewhere, and hold that against the log."""
        there = self._made.folder / "another"
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir()
        for name in ("aslo.toml", "github-webhook-secret", "github-token"):
            shutil.copy(self._made.folder / name, there)
        ended = run_aslo(("log", "import", str(self._export)), there, dict(os.environ))
        if ended.status:
            yield f"file: it cannot be imported: {ended.err}"
            return
        with EventLog.open(self._made.log) as log, EventLog.open(there / "data" / "log.db") as imported:
            if list(log.read_all(-1)) != list(imported.read_all(-1)):
                yield "file: what is imported from it is not what is in the log"


class Upgrading:
    """`aslo db upgrade` of a new database: there is no log or a whole one, whose guards hold.

    Args:
        made: where.
        shared: has the server.
        url: address of the database, as an administrator has it.
    """

    arguments = ("db", "upgrade")

    def __init__(self, made: Scene, shared: Servers, url: str) -> None:
        self.environment = {"ASLO_DB_ADMIN": url}
        self._url = url
        self._log = shared.empty.set(database=sa.make_url(url).database)
        address = self._log.render_as_string(hide_password=False)
        configuration = made.folder / "aslo.toml"
        configuration.write_text(f'{configuration.read_text()}\n[data]\nlog_url = "{address}"\n')

    def killed(self) -> Iterator[str]:
        """See `Case.killed`."""
        with psycopg.connect(self._url) as connection:
            (tables,) = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'aslo_log'").fetchone() or (0,)
        if tables:
            yield from self._unguarded()

    def done(self, again: Ended) -> Iterator[str]:
        """See `Case.done`."""
        if again.status:
            yield f"ended: the second time with {again.status}: {again.err}"
        yield from self._unguarded()

    def _unguarded(self) -> Iterator[str]:
        with EventLog.open(self._log) as log:  # says when a guard is not there
            Story(log).announced(values.announcement())
        yield from unsound_log(self._log)
        plain = self._log.set(drivername="postgresql").render_as_string(hide_password=False)
        for attack in ("UPDATE aslo_log.events SET type = ''", "DELETE FROM aslo_log.bodies"):
            with psycopg.connect(plain) as connection:
                try:
                    connection.execute(attack)
                except InsufficientPrivilege:
                    continue
                yield f"log: it lets the application say {attack}"
