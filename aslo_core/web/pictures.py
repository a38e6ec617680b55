"""Icons and screenshots: named by their content, so that caches may keep them for good."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, abort, request

from aslo_core.projections import catalogue
from aslo_core.web.headers import FILE_POLICY
from aslo_core.web.services import WebServices
from aslo_core.web.stored_bytes import held, stream

_MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp"}


def pictures_blueprint(services: WebServices) -> Blueprint:
    """`/icons/<digest>` as `.svg` or `.png`, and `/screenshots/<digest><suffix>`, of versions that can be downloaded."""
    blueprint = Blueprint("pictures", __name__)

    @blueprint.get("/icons/<digest>.svg")
    def icon(digest: str) -> Response:
        with services.views.snapshot() as connection:
            svg = catalogue.icon(connection, digest)
        if svg is None:
            abort(HTTPStatus.NOT_FOUND, "There is no icon of that digest.")
        return _kept_for_good(Response(svg, mimetype="image/svg+xml"), digest)

    @blueprint.get("/icons/<digest>.png")
    def icon_picture(digest: str) -> Response:
        return _picture(f"{digest}.png", "There is no picture of an icon of that digest.")

    @blueprint.get("/screenshots/<name>")
    def screenshot(name: str) -> Response:
        return _picture(name, "There is no screenshot of that name.")

    def _picture(name: str, missing: str) -> Response:
        digest, dot, ending = name.partition(".")
        with services.views.snapshot() as connection:
            blob = catalogue.picture(connection, digest)
            of = held(connection, services, blob) if blob is not None else None
        if blob is None or of is None or blob.suffix != dot + ending or blob.suffix not in _MEDIA_TYPES:
            abort(HTTPStatus.NOT_FOUND, missing)
        response = _kept_for_good(Response(mimetype=_MEDIA_TYPES[blob.suffix]), digest)
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            return response
        return stream(response, of, 0, blob.size)

    return blueprint


def _kept_for_good(response: Response, digest: str) -> Response:
    response.set_etag(digest)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.make_conditional(request)
    return response
