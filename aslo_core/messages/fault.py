"""What is wrong with a template, and where."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from aslo_core.messages.effort import TooMuch
from aslo_core.plain_text import one_line

_LONGEST = 300


class TemplateFault(NamedTuple):
    """Why a template gives no message.

    Attributes:
        file: the template.
        line: line in it from 1, or 0 where none can be named.
        found: what is wrong.
        excessive: whether it makes too much, so that trying it again costs time alone.
    """

    file: Path
    line: int
    found: str
    excessive: bool = False

    def told(self, folders: Collection[Path]) -> str:
        """Tell it to everybody: the file by its place among these folders, not on this machine."""
        folder = next((folder for folder in folders if folder in self.file.parents), self.file.parent)
        place = self.file.relative_to(folder.parent)
        return f"{place}:{self.line}: {self.found}" if self.line else f"{place}: {self.found}"


def fault_of(reason: Exception, file: Path, folders: Collection[Path]) -> TemplateFault:
    """Tell where a template failed.

    Args:
        reason: what reading or rendering it raised.
        file: the template that was asked for.
        folders: where templates lie; the failing line may stand in one that another includes.
    """
    match reason:
        case TemplateSyntaxError():
            return TemplateFault(Path(reason.filename or file), reason.lineno, one_line(str(reason.message), _LONGEST))
        case UnicodeDecodeError():
            return TemplateFault(file, 0, f"the byte 0x{reason.object[reason.start]:02x} is not UTF-8: save it as UTF-8")
        case TemplateNotFound(message=message):
            found = f"there is no template {message}"
        case TemplateError():
            found = str(reason)
        case _:
            found = f"{type(reason).__name__}: {reason}"
    *_, (place, line) = ((file, 0), *_places(reason.__traceback__, folders))
    return TemplateFault(place, line, one_line(found, _LONGEST), excessive=isinstance(reason, TooMuch))


def _places(traceback: TracebackType | None, folders: Collection[Path]) -> Iterator[tuple[Path, int]]:
    """Give the lines of templates that a traceback goes through, innermost last; Jinja names templates as their own files."""
    while traceback is not None:
        place = Path(traceback.tb_frame.f_code.co_filename)
        if any(folder in place.parents for folder in folders):
            yield place, traceback.tb_lineno
        traceback = traceback.tb_next
