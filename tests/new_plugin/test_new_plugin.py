"""What `aslo plugin new` writes is a plugin: it installs, is listed, passes its kind's suite, and reads as code should."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from aslo_core.api import API
from aslo_core.cli import run
from aslo_core.entry_points import KINDS, Kind
from aslo_core.new_plugin import NewPlugin
from aslo_core.plugins import load

ROOT = Path(__file__).parents[2]
NAME = "own-make"


def python(*arguments: str | Path, site: Path | None = None, cwd: Path) -> str:
    """Run this Python with a folder of installed distributions, and return what it printed; it has to go well."""
    path = os.pathsep.join(filter(None, [str(site or ""), str(ROOT), *sys.path]))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def written(kind: Kind, into: Path) -> Path:
    assert run(["plugin", "new", kind, NAME, "--into", str(into)]) == 0
    (folder,) = into.iterdir()
    return folder


def installed(folder: Path, site: Path) -> None:
    """Build its wheel and unpack that, as pip does for everybody, without asking anybody on the network."""
    alone = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-index")
    wheels = site.with_name("wheels")
    python("-m", "pip", "wheel", *alone, "--no-build-isolation", "--wheel-dir", wheels, folder, cwd=folder)
    python("-m", "pip", "install", *alone, "--target", site, *wheels.iterdir(), cwd=folder)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS)
def test_it_installs_is_listed_and_passes_the_suite_of_its_kind(kind: Kind, tmp_path: Path):
    into, site = tmp_path / "into", tmp_path / "site"
    into.mkdir()
    folder = written(kind, into)
    installed(folder, site)

    rows = json.loads(python("-m", "aslo_core.cli", "plugins", "--json", site=site, cwd=tmp_path))
    (row,) = [row for row in rows if row["use"] == NAME]
    assert row == {
        "kind": kind,
        "use": NAME,
        "api": str(API),
        "distribution": f"{folder.name} 0.1.0",
        "refused": "",
    }
    told = python("-m", "pytest", "-q", "-p", "no:cacheprovider", folder, site=site, cwd=tmp_path)
    assert int(re.search(r"^(\d+) passed in ", told, re.MULTILINE)[1]) >= 14  # type: ignore[index]
    assert not re.search(r"skipped|failed|error|warning", told)


@pytest.mark.timeout(300)
def test_all_of_it_is_typed_and_in_the_form_that_it_asks_for_itself(tmp_path: Path):
    folders = [written(kind, tmp_path / kind) for kind in KINDS if (tmp_path / kind).mkdir() is None]
    for folder in folders:
        python("-m", "ruff", "check", "--no-cache", ".", cwd=folder)
        python("-m", "ruff", "format", "--no-cache", "--check", ".", cwd=folder)
        python(
            "-m", "ruff", "check", "--no-cache", "--config", ROOT / "pyproject.toml", ".", cwd=folder
        )  # what ASLO itself asks
        python("-m", "mypy", "--cache-dir", tmp_path / "cache", ".", site=folder, cwd=folder)


@pytest.mark.parametrize("kind", KINDS)
def test_its_readme_shows_a_table_that_works_and_every_option(kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = written(kind, tmp_path)
    info = folder / f"{folder.name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir()
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in each.items()) for group, each in groups]
    (info / "entry_points.txt").write_text("\n".join(lines))
    monkeypatch.syspath_prepend(folder)

    plugins = load([(kind, NAME)])
    options = plugins.options()[kind, NAME]
    readme = (folder / "README.md").read_text()
    (table,) = tomllib.loads(re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1])[kind].values()  # type: ignore[index]
    given = {key.removesuffix("_file"): value for key, value in table.items()}
    assert given.pop("use") == NAME
    options.model_validate(given)
    assert [key for key in options.model_fields if f"`{key}`" not in readme] == []
    assert all(field.description for field in options.model_fields.values())
    for module in [module for module in sys.modules if module.startswith(folder.name.replace("-", "_"))]:
        del sys.modules[module]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a", "class", "x9-y", "abc-" * 9 + "abcd"])
def test_every_name_that_is_allowed_gives_sound_files(kind: Kind, name: str):
    plugin = NewPlugin(kind, name)
    contents = plugin.contents()
    assert {"README.md", "pyproject.toml", "tests/test_contract.py", f"{plugin.module}/py.typed"} <= contents.keys()
    for path, text in contents.items():
        assert "$" not in text, path
        if path.endswith(".py"):
            ast.parse(text, path)
    project = tomllib.loads(contents["pyproject.toml"])["project"]
    assert project["entry-points"]["aslo"] == {f"{kind}.{name}": plugin.module}
    assert project["entry-points"]["aslo.api"] == {str(API): plugin.module}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".",
            "..",
            "../shelf",
            "/shelf",
            "a/b",
            "a\\b",
            "Shelf",
            "shelf_box",
            "9to5",
            "-x",
            "x-",
            "a--b",
            "a b",
            "a\n",
            "a\0",
        ),
        *("a.b", "s\u00e9lf", "\uff41", "a]", 'a"', "$name", "x" * 41),
    ],
)
def test_a_name_that_would_not_work_everywhere_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["plugin", "new", "--into", str(tmp_path), "--", "storage", name]) == 2
    assert f"{name!r} is no name for a plugin: lower-case letters and digits" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    there = tmp_path / f"aslo-storage-{NAME}"
    there.symlink_to(tmp_path / "nowhere")
    assert run(["plugin", "new", "storage", NAME, "--into", str(tmp_path)]) == 1
    assert "is there already, and nothing was changed" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [there]
    there.unlink()
    there.mkdir()
    assert run(["plugin", "new", "storage", NAME, "--into", str(tmp_path)]) == 1
    assert list(there.iterdir()) == []


def test_a_name_that_an_installed_plugin_has_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["plugin", "new", "storage", "local", "--into", str(tmp_path)]) == 1
    assert "a storage named local is installed already (aslo-storage-local " in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_kind_that_is_none_is_told_with_those_that_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["plugin", "new", "store", "shelf", "--into", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert all(kind in said for kind in KINDS)
