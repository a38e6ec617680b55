"""The pages over a real log and real views, asked without a network or served: for tests of what the web answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from aslo_core.jobs.gauge import Gauge
from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.log.trial import trouble
from aslo_core.projections import PROJECTIONS, Projector, Views
from aslo_core.receipts import Backend, Backends
from aslo_core.release.clock import wall_clock
from aslo_core.release.pressure import Pause
from aslo_core.testing.shelf import Shelf
from aslo_core.testing.story import Story
from aslo_core.web import WebServices, create_app
from aslo_core.web.intake import HOOK
from aslo_core.web.server import Bodies, make_server

_BODIES = Bodies(HOOK, largest=1 << 20)
_ENDS_WITHIN_S = 10


@dataclass(frozen=True)
class Site:
    """A site to fill and to ask.

    Attributes:
        story: fills its log.
        logs: keeps the output of attempts.
        first, second: its storages, in the order in which downloads try them.
        services: what its pages are made of.
        client: asks it.
        projector: brings its views up to date.
    """

    story: Story
    logs: BuildLogs
    first: Shelf
    second: Shelf
    services: WebServices
    client: FlaskClient
    projector: Projector

    def get(self, path: str, **headers: str) -> TestResponse:
        """Bring the views up to date and ask for a page; header names with `_` for `-`."""
        self.projector.catch_up()
        return self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def head(self, path: str, **headers: str) -> TestResponse:
        """Bring the views up to date and ask for the head of a page."""
        self.projector.catch_up()
        return self.client.head(path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def json(self, path: str) -> Any:
        """Bring the views up to date and ask for JSON, which must be a success."""
        response = self.get(path, Accept="application/json")
        if response.status_code != 200:  # noqa: PLR2004
            raise AssertionError(f"{path} answered {response.status}: {response.text[:500]}")
        return response.get_json()


@contextmanager
def opened(folder: Path, *, page_size: int = 24, recent: int = 30) -> Iterator[Site]:
    """Open a site over the migrated `log.db` in a folder.

    Args:
        folder: where the log lies; the views are made beside it.
        page_size: as in `WebServices`.
        recent: as in `WebServices`.
    """
    with ExitStack() as closing:
        log = closing.enter_context(EventLog.open(folder / "log.db"))
        logs = BuildLogs(folder / "log.db")
        closing.callback(logs.close)
        projector = Projector(folder / "views.db", log, PROJECTIONS)
        closing.callback(projector.close)
        projector.catch_up()
        views = Views(folder / "views.db")
        closing.callback(views.close)
        first, second = Shelf(), Shelf()
        storages = Backends({"first": Backend("first", first), "second": Backend("second", second)})
        gauge = Gauge(folder, 0, lambda: trouble(log, folder / "log.db"), lambda: "", views.snapshot, lambda: storages, dict)

        def pause() -> Pause:
            gauge.look()
            return gauge.pause

        services = WebServices(
            views=views,
            build_logs=logs,
            storages=lambda: storages,
            public_url="https://aslo.example",
            log_head=log.head,
            pause=pause,
            clock=wall_clock,
            page_size=page_size,
            recent=recent,
        )
        client = create_app(services).test_client()
        yield Site(Story(log, storages=("first", "second")), logs, first, second, services, client, projector)


@contextmanager
def served(services: WebServices) -> Iterator[str]:
    """Serve pages by the real server on a free port of this machine.

    Yields:
        Their address, without a slash at the end.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = make_server(create_app(services), listening, threads=2, bodies=_BODIES)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            with suppress(OSError):  # it has closed that already, when something else woke it
                server.trigger.pull_trigger(server.close)  # in the server's own thread
            thread.join(timeout=_ENDS_WITHIN_S)
            server.task_dispatcher.shutdown()
