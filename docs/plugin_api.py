"""The page of the plugin API, made of docstrings. What has none cannot be put on it, and is an error."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

from aslo_core import api, testing
from aslo_core.api_version import API
from aslo_core.entry_points import KINDS
from aslo_core.hookspecs import HookSpecs
from aslo_core.testing.storage_place import Impostor, Place, Trait
from aslo_core.types import Value

_HEAD = f"""\
<!-- Made by `make docs` of the docstrings in the code: mend those, not this page. -->
# The plugin API

What a plugin is made of and held to. [The tutorial](../tutorial/write-a-storage.md) builds one from nothing; `aslo plugin new
KIND NAME` writes one that works.

## The version

This ASLO has version **{API}** of the plugin API: all that is on this page. A distribution states the version that its plugins
are written for in its `pyproject.toml`, beside its plugins, where ASLO reads it without importing anything:

```toml
[project.entry-points.aslo]
"storage.example" = "aslo_storage_example"

[project.entry-points."aslo.api"]
"{API}" = "aslo_storage_example"
```

The name is the version; the value has to be a package, as in every entry point, and is not looked at. A plugin is used by an
ASLO of the same major version with the same or a higher minor version. Any other one, and one that states nothing, is refused
before it is imported: `aslo check` and `aslo serve` name file and line of the table that uses it, `aslo plugins` lists it with
the reason.

| change | version |
| --- | --- |
| a new name in `aslo_core.api`, a new hook, a new Protocol, a field with a default, a new suite | minor |
| a name, field or parameter that goes, or means something else | major |
| a method that a Protocol did not ask for before; a test that a plugin which kept its Protocol's words may fail | major |
| what is not on this page: all other modules of `aslo_core` | none, at any time |

## Hooks

Functions of the package that the entry point names, each marked with `@hook` of `aslo_core.api`. Hooks only register; ASLO then
calls the objects that it made itself.

"""
_OFFER = """\
Each entry point is named `<kind>.<use>`; the hook of its kind has to return exactly one `Offer` of that name. What is wrong
with a plugin is told for the tables that use it, and hinders no other.
"""
_NAMES = """\
## Names in `aslo_core.api`

The only module of the core that a plugin imports, beside the suites in its tests. The Protocols above are in it as well.

"""
_MODULES = """\
## Modules in `aslo_core.api`

What builders and sources have in common: `from aslo_core.api import git`, and then `git.fetch_tag(…)`.

"""
_SUITES = """\
## Suites

Tests that a plugin adopts by a class of a few lines, each described by the sentence that it is held to.
`-p aslo_core.testing.services` in pytest's options lets their assertions explain themselves, and brings real services as
fixtures:

"""
_GIVEN = """
## What suites are given

`StorageFaults` asks for a fixture `place`. These names are in `aslo_core.testing.storage_place`.

"""
_LINE = 110
_ADDRESS = re.compile(r"<.* at 0x[0-9a-f]+>")
_SECTIONS = ("Args", "Attributes", "Returns", "Yields", "Raises")


@dataclass(frozen=True)
class Documented:
    """A name with its docstring.

    Attributes:
        name: as it is written where it is used.
        text: the docstring, without its indentation.
    """

    name: str
    text: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise LookupError(f"{self.name} has no docstring")

    @property
    def sentence(self) -> str:
        """The first paragraph, in one line."""
        return " ".join(self.text.strip().partition("\n\n")[0].split())


def page() -> str:
    """Render the page.

    Raises:
        LookupError: something that belongs on it has no docstring; says what.
    """
    parts = [_HEAD, *(_entry(hook, "###") for hook in hooks(HookSpecs)), _OFFER]
    titled = {f"The Protocols of a {kind}": protocols(kind) for kind in KINDS}
    for title, found in {**titled, "Protocols of several kinds": shared_protocols()}.items():
        parts.append(f"\n## {title}\n\n")
        for protocol in found:
            parts.append(_entry(Documented(protocol.__name__, _own_doc(protocol)), "###"))
            parts.extend(_entry(method, "####") for method in methods(protocol))
    modules = {name: value for name in api.__all__ if isinstance(value := getattr(api, name), ModuleType)}
    parts.append(_NAMES)
    for one in names(api, ""):
        value = getattr(api, _bare(one))
        if not _is_protocol(value) and _bare(one) not in modules:
            parts.extend(_with_methods(one, value))
    parts.append(_MODULES)
    for name, module in modules.items():
        parts.append(_entry(Documented(name, _own_doc(module)), "###"))
        parts.extend(_entry(one, "####") for one in names(module, f"{name}."))
    parts.append(_SUITES)
    parts.extend(f"- `{one.name}`: {one.sentence}\n" for one in fixtures(Path(testing.__file__).with_name("services.py")))
    for suite, tests in suites(Path(testing.__file__).parent):
        parts.append(f"\n### `{suite.name}`\n\n{suite.sentence}\n\n")
        parts.extend(f"- {one.sentence}\n" for one in tests)
    parts.append(_GIVEN)
    for given in (Place, Trait, Impostor):
        signature = _signature(given) if is_dataclass(given) else ""
        parts.extend(_with_methods(Documented(f"{given.__name__}{signature}", _own_doc(given)), given))
    return "".join(parts)


def hooks(specs: type) -> list[Documented]:
    """Give every hook with its signature."""
    found = [(name, function) for name, function in vars(specs).items() if name.startswith("aslo_")]
    return [Documented(f"{name}{_signature(function)}", inspect.getdoc(function) or "") for name, function in found]


def protocols(kind: str) -> list[type]:
    """Give the Protocols of a kind, the one that every plugin of it has to have first."""
    found = [value for name in api.__all__ if _is_protocol(value := getattr(api, name))]
    return sorted((one for one in found if one.__module__.endswith(f".{kind}s")), key=lambda one: one.__name__ != kind.title())


def shared_protocols() -> list[type]:
    """Give the Protocols that are of no single kind."""
    of_kinds = {protocol for kind in KINDS for protocol in protocols(kind)}
    found = (getattr(api, name) for name in api.__all__)
    return [value for value in found if _is_protocol(value) and value not in of_kinds]


def methods(owner: type) -> list[Documented]:
    """Give what a Protocol asks for, or what a value has beside its fields."""
    found = []
    for name, value in vars(owner).items():
        if name.startswith("_") or name in inspect.get_annotations(owner):
            continue
        if isinstance(value, property):
            found.append(Documented(f"{owner.__name__}.{name}", inspect.getdoc(value) or ""))
        elif inspect.isfunction(value) or isinstance(value, classmethod):
            function = getattr(owner, name)
            found.append(Documented(f"{owner.__name__}.{name}{_signature(function)}", _own_doc(function)))
    return found


def names(module: ModuleType, prefix: str) -> list[Documented]:
    """Give every name that a module passes on; the docstring of one that is neither class nor function stands below it."""
    found = []
    for name in module.__all__:
        value = getattr(module, name)
        if prefix and _is_protocol(value):
            found.append(Documented(f"{prefix}{name}", _own_doc(value)))
            found.extend(Documented(f"{prefix}{one.name}", one.text) for one in methods(value))
        elif inspect.isfunction(value) or _is_made_of_fields(value):
            found.append(Documented(f"{prefix}{name}{_signature(value)}", _own_doc(value)))
        elif isinstance(value, ModuleType) or (inspect.isclass(value) and value.__name__ == name):
            found.append(Documented(f"{prefix}{name}", _own_doc(value)))
        else:
            found.append(Documented(f"{prefix}{name}", _below(_origin(module, name), name)))
    return found


def fixtures(module: Path) -> Iterator[Documented]:
    """Give the fixtures of a module."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and any("fixture" in ast.unparse(one) for one in node.decorator_list):
            yield Documented(node.name, ast.get_docstring(node) or "")


def suites(folder: Path) -> Iterator[tuple[Documented, list[Documented]]]:
    """Give the classes of the modules in a folder that have tests, with these."""
    for path in sorted(folder.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            inside = node.body if isinstance(node, ast.ClassDef) else ()
            tests = [one for one in inside if isinstance(one, ast.FunctionDef) and one.name.startswith("test_")]
            if isinstance(node, ast.ClassDef) and tests:
                yield (
                    Documented(f"aslo_core.testing.{path.stem}.{node.name}", ast.get_docstring(node) or ""),
                    [Documented(f"{node.name}.{one.name}", _told(one)) for one in tests],
                )


def _with_methods(one: Documented, value: object) -> Iterator[str]:
    yield _entry(one, "###")
    if _is_made_of_fields(value):
        yield from (_entry(method, "####") for method in methods(cast("type", value)))


def _bare(one: Documented) -> str:
    return one.name.partition("(")[0]


def _told(test: ast.FunctionDef) -> str:
    """Say what a test is of: its name is a sentence, and its docstring says more."""
    doc = ast.get_docstring(test)
    title = test.name.removeprefix("test_").replace("_", " ")
    return f"*{title[:1].upper()}{title[1:]}.* {doc}" if doc else ""


def _entry(one: Documented, level: str) -> str:
    name, _, arguments = one.name.partition("(")
    signature = f"```python\n{name.rpartition('.')[2]}({arguments}\n```\n\n" if arguments else ""
    return f"{level} `{name}`\n\n{signature}{_markdown(one.text)}\n"


def _markdown(text: str) -> str:
    """Put a docstring in Google's style into Markdown: its sections become lists."""
    lines, section = [], False
    for line in text.strip().splitlines():
        if line.rstrip(":") in _SECTIONS and line.endswith(":"):
            section = True
            lines.append(f"**{line}**\n")
        elif section and (entry := re.fullmatch(r" {4}(\w+(?:, \w+)*): (.+)", line)):
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        elif section and line.strip():
            lines.append(line if lines[-1].startswith(("- ", "  ")) else line.strip())
        else:
            lines.append(line)
    return "\n".join(re.sub(r"^ {4,}", "  ", line) for line in lines) + "\n"


def _signature(function: Callable[..., object]) -> str:
    signature = inspect.signature(function)
    parts, by_name = [], False
    for name, one in signature.parameters.items():
        if name == "self":
            continue
        if one.kind is one.KEYWORD_ONLY and not by_name:
            parts.append("*")
            by_name = True
        default = "" if one.default is one.empty else f" = {_default(one.default)}"
        parts.append(f"{name}: {_type(one.annotation)}{default}")
    returned = "" if inspect.isclass(function) else f" -> {_type(signature.return_annotation)}"
    line = f"({', '.join(parts)}){returned}"
    if len(line) <= _LINE:
        return line
    return "(\n" + "".join(f"    {part},\n" for part in parts) + f"){returned}"


def _default(value: object) -> str:
    """Write a default as it is everywhere, not only on this machine."""
    return "sys.executable" if value == sys.executable else _ADDRESS.sub("…", repr(value))


def _type(annotation: object) -> str:
    """Write a type as it is written in the code."""
    return re.sub(
        r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    )


def _own_doc(value: object) -> str:
    """Take the docstring of the thing itself: one that is inherited, or made by a dataclass, explains nothing."""
    text = inspect.cleandoc(getattr(value, "__doc__", None) or "")
    return "" if text.startswith(f"{getattr(value, '__name__', '')}(") else text


def _is_made_of_fields(value: object) -> bool:
    return inspect.isclass(value) and (is_dataclass(value) or issubclass(value, Value) or "__init__" in vars(value))


def _is_protocol(value: object) -> bool:
    return inspect.isclass(value) and getattr(value, "_is_protocol", False)


def _origin(module: ModuleType, name: str) -> str:
    """Name the module that a name is imported from by that module."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module and any((one.asname or one.name) == name for one in node.names):
            return node.module
    raise LookupError(f"{module.__name__} does not import {name}")


def _below(module: str, name: str) -> str:
    """Find the text below an assignment, in the module or in the one that it passes the name on from."""
    source = import_module(module)
    body = ast.parse(inspect.getsource(source)).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        if name in {one.id for one in targets if isinstance(one, ast.Name)}:
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) and after.value.value
            return str(told) if told else ""
    return _below(_origin(source, name), name)
