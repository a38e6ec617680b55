"""What lies beside the API: git over HTTP and the download of attached files.

https://git-scm.com/docs/git-http-backend, https://git-scm.com/docs/http-protocol
"""

from __future__ import annotations

import os
import subprocess
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from aslo_core.testing.github.git import GitRepository
from aslo_core.testing.github.problems import Problem
from aslo_core.testing.github.releases_api import download_address
from aslo_core.testing.github.request import Site, caller
from aslo_core.testing.github.rows import Asset, Release

_SETTINGS = {
    "safe.directory": "*",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
}
"""What GitHub allows to clients: partial clones, and fetching a commit by its name."""


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
    directory = GitRepository(repository.path_on_disk).directory.resolve()
    environment = _cgi_environment(directory, service)
    done = subprocess.run(
        ["git", "http-backend"], input=request.get_data(), stdout=subprocess.PIPE, check=True, env=environment
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode("ascii").splitlines())
    status = int(headers.pop("Status", "200").split()[0])
    return Response(body, status, headers)


def _cgi_environment(directory: Path, service: str) -> dict[str, str]:
    settings = {"GIT_CONFIG_COUNT": str(len(_SETTINGS))}
    for index, (key, value) in enumerate(_SETTINGS.items()):
        settings |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    return settings | {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_PROJECT_ROOT": str(directory.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{directory.name}/{service}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query_string.decode("ascii"),
        "CONTENT_TYPE": request.content_type or "",
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "REMOTE_ADDR": request.remote_addr or "",
        "REMOTE_USER": "",
    }
