"""Which notifiers tell of a source's releases: those alone that can, on the host where the release is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aslo_core.bootstrap.check import check
from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.intake import instances_of_runs

HOST = """
[source.{name}]
use = "github"
secret = "s3cret"
owners = ["ada"]
api_url = "{api}"
"""
FORGE = """
[source.forge]
use = "forgejo"
url = "https://codeberg.org"
secret = "s3cret"
owners = ["ada"]
"""
NOTIFIER = """
[notifier.{name}]
use = "github"
token = "t0ken"
api_url = "{api}"
"""
REST = """
[source.git]
use = "git"
[builder.sandbox]
use = "bubblewrap"
[storage.main]
use = "local"
path = "storage"
"""
PUBLIC, OWN = "https://api.github.com", "https://github.example.org/api/v3"
Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str) -> Path:
        path = tmp_path / "aslo.toml"
        path.write_text(text + REST)
        path.chmod(0o600)
        return path

    return write


def told_by(path: Path, source: str) -> tuple[str, ...]:
    return instances_of_runs(configure(path), tuple)(source).notifiers


def test_a_notifier_on_github_tells_of_releases_on_that_github_alone(written: Written):
    hosts = HOST.format(name="github", api=f"{PUBLIC}/") + HOST.format(name="own", api=OWN) + FORGE
    path = written(hosts + NOTIFIER.format(name="public", api=PUBLIC) + NOTIFIER.format(name="own", api=OWN))

    assert {source: told_by(path, source) for source in ("github", "own", "forge", "git", "gone")} == {
        "github": ("public",),
        "own": ("own",),
        "forge": (),
        "git": (),
        "gone": (),
    }


def test_check_warns_of_a_notifier_that_no_source_needs(written: Written):
    needed = check(written(HOST.format(name="github", api=PUBLIC) + NOTIFIER.format(name="n", api=PUBLIC)))
    assert needed.warnings == ()

    (warning,) = check(written(FORGE + NOTIFIER.format(name="n", api=PUBLIC))).warnings
    assert (warning.key, warning.found) == ("notifier.n", "no enabled source has releases that it can tell of")
