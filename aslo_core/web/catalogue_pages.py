"""The catalogue: a list of activities, and a page for each version of each."""

from __future__ import annotations

from http import HTTPStatus
from typing import NoReturn

from flask import Blueprint, Response, abort, request
from sqlalchemy import Connection
from werkzeug.wrappers import Response as WerkzeugResponse

from aslo_core.projections import catalogue, releases
from aslo_core.projections.addresses import activity_path
from aslo_core.web.catalogue_answers import activity_brief, version_answer, withdrawn_answer
from aslo_core.web.catalogue_values import CatalogueAnswer
from aslo_core.web.error_pages import PROBLEM
from aslo_core.web.negotiation import is_fresh, position_tag, respond, unmodified
from aslo_core.web.redirects import lead_to
from aslo_core.web.services import WebServices

_SORTS = {"newest": catalogue.newest, "name": catalogue.alphabetical}


def catalogue_blueprint(services: WebServices) -> Blueprint:
    """`/`, `/activities/<bundle_id>` and `/activities/<bundle_id>/<version>`."""
    pages = _CataloguePages(services)
    blueprint = Blueprint("catalogue", __name__)
    blueprint.add_url_rule("/", "index", pages.index)
    blueprint.add_url_rule("/activities/<bundle_id>", "latest", pages.latest)
    blueprint.add_url_rule("/activities/<bundle_id>/<version>", "version", pages.version)
    return blueprint


class _CataloguePages:
    def __init__(self, services: WebServices) -> None:
        self._views = services.views
        self._page_size = services.page_size

    def index(self) -> Response:
        """List the activities, 24 to a page, newest first or by name."""
        sort = request.args.get("sort", "newest")
        number = request.args.get("page", "1")
        if sort not in _SORTS or not (number.isascii() and number.isdecimal() and len(number) < 10 and int(number)):  # noqa: PLR2004
            abort(HTTPStatus.BAD_REQUEST, "The list takes sort=newest or sort=name, and page=1, 2, 3 and so on.")
        with self._views.snapshot() as connection:
            tag = position_tag(connection)
            if is_fresh(tag):
                return unmodified(tag)
            total = catalogue.count(connection)
            rows = _SORTS[sort](connection, self._page_size, (int(number) - 1) * self._page_size)
        pages = max(1, -(-total // self._page_size))
        if int(number) > pages:
            abort(HTTPStatus.NOT_FOUND, f"The list has {pages} pages; there is no page {number}.")
        listed = tuple(activity_brief(row) for row in rows)
        answer = CatalogueAnswer(activities=listed, sort=sort, page=int(number), pages=pages, total=total)
        return respond("catalogue.html", answer, tag=tag)

    def latest(self, bundle_id: str) -> WerkzeugResponse:
        """Lead to the page of the latest version."""
        with self._views.snapshot() as connection:
            version = catalogue.latest(connection, bundle_id)
            if version is None:
                versions = catalogue.versions_of(connection, bundle_id)
                if not versions:
                    _unknown(bundle_id)
                version = versions[0].version
        return lead_to(activity_path(bundle_id, version), HTTPStatus.FOUND)

    def version(self, bundle_id: str, version: str) -> WerkzeugResponse:
        """Show one version; one that was withdrawn says why, with status 410. Another way to write it leads there."""
        with self._views.snapshot() as connection:
            tag = position_tag(connection)
            row = catalogue.find(connection, bundle_id, version)
            if row is None:
                equal = catalogue.find_equal(connection, bundle_id, version) or _unknown(bundle_id, version)
                return lead_to(activity_path(bundle_id, equal.version), HTTPStatus.MOVED_PERMANENTLY)
            versions = catalogue.versions_of(connection, bundle_id)
            latest = catalogue.latest(connection, bundle_id)
            if row.withdrawn_us is not None:
                gone = withdrawn_answer(row, versions, latest)
                return respond("withdrawn.html", gone, status=HTTPStatus.GONE, json_type=PROBLEM)
            if is_fresh(tag):
                return unmodified(tag)
            answer = version_answer(row, versions, latest, _warnings(connection, row.release, version))
        return respond("activity.html", answer, tag=tag)


def _warnings(connection: Connection, stream: str, version: str) -> tuple[str, ...]:
    """What the release that published this version was warned of."""
    release = releases.find(connection, stream)
    return release.published_warnings if release and release.published_version == version else ()


def _unknown(bundle_id: str, version: str = "") -> NoReturn:
    what = f"version {version} of {bundle_id}" if version else f"activity {bundle_id}"
    abort(HTTPStatus.NOT_FOUND, f"The catalogue has no {what}. Look for it in the list of activities.")
