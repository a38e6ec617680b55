"""`aslo storage`: a move as an operator does it, and what goes wrong on the way."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, Views, copies
from aslo_core.testing import values
from aslo_core.testing.story import Made, Story
from aslo_core.types import Blob
from tests.cli.conftest import Ended, Shell

WHY = ("--reason", "the old disk is full")
TABLES = [("main", True), ("big", False)]


def place(shell: Shell, blob: Blob, storage: str = "storage") -> Path:
    return shell.folder / storage / blob.name


def publish(shell: Shell, *versions: str) -> list[Blob]:
    """Publish versions of an activity, stored on `main`."""
    blobs = []
    with EventLog.open(shell.folder / "data" / "log.db") as log:
        story = Story(log)
        for version in versions:
            data = f"the bundle of version {version}".encode()
            blobs.append(values.blob(data))
            place(shell, blobs[-1]).parent.mkdir(parents=True, exist_ok=True)
            place(shell, blobs[-1]).write_bytes(data)
            made = Made(metadata=values.metadata(version=version), bundle=blobs[-1])
            story.published(values.announcement(version, f"v{version}"), made)
    return blobs


@pytest.fixture
def blobs(installed: Shell) -> list[Blob]:
    """Three published versions."""
    installed.aslo("db", "upgrade")
    return publish(installed, "1", "2", "3")


def went(shell: Shell, *arguments: str) -> Ended:
    ended = shell.aslo("storage", *arguments)
    assert ended.status == 0, ended.err + ended.out
    return ended


def add(shell: Shell, name: str = "big") -> Ended:
    return went(shell, "add", name, "--use", "local", "--set", f"path={name}-disk")


def holders(shell: Shell, blob: Blob) -> tuple[str, ...]:
    """Who gives a download now."""
    data = shell.folder / "data"
    with EventLog.open(data / "log.db") as log, closing(Projector(data / "views.db", log, PROJECTIONS)) as projector:
        projector.make_ready()
    with closing(Views(data / "views.db")) as views, views.snapshot() as connection:
        return copies.holders(connection, blob.name, copies.storages_in_force(connection, TABLES))


def test_a_move_and_the_way_back(installed: Shell, blobs: list[Blob]):
    """Each refusal on the way names what is lacking."""
    assert "with required = false" in add(installed).out
    assert (
        (installed.folder / "aslo.toml")
        .read_text()
        .endswith('\n[storage.big]\nuse = "local"\nrequired = false\npath = "big-disk"\n')
    )
    too_early = installed.aslo("storage", "switch", "big", *WHY)
    assert (too_early.status, "lacks 3 of the objects" in too_early.err) == (1, True)
    assert "  3 copied, 0 to go" in went(installed, "copy", "big").out
    assert all(place(installed, blob, "big-disk").read_bytes() == place(installed, blob).read_bytes() for blob in blobs)
    assert went(installed, "verify").out.count("clean. 3 objects") == 2
    assert holders(installed, blobs[0]) == ("main", "big")
    switched = went(installed, "switch", "big", *WHY).out
    assert "aslo storage switch main --reason" in switched
    assert "Releases wait for main too" in switched
    assert '[storage.big]\nuse = "local"\nrequired = true\n' in (installed.folder / "aslo.toml").read_text()
    assert "the primary one" in installed.aslo("storage", "retire", "big", *WHY).err
    assert "may be removed" in went(installed, "retire", "main", *WHY).out
    assert holders(installed, blobs[0]) == ("big",)
    rows = {row["storage"]: row for row in went(installed, "list", "--json").json_lines}
    assert (rows["big"]["primary"], rows["big"]["required"], rows["main"]["retired"]) == (True, True, True)
    assert "in service again" in went(installed, "add", "main", "--reason", "it was mended").out
    went(installed, "switch", "main", *WHY)
    assert holders(installed, blobs[0]) == ("main", "big")
    history = installed.aslo("audit", "history", "storage/big").out
    for words in (
        "3 objects arrived",
        "Everything was read again by",
        "It is the primary storage from now on, in place of main",
    ):
        assert words in history
    assert "the old disk is full" in history
    assert installed.aslo("audit", "replay").status == 0


def test_the_same_table_may_be_added_again(installed: Shell, blobs: list[Blob]):
    """As after a death between the file and the log: the file stays, and who serves is told again."""
    del blobs
    add(installed)
    before = (installed.folder / "aslo.toml").read_text()
    add(installed)
    assert (installed.folder / "aslo.toml").read_text() == before
    assert installed.aslo("audit", "history", "storage/big").out.count("added to the configuration") == 2
    other = installed.aslo("storage", "add", "big", "--use", "local", "--set", "path=other")
    assert (other.status, "has a table [storage.big] already" in other.err) == (1, True)


def test_copying_goes_on_where_it_ended(installed: Shell, blobs: list[Blob]):
    add(installed)
    went(installed, "copy", "big")
    publish(installed, "4", "5")
    ended = went(installed, "copy", "big")
    assert "has 3 objects and lacks 2" in ended.out
    assert "  2 copied, 0 to go" in ended.out
    assert len(list((installed.folder / "big-disk").glob("*/*"))) == len(blobs) + 2


def test_verify_tells_what_is_missing_altered_and_extra_and_mends_it(installed: Shell, blobs: list[Blob]):
    add(installed)
    went(installed, "copy", "big")
    missing, altered, same_size = (place(installed, blob, "big-disk") for blob in blobs)
    missing.unlink()
    altered.chmod(0o600)
    altered.write_bytes(b"something else")
    same_size.chmod(0o600)
    same_size.write_bytes(same_size.read_bytes()[:-1] + b"?")
    extra = values.blob(b"nobody needs this")
    place(installed, extra, "big-disk").parent.mkdir(exist_ok=True)
    place(installed, extra, "big-disk").write_bytes(b"nobody needs this")
    ended = installed.aslo("storage", "verify", "big", "--json")
    assert (ended.status, len(ended.json_lines)) == (1, 1)
    found = ended.json
    assert found["missing"] == [blobs[0].name]
    assert found["altered"] == sorted(found["mended"]) == sorted(blob.name for blob in blobs[1:])
    assert found["extra"] == [extra.name]
    assert holders(installed, blobs[1]) == ("main",)
    went(installed, "copy", "big")
    again = went(installed, "verify", "big")
    assert "3 objects" in again.out
    assert "1 extra" in again.out
    assert "1 deleted" in went(installed, "verify", "big", "--delete-extra").out
    assert went(installed, "verify", "big").out.startswith("big: clean.")


def test_what_no_other_storage_has_is_told_and_not_removed(installed: Shell, blobs: list[Blob]):
    place(installed, blobs[0]).write_bytes(b"rotten")
    ended = installed.aslo("storage", "verify", "main", "--json")
    assert (ended.status, ended.json["altered"], ended.json["mended"]) == (1, [blobs[0].name], [])
    assert place(installed, blobs[0]).exists()
    assert holders(installed, blobs[0]) == ()
    place(installed, blobs[0]).write_bytes(b"the bundle of version 1")  # from a backup
    assert "1 were there without a receipt" in went(installed, "verify", "main").out
    assert holders(installed, blobs[0]) == ("main",)


def test_a_storage_that_was_given_another_name_has_receipts_again_after_verify(installed: Shell, blobs: list[Blob]):
    configuration = installed.folder / "aslo.toml"
    configuration.write_text(configuration.read_text().replace("[storage.main]", "[storage.big]"))
    installed.aslo("release", "list")
    assert "3 published files lie on this storage alone, and there is no table [storage.main]" in installed.aslo("check").out
    assert "3 were there without a receipt" in went(installed, "verify").out
    assert went(installed, "list", "--json").json["missing"] == 0
    assert "storage.main" not in installed.aslo("check").out
    assert holders(installed, blobs[0]) == ("main", "big")


def test_a_storage_that_alone_has_something_is_not_retired(installed: Shell, blobs: list[Blob]):
    add(installed)
    went(installed, "copy", "big")
    went(installed, "switch", "big", *WHY)
    publish(installed, "4")  # of a run that began before the switch
    ended = installed.aslo("storage", "retire", "main", *WHY)
    assert (ended.status, "main alone has 1 of the objects" in ended.err) == (1, True)
    went(installed, "copy", "big")
    went(installed, "retire", "main", *WHY)
    assert "is retired" in installed.aslo("storage", "copy", "main").err


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("add", "big"), 1, "say what it is with --use"),
        (("add", "main", "--use", "local"), 1, "has a table [storage.main] already"),
        (("add", "main"), 1, "in service already"),
        (("add", "big", "--use", "local", "--set", "path"), 1, "no key=value"),
        (("add", "big", "--use", "local"), 2, "storage.big.path: missing"),
        (("add", "big", "--use", "tape"), 2, "storage.big.use"),
        (("add", "Big", "--use", "local", "--set", "path=x"), 2, "the name"),
        (("add", "big", "--use", "local", "--set", "path=x", "--set", "verify=public"), 2, "no public address"),
        (("copy", "tape"), 1, "no storage named 'tape' is enabled"),
        (("verify", "tape"), 1, "no storage named 'tape' is enabled"),
        (("switch", "main", *WHY), 1, "is the primary one already"),
        (("retire", "main", *WHY), 1, "is the primary one"),
        (("switch", "main"), 2, "--reason"),
    ],
)
def test_what_cannot_be_is_told_and_changes_nothing(
    installed: Shell, blobs: list[Blob], arguments: tuple[str, ...], status: int, words: str
):
    del blobs
    before = (installed.folder / "aslo.toml").read_text()
    ended = installed.aslo("storage", *arguments)
    assert (ended.status, words in ended.err) == (status, True), ended.err
    assert (installed.folder / "aslo.toml").read_text() == before


def test_a_disk_that_is_gone_is_told_and_no_receipt_is_lost(installed: Shell, blobs: list[Blob]):
    """An empty mount point is all missing, and comes back from the other one."""
    add(installed)
    went(installed, "copy", "big")
    shutil.rmtree(installed.folder / "big-disk")
    assert installed.aslo("storage", "verify", "big", "--json").json["missing"] == sorted(blob.name for blob in blobs)
    assert holders(installed, blobs[0]) == ("main",)
    went(installed, "copy", "big")
    assert went(installed, "verify").out.count(": clean.") == len(TABLES)
