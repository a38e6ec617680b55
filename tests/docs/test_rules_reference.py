"""Every rule that a release can break, or an operator can meet, is explained in aslo_core/rules/, and nothing else is.

The codes are read from the source: the first argument of each `Permanent(…)`, and of any other call that begins with a code, as
the packer's word to its parent does. Where it is no plain text, the values that it can have are looked for: constants given to
the function around it or assigned in it, else all codes in the module.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from aslo_core.events import EVENT_TYPES
from aslo_core.rules import rulebook

CODE = re.compile(r"(activity|asset|build|bundle|email|github|log|notice|source|storage|webhook)\.[a-z0-9]+(-[a-z0-9]+)*")
SUFFIXES = (".db", ".html", ".linfo", ".tar", ".xo")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A module, with the function around each of its nodes, and its calls by the name of what they call."""

    path: Path
    tree: ast.Module
    around: dict[ast.AST, Function]
    by_name: dict[str, list[ast.Call]]

    @classmethod
    def read(cls, path: Path) -> Module:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
        by_name: dict[str, list[ast.Call]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                by_name.setdefault(getattr(node.func, "id", getattr(node.func, "attr", "")), []).append(node)
        return cls(path, tree, {node: function for function in functions for node in ast.walk(function)}, by_name)

    def calls(self, name: str) -> list[ast.Call]:
        return self.by_name.get(name, [])

    def told_otherwise(self) -> set[str]:
        """Codes that some other call begins with; messages of the program (`log.info("…")`) and events have names alike."""
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call) and node.args]
        named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id != "recorded"]
        firsts = [call.args[0] for call in named]
        texts = {first.value for first in firsts if isinstance(first, ast.Constant) and isinstance(first.value, str)}
        return {text for text in texts if CODE.fullmatch(text) and not text.endswith(SUFFIXES)}

    def codes(self) -> set[str]:
        """All texts in the module that look like a code and are not known to be something else."""
        texts = {node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        return {text for text in texts if CODE.fullmatch(text) and not text.endswith(SUFFIXES)} - EVENT_TYPES.by_name.keys()


def values(expression: ast.expr, module: Module, modules: list[Module], asked: frozenset[ast.expr] = frozenset()) -> set[str]:
    """What an expression can be, as far as the source tells; where functions call each other in a ring, each is asked once."""
    if expression in asked:
        return set()
    asked |= {expression}
    match expression:
        case ast.Constant(value=str(text)):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            return values(one, module, modules, asked) | values(other, module, modules, asked)
        case ast.JoinedStr(values=parts):
            combinations = itertools.product(*(values(part, module, modules, asked) for part in parts))
            return {"".join(combination) for combination in combinations}
        case ast.FormattedValue(value=inner):
            return values(inner, module, modules, asked)
        case ast.Name(id=name) if (function := module.around.get(expression)) is not None:
            assigned = [
                node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets)
            ]
            if assigned:
                return set().union(*(values(value, module, modules, asked) for value in assigned))
            names = [argument.arg for argument in function.args.args if argument.arg != "self"]
            if name in names:
                index = names.index(name)
                # Others may have methods of that name, with fewer arguments; a private function is called in its module alone.
                callers = [module] if function.name.startswith("_") else modules
                calls = [(other, call) for other in callers for call in other.calls(function.name) if len(call.args) > index]
                given = [(other, call.args[index]) for other, call in calls]
                defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
                given += [(module, defaults[name])] if name in defaults else []
                return set().union(*(values(argument, other, modules, asked) for other, argument in given))
    return module.codes()


@pytest.fixture(scope="module")
def modules(root: Path) -> list[Module]:
    paths = [*root.glob("aslo_core/**/*.py"), *root.glob("plugins/*/aslo_*/**/*.py")]
    return [Module.read(path) for path in paths if "testing" not in path.relative_to(root).parts]


@pytest.fixture(scope="module")
def in_code(modules: list[Module]) -> set[str]:
    found: set[str] = set()
    for module in modules:
        found |= module.told_otherwise()
        for call in itertools.chain(module.calls("Permanent"), module.calls("BundleWarning")):
            found |= values(call.args[0], module, modules)
    return found


@pytest.fixture(scope="module")
def explained() -> set[str]:
    return set(rulebook().by_code)


def test_the_codes_in_the_source_are_codes(in_code: set[str]) -> None:
    assert {code for code in in_code if not CODE.fullmatch(code)} == set()


@pytest.mark.parametrize(
    "code",
    [
        "bundle.icon-missing",  # written out
        "bundle.archive-case-clash",  # one of two in a formatted string
        "bundle.archive-name-parent",  # put together of what the callers give
        "bundle.archive-too-large",  # given by a caller in another module
        "source.repository-moved",  # from a table
        "build.memory-limit",  # not raised, but told by the confined process
    ],
)
def test_codes_are_found_however_they_are_written(code: str, in_code: set[str]) -> None:
    assert code in in_code


def test_every_rule_is_explained(in_code: set[str], explained: set[str]) -> None:
    assert sorted(in_code - explained) == [], "explain these in aslo_core/rules/"


def test_no_rule_is_explained_that_is_not(in_code: set[str], explained: set[str]) -> None:
    assert sorted(explained - in_code) == [], "no code raises these any more"


def test_each_is_explained_once() -> None:
    codes = Counter(rule.code for section in rulebook().sections for rule in section.rules)
    assert [code for code, times in codes.items() if times > 1] == []


def test_what_is_only_warned_of_is_explained_as_a_warning(modules: list[Module]) -> None:
    told = {
        code for module in modules for call in module.calls("BundleWarning") for code in values(call.args[0], module, modules)
    }
    assert {code: rulebook().by_code[code].kind for code in told} == dict.fromkeys(told, "warning")


def test_every_text_is_a_sentence_or_more_on_one_line() -> None:
    for rule in rulebook().by_code.values():
        for text in (rule.cause, rule.cure):
            assert text == " ".join(text.split()), rule.code
            assert text.endswith("."), (rule.code, text)
            assert text.count("`") % 2 == 0, rule.code
