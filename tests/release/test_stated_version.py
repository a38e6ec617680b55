"""Which version a tag or a file's name states."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from aslo_core.bundle.versions import Version
from aslo_core.release.stated_version import any_name, own_names, version_of_file, version_of_tag

MAZE = own_names(("Maze", "maze-activity"))


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v29", "29"),
        ("V29", "29"),
        ("29", "29"),
        ("108.1", "108.1"),
        ("v1.10.0", "1.10"),
        ("Maze-29", "29"),
        ("maze-v29", "29"),
        ("maze-activity_29", "29"),
        ("release-29", "29"),
        ("release/v29", "29"),
        ("maze/29", "29"),
        ("v33_dfsg", "33"),
        ("v1-rc1", "1"),
        ("1.2~peru", "1.2"),
        ("upstream/32.1_dfsg", "32.1"),
        ("debian/30-0_quozl2", "30"),
        ("debian/30", "30"),
        ("ubuntu/1%33+dfsg-2", "33"),
    ],
)
def test_a_tag_states(tag: str, version: str):
    assert version_of_tag(tag, MAZE) == Version.parse(version)


@pytest.mark.parametrize(
    "tag",
    [
        "HEAD.gtk3",
        "terminal-9",  # of another activity than this one
        "sugar-0.96",
        "gtk2/v29",
        "stable",
        "v",
        "v-",
        "v01",
        "v29rc1",
        "v30-1",  # 30.1, or 30 packed a second time
        "2026-11-22",
        "20261122",
        "1" * 30,
        ".".join("1" * 60),
        "",
    ],
)
def test_a_tag_states_none(tag: str):
    assert version_of_tag(tag, MAZE) is None


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("Maze-29.xo", "29"),
        ("maze-29.XO", "29"),
        ("Maze-1.10.0~dfsg.xo", "1.10"),
        ("Maze-1.10.0.dfsg.xo", "1.10"),  # as GitHub writes the one before
        ("Maze-29-peru.xo", "29"),
        ("Maze.activity-29.xo", "29"),
    ],
)
def test_a_file_states(name: str, version: str):
    assert version_of_file(name, MAZE) == Version.parse(version)


@pytest.mark.parametrize(
    "name", ["Maze.xo", "29.xo", "Maze-gtk3.xo", "Maze-2-3.xo", "2048.xo", "maze-for-sugar-0.96.xo", ".xo"]
)
def test_a_file_states_none(name: str):
    assert version_of_file(name, MAZE) is None


def test_among_files_any_name_will_do():
    assert version_of_file("Maze-2-3.xo", any_name) == Version.parse("3")


@given(st.lists(st.integers(0, 10**17), min_size=1, max_size=3), st.sampled_from(["", "v", "Maze-", "release/", "debian/"]))
def test_what_sugar_s_builder_would_write_is_stated(numbers: list[int], before: str):
    version = ".".join(map(str, numbers))
    assume(len(version) != len("20261122"))
    assert version_of_tag(before + version, MAZE) == version_of_file(f"Maze-{version}.xo", MAZE) == Version.parse(version)


@given(st.text())
def test_no_text_is_too_odd(text: str):
    version_of_tag(text, MAZE)
    version_of_file(text, any_name)
