from __future__ import annotations

import pytest

from aslo_core.bundle.activity_info import ActivityInfo
from aslo_core.bundle.source_files import SourceFiles
from aslo_core.bundle.toolkit import GTK2, GTK2_OLD_TOOLBAR, GTK3, WEB, Toolkit, toolkit


def told(files: dict[str, bytes], command: str = "sugar-activity activity.Maze") -> Toolkit:
    info = ActivityInfo.parse(f"[Activity]\nname=A\nbundle_id=a.b\nexec={command}\n".encode())
    return toolkit(info, SourceFiles(tuple(files), lambda name, most: files[name][:most]))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (b"from gi.repository import Gtk\n", GTK3),
        (b"import os\n    from sugar3.activity import activity\n", GTK3),
        (b"import sugar3\n", GTK3),
        (b"import gi\ngi.require_version('Gtk', '3.0')\n", GTK3),
        (b"from gi.repository import GObject, Gtk\nimport gtk\n", GTK3),
        (b"import gtk\nfrom sugar.graphics.toolbarbox import ToolbarBox\n", GTK2),
        (b"import pygtk\r\nimport gtk\r\n", GTK2),
        (b"from sugar.activity import activity\ntoolbox = activity.ActivityToolbox(self)\n", GTK2_OLD_TOOLBAR),
        (b"# import gtk is what we had\nprint('from sugar3')\n", GTK3),
        (b"from gi.repository import GConf\nfrom sugar import env\n", GTK2),
        (b"", GTK3),
        (b"\xff\xfe\0binary", GTK3),
    ],
)
def test_what_the_code_imports(code: bytes, expected: Toolkit) -> None:
    assert told({"activity.py": code}) == expected


def test_a_web_activity_is_told_by_its_command() -> None:
    assert told({"activity.py": b"import gtk\n"}, "sugar-activity-web") == WEB


def test_all_files_count_and_only_python_ones() -> None:
    assert told({"a.py": b"import gtk\n", "lib/b.py": b"ActivityToolbox\n", "c.txt": b"import sugar3\n"}) == GTK2_OLD_TOOLBAR


def test_lowest_versions_of_sugar() -> None:
    assert [kit.min_sugar for kit in (WEB, GTK3, GTK2, GTK2_OLD_TOOLBAR)] == ["0.100", "0.96", "0.86", "0.82"]


def test_it_reads_so_much_and_no_more() -> None:
    asked: list[int] = []

    def read(_: str, most: int) -> bytes:
        asked.append(most)
        return b"x=1\n" * (most // 4)

    info = ActivityInfo.parse(b"[Activity]\nname=A\nbundle_id=a.b\nexec=x\n")
    assert toolkit(info, SourceFiles(tuple(f"{number}.py" for number in range(1000)), read)) == GTK3
    assert sum(asked) <= 5 * 1024 * 1024
