"""One answer, as a page for people or as JSON for programs."""

from __future__ import annotations

import msgspec
from flask import Response, abort, make_response, render_template, request
from sqlalchemy import Connection

from aslo_core import __version__
from aslo_core.projections.views import reached
from aslo_core.types import Value

_HTML = "text/html"
_JSON = "application/json"
_FORMATS = {"html": _HTML, "json": _JSON}


def require_known_format() -> None:
    """Refuse to guess what else is meant by `?format=`; a webhook's address may say what it likes."""
    asked = request.args.get("format")
    if asked is not None and asked not in _FORMATS and request.method in {"GET", "HEAD"}:
        abort(400, f"There is no format {asked[:20]!r} here: write `format=html` or `format=json`, or leave it out.")


def wants_json() -> bool:
    """Whether JSON is asked for, with `?format=json` or `Accept: application/json`. A browser gets a page."""
    asked = _FORMATS.get(request.args.get("format", ""))
    return (asked or request.accept_mimetypes.best_match([_HTML, _JSON], default=_HTML)) == _JSON


def position_tag(connection: Connection) -> str:
    """Tag of everything that is made of this snapshot of the read models alone, in the form asked for."""
    return f"{__version__}-{reached(connection)}-{'json' if wants_json() else 'html'}"


def is_fresh(tag: str) -> bool:
    """Whether the client has the page of that tag already, so that it need not be made."""
    return request.if_none_match.contains_weak(tag)


def unmodified(tag: str) -> Response:
    """The answer to a client that has the page of that tag already."""
    return _cacheable(Response(status=304), tag)


def respond(template: str, answer: Value, *, tag: str = "", status: int = 200, json_type: str = _JSON) -> Response:
    """Answer in the form that is asked for.

    Args:
        template: the page's template; it is given `answer` alone, so that page and JSON tell the same.
        answer: what is told.
        tag: tag of the snapshot that it was made of; by default one is made of the answer itself.
        status: of the response.
        json_type: media type of the JSON form.
    """
    if wants_json():
        response = Response(msgspec.json.encode(answer), status=status, mimetype=json_type)
    else:
        response = make_response(render_template(template, answer=answer), status)
    response = _cacheable(response, tag)
    if status == 200:  # noqa: PLR2004 (a success is what a status of 200 is)
        response.make_conditional(request)
    return response


def _cacheable(response: Response, tag: str) -> Response:
    """Caches may keep it but ask each time whether it is still true."""
    if tag:
        response.set_etag(tag, weak=True)
    else:
        response.add_etag(weak=True)
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Accept"
    return response
