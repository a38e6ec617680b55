"""`aslo.toml` and the environment become frozen, typed settings, or a list of exact errors."""

from aslo_core.config.document import Document, parse, read
from aslo_core.config.settings import Instance, Kind, Settings
from aslo_core.config.validate import validate

__all__ = ["Document", "Instance", "Kind", "Settings", "parse", "read", "validate"]
