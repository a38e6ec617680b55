"""Status: what came in, where each release stands, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode
from zlib import crc32

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection

from aslo_core.errors import Transient
from aslo_core.log.output_text import OutputText, behind_line_end, harmless
from aslo_core.projections import deliveries, notices, queue, reconciliations, releases, timeline
from aslo_core.projections.addresses import live_log_path, log_path
from aslo_core.projections.deliveries import DeliveryRow
from aslo_core.projections.notices import NoticeRow
from aslo_core.projections.queue import Place
from aslo_core.projections.release_tables import ReleaseRow
from aslo_core.projections.timeline import TimelineRow
from aslo_core.projections.views import reached
from aslo_core.receipts import Backends
from aslo_core.web.build_log import tail
from aslo_core.web.headers import FILE_POLICY, FOLLOWING_POLICY
from aslo_core.web.negotiation import is_fresh, position_tag, respond, unmodified
from aslo_core.web.services import WebServices
from aslo_core.web.source_answers import source_answer
from aslo_core.web.status_answers import STATES, delivery_answer, release_answer, release_brief
from aslo_core.web.status_values import AttemptLog, StatusAnswer
from aslo_core.web.storage_answers import StorageAnswer, storage_answers

_SHOWN_OF_LOG = 32_000
_READ_OF_LOG = 4 * _SHOWN_OF_LOG
"""Bytes, in which that many characters of any script have room."""
_LONGEST_NUMBER = 18
_PATIENCE_S = 1.0
"""How long a page is waited for that may be on its way."""

_Found = TypeVar("_Found")


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
        self._log_head = services.log_head
        self._logs = services.build_logs
        self._storages = services.storages
        self._pause = services.pause
        self._clock = services.clock
        self._recent = services.recent
        self._listing = services.listing

    def overview(self) -> Response:
        """List recent releases, in one state or in all, and recent deliveries."""
        state = request.args.get("state", "")
        before = request.args.get("before", "")
        if (state and state not in STATES) or (before and not _is_number(before)) or "page" in request.args:
            states = ", ".join(STATES)
            abort(HTTPStatus.BAD_REQUEST, f"The overview takes before=<position>, no page=, and state= one of {states}.")
        paused, now = self._pause().words, self._clock()
        with self._views.snapshot() as connection:
            waiting = sum(line.waiting for line in queue.waiting(connection, now))
            # What is due changes with the time alone, but only by becoming more.
            tag = f"{position_tag(connection)}-{waiting}-{crc32(repr(paused).encode()):x}"
            if is_fresh(tag):
                return unmodified(tag)
            rows = releases.newest(
                connection,
                self._recent + 1,
                states=(state,) if state else (),
                before=int(before) if before else None,
            )
            places = queue.places(connection, [row.stream for row in rows], now)
            answer = StatusAnswer(
                position=reached(connection),
                counts=releases.count_by_state(connection),
                state=state,
                releases=tuple(release_brief(row, places.get(row.stream)) for row in rows[: self._recent]),
                deliveries=tuple(delivery_answer(row) for row in deliveries.newest(connection, self._recent)),
                older_url=_older(state, rows[self._recent - 1].position) if len(rows) > self._recent else "",
                queue_length=waiting,
                paused=paused,
                sources=tuple(source_answer(row) for row in reconciliations.of_sources(connection, self._listing())),
            )
        return respond("status.html", answer, tag=tag)

    def delivery(self, source: str, id_: str) -> Response:
        """Tell what became of one delivery."""
        row = self._sought(lambda connection: deliveries.find(connection, source, id_))
        if row is None:
            abort(HTTPStatus.NOT_FOUND, f"No delivery {id_} from {source} is known.")
        return respond("delivery.html", delivery_answer(row))

    def release(self, key: str) -> Response:
        """Tell where a release stands, what happened to it, and what its attempts wrote."""
        stream = f"release/{key}"
        found = self._sought(lambda connection: _told_of(connection, stream, self._storages(), self._clock()))
        if found is None:
            abort(HTTPStatus.NOT_FOUND, f"No release {key} is known.")
        running = found.row.attempt if found.row.claimed else 0
        attempts = [attempt for attempt in self._logs.attempts(stream) if attempt != running] + ([running] if running else [])
        answer = release_answer(
            found.row,
            storages=found.storages,
            timeline=found.timeline,
            logs=tuple(self._attempt_log(stream, attempt, found.timeline, running=attempt == running) for attempt in attempts),
            notices=found.notices,
            deliveries=found.deliveries,
            place=found.place,
            paused=self._pause().words,
        )
        response = respond("release.html", answer)
        if running:
            response.headers["Content-Security-Policy"] = FOLLOWING_POLICY
        return response

    def log(self, attempt: int, key: str) -> Response:
        """The whole log of one attempt as plain text."""
        stream = f"release/{key}"
        if attempt not in self._logs.attempts(stream):
            abort(HTTPStatus.NOT_FOUND, f"Attempt {attempt} of release {key} wrote no log.")
        whole = harmless(piece for _, piece in self._logs.read(stream, attempt))
        response = Response(whole, mimetype="text/plain")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = FILE_POLICY
        return response

    def _sought(self, look: Callable[[Connection], _Found | None]) -> _Found | None:
        """Look something up. Whoever was just told of it finds it: what the views lack is waited for, but not long.

        Raises:
            Transient: the views are still behind the log, so that nobody can say that it is not there.
        """
        with self._views.snapshot() as connection:
            found, position = look(connection), reached(connection)
        if found is not None or position >= (head := self._log_head()):
            return found
        if not self._views.wait_for(head, _PATIENCE_S):
            raise Transient(f"the views have not come to position {head} of the log", retry_after=_PATIENCE_S)
        with self._views.snapshot() as connection:
            return look(connection)

    def _attempt_log(self, stream: str, attempt: int, story: Sequence[TimelineRow], *, running: bool) -> AttemptLog:
        """The end of what an attempt wrote so far, maybe nothing.

        While it is running, no newline stands behind a line that was written without one, since that line may change.
        """
        chunks = self._logs.newest(stream, attempt, _READ_OF_LOG)
        end = b"".join([chunk.data for chunk in chunks])
        from_begin = not chunks or chunks[0].number == 1
        text = OutputText()
        lines, rest = text.feed(end if from_begin else behind_line_end(end)), text.rest()
        whole = lines + (rest.rstrip("\n") if running else rest)
        shown = tail(whole, _SHOWN_OF_LOG)
        claim = next((row for row in story if row.attempt == attempt and row.step), None)
        return AttemptLog(
            attempt=attempt,
            run=claim.run if claim else 0,
            step=claim.step if claim else "",
            text=shown,
            cut=not from_begin or len(shown) < len(whole),
            log_url=log_path(stream, attempt) if chunks else "",
            live_url=live_log_path(stream, attempt) if running else "",
            after=chunks[-1].number if running and chunks else 0,
        )


@dataclass(frozen=True)
class _Told:
    """What the read models tell of a release."""

    row: ReleaseRow
    storages: tuple[StorageAnswer, ...]
    timeline: tuple[TimelineRow, ...]
    notices: tuple[NoticeRow, ...]
    deliveries: tuple[DeliveryRow, ...]
    place: Place | None


def _told_of(connection: Connection, stream: str, backends: Backends, now_us: int) -> _Told | None:
    row = releases.find(connection, stream)
    if row is None:
        return None
    return _Told(
        row=row,
        storages=storage_answers(connection, row, backends),
        timeline=timeline.of_release(connection, stream),
        notices=notices.of_release(connection, stream),
        deliveries=deliveries.of_release(connection, stream),
        place=queue.places(connection, [stream], now_us).get(stream),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER


def _older(state: str, position: int) -> str:
    wanted = {"state": state, "before": str(position)} if state else {"before": str(position)}
    return f"/status?{urlencode(wanted)}"
