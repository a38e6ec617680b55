"""What every code of a rule means: its cause and its cure, in the one place where they are written down.

The texts lie beside this module, a file for each section. The web shows them, `aslo lint` quotes them, and `make docs` makes
docs/reference/rules.md of them. Code between backticks is code; there is no other markup.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from aslo_core.types import Value

Kind = Literal["refusal", "warning", "operators"]
"""What comes of it: the release ends there; it goes on all the same; its operators see to it."""

SECTIONS = ("source", "build", "info", "pictures", "archive", "inspection", "activity", "operators")
"""Names of the files, in the order in which people read them."""


class Rule(Value):
    """One rule.

    Attributes:
        code: stable, for example `bundle.icon-missing`; programs may rely on it.
        kind: what comes of it when it is broken.
        cause: what is wrong.
        cure: what its author, or an operator, can do about it in general; a message may know better.
    """

    code: str
    kind: Kind
    cause: str
    cure: str


class Section(Value):
    """Rules that belong together.

    Attributes:
        name: of its file.
        title: in words.
        text: what is to be said of all of them, or empty.
        rules: in the order of the file.
    """

    name: str
    title: str
    text: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Rulebook:
    """All rules.

    Attributes:
        sections: in the order in which people read them.
        by_code: each rule under its code.
    """

    sections: tuple[Section, ...]
    by_code: Mapping[str, Rule]


class _Entry(Value):
    cause: str
    cure: str
    kind: Kind | None = None


class _File(Value):
    title: str
    kind: Kind
    rules: dict[str, _Entry]
    text: str = ""


_FILE = msgspec.json.Decoder(_File)
"""Made before there are threads: msgspec (0.22) gives others what it half knows of a class, and crashes."""


@cache
def rulebook() -> Rulebook:
    """Read the rules of this installation, once."""
    sections = tuple(_section(name) for name in SECTIONS)
    return Rulebook(sections, {rule.code: rule for section in sections for rule in section.rules})


def _section(name: str) -> Section:
    text = (files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
    file = _FILE.decode(msgspec.json.encode(tomllib.loads(text)))
    rules = tuple(
        Rule(code=code, kind=entry.kind or file.kind, cause=entry.cause, cure=entry.cure) for code, entry in file.rules.items()
    )
    return Section(name=name, title=file.title, text=file.text, rules=rules)
