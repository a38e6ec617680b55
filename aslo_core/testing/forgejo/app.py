"""The double as a WSGI application: every request passes through here, in and out."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, g, jsonify, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from aslo_core.testing.code_host.faults import Canned, Faults, LostAnswer, Pause
from aslo_core.testing.code_host.git_http import serve_git
from aslo_core.testing.code_host.serving import break_connection
from aslo_core.testing.forgejo.accounts_api import accounts_api
from aslo_core.testing.forgejo.api import make_api
from aslo_core.testing.forgejo.rows import Attachment
from aslo_core.testing.forgejo.site import Site

API = "/api/v1"


def create_app(site: Site, faults: Faults, requests: list[str]) -> Flask:
    """Make the application, which adds `METHOD /path` of every request to `requests`."""
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(make_api(site), url_prefix=API)
    app.register_blueprint(accounts_api(site), url_prefix=API)
    app.register_blueprint(_pages(site))

    @app.before_request
    def meet_fault() -> Response | None:
        requests.append(f"{request.method} {request.path}")
        fault = g.fault = faults.take(request.method, request.path)
        if isinstance(fault, Canned):
            return Response(fault.body, fault.status, dict(fault.headers))
        if isinstance(fault, Pause):
            fault.wait()
        site.identify()
        return None

    @app.after_request
    def finish(response: Response) -> Response:
        if isinstance(g.get("fault"), LostAnswer):
            break_connection()
        return response

    @app.errorhandler(HTTPException)
    def answer_error(error: HTTPException) -> AnyResponse:
        if error.response is not None:
            return error.get_response()
        answer = jsonify({"message": error.description, "url": f"{site.url}/api/swagger"})
        answer.status_code = error.code or 500
        if answer.status_code == 401:  # noqa: PLR2004
            answer.headers["WWW-Authenticate"] = 'Basic realm="Forgejo"'
        return answer

    return app


def _pages(site: Site) -> Blueprint:
    """Make git over HTTP and the downloads."""
    pages = Blueprint("pages", __name__)

    @pages.get("/<owner>/<name>/info/refs")
    def refs(owner: str, name: str) -> Response:
        if request.args.get("service") != "git-upload-pack":
            abort(403)
        return _git(site, owner, name, "info/refs")

    @pages.post("/<owner>/<name>/git-upload-pack")
    def pack(owner: str, name: str) -> Response:
        return _git(site, owner, name, "git-upload-pack")

    @pages.get("/attachments/<uuid>")
    def attachment(uuid: str) -> AnyResponse:
        found = site.rows.attachment(uuid)
        if found is None:
            abort(404)
        release, file = found
        site.visible(release.repository)
        return _content(file)

    @pages.get("/<owner>/<name>/releases/download/<path:tag>/<file>")
    def download(owner: str, name: str, tag: str, file: str) -> AnyResponse:
        releases = [row for row in site.rows.releases_of(site.repository(owner, name)) if row.tag == tag and not row.draft]
        files = [one for release in releases for one in release.attachments if one.name == file]
        return _content(files[0]) if files else abort(404)

    return pages


def _content(file: Attachment) -> AnyResponse:
    return redirect(file.external_url) if file.external_url else Response(file.content, mimetype="application/octet-stream")


def _git(site: Site, owner: str, name: str, service: str) -> Response:
    found, _ = site.rows.repository(owner, name.removesuffix(".git"))
    if g.scopes is None and (found is None or found.private):
        abort(401, "Unauthorized")
    return serve_git(site.repository(owner, name).path, service)
