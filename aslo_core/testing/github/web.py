"""What lies beside the API: git over HTTP and the download of attached files."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, abort, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from aslo_core.testing.code_host.git_http import serve_git
from aslo_core.testing.github.problems import Problem
from aslo_core.testing.github.releases_api import download_address
from aslo_core.testing.github.request import Site, caller
from aslo_core.testing.github.rows import Asset, Release


def web(site: Site) -> Blueprint:
    """Make the pages below the server's address."""
    pages = Blueprint("web", __name__)

    @pages.get("/<owner>/<name>/info/refs", endpoint="refs")
    @pages.get("/<owner>/<name>.git/info/refs", endpoint="refs_of_git")
    def refs(owner: str, name: str) -> AnyResponse:
        if request.args.get("service") != "git-upload-pack":
            abort(403)
        return _serve_git(site, owner, name, "info/refs")

    @pages.post("/<owner>/<name>/git-upload-pack", endpoint="pack")
    @pages.post("/<owner>/<name>.git/git-upload-pack", endpoint="pack_of_git")
    def upload_pack(owner: str, name: str) -> AnyResponse:
        return _serve_git(site, owner, name, "git-upload-pack")

    @pages.get("/<owner>/<name>/releases/download/<path:tag>/<file>")
    def download(owner: str, name: str, tag: str, file: str) -> AnyResponse:
        repository = site.repository(owner, name, None)
        releases = site.store.select(Release, repository=repository.id, tag=tag, draft=False)
        assets = [asset for release in releases for asset in site.store.select(Asset, release=release.id, name=file)]
        return redirect(download_address(site, assets[0]), 302) if assets else abort(404)

    @pages.get("/api/objects/<int:asset_id>/<digest>")
    def content(asset_id: int, digest: str) -> Response:
        asset = site.store.get(Asset, asset_id)
        if asset is None or asset.digest != f"sha256:{digest}":
            abort(404)
        path = site.store.asset_path(asset)
        return send_file(path, "application/octet-stream", as_attachment=True, download_name=asset.name)

    return pages


def _serve_git(site: Site, owner: str, name: str, service: str) -> AnyResponse:
    try:
        repository = site.repository(owner, name, None)
    except Problem as problem:
        if problem.status == HTTPStatus.NOT_FOUND and caller() is None:
            raise Problem(401, "Repository not found.", headers={"WWW-Authenticate": 'Basic realm="GitHub"'}) from problem
        raise
    return serve_git(repository.path_on_disk, service)
