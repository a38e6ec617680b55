"""Endpoints about releases and the files attached to them.

https://docs.github.com/en/rest/releases/releases, https://docs.github.com/en/rest/releases/assets
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from aslo_core.testing.github.problems import Problem, invalid_field, missing_field, not_found
from aslo_core.testing.github.request import Site, caller, git, repository, require, sent
from aslo_core.testing.github.rows import Asset, Release
from aslo_core.testing.github.shapes import Json
from aslo_core.testing.github.store import now

_RELEASES = "/releases/releases"
_ASSETS = "/releases/assets"
_FIELDS = {"tag_name": "tag", "target_commitish": "target", "name": "name", "body": "body", "prerelease": "prerelease"}

Made = tuple[Response, int]


def releases_api(site: Site) -> Blueprint:
    """Make the endpoints, relative to a repository's address."""
    api = Blueprint("releases", __name__)

    @api.get("/releases")
    def releases() -> Response:
        return site.page(_visible(site)[::-1], site.shapes().release)

    @api.get("/releases/<int:release_id>")
    def release(release_id: int) -> Response:
        return jsonify(site.shapes().release(_release(site, release_id)))

    @api.get("/releases/latest")
    def latest() -> Response:
        full = [row for row in _visible(site) if not row.draft and not row.prerelease]
        if not full:
            raise not_found(f"{_RELEASES}#get-the-latest-release")
        return jsonify(site.shapes().release(full[-1]))

    @api.get("/releases/tags/<path:tag>")
    def by_tag(tag: str) -> Response:
        for row in _visible(site):
            if row.tag == tag and not row.draft:
                return jsonify(site.shapes().release(row))
        raise not_found(f"{_RELEASES}#get-a-release-by-tag-name")

    _changes(api, site)
    _assets(api, site)
    return api


def _changes(api: Blueprint, site: Site) -> None:
    @api.post("/releases")
    def create() -> Made:
        author = require("contents", "write")
        body = sent()
        if not body.get("tag_name"):
            raise missing_field("Release", "tag_name", _RELEASES)
        fields = {field: body[name] for name, field in _FIELDS.items() if body.get(name) is not None}
        draft = bool(body.get("draft"))
        if not draft:
            _ensure_tag(fields["tag"], fields.get("target", ""))
        published = "" if draft else now()
        row = site.store.insert(
            Release,
            repository=repository().id,
            author=author,
            created_at=now(),
            draft=draft,
            published_at=published,
            **fields,
        )
        return jsonify(site.shapes().release(row)), 201

    @api.patch("/releases/<int:release_id>")
    def edit(release_id: int) -> Response:
        require("contents", "write")
        row, body = _release(site, release_id), sent()
        fields: Json = {field: body[name] for name, field in _FIELDS.items() if body.get(name) is not None}
        fields["draft"] = draft = bool(body.get("draft", row.draft))
        if not draft:
            _ensure_tag(fields.get("tag", row.tag), fields.get("target", row.target))
        fields["published_at"] = "" if draft else row.published_at or now()
        return jsonify(site.shapes().release(site.store.change(row, **fields)))

    @api.delete("/releases/<int:release_id>")
    def delete(release_id: int) -> tuple[str, int]:
        require("contents", "write")
        site.store.delete(_release(site, release_id))
        return "", 204


def _assets(api: Blueprint, site: Site) -> None:
    @api.get("/releases/<int:release_id>/assets")
    def assets(release_id: int) -> Response:
        return site.page(site.store.select(Asset, release=_release(site, release_id).id), site.shapes().asset)

    @api.get("/releases/assets/<int:asset_id>")
    def asset(asset_id: int) -> AnyResponse:
        row = _asset(site, asset_id)
        if request.accept_mimetypes.best == "application/octet-stream":
            return redirect(download_address(site, row), 302)
        return jsonify(site.shapes().asset(row))

    @api.delete("/releases/assets/<int:asset_id>")
    def delete_asset(asset_id: int) -> tuple[str, int]:
        require("contents", "write")
        site.store.delete(_asset(site, asset_id))
        return "", 204

    @api.post("/releases/<int:release_id>/assets", endpoint="upload")
    def upload(release_id: int) -> Made:
        uploader = require("contents", "write")
        row, name = _release(site, release_id), request.args.get("name", "")
        if not name:
            raise missing_field("ReleaseAsset", "name", _ASSETS)
        if any(other.name == name for other in site.store.select(Asset, release=row.id)):
            already = [{"resource": "ReleaseAsset", "code": "already_exists", "field": "name"}]
            raise Problem(422, "Validation Failed", _ASSETS, already)
        content_type = request.content_type or "application/octet-stream"
        made = site.store.attach(row.id, name, request.get_data(), content_type, uploader)
        return jsonify(site.shapes().asset(made)), 201


def download_address(site: Site, row: Asset) -> str:
    """Where the bytes of an asset can be had without further question, as GitHub's own signed addresses."""
    return f"{site.url}/api/objects/{row.id}/{row.digest.removeprefix('sha256:')}"


def _visible(site: Site) -> list[Release]:
    grant = caller()
    drafts = grant is not None and grant.allows("contents", "write", repository().owner)
    return [row for row in site.store.select(Release, repository=repository().id) if drafts or not row.draft]


def _release(site: Site, release_id: int) -> Release:
    for row in _visible(site):
        if row.id == release_id:
            return row
    raise not_found(f"{_RELEASES}#get-a-release")


def _asset(site: Site, asset_id: int) -> Asset:
    row = site.store.get(Asset, asset_id)
    if row is None or row.release not in [release.id for release in _visible(site)]:
        raise not_found(f"{_ASSETS}#get-a-release-asset")
    return row


def _ensure_tag(tag: str, target: str) -> None:
    if git().resolve(f"refs/tags/{tag}") is None and not git().make_tag(tag, target):
        raise invalid_field("Release", "target_commitish", "target_commitish is invalid", _RELEASES)
