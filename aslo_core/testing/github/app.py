"""The double as a WSGI application: every request passes through here, in and out."""

from __future__ import annotations

import hashlib
import secrets

from flask import Flask, Response, g, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from aslo_core.testing.code_host.faults import Canned, Faults, LostAnswer, Pause
from aslo_core.testing.code_host.serving import break_connection
from aslo_core.testing.github.access import rate_headers
from aslo_core.testing.github.accounts_api import RATE_LIMITS, accounts_api, installation_api
from aslo_core.testing.github.commit_page import commit_page
from aslo_core.testing.github.commits_api import commits_api
from aslo_core.testing.github.hooks_api import hooks_api, repository_hooks_api
from aslo_core.testing.github.journal import Journal, JournalEntry
from aslo_core.testing.github.problems import Problem
from aslo_core.testing.github.releases_api import releases_api
from aslo_core.testing.github.request import Site, caller, repository
from aslo_core.testing.github.store import now
from aslo_core.testing.github.web import web

ENTERPRISE_PREFIX = "/api/v3"
"""Where the API lies on a GitHub of one's own; the double answers below it and at the root."""

_PAGES = ("web", "commit page")
_CHANGES = ("POST", "PATCH", "PUT", "DELETE")
_BY_NAME = "/repos/<owner>/<name>"
_BY_ID = "/repositories/<int:repository_id>"


def create_app(site: Site, faults: Faults, journal: Journal, requests: list[str]) -> Flask:
    """Make the application, which adds `METHOD /path` of every request to `requests`."""
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    _repository_endpoints(app, site)
    app.register_blueprint(accounts_api(site))
    app.register_blueprint(hooks_api(site))
    app.register_blueprint(web(site))
    app.register_blueprint(commit_page(site))
    _incoming(app, site, faults, requests)
    _outgoing(app, journal)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {ENTERPRISE_PREFIX: app.wsgi_app})  # type: ignore[method-assign]
    return app


def _incoming(app: Flask, site: Site, faults: Faults, requests: list[str]) -> None:
    @app.before_request
    def meet_fault() -> Response | None:
        requests.append(f"{request.method} {request.path}")
        fault = g.fault = faults.take(request.method, request.path)
        if isinstance(fault, Canned):
            return Response(fault.body, fault.status, dict(fault.headers))
        if isinstance(fault, Pause):
            fault.wait()
        return None

    @app.before_request
    def identify() -> None:
        if not request.headers.get("User-Agent"):
            raise Problem(
                403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
            )
        g.grant = site.access.identify(request.headers.get("Authorization", ""))
        if request.blueprint not in _PAGES and request.path != "/rate_limit":
            grant = caller()
            g.budget = site.access.spend(grant.login if grant else "", RATE_LIMITS[grant is not None])

    @app.before_request
    def find_repository() -> None:
        if request.view_args and request.blueprint not in _PAGES and {"owner", "repository_id"} & request.view_args.keys():
            named = {key: request.view_args.pop(key, None) for key in ("owner", "name", "repository_id")}
            g.repository = site.repository(named["owner"], named["name"], named["repository_id"])


def _outgoing(app: Flask, journal: Journal) -> None:
    @app.errorhandler(Problem)
    def answer_problem(problem: Problem) -> tuple[Response, int, dict[str, str]]:
        return jsonify(problem.body()), problem.status, dict(problem.headers)

    @app.errorhandler(HTTPException)
    def answer_http_error(error: HTTPException) -> tuple[Response, int, dict[str, str]]:
        problem = Problem(error.code or 500, "Not Found" if error.code == 404 else error.name)  # noqa: PLR2004
        return answer_problem(problem)

    @app.after_request
    def finish(response: Response) -> Response:
        _add_headers(response)
        if isinstance(g.get("fault"), Canned):
            return response
        if request.method in _CHANGES and response.status_code < 300 and _is_change():  # noqa: PLR2004
            journal.write(_entry(response))
        if isinstance(g.get("fault"), LostAnswer):
            break_connection()
        return response


def _repository_endpoints(app: Flask, site: Site) -> None:
    endpoints = (commits_api(site), releases_api(site), installation_api(site), repository_hooks_api(site))
    for prefix in (_BY_NAME, _BY_ID, f"/api/uploads{_BY_NAME}"):
        for blueprint in endpoints:
            app.register_blueprint(blueprint, url_prefix=prefix, name=f"{blueprint.name} {prefix}".replace(".", "-"))

    @app.get(_BY_NAME, endpoint="repository by name")
    @app.get(_BY_ID, endpoint="repository by id")
    def show_repository() -> Response:
        return jsonify(site.shapes().repository(repository()))


def _is_change() -> bool:
    return request.blueprint not in _PAGES and not request.path.endswith("/access_tokens")


def _entry(response: Response) -> JournalEntry:
    made = response.get_json(silent=True) or {}
    grant = caller()
    return JournalEntry(
        time=now(),
        method=request.method,
        path=request.path,
        status=response.status_code,
        repository=repository().full_name if "repository" in g else "",
        login=grant.login if grant else "",
        body=request.get_json(silent=True),
        id=made.get("id"),
        url=made.get("html_url", ""),
    )


def _add_headers(response: Response) -> None:
    response.headers["Server"] = "github.com"
    response.headers["X-GitHub-Request-Id"] = ":".join(secrets.token_hex(2).upper() for _ in range(5))
    if request.blueprint in _PAGES:
        return
    response.headers.setdefault("X-GitHub-Media-Type", "github.v3; format=json")
    response.headers.setdefault("X-GitHub-Api-Version-Selected", request.headers.get("X-GitHub-Api-Version", "2022-11-28"))
    if "budget" in g:
        for key, value in rate_headers(g.budget).items():
            response.headers.setdefault(key, value)
    if response.mimetype == "application/json":
        response.headers["Content-Type"] = "application/json; charset=utf-8"
        if request.method in ("GET", "HEAD") and response.status_code == 200:  # noqa: PLR2004
            response.set_etag(hashlib.sha256(response.get_data()).hexdigest(), weak=True)
            response.headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
            response.headers["Vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP"
            response.make_conditional(request)
