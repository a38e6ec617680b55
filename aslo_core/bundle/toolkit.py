"""Which toolkit an activity is written with, and so the lowest version of Sugar that it runs on, told from its Python files."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.source_files import SourceFiles, is_code

MOST_BYTES_OF_FILE = 256 * 1024
"""How much of a file is looked at."""
_MOST_BYTES = 4 * 1024 * 1024

_GTK3 = re.compile(
    rb"""^[ \t]*(?:from|import)[ \t]+sugar3\b | ^[ \t]*from[ \t]+gi\.repository[ \t]+import\b.*\bGtk\b
    | \bgi\.require_version\([ \t]*["']Gtk["']""",
    re.MULTILINE | re.VERBOSE,
)
_GTK2 = re.compile(rb"^[ \t]*(?:from|import)[ \t]+(?:sugar|gtk|pygtk)\b", re.MULTILINE)
# Sugar 0.86 brought ToolbarBox; ActivityToolbox is what came before, and what later code falls back to.
_OLD_TOOLBAR = re.compile(rb"\bActivityToolbox\b")


@dataclass(frozen=True)
class Toolkit:
    """A toolkit.

    Attributes:
        name: as in `Metadata.toolkit`.
        min_sugar: lowest version of Sugar that has it.
    """

    name: str
    min_sugar: str


WEB = Toolkit("web", "0.100")
GTK3 = Toolkit("gtk3", "0.96")
GTK2 = Toolkit("gtk2", "0.86")
GTK2_OLD_TOOLBAR = Toolkit("gtk2-old-toolbar", "0.82")
TOOLKITS = frozenset(kit.name for kit in (WEB, GTK3, GTK2, GTK2_OLD_TOOLBAR))
"""All names of them."""


def toolkit(info: ActivityInfo, files: SourceFiles) -> Toolkit:
    """Tell the toolkit.

    An activity that shows no sign of GTK 2 counts as GTK 3, so that no old Sugar is offered what it cannot run.

    Args:
        info: whose `exec` tells a web activity.
        files: those of the source or of the bundle.
    """
    if info.is_web:
        return WEB
    gtk2 = old_toolbar = False
    room = _MOST_BYTES
    for name in sorted(filter(is_code, files.names)):
        if room <= 0:
            break
        code = files.read(name, min(room, MOST_BYTES_OF_FILE))
        room -= len(code) + 1
        if _GTK3.search(code):
            return GTK3
        gtk2 = gtk2 or _GTK2.search(code) is not None
        old_toolbar = old_toolbar or _OLD_TOOLBAR.search(code) is not None
    if not gtk2:
        return GTK3
    return GTK2_OLD_TOOLBAR if old_toolbar else GTK2
