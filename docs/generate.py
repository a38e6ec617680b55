"""Write the reference pages that are made of the code: `make docs`. The test in tests/docs tells when one is out of date.

The text of an option or event is its docstring, that of a rule stands in aslo_core/rules/; mend it there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from aslo_core import events
from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.config.settings import CORE_TABLES, BuilderSettings, StorageSettings
from aslo_core.entry_points import KINDS, PROJECT
from aslo_core.plugins import Use, load
from aslo_core.rules import Rule, rulebook
from aslo_core.types import Notice, Options, Value
from docs import plugin_api

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
EVENT_MODULES = (
    "deliveries",
    "runs",
    "steps",
    "activities",
    "notices",
    "copies",
    "storages",
    "sources",
    "configurations",
    "erasures",
)
"""Modules of `aslo_core.events` in the order of the page; the first line of each names its streams."""

_NOTE = "<!-- Made by `make docs` of the docstrings in the code: mend those, not this page. -->\n"
_CONFIGURATION = """\
# Configuration

Every key of `aslo.toml`. The file at the top of the repository is an example of each, and works as it stands;
`aslo check` tells what is wrong with yours.

- A value may hold `${VARIABLE}`, which is taken from the environment. A variable that is not set is an error.
- A key marked *secret* may be given as `<key>_file = "path"` in place of `<key>`; white space around the file's text does not
  count. A key that holds several secrets takes one from each line of the file.
- Relative paths are meant from the folder of `aslo.toml`.
- Unknown keys are errors.
"""
_INSTANCES = """\
## Sources, builders, storages, notifiers

Each is a table `[source.NAME]`, `[builder.NAME]`, `[storage.NAME]` or `[notifier.NAME]`; NAME is yours to choose, and there may
be several of a kind. A name stands in the log and in addresses, for good. **Never rename a source:** a bundle id belongs to a
repository *of a source*, so that under another name the same repository may no longer publish its own activities;
`aslo check` warns of it. Keep the table of a source that is no longer used, with `enabled = false`.

These keys are the same in all of them:

| key | type | default | meaning |
| --- | --- | --- | --- |
| `use` | text | required | The plugin, as `aslo plugins` lists it. |
| `enabled` | `true` or `false` | `true` | With `false` the table is not looked at. |
"""
_BUILDERS = """
These keys are the same in all tables `[builder.NAME]`.

"""
_STORAGES = """
These keys are the same in all tables `[storage.NAME]`.

"""
_NOTIFIERS = """
These keys are the same in all tables `[notifier.NAME]`. What they withhold is no failure, and nothing waits for it; the log
says which key withheld it (`notice.withheld`). Several tables of one plugin tell different people of different things.

"""
_MESSAGES = """\
# Messages

What notifiers tell is made by templates ([Jinja](https://jinja.palletsprojects.com/en/stable/templates/)), which come with each
notifier. To say it in other words, write `templates = "FOLDER"` below `[notifier.NAME]` and put a file of the same name there;
those that are not there stay as shipped. Templates are read anew for each message.

| notifier | templates |
| --- | --- |
| `github` | `comment.md`, `status.txt` |
| `webhook` | `body.json` |
| `email` | `subject.txt`, `body.txt`, `body.html` |

`aslo check` tries every template on notices of every kind, and tells what is broken with file and line. One that breaks later
is told on the page of each release that it should have told of, and tried again, twelve times in all; it fails no release.

- Each `{{ … }}` writes its value so that it stays what it is: in `.html` with `<` and `&` escaped, in `.md` without any
  formatting, mention or link, in `.json` as a JSON value with its quotes, in `.txt` on one line. Write values one by one rather
  than joined with `~` or `+` to what a filter gave, and do without the filter `safe`.
- A name that does not exist is an error, as is a message of nothing but white space.
- `{% extends "shipped/body.html" %}` and `{% include "shipped/body.txt" %}` take the shipped template. Files of your own that
  others include have names that begin with `_`.
- Templates run in Jinja's sandbox: they read the values below, and nothing else.

## Values

| name | meaning |
| --- | --- |
| `notice` | The notice, with the fields below: `notice.tag`, `notice.author.login`. |
| `title` | What happened, in English: `Maze 29 is published`. |
| `text` | What that means for the developer, in a sentence or two. |
| `symbol` | One character that shows it at a glance. |
| `link_text` | What a link to `notice.status_url` is called. |
| `release` | The activity and its version, or the tag where they were never read. |
| `occurred` | When it happened, as a date in UTC: `occurred.isoformat()`, `occurred.strftime("%d %B")`. |

"""
_EVENTS = """\
# Events

Every type of event that can stand in the log. A type is known by its name and version; names never change, and a change of
fields makes a new version. Bodies are JSON objects with exactly the fields below; how they are hashed is in
[the log's format](log-format.md). An event of a retired version stays in the log as it was recorded, and is read as one of the
newest ([12](../adr/0012-versions-of-events.md)).

`aslo log show` and `aslo log tail --json` print events as they are read; `schema` is the version that was recorded.
"""
_RULES = """\
<!-- Made by `make docs` of the files in aslo_core/rules/: mend those, not this page. -->
# Rules

A release that breaks a rule is rejected: it ends there, nothing is published, and its developer is told the rule's code,
what was found and what to do. What is marked as a warning is told as well, and the release goes on. The same codes come
from `aslo lint`. Codes are stable: programs may rely on them. Every ASLO has this list at `/rules`, and a page for each
code below it, such as `/rules/bundle.icon-missing`.

Rules that begin with `bundle.` are checked in the bundle, whether it was built here or attached; those that begin with
`source.` while the source is fetched and packed; `activity.` and `asset.` by the core; `build.` by the builder. The last
section is for operators: developers meet those only when something is wrong on this side.
"""
_PARTS = """\
## Values in events

Objects that stand in the fields above.
"""


def configuration() -> str:
    """Render the page of all options."""
    sections = [_NOTE + _CONFIGURATION, *(_options(f"`[{name}]`", options) for name, options in CORE_TABLES.items())]
    sections.append(
        _INSTANCES
        + (_BUILDERS + _keys(BuilderSettings))
        + (_STORAGES + _keys(StorageSettings))
        + (_NOTIFIERS + _keys(NoticeFilter))
    )
    for (kind, use), options in plugin_options().items():
        sections.append(_options(f'`[{kind}.NAME]` with `use = "{use}"`', options))
    return "\n".join(sections)


def plugin_options() -> dict[Use, type[Options]]:
    """Load the options class of each plugin in this repository, sources first.

    Raises:
        LookupError: one cannot be loaded.
    """
    wanted: list[Use] = []
    for project in sorted(ROOT.glob("plugins/*/pyproject.toml")):
        for name in tomllib.loads(project.read_text(encoding="utf-8"))["project"].get("entry-points", {}).get(PROJECT, ()):
            kind, _, use = name.partition(".")
            wanted.append((kind, use))
    plugins = load(wanted)
    if plugins.missing:
        raise LookupError(f"these plugins cannot be loaded: {dict(plugins.missing)}")
    return {use: plugins.options()[use] for use in sorted(wanted, key=lambda use: (KINDS.index(use[0]), use[1]))}


def event_types() -> str:
    """Render the page of all events and the values in them."""
    chains = events.EVENT_TYPES.by_name.values()
    streams = dict.fromkeys(f"{events.__name__}.{name}" for name in EVENT_MODULES)
    if unknown := {chain[-1].__module__ for chain in chains} - streams.keys():
        raise LookupError(f"these modules of events have no place on the page: {unknown}")
    sections = [_NOTE + _EVENTS]
    parts: list[type[Value]] = []
    for name in streams:
        sections.append(f"## {(import_module(name).__doc__ or '').partition(chr(10))[0].rstrip('.')}\n")
        sections.extend(event_type(chain, parts) for chain in chains if chain[-1].__module__ == name)
    sections.append(_PARTS)
    # The list grows while it is walked, since values hold values.
    sections.extend(f"### {part.__name__}\n\n{_prose(part)}\n{_fields(part, parts)}" for part in parts)
    return "\n".join(sections)


def event_type(chain: Sequence[type[events.Versioned]], parts: list[type[Value]]) -> str:
    """Render a type of event: its current version, and below it those that are retired, newest first.

    Args:
        chain: its versions, oldest first.
        parts: the values that the page has to explain; those in these events are added.
    """
    *retired, current = chain
    sections = [f"### `{current.event_name}`, version {current.event_version}\n\n{_prose(current)}\n{_fields(current, parts)}"]
    for cls in reversed(retired):
        title = f"#### `{cls.event_name}`, version {cls.event_version}, retired"
        sections.append(f"{title}\n\n{_prose(cls)}\n{_fields(cls, parts)}")
    return "\n".join(sections)


def rules() -> str:
    """Render the page of all rules."""
    sections = [_RULES]
    for section in rulebook().sections:
        text = f"{section.text}\n\n" if section.text else ""
        rows = "".join(_rule(rule) for rule in section.rules)
        sections.append(f"## {section.title}\n\n{text}| code | cause | cure |\n| --- | --- | --- |\n{rows}")
    return "\n".join(sections)


def messages() -> str:
    """Render the page of what templates can name."""
    parts: list[type[Value]] = []
    sections = [_NOTE + _MESSAGES + f"## Notice\n\n{_prose(Notice)}\n{_fields(Notice, parts)}"]
    sections.extend(f"### {part.__name__}\n\n{_prose(part)}\n{_fields(part, parts)}" for part in parts)
    return "\n".join(sections)


def _rule(rule: Rule) -> str:
    warning = " Warning." if rule.kind == "warning" else ""
    cause, cure = (text.replace("|", "\\|") for text in (rule.cause, rule.cure))
    return f"| `{rule.code}` | {cause}{warning} | {cure} |\n"


PAGES = {
    "configuration.md": configuration,
    "events.md": event_types,
    "rules.md": rules,
    "messages.md": messages,
    "plugin-api.md": plugin_api.page,
}


def _options(title: str, options: type[Options]) -> str:
    prose = _cell(_prose(options).removeprefix(f"{title}: "))
    return f"## {title}\n\n{prose}\n{_keys(options)}"


def _keys(options: type[Options]) -> str:
    schema = options.model_json_schema()
    required = schema.get("required", [])
    rows = []
    shared = schema["properties"].keys() - options.__annotations__.keys()  # with other plugins; comes last
    for name, about in sorted(schema["properties"].items(), key=lambda key: key[0] in shared):
        default = "required" if name in required else _default(about.get("default"))
        meaning = " ".join(about.get("description", "").split())
        rows.append(f"| `{name}` | {_type(about)} | {default} | {_cell(meaning)} |\n")
    return f"| key | type | default | meaning |\n| --- | --- | --- | --- |\n{''.join(rows)}"


def _type(about: Mapping[str, Any]) -> str:
    """Put a JSON Schema into words."""
    if "anyOf" in about:
        return " or ".join(_type(one) for one in about["anyOf"] if one["type"] != "null")
    if "$ref" in about:
        return "table"
    if "enum" in about:
        return " or ".join(f'`"{value}"`' for value in about["enum"])
    if about["type"] == "array":
        return f"list of {_type(about['items'])}"
    if about.get("format") == "password":
        return "*secret*"
    if about.get("format") == "path":
        return "path"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "`true` or `false`"}[about["type"]]
    least, most = about.get("minimum"), about.get("maximum")
    above = about.get("exclusiveMinimum")
    bounds = [f"from {least}" if least is not None else "", f"above {above}" if above is not None else ""]
    bounds.append(f"to {most}" if most is not None else "")
    return " ".join([words, *filter(None, bounds)])


def _default(value: object) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, list):
        return "none" if not value else f"`{value}`"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def _prose(cls: type) -> str:
    """Take the docstring up to its list of attributes; a sentence keeps its lines."""
    text, _, _ = (cls.__doc__ or "").partition("Attributes:")
    return "\n".join(line.strip() for line in text.strip().splitlines()) + "\n"


def _meanings(cls: type) -> dict[str, str]:
    """Read the docstring's list of attributes; one line may name several."""
    _, _, text = (cls.__doc__ or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if entry := re.fullmatch(r" {8}([a-z_, ]+): (.+)", line):
            names = entry[1].split(", ")
            found |= dict.fromkeys(names, entry[2])
        elif names and line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def _fields(cls: type[Value], parts: list[type[Value]]) -> str:
    hints, meanings = get_type_hints(cls), _meanings(cls)
    rows = [
        f"| `{field.name}` | {_kind(hints[field.name], parts)} | {_cell(meanings.get(field.name, ''))} |\n"
        for field in msgspec.structs.fields(cls)
    ]
    if any(meanings):
        return "| field | type | meaning |\n| --- | --- | --- |\n" + "".join(rows)
    return "| field | type |\n| --- | --- |\n" + "".join(row.removesuffix(" |  |\n") + " |\n" for row in rows)


def _kind(hint: Any, parts: list[type[Value]]) -> str:
    """Put a type into words, and note which values it leads to."""
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(_kind(one, parts) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return f"list of {_kind(get_args(hint)[0], parts)}"
    if isinstance(hint, type) and issubclass(hint, Value):
        if hint not in parts:
            parts.append(hint)
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    return {str: "text", int: "integer", float: "number", bool: "boolean", NoneType: "null"}[hint]


def _cell(text: str) -> str:
    """Make a text fit into a table; what begins with a capital elsewhere does so here."""
    return (text[:1].upper() + text[1:]).replace("|", "\\|")


def main() -> None:
    """Write every page."""
    for name, render in PAGES.items():
        (REFERENCE / name).write_text(render(), encoding="utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
