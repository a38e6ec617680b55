"""Lines of keys, held against documents that a generator wrote line by line, and against what tomllib reads in them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aslo_core.config.lines import KeyPath, key_lines

BLANKS = st.sampled_from(["", " ", "\t", "  "])
COMMENTS = st.sampled_from(["", "# plain", "#", "# [no.header]", "# no = 1", '# """', "# '''", '# " ]} ='])
TRICKY = st.text(st.sampled_from("a=[]{}#.,'\\\"é \t"), max_size=8)
LITERAL = st.text(st.sampled_from('a=[]{}#.,"\\é '), max_size=8)
LINES = st.lists(st.sampled_from(["[x]", "k = 1", "# no comment", "", "[[y]]", '"', "''", "]", "}"]), max_size=4)


class Writer:
    """Writes a document and remembers on which line it put what."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.text = ""
        self.expected: dict[KeyPath, int] = {}
        self._count = 0

    @property
    def line(self) -> int:
        return self.text.count("\n") + 1

    def put(self, *texts: str | st.SearchStrategy[str]) -> None:
        for text in texts:
            self.text += text if isinstance(text, str) else self.draw(text)

    def note(self, path: KeyPath) -> None:
        self.expected.setdefault(path, self.line)

    def end_line(self) -> None:
        self.put(BLANKS, COMMENTS, "\n")

    def between(self) -> None:
        """Anything that may stand between two elements of an array."""
        for _ in range(self.draw(st.integers(0, 2))):
            self.end_line()
        self.put(BLANKS)

    def name(self) -> str:
        """Write one part of a key, which no other has, and return what it stands for."""
        self._count += 1
        unique = f"k{self._count}"
        form = self.draw(st.sampled_from(["bare", "basic", "escaped", "literal"]))
        if form == "bare":
            self.put(unique)
            return unique
        if form == "escaped":
            self.put(f'"\\u006b{self._count}"')
            return unique
        name = unique + self.draw(TRICKY if form == "basic" else LITERAL)
        self.put(json.dumps(name) if form == "basic" else f"'{name}'")
        return name

    def dotted(self, prefix: KeyPath) -> KeyPath:
        """Write a key of one to three parts and note it, as the names of tables around it."""
        path = prefix
        for depth in range(self.draw(st.integers(1, 3))):
            if depth:
                self.put(BLANKS, ".", BLANKS)
            path = (*path, self.name())
            self.note(path)
        return path

    def assignment(self, table: KeyPath, depth: int = 2, *, several_lines: bool = True) -> None:
        path = self.dotted(table)
        self.put(BLANKS, "=", BLANKS)
        self.value(path, depth, several_lines=several_lines)

    def value(self, path: KeyPath, depth: int, *, several_lines: bool) -> None:
        forms = ["bare", "basic", "literal"]
        forms += ["lines", "literal lines"] if several_lines else []
        forms += ["array", "inline"] if depth else []
        match self.draw(st.sampled_from(forms)):
            case "bare":
                self.put(st.sampled_from(["1", "-0.5", "true", "1979-05-27 07:32:00", "1979-05-27T07:32:00Z", "0xff", "inf"]))
            case "basic":
                self.put(json.dumps(self.draw(TRICKY)))
            case "literal":
                self.put("'", LITERAL, "'")
            case "lines":
                lines = [line.replace('"', '\\"') for line in self.draw(LINES)]
                self.put('"""', "\n".join(lines), st.sampled_from(["", '"', '""', "\\\n   "]), '"""')
            case "literal lines":
                lines = [line.replace("''", "'") for line in self.draw(LINES)]
                self.put("'''", "\n".join([*lines, ""]), st.sampled_from(["", "'", "''"]), "'''")
            case "array":
                self.array(path, depth, several_lines=several_lines)
            case "inline":
                self.inline_table(path, depth)

    def array(self, path: KeyPath, depth: int, *, several_lines: bool) -> None:
        def between() -> None:
            if several_lines:
                self.between()

        self.put("[")
        count = self.draw(st.integers(0, 3))
        for index in range(count):
            between()
            self.note((*path, index))
            self.value((*path, index), depth - 1, several_lines=several_lines)
            between()
            self.put("," if index < count - 1 else self.draw(st.sampled_from(["", ","])))
        between()
        self.put("]")

    def inline_table(self, path: KeyPath, depth: int) -> None:
        self.put("{")
        for index in range(self.draw(st.integers(0, 2))):
            self.put(", " if index else " ")
            self.assignment(path, depth - 1, several_lines=False)
        self.put(" }")

    def body(self, table: KeyPath) -> None:
        for _ in range(self.draw(st.integers(0, 3))):
            self.put(BLANKS)
            if self.draw(st.booleans()):
                self.assignment(table)
            self.end_line()

    def table(self) -> None:
        self.put(BLANKS, "[", BLANKS)
        path = self.dotted(())
        self.put(BLANKS, "]")
        self.end_line()
        self.body(path)

    def array_of_tables(self) -> None:
        self._count += 1
        name = f"k{self._count}"
        for index in range(self.draw(st.integers(1, 3))):
            self.put(BLANKS)
            self.note((name,))
            self.note((name, index))
            self.put("[[", BLANKS, name, BLANKS, "]]")
            self.end_line()
            self.body((name, index))
            if self.draw(st.booleans()):
                self.put("[", name, ".")
                inner = (name, index, self.name())
                self.note(inner)
                self.put("]")
                self.end_line()
                self.body(inner)


@st.composite
def documents(draw: st.DrawFn) -> Writer:
    writer = Writer(draw)
    writer.body(())
    for _ in range(draw(st.integers(0, 4))):
        if draw(st.booleans()):
            writer.table()
        else:
            writer.array_of_tables()
    return writer


def paths(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Everything that can be named in what was parsed."""
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in items:
        yield from paths(inner, (*path, part))


@given(documents())
def test_every_key_is_on_the_line_on_which_it_was_written(written: Writer):
    assert key_lines(written.text) == written.expected


@given(documents())
def test_everything_that_tomllib_reads_has_a_line_and_nothing_else_has(written: Writer):
    assert set(key_lines(written.text)) == set(paths(tomllib.loads(written.text)))


def test_a_document_with_everything():
    text = """\
title = '''
[no.table]
no = 1
'''
a . "b.c" = [ # comment ]
  1, [2,
  3],
  { x = "}", y.z = 4 },
]
[[fruit]]
name = "apple"
[fruit.skin]
colour = "red"
[[fruit]]
name = "pear" # [fruit]
"""
    assert key_lines(text) == {
        ("title",): 1,
        ("a",): 5,
        ("a", "b.c"): 5,
        ("a", "b.c", 0): 6,
        ("a", "b.c", 1): 6,
        ("a", "b.c", 1, 0): 6,
        ("a", "b.c", 1, 1): 7,
        ("a", "b.c", 2): 8,
        ("a", "b.c", 2, "x"): 8,
        ("a", "b.c", 2, "y"): 8,
        ("a", "b.c", 2, "y", "z"): 8,
        ("fruit",): 10,
        ("fruit", 0): 10,
        ("fruit", 0, "name"): 11,
        ("fruit", 0, "skin"): 12,
        ("fruit", 0, "skin", "colour"): 13,
        ("fruit", 1): 14,
        ("fruit", 1, "name"): 15,
    }
