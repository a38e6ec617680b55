"""Errors, as a page or as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as WerkzeugResponse

from aslo_core.errors import Transient
from aslo_core.types import Value
from aslo_core.web.negotiation import respond

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"


class ProblemAnswer(Value):
    """What went wrong.

    Attributes:
        title: the status in words.
        status: the HTTP status.
        detail: what was expected, what was found and what to do.
    """

    title: str
    status: int
    detail: str


def register_error_pages(app: Flask) -> None:
    """Let the application answer every error in the form that is asked for."""
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Transient, _unavailable)
    app.register_error_handler(Exception, _broken)


def problem(status: int, detail: str) -> Response:
    """Answer with an error in the form that is asked for; below `/api/`, where programs ask, always as a document."""
    if request.path.startswith("/api/"):
        return problem_document(status, detail)
    response = respond("error.html", _answer(status, detail), status=status, json_type=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    return response


def problem_document(status: int, detail: str) -> Response:
    """Answer a program with an error, whatever form it asks for."""
    response = Response(msgspec.json.encode(_answer(status, detail)), status=status, mimetype=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    return response


def _answer(status: int, detail: str) -> ProblemAnswer:
    return ProblemAnswer(title=HTTPStatus(status).phrase, status=status, detail=detail)


def _refused(error: HTTPException) -> Response | WerkzeugResponse:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    response = problem(error.code, error.description or "")
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _unavailable(error: Transient) -> Response:
    log.warning("web.unavailable", path=request.path, error=str(error))
    response = problem(HTTPStatus.SERVICE_UNAVAILABLE, "This cannot be answered at the moment; please try again shortly.")
    response.headers["Retry-After"] = str(max(1, round(error.retry_after or 1)))
    return response


def _broken(error: Exception) -> Response:
    log.error("web.failed", path=request.path, method=request.method, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on the server. It has been noted for its operators.")
