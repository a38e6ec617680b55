"""The REST API, as far as it is about repositories, their releases, tags and commits: `/api/swagger` of any forge."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, abort, jsonify, request

from aslo_core.testing.code_host.git import GitRepository
from aslo_core.testing.forgejo.rows import Release, Repository
from aslo_core.testing.forgejo.site import READ, Site

_NOT_FOUND = "The target couldn't be found."


def make_api(site: Site) -> Blueprint:
    """Make the endpoints, relative to `/api/v1`."""
    api = Blueprint("api", __name__)
    api.before_request(lambda: site.require(READ))

    @api.get("/repositories/<int:repository_id>")
    def by_id(repository_id: int) -> Response:
        found = next((row for row in site.rows.repositories if row.id == repository_id), None)
        return jsonify(site.shapes().repository(site.visible(found)))

    @api.get("/repos/<owner>/<name>")
    def by_name(owner: str, name: str) -> Response:
        return jsonify(site.shapes().repository(site.repository(owner, name)))

    @api.get("/repos/<owner>/<name>/releases")
    def releases(owner: str, name: str) -> Response:
        published = [row for row in site.rows.releases_of(site.repository(owner, name)) if not row.draft]
        return site.page(published, site.shapes().release)

    @api.get("/repos/<owner>/<name>/releases/<int:release_id>")
    def release(owner: str, name: str, release_id: int) -> Response:
        return _release(site, site.repository(owner, name), lambda row: row.id == release_id)

    @api.get("/repos/<owner>/<name>/releases/tags/<path:tag>")
    def release_of_tag(owner: str, name: str, tag: str) -> Response:
        return _release(site, site.repository(owner, name), lambda row: row.tag == tag)

    @api.get("/repos/<owner>/<name>/tags/<path:tag>")
    def tag(owner: str, name: str, tag: str) -> Response:
        git = GitRepository(site.repository(owner, name).path)
        commit, own = git.commit(f"refs/tags/{tag}"), git.resolve(f"refs/tags/{tag}")
        if commit is None:
            abort(404, _NOT_FOUND)
        return jsonify({"name": tag, "message": commit.message, "id": own, "commit": {"sha": commit.sha}})

    @api.get("/repos/<owner>/<name>/commits")
    def commits(owner: str, name: str) -> Response:
        repository = site.repository(owner, name)
        git, shapes = GitRepository(repository.path), site.shapes()
        names = git.history(request.args.get("sha", "") or git.default_branch())
        if names is None:
            abort(404, _NOT_FOUND)
        return site.page(names, lambda sha: shapes.commit(repository, commit) if (commit := git.commit(sha)) else None)

    return api


def _release(site: Site, repository: Repository, wanted: Callable[[Release], bool]) -> Response:
    found = next((row for row in site.rows.releases_of(repository) if wanted(row)), None)
    if found is None:
        abort(404, _NOT_FOUND)
    return jsonify(site.shapes().release(found))
