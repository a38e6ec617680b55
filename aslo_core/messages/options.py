"""The option of every notifier whose messages can be replaced."""

from __future__ import annotations

from pathlib import Path

from aslo_core.types import Context, Options


class TemplateOptions(Options):
    """Root of the options of a notifier that has templates."""

    templates: Path | None = None
    """Folder with templates that replace those of the notifier, file by file. They are read anew for each message."""

    def replaced(self, context: Context) -> Path | None:
        """Give the folder, if there is one, from that of the configuration."""
        return None if self.templates is None else context.directory / self.templates
