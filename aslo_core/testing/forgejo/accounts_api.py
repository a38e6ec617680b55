"""The REST API about accounts and webhooks: `/api/swagger` of any forge."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, jsonify

from aslo_core.testing.forgejo.rows import Hook
from aslo_core.testing.forgejo.shapes import Json
from aslo_core.testing.forgejo.site import READ, Site

_NOT_FOUND = "The target couldn't be found."
_BOT = "aslo-bot"


def accounts_api(site: Site) -> Blueprint:
    """Make the endpoints, relative to `/api/v1`."""
    api = Blueprint("accounts", __name__)

    @api.get("/version")
    def version() -> Response:
        return jsonify({"version": "12.0.0+gitea-1.22.0"})

    @api.get("/user")
    def user() -> Response:
        if g.scopes is None:
            abort(401, "token is required")
        site.require("read:user")
        return jsonify(site.shapes().user(_BOT))

    @api.get("/users/<login>/repos")
    def repositories(login: str) -> Response:
        site.require("read:user")
        site.require(READ)
        rows = [row for row in site.rows.repositories if row.owner.lower() == login.lower()]
        if not rows and login.lower() not in site.rows.organisations:
            abort(404, _NOT_FOUND)
        return site.page([row for row in rows if not row.private or g.scopes is not None], site.shapes().repository)

    @api.get("/orgs/<org>")
    def organisation(org: str) -> Response:
        site.require("read:organization")
        if org.lower() not in site.rows.organisations:
            abort(404, _NOT_FOUND)
        return jsonify({"id": 1, "name": org, "username": org, "visibility": "public"})

    @api.get("/orgs/<org>/hooks")
    def of_organisation(org: str) -> Response:
        site.require("read:organization")
        if org.lower() not in site.rows.organisations:
            abort(404, _NOT_FOUND)
        return _hooks(site, org, org)

    @api.get("/repos/<owner>/<name>/hooks")
    def of_repository(owner: str, name: str) -> Response:
        site.require(READ)
        row = site.repository(owner, name)
        return _hooks(site, row.full_name, row.owner)

    return api


def _hooks(site: Site, place: str, owner: str) -> Response:
    if g.scopes is None:
        abort(401, "token is required")
    if owner.lower() not in site.rows.administered:
        abort(403, "user should be an owner or a collaborator with admin write of a repository")
    return site.page([hook for hook in site.rows.hooks if hook.at.lower() == place.lower()], _shape)


def _shape(hook: Hook) -> Json:
    return {
        "id": hook.id,
        "type": "forgejo",
        "branch_filter": "",
        "config": {"content_type": hook.content_type, "url": hook.url},
        "events": list(hook.events),
        "authorization_header": "",
        "active": hook.active,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
