"""A template that never ends, or multiplies what it has, ends soon, and is told with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.errors import Transient
from aslo_core.messages import Templates
from aslo_core.messages.effort import formatted, operated, weight
from aslo_core.testing.values import notice

LARGE = 999_999_999
GROWING = "{%% set ns = namespace(x=%s) %%}{%% for i in range(99) %%}{%% set ns.x = %s %%}{%% endfor %%}{{ ns.x }}"
SCALARS = st.integers(-(1 << 70), 1 << 70) | st.text(max_size=20)

Render = Callable[..., str]


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    (tmp_path / "shipped").mkdir()
    (tmp_path / "own").mkdir()
    (tmp_path / "shipped" / "note.txt").write_text("{{ title }}")
    return Templates(tmp_path / "shipped", tmp_path / "own")


@pytest.fixture
def render(templates: Templates, tmp_path: Path) -> Render:
    def render(text: str, **fields: object) -> str:
        (tmp_path / "own" / "note.txt").write_text(text, encoding="utf-8")
        return templates.render("note.txt", notice("n1", "rejected", **fields))

    return render


@pytest.mark.parametrize(
    "text",
    [
        f'{{{{ "x" * {LARGE} }}}}',
        f"{{{{ {LARGE} * title }}}}",
        f"{{{{ [1] * {LARGE} }}}}",
        "{{ 10 ** (10 ** 10) }}",
        f'{{{{ "%{LARGE}d" % 1 }}}}',
        f'{{{{ "%*d" % ({LARGE}, 1) }}}}',
        f'{{{{ "%{LARGE}d" | format(1) }}}}',
        f'{{{{ "{{:{LARGE}}}".format(1) }}}}',
        f'{{{{ "{{:{{}}}}".format(1, {LARGE}) }}}}',
        f'{{{{ "{{a:.{LARGE}f}}".format_map({{"a": 1.5}}) }}}}',
        f'{{{{ "x".center({LARGE}) }}}}',
        f'{{{{ "x" | center({LARGE}) }}}}',
        f"{{{{ title | indent(width={LARGE}, first=true) }}}}",
        f"{{{{ [1] | batch({LARGE}, 0) | list }}}}",
        f"{{{{ [1] | slice({LARGE}) | list }}}}",
        f'{{{{ 1.5 | round({LARGE}, "floor") }}}}',
        f"{{{{ (1).to_bytes({LARGE}) }}}}",
        '{% set s = "x" * 100000 %}{{ s.replace("x", s) }}',
        '{% set s = "x" * 100000 %}{{ s | replace("x", s) }}',
        '{% set s = "x" * 100000 %}{{ range(99999) | map("default", s) | join }}',
        GROWING % ("[1]", "ns.x + ns.x"),
        GROWING % ("[1]", "[ns.x, ns.x]"),
        GROWING % ("[1]", "{1: ns.x, 2: ns.x}"),
        GROWING % ("'x'", "ns.x ~ ns.x"),
        GROWING % ("2", "ns.x * ns.x"),
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}x",
        "{% for a in range(99999) %}{% for b in range(99999) if b < 0 %}{% endfor %}{% endfor %}x",
        "{% set all %}{% for a in range(40000) %}" + "x" * 10_000 + "{% endfor %}{% endset %}x",
        "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(99) }}x",
    ],
)
def test_what_makes_too_much_is_told_with_its_line_before_it_is_made(render: Render, text: str):
    with pytest.raises(Transient, match=r"^own/note\.txt:2: it makes more than 4,194,304 characters on the way"):
        render(f"one\n{text}")


def test_what_takes_long_each_time_is_told_with_its_line(render: Render):
    with pytest.raises(Transient, match=r"^own/note\.txt:3: it works on one message for more than 1 s"):
        render('one\n{% set s = "x" * 1000000 %}\n{% for a in range(40000) %}{% set t = s[1:] %}{% endfor %}x')


def test_a_message_of_more_than_a_mebibyte_is_told(render: Render):
    with pytest.raises(Transient, match=r"^own/note\.txt: it gives more than 1,048,576 characters"):
        render('{% set s = "x" * 1000000 %}{{ s }}{{ s }}')
    assert len(render('{% set s = "x" * 1000000 %}{{ s }}')) == 1_000_000


@pytest.mark.parametrize("text", ["{% include 'note.txt' %}", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"])
def test_what_calls_itself_is_told(render: Render, text: str):
    with pytest.raises(Transient, match=r"^own/note\.txt:2: RecursionError"):
        render(f"one\n{text}")


def test_the_same_is_told_before_there_is_a_notice(templates: Templates, tmp_path: Path):
    path = tmp_path / "own" / "note.txt"
    path.write_text(f'one\n{{{{ "x" * {LARGE} }}}}')
    (problem,) = templates.problems()
    assert (problem.file, problem.line) == (str(path), 2)
    assert "look for a loop that hardly ends, or a value that multiplies" in problem.found


def test_one_message_takes_nothing_from_the_next(render: Render):
    for _ in range(3):
        assert len(render('{% set s = "x" * 900000 %}{{ s }}')) == 900_000


def test_what_messages_need_is_as_in_jinja(render: Render):
    text = (
        "{% macro item(x) %}{% for w in x if w %}{{ loop.index }}/{{ loop.length }} {{ w }};{% endfor %}{% endmacro %}"
        "{{ item(notice.warnings) }} {{ notice.warnings | join(', ') }} {{ 'a' ~ 1 ~ title }} {{ '%5s|%s' % (1, 2) }} "
        "{{ '{:>5}'.format(3) }} {{ 'x'.ljust(4) }}| {{ [title, 1] | length }} {{ 2 * 'ab' }} {{ 7 // 2 }} "
        "{{ notice.reason | wordwrap(4) | indent(2) }} {{ {'a': title}.a }} {{ (1, title)[0] }} "
        "{% for n in [1, [2, [3]]] recursive %}{{ loop(n) if n is iterable else n }}{% endfor %}"
    )
    made = render(text, warnings=("w", "v"), reason="one two")
    assert made == "1/2 w;2/2 v; w, v a1Maze 29 was not published 1|2 3 x| 2 abab 3 one two Maze 29 was not published 1 123"


@given(st.sampled_from(["+", "*", "**", "%"]), SCALARS, st.integers(-50, 50) | st.text(max_size=20))
def test_no_operator_makes_more_than_is_foretold(operator: str, left: int | str, right: int | str):
    work = {"+": lambda: left + right, "*": lambda: left * right, "**": lambda: left**right, "%": lambda: left % right}
    try:
        made = work[operator]()
    except (TypeError, ValueError, ZeroDivisionError, KeyError, OverflowError):
        return
    assert weight(made) <= operated(operator, left, right) + 1


@given(st.sampled_from(["%{}s", "%-{}s|%s", "%.{}f", "%({}", "{{:{}}}", "{{:>{}.3}}", "{{!r:{}}}{{}}"]), st.integers(1, 3000))
def test_no_width_makes_more_than_is_foretold(form: str, width: int):
    text = form.format(width)
    try:
        made = text.format(1.5, 2.5) if "{" in text else text % ((1.5, 2.5) if text.count("%") > 1 else 1.5)
    except (TypeError, ValueError):
        return
    assert weight(made) <= formatted(text, ("1.5", "2.5" * 10)) + 30
