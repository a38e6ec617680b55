"""A plugin states which plugin API it is written for, and one that this ASLO cannot use is refused before it is imported."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from aslo_core.api_version import API, ApiVersion, refusal
from aslo_core.bootstrap.configuration import configure
from aslo_core.cli import run
from aslo_core.entry_points import installed
from aslo_core.errors import ConfigError
from aslo_core.plugins import load
from tests.plugins.conftest import GOOD, Site

SHELF = ("storage", "shelf")
NEXT = f"{API.major + 1}.0"
CURE = f"install a release of it that is written for {API}"


@pytest.mark.parametrize(
    ("has", "written_for", "fits"),
    [
        ("1.0", "1.0", True),
        ("1.3", "1.0", True),
        ("1.10", "1.9", True),
        ("1.0", "1.1", False),
        ("1.9", "1.10", False),
        ("2.0", "1.0", False),
        ("1.5", "2.0", False),
    ],
)
def test_a_plugin_is_served_by_its_own_major_version_from_its_minor_version_on(has: str, written_for: str, fits: bool):
    assert ApiVersion.parse(has).serves(ApiVersion.parse(written_for)) is fits
    assert (refusal("shelf 1.0", [written_for], ApiVersion.parse(has)) == "") is fits


@pytest.mark.parametrize("text", ["", "1", "v1", "1.0.0", "1.-1", "01.0", "1.0\n", "\u0661.0", "99999.0"])
def test_a_version_is_two_numbers(text: str):
    with pytest.raises(ValueError, match="is no version of the plugin API"):
        ApiVersion.parse(text)


@pytest.mark.parametrize(
    ("stated", "sentence"),
    [
        (
            (NEXT,),
            f"is written for plugin API {NEXT}, and this ASLO has {API}: {CURE}, or an ASLO that has {NEXT}",
        ),
        (
            (),
            f"does not state which plugin API it is written for, and this ASLO has {API}: {CURE}",
        ),
        (("1.0", "2.0"), "states several plugin APIs (1.0, 2.0) where one belongs"),
        (("one",), f"states 'one' as its plugin API, where a version such as {API} belongs"),
    ],
)
def test_one_that_does_not_fit_is_refused_in_a_sentence_and_never_imported(site: Site, stated: tuple[str, ...], sentence: str):
    site.install("aslo-storage-shelf", "raise SystemExit('imported')", api=stated)
    told = load([SHELF]).missing[SHELF]
    assert told.startswith("aslo-storage-shelf 1.0 ")
    assert sentence in told
    assert "aslo_storage_shelf" not in sys.modules


def test_the_refusal_names_file_and_line_of_the_table(site: Site, tmp_path: Path):
    site.install("aslo-storage-shelf", GOOD, api=(NEXT,))
    file = tmp_path / "aslo.toml"
    file.write_text('# mine\n[storage.main]\nuse = "shelf"\n')
    with pytest.raises(ConfigError) as refused:
        configure(file)
    (line,) = [str(problem) for problem in refused.value.problems if "storage.main" in problem.key]
    assert line.startswith(f'{file}:3: storage.main.use: "shelf"; aslo-storage-shelf 1.0 is written for plugin API {NEXT}')


def test_the_list_of_plugins_shows_which_are_refused(site: Site, capsys: pytest.CaptureFixture[str]):
    site.install("aslo-storage-shelf", GOOD)
    site.install("aslo-storage-rack", GOOD, entry="storage.rack", api=(NEXT,))
    site.install("aslo-storage-old", GOOD, entry="storage.old", api=())
    found = {plugin.use: plugin for plugin in installed() if plugin.kind == "storage"}
    assert (found["shelf"].api, found["shelf"].refusal) == (str(API), "")
    assert (found["rack"].api, found["old"].api) == (NEXT, "")

    assert run(["plugins"]) == 0
    said = capsys.readouterr()
    rows = {line.split()[1]: line.split()[2:] for line in said.out.splitlines()}
    assert rows["shelf"] == [str(API), "aslo-storage-shelf", "1.0"]
    assert rows["rack"] == [NEXT, "aslo-storage-rack", "1.0", "(refused)"]
    assert rows["old"] == ["-", "aslo-storage-old", "1.0", "(refused)"]
    assert f"warning: {found['rack'].refusal}\n" in said.err
    assert f"warning: {found['old'].refusal}\n" in said.err


def test_every_plugin_of_this_repository_states_the_version_that_it_is_tested_with():
    stated = {}
    for file in (Path(__file__).parents[2] / "plugins").glob("*/pyproject.toml"):
        groups = tomllib.loads(file.read_text(encoding="utf-8"))["project"].get("entry-points", {})
        if "aslo" in groups:
            stated[file.parent.name] = list(groups.get("aslo.api", ()))
    assert len(stated) > 10
    assert {name: versions for name, versions in stated.items() if versions != [str(API)]} == {}
