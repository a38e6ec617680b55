"""Webhooks: `POST /api/hook` and `POST /api/hook/<source>`. Nothing is answered with 202 before it is on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from aslo_core.errors import AuthenticationFailed, UnsupportedMedia
from aslo_core.log import LogUnavailable
from aslo_core.projections.addresses import delivery_path, release_path
from aslo_core.release.intake import Intake, Receipt
from aslo_core.types import Delivery, Pong, Value, WebhookReceiver
from aslo_core.web.error_pages import problem_document
from aslo_core.web.metrics import Metrics

log = structlog.get_logger(__name__)

HOOK = "/api/hook"
"""How the addresses of webhooks begin."""
LARGEST_BODY = 25 << 20
"""GitHub's own limit: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap"""
READ_AT_MOST = LARGEST_BODY + (64 << 10)
"""Bytes of a body from which on the server does not even ask for it; what is less, but too much, is counted as such here."""

_PONG = HTTPStatus.OK
_STATUS = {
    "accepted": HTTPStatus.ACCEPTED,
    "ignored": HTTPStatus.ACCEPTED,
    "duplicate": HTTPStatus.ACCEPTED,
    "refused": HTTPStatus.BAD_REQUEST,
}


@dataclass(frozen=True)
class IntakeServices:
    """What the webhooks need.

    Attributes:
        intake: records deliveries.
        sources: those that take webhooks, by name; `/api/hook` is the one named `github`.
        public_url: address of ASLO, without a slash at the end.
        metrics: counts deliveries.
    """

    intake: Intake
    sources: Mapping[str, WebhookReceiver]
    public_url: str
    metrics: Metrics


class ReceiptAnswer(Value):
    """What became of a delivery.

    Attributes:
        delivery_id: its id.
        decision: `accepted`, `ignored`, `refused` or `duplicate`.
        reason: why, in a sentence; empty when accepted.
        release: stream of the release that it went to, or empty.
        status_url: page of the delivery.
        release_url: page of the release, or empty.
    """

    delivery_id: str
    decision: str
    reason: str
    release: str
    status_url: str
    release_url: str


def intake_blueprint(in_force: Callable[[], IntakeServices]) -> Blueprint:
    """Make the routes of the webhooks. Programs read the answers, so they are always JSON.

    Args:
        in_force: gives what they need; a delivery goes on to its end with what it began with.
    """
    blueprint = Blueprint("intake", __name__, url_prefix=HOOK)

    @blueprint.post("")
    @blueprint.post("/<name>")
    def hook(name: str = "github") -> Response:
        services = in_force()
        source = services.sources.get(name)
        if source is None:
            return problem_document(HTTPStatus.NOT_FOUND, f"no source named {name!r} takes webhooks here")
        decision, answer = _deliver(services, name, source)
        services.metrics.delivery(name, decision)
        return answer

    return blueprint


def _deliver(services: IntakeServices, name: str, source: WebhookReceiver) -> tuple[str, Response]:
    """Take one delivery; return what became of it, in a word, and the answer."""
    request.max_content_length = LARGEST_BODY
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        too_large = f"the body is larger than {LARGEST_BODY} bytes"
        return "too-large", problem_document(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large)
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        verdict = source.verify(Delivery(headers=headers, body=body))
    except AuthenticationFailed as reason:
        log.warning("delivery.unauthenticated", source=name, reason=str(reason), remote=request.remote_addr)
        return "unauthenticated", problem_document(HTTPStatus.UNAUTHORIZED, str(reason))
    except UnsupportedMedia as reason:
        return "unsupported", problem_document(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, str(reason))
    try:
        receipt = services.intake.receive(name, verdict, body)
    except LogUnavailable:
        log.exception("delivery.not_recorded", source=name, delivery=verdict.delivery_id)
        unavailable = "the log cannot be written at the moment; deliver this again later"
        answer = problem_document(HTTPStatus.SERVICE_UNAVAILABLE, unavailable)
        answer.headers["Retry-After"] = "30"
        return "not-recorded", answer
    return receipt.decision, _receipt(
        services, name, receipt, _PONG if isinstance(verdict, Pong) else _STATUS[receipt.decision]
    )


def _receipt(services: IntakeServices, source: str, receipt: Receipt, status: HTTPStatus) -> Response:
    answer = ReceiptAnswer(
        delivery_id=receipt.delivery_id,
        decision=receipt.decision,
        reason=receipt.reason,
        release=receipt.release,
        status_url=services.public_url + delivery_path(source, receipt.delivery_id),
        release_url=services.public_url + release_path(receipt.release) if receipt.release else "",
    )
    return Response(msgspec.json.encode(answer), status=status, mimetype="application/json")
