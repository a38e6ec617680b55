"""The Docker builder does what every builder has to do."""

from __future__ import annotations

import gettext
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from aslo_core.api import Builder
from aslo_core.testing.builder import SOURCE, Build
from aslo_core.testing.interrupting import InterruptibleBuilderContract


class TestColdContainers(InterruptibleBuilderContract):
    """Made for each build when it begins."""

    @pytest.fixture
    def builder(self, make_builder: Callable[..., Builder]) -> Builder:
        return make_builder(warm=0)


class TestSugarsBuilder(InterruptibleBuilderContract):
    """Sugar's own builder keeps the contract as well."""

    @pytest.fixture
    def builder(self, make_builder: Callable[..., Builder]) -> Builder:
        return make_builder(warm=0, program="sugar")


TRANSLATED: Mapping[str, bytes] = {
    **SOURCE,
    "po/de.po": b'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Paint Box"\nmsgstr "Malkasten"\n',
    "po/fr.po": b'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Paint Box"\nmsgstr "Bo\n',
    "po/PaintBox.pot": b"",
    "lib/.gitignore": b"*.o\n",
    "dist/old.xo": b"PK",
    "notes~": b"",
    "locale/de/activity.linfo": b"[Activity]\nname = Malkasten\nsummary = \n",
}
"""With a translation, one that is broken, what is packed oddly, and what the build makes, too."""


def test_both_programs_pack_the_same(make_builder: Callable[..., Builder], tmp_path: Path) -> None:
    """Byte for byte but for compiled translations, which are compared by what they translate."""
    bundles = []
    for program in ("packer", "sugar"):
        (tmp_path / program).mkdir()
        build = Build(make_builder(program=program), tmp_path / program)
        with zipfile.ZipFile(io.BytesIO(build.of(TRANSLATED))) as archive:
            bundles.append({entry.filename: (entry.external_attr >> 16, archive.read(entry)) for entry in archive.infolist()})
        assert b"warning: po/fr.po is not compiled" in build.log
        assert b"locale/de/activity.linfo is in the source and is made by the build, too" in build.log
    ours, sugars = bundles
    assert list(ours) == list(sugars)
    compiled = {name for name in ours if name.endswith(".mo")}
    assert compiled == {"PaintBox.activity/locale/de/LC_MESSAGES/org.example.PaintBox.mo"}
    assert {name: ours[name] for name in ours.keys() - compiled} == {name: sugars[name] for name in sugars.keys() - compiled}
    for name in compiled:
        first, second = (gettext.GNUTranslations(io.BytesIO(bundle[name][1])) for bundle in bundles)
        assert first.gettext("Paint Box") == second.gettext("Paint Box") == "Malkasten"
    assert {"PaintBox.activity/po/fr.po", "PaintBox.activity/lib/.gitignore"} <= ours.keys()
    assert not {"PaintBox.activity/dist/old.xo", "PaintBox.activity/notes~"} & ours.keys()


def test_each_program_is_named(make_builder: Callable[..., Builder]) -> None:
    assert make_builder(program="packer").toolchain.name == "aslo-packer"
    sugars = make_builder(program="sugar").toolchain
    assert (sugars.name, sugars.version) == ("sugar3.activity.bundlebuilder", "0.120-1")
