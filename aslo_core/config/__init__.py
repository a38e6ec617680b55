"""`aslo.toml` and the environment become frozen, typed settings, or a list of exact errors."""

from aslo_core.config.document import Document, parse, read
from aslo_core.config.settings import CoreSettings, Instance, Settings
from aslo_core.config.validate import validate, validate_core

__all__ = ["CoreSettings", "Document", "Instance", "Settings", "parse", "read", "validate", "validate_core"]
