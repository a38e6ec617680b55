"""Addresses and file names are safe, whatever a developer wrote."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from aslo_core.projections.addresses import activity_path, delivery_path, download_path, log_path, release_path, safe_file_name

SAFE = re.compile(r"[A-Za-z0-9/._~%-]+")


@given(st.text(max_size=300))
def test_a_file_name_is_safe_everywhere(text: str) -> None:
    name = safe_file_name(text)
    assert name.endswith(".xo")
    assert 4 <= len(name) <= 120
    assert not set(name) & set('/\\:*?"<>|;\r\n\0 ')
    assert not name.startswith((".", "-"))
    assert safe_file_name(name) == name


@given(st.text(), st.text(), st.text())
def test_paths_need_no_more_quoting(one: str, other: str, third: str) -> None:
    for path in (activity_path(one, other), download_path(one, other, third), delivery_path(one, other), release_path(third)):
        assert SAFE.fullmatch(path)


def test_paths_read_well() -> None:
    assert release_path("release/github/1/2") == "/status/releases/github/1/2"
    assert log_path("release/github/1/2", 3) == "/status/logs/3/github/1/2"
    assert delivery_path("github", "a-b") == "/status/deliveries/github/a-b"
    assert activity_path("org.example.Maze") == "/activities/org.example.Maze"
    assert download_path("org.example.Maze", "1.0", "Maze 1.xo") == "/download/org.example.Maze/1.0/Maze-1.xo"
