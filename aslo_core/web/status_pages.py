"""Status: what came in, where each release stands, and why."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request

from aslo_core.projections import deliveries, notices, releases, timeline
from aslo_core.projections.addresses import log_path
from aslo_core.projections.timeline import TimelineRow
from aslo_core.projections.views import reached
from aslo_core.web.build_log import harmless, tail
from aslo_core.web.headers import FILE_POLICY
from aslo_core.web.negotiation import is_fresh, position_tag, respond, unmodified
from aslo_core.web.services import WebServices
from aslo_core.web.status_answers import (
    STATES,
    AttemptLog,
    StatusAnswer,
    delivery_answer,
    release_answer,
    release_brief,
)

_SHOWN_OF_LOG = 32_000
_LONGEST_NUMBER = 18


def status_blueprint(services: WebServices) -> Blueprint:
    """`/status`, and below it a page for each delivery and each release, and the logs of its attempts."""
    pages = _StatusPages(services)
    blueprint = Blueprint("status", __name__, url_prefix="/status")
    blueprint.add_url_rule("", "overview", pages.overview)
    blueprint.add_url_rule("/deliveries/<source>/<path:id_>", "delivery", pages.delivery)
    blueprint.add_url_rule("/releases/<path:key>", "release", pages.release)
    blueprint.add_url_rule("/logs/<int:attempt>/<path:key>", "log", pages.log)
    return blueprint


class _StatusPages:
    def __init__(self, services: WebServices) -> None:
        self._views = services.views
        self._logs = services.build_logs
        self._recent = services.recent

    def overview(self) -> Response:
        """List recent releases, in one state or in all, and recent deliveries."""
        state = request.args.get("state", "")
        before = request.args.get("before", "")
        if (state and state not in STATES) or (before and not _is_number(before)):
            abort(HTTPStatus.BAD_REQUEST, f"The overview takes before=<position> and state= one of {', '.join(STATES)}.")
        with self._views.snapshot() as connection:
            tag = position_tag(connection)
            if is_fresh(tag):
                return unmodified(tag)
            rows = releases.newest(
                connection,
                self._recent + 1,
                states=(state,) if state else (),
                before=int(before) if before else None,
            )
            answer = StatusAnswer(
                position=reached(connection),
                counts=releases.count_by_state(connection),
                state=state,
                releases=tuple(release_brief(row) for row in rows[: self._recent]),
                deliveries=tuple(delivery_answer(row) for row in deliveries.newest(connection, self._recent)),
                older_url=_older(state, rows[self._recent - 1].position) if len(rows) > self._recent else "",
            )
        return respond("status.html", answer, tag=tag)

    def delivery(self, source: str, id_: str) -> Response:
        """Tell what became of one delivery."""
        with self._views.snapshot() as connection:
            row = deliveries.find(connection, source, id_)
        if row is None:
            abort(
                HTTPStatus.NOT_FOUND,
                f"No delivery {id_} from {source} is known. One that has just come in shows up in a moment.",
            )
        return respond("delivery.html", delivery_answer(row))

    def release(self, key: str) -> Response:
        """Tell where a release stands, what happened to it, and what its attempts wrote."""
        stream = f"release/{key}"
        with self._views.snapshot() as connection:
            row = releases.find(connection, stream)
            if row is None:
                abort(HTTPStatus.NOT_FOUND, f"No release {key} is known. One that has just come in shows up in a moment.")
            story = timeline.of_release(connection, stream)
            told = notices.of_release(connection, stream)
            came_in = deliveries.of_release(connection, stream)
        logs = tuple(self._attempt_log(stream, attempt, story) for attempt in self._logs.attempts(stream))
        return respond("release.html", release_answer(row, timeline=story, logs=logs, notices=told, deliveries=came_in))

    def log(self, attempt: int, key: str) -> Response:
        """The whole log of one attempt as plain text."""
        stream = f"release/{key}"
        if attempt not in self._logs.attempts(stream):
            abort(HTTPStatus.NOT_FOUND, f"Attempt {attempt} of release {key} wrote no log.")
        response = Response(self._text(stream, attempt), mimetype="text/plain")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = FILE_POLICY
        return response

    def _text(self, stream: str, attempt: int) -> str:
        return harmless(piece for _, piece in self._logs.read(stream, attempt))

    def _attempt_log(self, stream: str, attempt: int, story: Sequence[TimelineRow]) -> AttemptLog:
        whole = self._text(stream, attempt)
        shown = tail(whole, _SHOWN_OF_LOG)
        claim = next((row for row in story if row.attempt == attempt and row.step), None)
        return AttemptLog(
            attempt=attempt,
            run=claim.run if claim else 0,
            step=claim.step if claim else "",
            text=shown,
            cut=len(shown) < len(whole),
            log_url=log_path(stream, attempt),
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER


def _older(state: str, position: int) -> str:
    wanted = {"state": state, "before": str(position)} if state else {"before": str(position)}
    return f"/status?{urlencode(wanted)}"
