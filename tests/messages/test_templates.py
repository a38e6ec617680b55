"""Templates give messages in which what strangers wrote stays text; what is broken is told with its place."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aslo_core.errors import ConfigError, Permanent, Transient
from aslo_core.messages import Medium, Templates, Written
from aslo_core.messages.samples import samples
from aslo_core.messages.words import words
from aslo_core.testing.values import notice
from aslo_core.types import NOTICE_KINDS


class Folders:
    """The templates of a notifier, and an operator's own."""

    def __init__(self, folder: Path) -> None:
        self.shipped, self.own = folder / "shipped", folder / "own"
        for each in (self.shipped, self.own):
            each.mkdir()
        self.write("note.txt", "{{ title }}\n", own=False)

    def write(self, name: str, text: str, *, own: bool = True) -> Path:
        path = (self.own if own else self.shipped) / name
        path.write_text(text, encoding="utf-8")
        return path

    def templates(self, **media: Medium) -> Templates:
        return Templates(self.shipped, self.own, {f".{suffix}": medium for suffix, medium in media.items()})

    def render(self, name: str, text: str, **fields: object) -> str:
        self.write(name, "x", own=False)
        self.write(name, text)
        return self.templates().render(name, notice("n1", "rejected", **fields))


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@pytest.mark.parametrize("kind", NOTICE_KINDS)
def test_every_kind_has_its_words(kind: str):
    told = words(notice("n1", kind))  # type: ignore[arg-type]
    assert told.symbol
    assert told.text
    assert "{release}" in told.title


def test_samples_are_of_every_kind_with_all_and_with_nothing():
    assert {one.kind for one in samples()} == set(NOTICE_KINDS)
    assert {bool(one.name) for one in samples()} == {True, False}


def test_a_kind_that_is_not_known_is_permanent(folders: Folders):
    with pytest.raises(Permanent, match=r"notice\.kind-unknown"):
        folders.templates().render("note.txt", notice("n1", "exploded"))  # type: ignore[arg-type]


def test_an_operators_template_comes_before_the_shipped_one(folders: Folders):
    assert folders.templates().render("note.txt", notice("n1", "published")) == "Maze 29 is published"
    folders.write("note.txt", "Own: {{ release }}")
    assert folders.templates().render("note.txt", notice("n1", "published")) == "Own: Maze 29"


def test_a_template_is_read_anew_for_each_message(folders: Folders):
    templates = folders.templates()
    folders.write("note.txt", "{{ oops }}")
    with pytest.raises(Transient):
        templates.render("note.txt", notice("n1", "published"))
    folders.write("note.txt", "{{ symbol }}")
    assert templates.render("note.txt", notice("n1", "published")) == "✅"


def test_a_shipped_template_can_be_built_upon(folders: Folders):
    folders.write("note.txt", "{% block greeting %}Hello{% endblock %}: {{ title }}", own=False)
    folders.write(
        "note.txt", '{% extends "shipped/note.txt" %}{% block greeting %}{{ super() }} {{ notice.author.login }}{% endblock %}'
    )
    assert folders.templates().render("note.txt", notice("n1", "published")) == "Hello ada: Maze 29 is published"


@settings(deadline=None)  # files are written
@given(st.text())
def test_json_holds_exactly_what_was_written(text: str):
    with TemporaryDirectory() as folder:
        made = Folders(Path(folder)).render(
            "body.json", '{"reason": {{ notice.reason }}, "n": {{ notice.warnings }}}', reason=text
        )
        assert json.loads(made) == {"reason": text, "n": ["po/de.po is not UTF-8."]}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("page.html", "&lt;b&gt; &amp; &#x27;&quot; x"),
        ("note.txt", "<b> & '\" x"),
    ],
)
def test_values_are_written_as_text_on_one_line(folders: Folders, name: str, shown: str):
    assert folders.render(name, "{{ notice.reason }}", reason="<b> & '\"\r\n\x00x") == shown


def test_what_macros_and_blocks_give_is_written_once(folders: Folders):
    macro = "{% macro item(x) %}<li>{{ x }}</li>{% endmacro %}{{ item(notice.reason) }}"
    text = macro + "{% set y %}{{ notice.reason }}{% endset %}{{ y }}"
    assert folders.render("page.html", text, reason="a & b") == "<li>a &amp; b</li>a &amp; b"


def test_a_medium_of_a_plugins_own(folders: Folders):
    shout = Medium(write=lambda value: str(value).upper(), filters={"raw": Written})
    folders.write("note.loud", "{{ title }} {{ title | raw }}", own=False)
    assert (
        folders.templates(loud=shout).render("note.loud", notice("n1", "published")).startswith("MAZE 29 IS PUBLISHED Maze 29")
    )


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("one\n{% if %}", 2, "Expected an expression"),
        ("one\ntwo\n{{ notice.nmae }}", 3, "no attribute 'nmae'"),
        ("one\n{{ nothing }}", 2, "'nothing' is undefined"),
        ("\n\n{{ title | shout }}", 3, "No filter named 'shout'"),
        ("one\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
        ("one\n{% include 'absent.txt' %}", 2, "there is no template absent.txt"),
        ("{% include '_other.txt' %}", 0, ""),
        ("\n{{ notice.__class__.__mro__ }}", 2, "unsafe"),
        ("\n{{ ''.__class__ }}", 2, "unsafe"),
        ("  {# nothing #} ", 0, "it gives nothing"),
    ],
)
def test_what_is_broken_is_told_with_its_file_and_line(folders: Folders, text: str, line: int, found: str):
    other = folders.write("_other.txt", "one\n\n{{ oops }}")
    path = folders.write("note.txt", text)
    problems = list(folders.templates().problems())
    assert {(problem.file, problem.line) for problem in problems} == {(str(path), line) if found else (str(other), 3)}
    assert found in problems[0].found
    with pytest.raises(Transient) as raised:
        folders.templates().render("note.txt", notice("n1", "started"))
    told = Path(problems[0].file).relative_to(folders.own.parent)
    assert str(raised.value).startswith(f"{told}:{problems[0].line}: " if problems[0].line else f"{told}: ")


def test_a_fault_that_only_some_kinds_have_is_found(folders: Folders):
    folders.write("note.txt", "{{ title }}{% if notice.kind == 'withdrawn' %}{{ oops }}{% endif %}")
    (problem,) = folders.templates().problems()
    assert "'oops'" in problem.found


def test_what_is_not_utf8_is_told(folders: Folders):
    (folders.own / "note.txt").write_bytes(b"caf\xe9")
    (problem,) = folders.templates().problems()
    assert (problem.file, "0xe9" in problem.found) == (str(folders.own / "note.txt"), True)


def test_a_file_that_replaces_nothing_is_no_silent_mistake(folders: Folders):
    folders.write("notes.txt", "x")
    folders.write("_part.txt", "x")
    with pytest.raises(ConfigError, match=r"notes\.txt replaces nothing; templates here are note\.txt"):
        folders.templates()


def test_a_folder_that_is_not_there_is_told(folders: Folders):
    with pytest.raises(ConfigError, match="is no folder"):
        Templates(folders.shipped, folders.own / "absent")
