"""Headers that every answer carries."""

from __future__ import annotations

from flask import Response

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Content-Security-Policy of pages: own styles and pictures, and nothing else; there are no scripts."""

FOLLOWING_POLICY = f"{PAGE_POLICY}; script-src 'self'; connect-src 'self'"
"""Policy for the page of a release that is worked on: besides, a script of our own, which follows a stream of our own."""

FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Policy for what developers gave: opened on its own, it can run and load nothing. Pictures may style themselves."""

_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def add_security_headers(response: Response) -> Response:
    """Set what a view has not set itself."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
