"""Leading to the address that a page really has."""

from __future__ import annotations

from http import HTTPStatus

from flask import redirect, request
from werkzeug.wrappers import Response


def lead_to(path: str, status: HTTPStatus) -> Response:
    """Lead to another path, with the query as it is. Caches ask each time: what is published or withdrawn changes the way."""
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    response = redirect(path + query, status)
    response.headers["Cache-Control"] = "public, no-cache"
    return response
