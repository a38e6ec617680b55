"""The pages made of the code are those in the repository, and aslo.toml shows every option."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from aslo_core.config.settings import CORE_TABLES, core_keys
from aslo_core.types import Options
from docs.configuration import plugin_options
from docs.generate import PAGES

HEADINGS = re.compile(r"^\[(?P<table>[a-z.]+)\]$", re.MULTILINE)


def shown_keys(text: str) -> dict[str, set[str]]:
    """Name the keys that each table of the file has or shows in a comment."""
    tables = list(HEADINGS.finditer(text))
    ends = [table.start() for table in tables[1:]] + [len(text)]
    return {
        table["table"]: set(re.findall(r"^(?:#\s*)?([a-z_0-9]+) = ", text[table.end() : end], re.MULTILINE))
        for table, end in zip(tables, ends, strict=True)
    }


def not_shown(options: type[Options], shown: set[str]) -> set[str]:
    return {key for key in options.model_fields if not {key, f"{key}_file"} & shown}


@pytest.mark.parametrize("page", ["configuration.md", "events.md", "rules.md", "messages.md", "plugin-api.md"])
def test_the_page_says_what_the_code_says(page: str, root: Path) -> None:
    written = (root / "docs" / "reference" / page).read_text(encoding="utf-8")

    assert written == PAGES[page](), f"docs/reference/{page} is out of date: run `make docs`"


def test_every_option_has_its_docstring() -> None:
    classes = [*CORE_TABLES.values(), *plugin_options().values()]
    without = [f"{cls.__name__}.{name}" for cls in classes for name, field in cls.model_fields.items() if not field.description]

    assert without == []


def test_aslo_toml_shows_every_option_of_the_core(root: Path) -> None:
    shown = shown_keys((root / "aslo.toml").read_text(encoding="utf-8"))

    for table, options in CORE_TABLES.items():
        assert not_shown(options, shown[table]) == set(), table


def test_aslo_toml_shows_every_plugin_and_every_option_of_it(root: Path) -> None:
    text = (root / "aslo.toml").read_text(encoding="utf-8")
    shown, data = shown_keys(text), tomllib.loads(text)

    for (kind, use), options in plugin_options().items():
        tables = [f"{kind}.{name}" for name, table in data[kind].items() if table["use"] == use]
        assert tables, f"aslo.toml has no [{kind}.…] with use = {use!r}"
        assert not_shown(options, set().union(*(shown[table] for table in tables))) == set(), (kind, use)


def test_aslo_toml_shows_no_option_that_is_not(root: Path) -> None:
    text = (root / "aslo.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)

    for table, shown in shown_keys(text).items():
        kind, _, name = table.partition(".")
        options = plugin_options()[kind, data[kind][name]["use"]] if name else CORE_TABLES[kind]
        known = set(options.model_fields) | (set(core_keys(kind)) if name else set())
        assert {key for key in shown if key not in known and key.removesuffix("_file") not in known} == set(), table


def test_what_aslo_toml_says_for_the_core_is_the_default(root: Path) -> None:
    data = tomllib.loads((root / "aslo.toml").read_text(encoding="utf-8"))

    for table, options in CORE_TABLES.items():
        assert options.model_validate(data[table]) == options(), table
