"""What people and programs see over HTTP: the catalogue, downloads, and where each release stands."""

from __future__ import annotations

from aslo_core.web.app import create_app
from aslo_core.web.services import BuildLogReader, WebServices

__all__ = ["BuildLogReader", "WebServices", "create_app"]
