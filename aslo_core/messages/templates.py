"""The templates of one notifier.

Jinja in a sandbox: templates read values and change nothing, and what they make is bounded. A name that does not exist is an
error rather than nothing.
https://jinja.palletsprojects.com/en/stable/sandbox/
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined, Undefined
from markupsafe import Markup

from aslo_core.errors import ConfigError, ConfigProblem, Transient
from aslo_core.messages.fault import TemplateFault, fault_of
from aslo_core.messages.media import HTML, JSON, TEXT, Medium
from aslo_core.messages.samples import samples
from aslo_core.messages.sandbox import BoundedEnvironment
from aslo_core.messages.words import release_name, words
from aslo_core.types import Notice

_MEDIA: Mapping[str, Medium] = {".txt": TEXT, ".html": HTML, ".json": JSON}
_CURE = "mend it; it is read anew for each message"


class Templates:
    """Renders the messages of one notifier.

    Args:
        shipped: folder of the templates that come with it.
        replaced: folder of an operator's own, which replace those of the same name; None where there is none.
        media: what templates make whose suffix is not `.txt`, `.html` or `.json`, or makes something else here.

    Raises:
        ConfigError: the operator's folder is not there, or holds a file of a name that is not among those shipped. Names that
            begin with `_` or `.` are free.
    """

    def __init__(self, shipped: Path, replaced: Path | None = None, media: Mapping[str, Medium] = _MEDIA) -> None:
        self._names = sorted(file.name for file in shipped.iterdir() if file.is_file())
        self._folders = tuple(Path(os.path.normpath(folder)) for folder in (replaced, shipped) if folder is not None)
        if replaced is not None and (problems := tuple(_misplaced(replaced, self._names))):
            raise ConfigError(problems)
        own = [FileSystemLoader(folder) for folder in self._folders]
        loader = ChoiceLoader([*own, PrefixLoader({"shipped": own[-1]})])
        self._media = {**_MEDIA, **media}
        self._environments = {
            suffix: _environment(loader, self._media[suffix]) for suffix in {Path(name).suffix for name in self._names}
        }

    def render(self, name: str, notice: Notice) -> str:
        """Make a message of a notice.

        Args:
            name: file name of the template.
            notice: what is told.

        Raises:
            Transient: the template is broken; says where.
            Permanent: the kind of notice is not known.
        """
        rendered = self._try(name, notice)
        if isinstance(rendered, TemplateFault):
            raise Transient(f"{rendered.told(self._folders)}; {_CURE}")
        return rendered

    def problems(self) -> Iterator[ConfigProblem]:
        """Try every template on notices of every kind, and tell each fault once."""
        for fault in dict.fromkeys(fault for name in self._names for fault in self._faults(name)):
            yield ConfigProblem(str(fault.file), fault.line, "templates", fault.found, _CURE)

    def _faults(self, name: str) -> Iterator[TemplateFault]:
        for notice in samples():
            outcome = self._try(name, notice)
            if isinstance(outcome, TemplateFault):
                yield outcome
                if outcome.excessive:
                    return

    def _try(self, name: str, notice: Notice) -> str | TemplateFault:
        suffix, context = Path(name).suffix, _context(notice)
        try:
            message = self._environments[suffix].bounded(name, context)
        except Exception as reason:  # noqa: BLE001 - a template may raise anything, and is told of with its place
            return fault_of(reason, self._file(name), self._folders)
        found = self._media[suffix].fault(message) if message.strip() else f"it gives nothing for `{notice.kind}`"
        return TemplateFault(self._file(name), 0, found) if found else message

    def _file(self, name: str) -> Path:
        return next((folder / name for folder in self._folders if (folder / name).exists()), self._folders[0] / name)


def _context(notice: Notice) -> dict[str, Any]:
    """What a template can name; docs/reference/messages.md explains it."""
    told, release = words(notice), release_name(notice)
    return {
        "notice": notice,
        "release": release,
        "title": told.title.format(release=release),
        "symbol": told.symbol,
        "text": told.text,
        "link_text": told.link,
        "occurred": datetime.fromtimestamp(notice.occurred_us / 1_000_000, UTC),
    }


def _environment(loader: ChoiceLoader, medium: Medium) -> BoundedEnvironment:
    def finalize(value: Any) -> Markup:
        if isinstance(value, Markup):
            return value
        if isinstance(value, Undefined):
            str(value)  # raises, and says which name does not exist
        return Markup(medium.write(value))  # noqa: S704 - written for the medium, which is not always HTML

    # With `autoescape` what macros and blocks give is known to be written already; `finalize` comes before it.
    return BoundedEnvironment(
        medium.filters,
        loader=loader,
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _misplaced(folder: Path, names: Iterable[str]) -> Iterator[ConfigProblem]:
    if not folder.is_dir():
        yield ConfigProblem("", 0, "templates", f"{folder} is no folder", "make it, or remove the key")
        return
    free = ("_", ".")
    for file in sorted(folder.iterdir()):
        if not file.name.startswith(free) and file.name not in names:
            allowed = f"templates here are {', '.join(names)}; begin the names of other files with _"
            yield ConfigProblem("", 0, "templates", f"{file} replaces nothing", allowed)
