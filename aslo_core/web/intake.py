"""Webhooks: `POST /api/hook` and `POST /api/hook/<source>`. Nothing is answered with 202 before it is on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from aslo_core.errors import AuthenticationFailed, UnsupportedMedia
from aslo_core.log import LogUnavailable
from aslo_core.projections.addresses import delivery_path, release_path
from aslo_core.release.intake import Intake
from aslo_core.types import Delivery, Pong, Source
from aslo_core.web.metrics import Metrics

log = structlog.get_logger(__name__)

LARGEST_BODY = 25 << 20
"""GitHub's own limit: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap"""

_STATUS = {"accepted": 202, "ignored": 202, "duplicate": 202, "refused": 400}


@dataclass(frozen=True)
class IntakeServices:
    """What the webhooks need.

    Attributes:
        intake: records deliveries.
        sources: by name; `/api/hook` is the one named `github`.
        public_url: address of ASLO, without a slash at the end.
        metrics: counts deliveries.
    """

    intake: Intake
    sources: Mapping[str, Source]
    public_url: str
    metrics: Metrics


def intake_blueprint(services: IntakeServices) -> Blueprint:
    """Make the routes of the webhooks."""
    blueprint = Blueprint("intake", __name__, url_prefix="/api/hook")

    @blueprint.post("")
    @blueprint.post("/<name>")
    def hook(name: str = "github") -> tuple[Response, int]:
        source = services.sources.get(name)
        if source is None:
            return _error(404, f"no source named {name!r} is enabled here")
        decision, answer = _deliver(services, name, source)
        services.metrics.delivery(name, decision)
        return answer

    return blueprint


def _deliver(services: IntakeServices, name: str, source: Source) -> tuple[str, tuple[Response, int]]:
    """Take one delivery; return what became of it, in a word, and the answer."""
    request.max_content_length = LARGEST_BODY
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return "too-large", _error(413, f"the body is larger than {LARGEST_BODY} bytes")
    headers = {key.lower(): value for key, value in request.headers.items()}
    try:
        verdict = source.verify(Delivery(headers=headers, body=body))
    except AuthenticationFailed as reason:
        log.warning("delivery.unauthenticated", source=name, reason=str(reason), remote=request.remote_addr)
        return "unauthenticated", _error(401, str(reason))
    except UnsupportedMedia as reason:
        return "unsupported", _error(415, str(reason))
    try:
        receipt = services.intake.receive(name, verdict, body)
    except LogUnavailable:
        log.exception("delivery.not_recorded", source=name, delivery=verdict.delivery_id)
        answer, status = _error(503, "the log cannot be written at the moment; deliver this again later")
        answer.headers["Retry-After"] = "30"
        return "not-recorded", (answer, status)
    answer = jsonify(
        delivery_id=receipt.delivery_id,
        decision=receipt.decision,
        reason=receipt.reason,
        release=receipt.release,
        status_url=services.public_url + delivery_path(name, receipt.delivery_id),
        release_url=services.public_url + release_path(receipt.release) if receipt.release else "",
    )
    return receipt.decision, (answer, 200 if isinstance(verdict, Pong) else _STATUS[receipt.decision])


def _error(status: int, message: str) -> tuple[Response, int]:
    return jsonify(error={"status": status, "message": message}), status
