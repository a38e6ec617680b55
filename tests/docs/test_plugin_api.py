"""Nothing that a plugin may use, and no option that a plugin has, is without a word about it and a test that mentions it."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest

from aslo_core.config.settings import CORE_TABLES
from aslo_core.hookspecs import HookSpecs
from aslo_core.types import Options
from docs import plugin_api
from docs.configuration import plugin_options


def text_of_tests(root: Path, distribution: str) -> str:
    """The text of all tests of a folder in `plugins/`, or of the core (`""`), but not of this check."""
    folder = root / "plugins" / distribution / "tests" if distribution else root / "tests"
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.py")) if path != Path(__file__))


def is_set(key: str, tests: str) -> bool:
    """Whether some test gives the option a value: as a keyword, a key of a mapping, or in a table (also by `<key>_file`)."""
    return re.search(rf"""(?:(?<![\w.])|(?<=\\n)){key}(_file)?\\?["']?\s*(=(?!=)|:)""", tests) is not None


def definer(options: type[Options], key: str) -> type:
    """The class that an option comes from, which may be one that several plugins share."""
    return next(cls for cls in reversed(options.__mro__) if key in inspect.get_annotations(cls))


def untested(options: type[Options], own: str, root: Path) -> Iterable[str]:
    """Name the options that neither the tests of the plugin mention nor those of the distribution that they come from."""
    for key in options.model_fields:
        package = definer(options, key).__module__.partition(".")[0]
        shared = text_of_tests(root, "" if package == "aslo_core" else package.removeprefix("aslo_"))
        if not is_set(key, own) and not is_set(key, shared):
            yield key


def test_every_option_of_every_plugin_is_set_in_a_test(root: Path) -> None:
    found = {}
    for use, options in plugin_options().items():
        distribution = options.__module__.partition(".")[0].removeprefix("aslo_")
        found[use] = list(untested(options, text_of_tests(root, distribution), root))
    assert {use: keys for use, keys in found.items() if keys} == {}


def test_every_option_of_the_core_is_set_in_a_test(root: Path) -> None:
    tests = text_of_tests(root, "")
    found = {name: [key for key in options.model_fields if not is_set(key, tests)] for name, options in CORE_TABLES.items()}
    assert {name: keys for name, keys in found.items() if keys} == {}


def test_every_hook_is_used_in_a_test(root: Path) -> None:
    tests = text_of_tests(root, "")
    hooks = [name for name in vars(HookSpecs) if name.startswith("aslo_")]
    assert hooks
    assert [hook for hook in hooks if not re.search(rf"def {hook}\(", tests)] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Options(path=x)", True),
        ('{"path": x}', True),
        ("path = 'x'", True),
        ("path_file = 'x'", True),
        (r"'[storage.main]\npath = 1'", True),
        ('"path = \\"x\\""', True),
        ('parse("path=1")', True),
        ("the path of it", False),
        ("path == 1", False),
        ("some_path = 1", False),
        ("options.path = 1", False),
        ("", False),
    ],
)
def test_an_option_counts_as_tested_where_it_is_given_a_value(text: str, found: bool) -> None:
    assert is_set("path", text) is found


class Undocumented(Options):
    """An option that no test sets."""

    never_set_anywhere: str = ""


def test_an_option_that_no_test_sets_is_found(root: Path) -> None:
    assert list(untested(Undocumented, "", root)) == ["never_set_anywhere"]


def test_a_hook_without_documentation_is_found() -> None:
    class Specs:
        def aslo_told(self) -> None:
            """It is told."""

        def aslo_silent(self) -> None: ...

    with pytest.raises(LookupError, match="aslo_silent"):
        plugin_api.hooks(Specs)


def test_a_method_of_a_protocol_without_documentation_is_found() -> None:
    class Spoken(Protocol):
        """Says something."""

        def told(self) -> None:
            """It is told."""

        def silent(self) -> None: ...

    with pytest.raises(LookupError, match=r"Spoken\.silent"):
        plugin_api.methods(Spoken)


def test_a_name_without_documentation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ModuleType("made")

    def silent() -> None: ...

    made.silent, made.__all__ = silent, ["silent"]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "made", made)
    with pytest.raises(LookupError, match="silent"):
        plugin_api.names(made, "")


def test_a_test_of_a_suite_without_documentation_is_found(tmp_path: Path) -> None:
    (tmp_path / "suite.py").write_text('class ShelfContract:\n    """It holds."""\n\n    def test_it(self) -> None: ...\n')
    with pytest.raises(LookupError, match=r"ShelfContract\.test_it"):
        list(plugin_api.suites(tmp_path))


def test_every_protocol_and_every_name_is_on_the_page(root: Path) -> None:
    page = (root / "docs" / "reference" / "plugin-api.md").read_text(encoding="utf-8")
    assert [name for name in plugin_api.api.__all__ if not re.search(rf"^### `{name}`$", page, re.MULTILINE)] == []
