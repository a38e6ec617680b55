"""A whole log as lines of text, which another database of any kind can be made of: docs/reference/export-format.md."""

from aslo_core.log.portable.exporting import export
from aslo_core.log.portable.importing import import_log
from aslo_core.log.portable.lines import End, NotImportable

__all__ = ["End", "NotImportable", "export", "import_log"]
