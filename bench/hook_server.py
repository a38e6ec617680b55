"""One webhook route, served as ASLO serves it: `python -m bench.hook_server KIND FOLDER SECRET [REDIS]` prints its port.

What differs is what is done with a delivery that was verified and parsed: `records` it as ASLO does, `parses` and does nothing
more, or `commits` one row for each, with a connection for each thread.
"""

from __future__ import annotations

import socket
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from aslo_source_github.options import GitHubSourceOptions
from aslo_source_github.source import create
from flask import Flask

from aslo_core.api import Context
from aslo_core.bootstrap.interpreter import switch_often
from aslo_core.config.settings import ServerSettings
from aslo_core.log import EventLog
from aslo_core.release.intake import InForce, Intake, Receipt
from aslo_core.types import Announced, Verdict
from aslo_core.web.intake import HOOK, READ_AT_MOST, IntakeServices, intake_blueprint
from aslo_core.web.metrics import Metrics
from aslo_core.web.server import Bodies, make_server
from bench.peers import bare_insert, bare_sqlite

IN_FORCE = InForce(builder="sandbox", notifiers=("github",), storages=("main", "mirror"))


class Parses(Intake):
    """Does nothing with a delivery but say that it was accepted."""

    def receive(self, source: str, verdict: Verdict, body: bytes, *, actor: str = "") -> Receipt:  # noqa: ARG002
        assert isinstance(verdict, Announced)
        return Receipt(delivery_id=verdict.delivery_id, decision="accepted", release=verdict.announcement.stream)


class Commits(Parses):
    """Inserts a row and commits it, as an application does that has one transaction for each request."""

    def __init__(self, log: EventLog, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(log, lambda _: IN_FORCE)
        self._connect = connect
        self._own = threading.local()

    def receive(self, source: str, verdict: Verdict, body: bytes, *, actor: str = "") -> Receipt:
        if not hasattr(self._own, "insert"):
            self._own.insert = bare_insert(self._connect())
        self._own.insert(0)
        return super().receive(source, verdict, body, actor=actor)


def intake(kind: str, log: EventLog, folder: Path) -> Intake:
    """Make what takes the deliveries."""
    match kind:
        case "records":
            return Intake(log, lambda _: IN_FORCE)
        case "parses":
            return Parses(log, lambda _: IN_FORCE)
        case "commits":
            return Commits(log, bare_sqlite(folder / "bare.db"))
        case _:
            raise ValueError(f"there is no {kind!r}")


def main(kind: str, name: str, secret: str, redis_url: str = "") -> None:
    switch_often()
    folder = Path(name)
    source = create(
        GitHubSourceOptions.model_validate({"secret": secret, "owners": ["*"]}),
        Context("github", folder, folder, "http://bench"),
    )
    with EventLog.open(folder / "log.db", redis_url=redis_url) as log:
        services = IntakeServices(intake(kind, log, folder), {"github": source}, "http://bench", Metrics())
        app = Flask("bench.hook_server")
        app.register_blueprint(intake_blueprint(lambda: services))
        listening = socket.create_server(("127.0.0.1", 0))
        threads = ServerSettings().threads
        server = make_server(app, listening, threads=threads, bodies=Bodies(HOOK, READ_AT_MOST))
        print(listening.getsockname()[1], flush=True)
        with suppress(KeyboardInterrupt):
            server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
