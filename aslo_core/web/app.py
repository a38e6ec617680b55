"""The Flask application: one factory, no globals."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask
from jinja2 import StrictUndefined

from aslo_core import __version__
from aslo_core.web import words
from aslo_core.web.catalogue_pages import catalogue_blueprint
from aslo_core.web.downloads import downloads_blueprint
from aslo_core.web.error_pages import register_error_pages
from aslo_core.web.headers import add_security_headers
from aslo_core.web.health import health_blueprint
from aslo_core.web.negotiation import require_known_format
from aslo_core.web.pictures import pictures_blueprint
from aslo_core.web.release_notes import render_notes
from aslo_core.web.rule_pages import rules_blueprint
from aslo_core.web.services import WebServices
from aslo_core.web.status_pages import status_blueprint

_STATIC_SECONDS = 3600
_NOTES_KEPT = 256


def create_app(services: WebServices) -> Flask:
    """Make the application: a WSGI callable for any server, safe to call from many threads.

    Args:
        services: what the pages are made of; nothing is opened or started here.
    """
    app = Flask("aslo_core.web")
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = _STATIC_SECONDS
    app.url_map.merge_slashes = False  # a host's ids may hold slashes
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= words.FILTERS | {"notes": lru_cache(_NOTES_KEPT)(render_notes)}
    app.jinja_env.globals |= {"public_url": services.public_url, "aslo_version": __version__}
    for blueprint in (
        catalogue_blueprint(services),
        downloads_blueprint(services),
        pictures_blueprint(services),
        status_blueprint(services),
        rules_blueprint(),
        health_blueprint(services),
        *((services.intake,) if services.intake else ()),
    ):
        app.register_blueprint(blueprint)
    register_error_pages(app)
    app.before_request(require_known_format)
    app.after_request(add_security_headers)
    return app
