"""Downloads of bundles: GET and HEAD, ranges and validators (RFC 9110)."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from werkzeug.wrappers import Response as WerkzeugResponse

from aslo_core.projections import catalogue
from aslo_core.projections.addresses import download_path, safe_file_name
from aslo_core.projections.catalogue_tables import VersionRow
from aslo_core.receipts import is_signed
from aslo_core.types import Handover
from aslo_core.web.byte_ranges import wanted_range
from aslo_core.web.catalogue_answers import MEDIA_TYPE, withdrawn_answer
from aslo_core.web.error_pages import PROBLEM
from aslo_core.web.headers import FILE_POLICY
from aslo_core.web.negotiation import respond
from aslo_core.web.redirects import lead_to
from aslo_core.web.sent_elsewhere import ANNOUNCEMENT, sent_elsewhere
from aslo_core.web.services import WebServices
from aslo_core.web.stored_bytes import Held, held, stream

_LEADS_FOR_S = 60
"""How long a client may go on by itself: a version may be withdrawn, and a storage fail. A cache that serves several may not at
all: it would lead away heads and ranges too."""


def downloads_blueprint(services: WebServices) -> Blueprint:
    """`/download/<bundle_id>/<version>/<file_name>.xo`."""
    blueprint = Blueprint("downloads", __name__)

    @blueprint.get("/download/<bundle_id>/<version>/<file_name>")
    def bundle(bundle_id: str, version: str, file_name: str) -> WerkzeugResponse:
        with services.views.snapshot() as connection:
            row = catalogue.find(connection, bundle_id, version)
            if row is None and (equal := catalogue.find_equal(connection, bundle_id, version)):
                path = download_path(bundle_id, equal.version, equal.metadata.file_name)
                return lead_to(path, HTTPStatus.MOVED_PERMANENTLY)
            if row is None or safe_file_name(row.metadata.file_name) != file_name:
                abort(HTTPStatus.NOT_FOUND, f"There is no file {file_name} of version {version} of {bundle_id} to download.")
            if row.withdrawn_us is not None:
                versions, latest = catalogue.versions_of(connection, bundle_id), catalogue.latest(connection, bundle_id)
                gone = withdrawn_answer(row, versions, latest)
                return respond("withdrawn.html", gone, status=HTTPStatus.GONE, json_type=PROBLEM)
            of = held(connection, services, row.bundle)
        return _send(row, of, services.public_url)

    return blueprint


def _send(row: VersionRow, of: Held, public_url: str) -> Response:
    response = Response(mimetype=MEDIA_TYPE)
    response.set_etag(row.bundle.digest)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "public, no-cache"  # it may be withdrawn; asking again costs nothing
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Content-Disposition"] = content_disposition(safe_file_name(row.metadata.file_name))
    if request.if_none_match.contains_weak(row.bundle.digest):
        response.status_code = HTTPStatus.NOT_MODIFIED
        return response
    part = wanted_range(request.headers.get("Range", ""), row.bundle.size) if _takes_range(of) else None
    match sent_elsewhere(of, request.headers.get(ANNOUNCEMENT, ""), public_url):
        case Handover() as handover:
            return _hand_over(response, handover)
        case str() as address if request.method == "GET" and part is None:
            return _lead_away(address)
    start, stop = part or (0, row.bundle.size)
    if part is not None:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{row.bundle.size}"
    return stream(response, of, start, stop)


def _hand_over(response: Response, handover: Handover) -> Response:
    """Leave body, ranges and conditions to the web server in front, which has a tag of its own for the object.

    Without a tag nobody can keep this empty answer for the file, should it ever get by a web server that only says it takes it.
    """
    response.headers[handover.header] = handover.value
    del response.headers["ETag"], response.headers["Accept-Ranges"]
    return response


def _lead_away(address: str) -> Response:
    """Lead a client that wants all of it to where a storage serves it.

    Heads and ranges are answered here: Sugar's updater looks into bundles by them, and what answers there may know neither, as
    an address that is signed for GET alone. There is no body, which a client might take for the beginning of the file.
    """
    response = Response(status=HTTPStatus.FOUND)
    response.location = address
    response.headers["Cache-Control"] = "no-store" if is_signed(address) else f"private, max-age={_LEADS_FOR_S}"
    return response


def _takes_range(of: Held) -> bool:
    """Whether a range may be answered: to GET alone, and where `If-Range`, if given, names these very bytes.

    RFC 9110, 14.2 and 13.1.5; dates never do. While a receipt is doubted, none is: whoever was broken off for that would go on
    behind bytes that are wrong, and take the whole for a success.
    """
    condition = request.headers.get("If-Range")
    same = condition is None or condition.strip() == f'"{of.blob.digest}"'
    return request.method == "GET" and same and not of.doubted


def content_disposition(file_name: str) -> str:
    """Ask the browser to save under this name (RFC 6266), with a plain form for those that read ASCII alone."""
    plain = "".join(character if character.isascii() and character not in '"\\' else "_" for character in file_name)
    if plain == file_name:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
