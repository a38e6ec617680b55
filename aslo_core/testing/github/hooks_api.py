"""Endpoints about webhooks: of an App, an organisation and a repository, and what became of their last deliveries.

https://docs.github.com/en/rest/apps/webhooks, /orgs/webhooks, /repos/webhooks
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from aslo_core.testing.github.access import Attempt, Hook
from aslo_core.testing.github.problems import Problem, not_found
from aslo_core.testing.github.request import Site, caller, repository
from aslo_core.testing.github.rows import Repository
from aslo_core.testing.github.shapes import Json
from aslo_core.testing.github.store import now

_PER_PAGE = 30
_MOST_PER_PAGE = 100
_CURSOR = "v1_"


def hooks_api(site: Site) -> Blueprint:
    """Make the endpoints of Apps and organisations, relative to the API's address."""
    api = Blueprint("hooks", __name__)

    @api.get("/app/hook/config")
    def app_config() -> Response:
        return jsonify(_config(_of_app(site)))

    @api.get("/app/hook/deliveries")
    def app_deliveries() -> Response:
        return _deliveries(site, _of_app(site))

    @api.get("/app/hook/deliveries/<int:delivery_id>")
    def app_delivery(delivery_id: int) -> Response:
        return _delivery(_of_app(site), delivery_id)

    @api.get("/orgs/<org>/hooks")
    def of_organisation(org: str) -> Response:
        _require_organisation(site, org)
        return site.page(_at(site, org), lambda hook: _shape(site, hook, f"orgs/{org}"))

    @api.get("/orgs/<org>/hooks/<int:hook_id>/deliveries")
    def deliveries_of_organisation(org: str, hook_id: int) -> Response:
        _require_organisation(site, org)
        return _deliveries(site, _one(site, org, hook_id))

    @api.get("/orgs/<org>/hooks/<int:hook_id>/deliveries/<int:delivery_id>")
    def delivery_of_organisation(org: str, hook_id: int, delivery_id: int) -> Response:
        _require_organisation(site, org)
        return _delivery(_one(site, org, hook_id), delivery_id)

    @api.get("/users/<login>/repos")
    def repositories(login: str) -> Response:
        return site.page([row for row in _owned(site, login) if not row.private], site.shapes().repository)

    @api.get("/orgs/<org>/repos")
    def repositories_of_organisation(org: str) -> Response:
        grant = caller()
        seen = [row for row in _owned(site, org) if not row.private or (grant and grant.allows("metadata", "read", org))]
        return site.page(seen, site.shapes().repository)

    @api.get("/user/repos")
    def own_repositories() -> Response:
        grant = caller()
        if grant is None:
            raise Problem(401, "Requires authentication")
        return site.page(_owned(site, grant.login), site.shapes().repository)

    return api


def repository_hooks_api(site: Site) -> Blueprint:
    """Make the endpoints of one repository, relative to its address."""
    api = Blueprint("repository_hooks", __name__)

    @api.get("/hooks")
    def hooks() -> Response:
        row = repository()
        _require("repository_hooks", row.owner)
        return site.page(_at(site, row.full_name), lambda hook: _shape(site, hook, f"repos/{row.full_name}"))

    @api.get("/hooks/<int:hook_id>/deliveries")
    def deliveries(hook_id: int) -> Response:
        row = repository()
        _require("repository_hooks", row.owner)
        return _deliveries(site, _one(site, row.full_name, hook_id))

    @api.get("/hooks/<int:hook_id>/deliveries/<int:delivery_id>")
    def delivery(hook_id: int, delivery_id: int) -> Response:
        row = repository()
        _require("repository_hooks", row.owner)
        return _delivery(_one(site, row.full_name, hook_id), delivery_id)

    return api


def _owned(site: Site, login: str) -> list[Repository]:
    return [row for row in site.store.select(Repository) if row.owner.lower() == login.lower()]


def _at(site: Site, place: str) -> list[Hook]:
    return [hook for hook in site.access.hooks if hook.at.lower() == place.lower()]


def _one(site: Site, place: str, hook_id: int) -> Hook:
    for hook in _at(site, place):
        if hook.id == hook_id:
            return hook
    raise not_found()


def _of_app(site: Site) -> Hook:
    app = site.access.app(request.headers.get("Authorization", ""))
    for hook in _at(site, str(app.id)):
        return hook
    raise not_found("/apps/webhooks#get-a-webhook-configuration-for-an-app")


def _require_organisation(site: Site, org: str) -> None:
    _require("organization_hooks", org)
    if site.store.account(org).kind != "Organization":
        raise not_found("/orgs/webhooks#list-organization-webhooks")


def _require(permission: str, owner: str) -> None:
    """Insist on a permission. A classic token that lacks it is told that there is nothing."""
    grant = caller()
    if grant is None:
        raise Problem(401, "Requires authentication")
    if not grant.allows(permission, "read", owner):
        if grant.scopes is not None:
            raise not_found()
        kind = "integration" if grant.by_app else "personal access token"
        raise Problem(403, f"Resource not accessible by {kind}")


def _config(hook: Hook) -> Json:
    return {"content_type": hook.content_type, "insecure_ssl": "0", "secret": "********", "url": hook.url}


def _shape(site: Site, hook: Hook, path: str) -> Json:
    address = f"{site.shapes().api}/{path}/hooks/{hook.id}"
    return {
        "id": hook.id,
        "url": address,
        "ping_url": f"{address}/pings",
        "deliveries_url": f"{address}/deliveries",
        "name": "web",
        "type": "Organization" if path.startswith("orgs/") else "Repository",
        "events": list(hook.events),
        "active": hook.active,
        "config": _config(hook),
        "created_at": now(),
        "updated_at": now(),
    }


def _deliveries(site: Site, hook: Hook) -> Response:
    """Answer one page, with a `Link` header whose cursor is the id of the first on the next page."""
    per_page = min(max(request.args.get("per_page", _PER_PAGE, type=int), 1), _MOST_PER_PAGE)
    first = request.args.get("cursor", "").removeprefix(_CURSOR)
    start = next((place for place, each in enumerate(hook.attempts) if str(each.id) == first), 0)
    shown, more = hook.attempts[start : start + per_page], hook.attempts[start + per_page :]
    response = jsonify([_attempt_shape(each) for each in shown])
    if more:
        query = urlencode({"per_page": per_page, "cursor": f"{_CURSOR}{more[0].id}"})
        response.headers["Link"] = f'<{site.url}{request.root_path}{request.path}?{query}>; rel="next"'
    return response


def _delivery(hook: Hook, delivery_id: int) -> Response:
    for each in hook.attempts:
        if each.id == delivery_id:
            sent = {"headers": {"X-GitHub-Delivery": each.guid, "X-GitHub-Event": each.event}, "payload": each.payload}
            answer: Json = {"headers": {}, "payload": None}
            return jsonify({**_attempt_shape(each), "url": hook.url, "request": sent, "response": answer})
    raise not_found()


def _attempt_shape(attempt: Attempt) -> Json:
    return {
        "id": attempt.id,
        "guid": attempt.guid,
        "delivered_at": attempt.delivered_at,
        "redelivery": attempt.again,
        "duration": 0.27,
        "status": "OK" if 0 < attempt.status < 400 else "failed to connect to host",  # noqa: PLR2004
        "status_code": attempt.status,
        "event": attempt.event,
        "action": attempt.payload.get("action"),
        "installation_id": None,
        "repository_id": attempt.payload.get("repository", {}).get("id"),
        "throttled_at": None,
    }
