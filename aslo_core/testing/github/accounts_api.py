"""Endpoints about who asks: the user, an App and its installations, the rate limit.

https://docs.github.com/en/rest/users/users, https://docs.github.com/en/rest/apps/apps
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify, request

from aslo_core.testing.github.access import App, Installation
from aslo_core.testing.github.problems import Problem, not_found
from aslo_core.testing.github.request import Site, caller, repository
from aslo_core.testing.github.rows import Repository
from aslo_core.testing.github.shapes import Json, node_id
from aslo_core.testing.github.store import now

RATE_LIMITS = {True: 5000, False: 60}
"""Requests in an hour: with a token, and without."""


def accounts_api(site: Site) -> Blueprint:
    """Make the endpoints, relative to the API's address."""
    api = Blueprint("accounts", __name__)

    @api.get("/user")
    def user() -> Response:
        grant = caller()
        if grant is None:
            raise Problem(401, "Requires authentication", "/users/users#get-the-authenticated-user")
        if grant.by_app:
            raise Problem(403, "Resource not accessible by integration", "/users/users#get-the-authenticated-user")
        answer = jsonify(site.shapes().user(site.store.account(grant.login)))
        if grant.scopes is not None:
            answer.headers["X-OAuth-Scopes"] = ", ".join(grant.scopes)
        return answer

    @api.get("/users/<login>")
    def other(login: str) -> Response:
        return jsonify(site.shapes().user(site.store.account(login)))

    @api.get("/rate_limit")
    def rate_limit() -> Response:
        grant = caller()
        budget = site.access.budget(grant.login if grant else "", RATE_LIMITS[grant is not None])
        core = {"limit": budget.limit, "used": budget.used, "remaining": budget.limit - budget.used, "reset": budget.reset}
        search = core | {"limit": 30, "used": 0, "remaining": 30}
        graphql = core | {"used": 0, "remaining": core["limit"]}
        return jsonify({"resources": {"core": core, "search": search, "graphql": graphql}, "rate": core})

    @api.get("/app")
    def app() -> Response:
        return jsonify(_app_shape(site, _app(site)))

    @api.get("/app/installations")
    def installations() -> Response:
        app = _app(site)
        mine = [each for each in site.access.installations.values() if each.app == app]
        return site.page(mine, lambda each: installation_shape(site, each))

    @api.get("/installation/repositories")
    def repositories_of_installation() -> Response:
        grant = caller()
        if grant is None or not grant.by_app:
            raise Problem(403, "You must authenticate with an installation access token in order to list repositories")
        reached = [row for row in site.store.select(Repository) if row.owner.lower() == grant.owner.lower()]
        page = site.page(reached, site.shapes().repository)
        page.set_data(jsonify({"total_count": len(reached), "repositories": page.get_json()}).get_data())
        return page

    @api.post("/app/installations/<int:installation_id>/access_tokens")
    def access_token(installation_id: int) -> tuple[Response, int]:
        installation = site.access.installations.get(installation_id)
        if installation is None or installation.app != _app(site):
            raise not_found("/apps/apps#create-an-installation-access-token-for-an-app")
        token, grant = site.access.issue(installation)
        expires = datetime.fromtimestamp(grant.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        permissions = dict(installation.app.permissions)
        return jsonify({"token": token, "expires_at": expires, "permissions": permissions, "repository_selection": "all"}), 201

    return api


def installation_api(site: Site) -> Blueprint:
    """Make the endpoint that names a repository's installation, relative to the repository's address."""
    api = Blueprint("installation", __name__)

    @api.get("/installation")
    def installation() -> Response:
        app, owner = _app(site), repository().owner.lower()
        for each in site.access.installations.values():
            if each.app == app and each.owner.lower() == owner:
                return jsonify(installation_shape(site, each))
        raise not_found("/apps/apps#get-a-repository-installation-for-the-authenticated-app")

    return api


def installation_shape(site: Site, row: Installation) -> Json:
    """An installation."""
    shapes = site.shapes()
    account = shapes.account(row.owner)
    return {
        "id": row.id,
        "account": account,
        "repository_selection": "all",
        "access_tokens_url": f"{shapes.api}/app/installations/{row.id}/access_tokens",
        "repositories_url": f"{shapes.api}/installation/repositories",
        "html_url": f"{shapes.web}/settings/installations/{row.id}",
        "app_id": row.app.id,
        "app_slug": row.app.slug,
        "target_id": account["id"],
        "target_type": account["type"],
        "permissions": dict(row.app.permissions),
        "events": list(row.app.events),
        "created_at": now(),
        "updated_at": now(),
        "single_file_name": None,
        "suspended_at": None,
        "suspended_by": None,
    }


def _app(site: Site) -> App:
    return site.access.app(request.headers.get("Authorization", ""))


def _app_shape(site: Site, app: App) -> Json:
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("App", app.id),
        "client_id": f"Iv1.{app.id:016x}",
        "owner": site.shapes().account(app.slug),
        "name": app.slug,
        "description": "",
        "external_url": site.url,
        "html_url": f"{site.url}/apps/{app.slug}",
        "created_at": "2020-01-01T00:00:00Z",
        "updated_at": "2020-01-01T00:00:00Z",
        "permissions": dict(app.permissions),
        "events": list(app.events),
        "installations_count": len(site.access.installations),
    }
