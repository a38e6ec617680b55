"""Serves repositories on disk over git's smart HTTP protocol, with git's own back-end.

https://git-scm.com/docs/git-http-backend, https://git-scm.com/docs/http-protocol
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from flask import Response, request

from aslo_core.testing.code_host.git import GitRepository

_SETTINGS = {
    "safe.directory": "*",
    "uploadpack.allowFilter": "true",
    "uploadpack.allowAnySHA1InWant": "true",
}
"""What code hosts allow to clients: partial clones, and fetching a commit by its name."""


def serve_git(path: Path, service: str) -> Response:
    """Answer the present request for a repository.

    Args:
        path: a bare repository, or a working tree.
        service: `info/refs` or `git-upload-pack`.
    """
    environment = _cgi_environment(GitRepository(path).directory.resolve(), service)
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
