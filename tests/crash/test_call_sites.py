"""Everything that outlives a process has a failpoint on both sides, and every failpoint is listed."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.crash import call_sites
from tests.crash.plan import OF_COMMANDS, PRELUDES


def test_every_commit_send_effect_and_rename_has_a_point_before_and_after_it():
    assert call_sites.unguarded() == []


def test_every_point_has_a_name_of_its_own_that_says_on_which_side_it_is():
    names = [point.name for point in call_sites.points()]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z0-9_]+(\.[a-z-]+)+\.(before|sent|after)", name)] == []
    sides = {name.rpartition(".")[0]: set() for name in names}
    for name in names:
        sides[name.rpartition(".")[0]].add(name.rpartition(".")[2])
    assert [name for name, found in sides.items() if not found >= {"before", "after"}] == []


def test_the_reference_lists_them_all():
    assert call_sites.LISTED.read_text() == call_sites.page(), "run `python -m tests.crash.call_sites`"


def test_what_the_plan_says_of_points_is_said_of_points_that_are_there():
    names = {point.name for point in call_sites.points()}
    assert {*OF_COMMANDS, *PRELUDES} - names == set()


def test_reasons_are_given_for_calls_that_are_there():
    there = {(call.file, call.function) for call in call_sites.effects()}
    files = {file for file, _ in there}
    for file, function in call_sites.EXEMPT:
        assert file in files if function == "*" else (file, function) in there, (file, function)


def test_a_commit_without_a_point_is_found(tmp_path: Path):
    text = (
        "def save(engine, path, storage):\n"
        "    with engine.begin() as connection:\n"
        "        connection.execute('x')\n"
        "    path.rename('y')\n"
        "    'a'.replace('a', 'b')\n"
        "    storage.put(1, 2)\n"
    )
    assert found(tmp_path / "without", text) == ["commit", "rename", "storage put or delete"]
    assert found(tmp_path / "behind", text + "    failpoint('some.after')\n") == ["rename", "storage put or delete"]


def found(root: Path, text: str) -> list[str]:
    module = root / "aslo_core" / "some.py"
    module.parent.mkdir(parents=True)
    module.write_text(text)
    return [call.what for call in call_sites.unguarded(root)]
