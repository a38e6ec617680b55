"""Whether the server lives, and whether it is ready to answer: for supervisors and load balancers."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from aslo_core.errors import Transient
from aslo_core.projections import PROJECTIONS
from aslo_core.projections.standing import parked_events, unreadable
from aslo_core.projections.views import reached
from aslo_core.types import Value
from aslo_core.web.services import WebServices


class HealthAnswer(Value):
    """How the server is.

    Attributes:
        ready: whether pages can be answered, and, as far as is known, webhooks recorded now.
        position: position in the log up to which pages have been made, -1 for none.
        detail: what is wrong, or empty.
        paused: why no release is begun for now, each reason in words. Unless it is the log, webhooks are recorded all the same.
        parked: read model → how many events it could not apply and goes on without; only those with any.
    """

    ready: bool
    position: int = -1
    detail: str = ""
    parked: dict[str, int] = msgspec.field(default_factory=dict)
    paused: tuple[str, ...] = ()


def health_blueprint(services: WebServices) -> Blueprint:
    """`/healthz`: 200 while the process answers. `/readyz`: 200 when it can work, else 503 and why."""
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def alive() -> Response:
        return _answer(HealthAnswer(ready=True), 200)

    @blueprint.get("/readyz")
    def ready() -> Response:
        try:
            with services.views.snapshot() as connection:
                position, missing = reached(connection), unreadable(connection, PROJECTIONS)
                parked = parked_events(connection)
        except Transient as error:
            return _answer(HealthAnswer(ready=False, detail=str(error)), 503)
        if missing:
            detail = f"the pages are being rebuilt from the log ({', '.join(missing)})"
            return _answer(HealthAnswer(ready=False, position=position, detail=detail), 503)
        pause = services.pause()
        failing = [reason.words for reason in pause.reasons if reason.kind == "log"]
        lacking = ["pages may lack something: events could not be applied to read models"] if parked else []
        answer = HealthAnswer(
            ready=not failing,
            position=position,
            detail="; ".join([f"webhooks may be lost: {words}" for words in failing] + lacking),
            parked=parked,
            paused=pause.words,
        )
        return _answer(answer, 503 if failing else 200)

    return blueprint


def _answer(answer: HealthAnswer, status: int) -> Response:
    response = Response(msgspec.json.encode(answer), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
