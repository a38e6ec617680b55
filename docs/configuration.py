"""The page of all options."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aslo_core.config.notice_filter import NoticeFilter
from aslo_core.config.settings import CORE_TABLES, BuilderSettings, StorageSettings
from aslo_core.entry_points import KINDS, PROJECT
from aslo_core.plugins import Use, load
from aslo_core.types import Options
from docs.values import NOTE, cell, prose

ROOT = Path(__file__).parents[1]
_CONFIGURATION = """\
# Configuration

Every key of `aslo.toml`. The file at the top of the repository is an example of each, and works as it stands;
`aslo check` tells what is wrong with yours.

- Values have the types of TOML: a number in quotes is no number, and 1 is not `true`. What the environment gives is
  text, and is read as what is asked for.
- A value may hold `${VARIABLE}`, which is taken from the environment. A variable that is not set is an error, as is
  `${` before anything else; `$${` stands for the characters `${` themselves.
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


def configuration() -> str:
    """Render the page of all options."""
    sections = [NOTE + _CONFIGURATION, *(_options(f"`[{name}]`", options) for name, options in CORE_TABLES.items())]
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


def _options(title: str, options: type[Options]) -> str:
    text = cell(prose(options).removeprefix(f"{title}: "))
    return f"## {title}\n\n{text}\n{_keys(options)}"


def _keys(options: type[Options]) -> str:
    schema = options.model_json_schema()
    required = schema.get("required", [])
    rows = []
    shared = schema["properties"].keys() - options.__annotations__.keys()  # with other plugins; comes last
    for name, about in sorted(schema["properties"].items(), key=lambda key: key[0] in shared):
        default = "required" if name in required else _default(about.get("default"))
        meaning = " ".join(about.get("description", "").split())
        rows.append(f"| `{name}` | {_type(about)} | {default} | {cell(meaning)} |\n")
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
