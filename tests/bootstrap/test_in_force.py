"""The configuration in the log: one event for each that is new, which anybody can hold against another."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from pathlib import Path

import msgspec
import pytest

from aslo_core.bootstrap.configuration import Configured, configure
from aslo_core.bootstrap.databases import copying_folder, log_where, make_log, work_folder
from aslo_core.bootstrap.in_force import STREAM, changes, in_force, take_effect
from aslo_core.bootstrap.roles import within
from aslo_core.entry_points import Found, installed
from aslo_core.errors import AsloError
from aslo_core.events import Cause, ConfigChanged, StorageRetired, encode
from aslo_core.log import Entry, EventLog

CONFIGURATION = """\
[server]
port = 0
[source.github]
use = "github"
secret = "s3cret-of-the-webhook"
owners = ["ada"]
[builder.sandbox]
use = "bubblewrap"
[storage.main]
use = "local"
path = "storage"
"""


@pytest.fixture
def configured(tmp_path: Path) -> Configured:
    return written(tmp_path, CONFIGURATION)


def written(folder: Path, text: str) -> Configured:
    path = folder / "aslo.toml"
    path.write_text(text)
    path.chmod(0o600)
    return configure(path)


@pytest.fixture
def log(configured: Configured):
    make_log(configured.settings)
    with EventLog.open(log_where(configured.settings)) as opened:
        yield opened


def record(log: EventLog, configured: Configured) -> None:
    take_effect(log, configured, [("main", True)])


def recorded(log: EventLog) -> list[ConfigChanged]:
    return [one.event for one in log.read(STREAM) if isinstance(one.event, ConfigChanged)]


def test_the_same_configuration_is_recorded_once(log: EventLog, configured: Configured):
    record(log, configured)
    record(log, configured)
    assert recorded(log) == [in_force(configured)]


def test_two_conductors_of_one_machine_change_nothing(log: EventLog, configured: Configured):
    """Each has a folder of its own for what it derives from the log, which is no part of what is in force."""
    for folder in ("conductor", "conductor-2", "conductor"):
        record(log, within(configured, folder))
    assert recorded(log) == [in_force(configured)]


def test_all_processes_of_one_machine_copy_in_one_folder_and_have_others_of_their_own(configured: Configured):
    first, second = (within(configured, folder).settings for folder in ("conductor", "conductor-2"))
    assert copying_folder(first) == copying_folder(second) == copying_folder(configured.settings)
    assert work_folder(first) != work_folder(second)


def test_a_changed_one_is_recorded_also_when_it_is_changed_back(log: EventLog, configured: Configured, tmp_path: Path):
    record(log, configured)
    record(log, written(tmp_path, CONFIGURATION.replace('"ada"', '"grace"')))
    record(log, written(tmp_path, CONFIGURATION))
    first, second, third = recorded(log)
    assert first == third != second
    assert [change.lines for change in changes(log)][1:] == [
        ('~ source.github.owners = ["grace"], before = ["ada"]',),
        ('~ source.github.owners = ["ada"], before = ["grace"]',),
    ]


def test_one_that_no_release_could_be_stored_by_does_not_take_effect(log: EventLog, configured: Configured):
    retired = StorageRetired(by="ada", reason="the disk is old")
    log.append([Entry("storage/main", retired)], cause=Cause(source="test", actor="test"))
    with pytest.raises(AsloError, match="no storage that is required is left in service"):
        record(log, configured)
    assert recorded(log) == []


def test_comments_and_order_change_nothing(log: EventLog, configured: Configured, tmp_path: Path):
    record(log, configured)
    record(log, written(tmp_path, f"# a comment\n\n{CONFIGURATION}"))
    assert len(recorded(log)) == 1


def test_what_comes_and_goes_is_told(log: EventLog, configured: Configured, tmp_path: Path):
    record(log, configured)
    record(log, written(tmp_path, CONFIGURATION.replace("storage.main", "storage.other")))
    *_, last = changes(log)
    assert [line.partition(" (aslo-storage-local")[0] for line in last.lines] == [
        "- [storage.main] local",
        "- storage.main.required = true",
        '- storage.main.verify = "backend"',
        '- storage.main.path = "storage"',
        "- storage.main.serve_with = (not set)",
        "- storage.main.internal_path = (not set)",
        "+ [storage.other] local",
        "+ storage.other.required = true",
        '+ storage.other.verify = "backend"',
        '+ storage.other.path = "storage"',
        "+ storage.other.serve_with = (not set)",
        "+ storage.other.internal_path = (not set)",
    ]


def test_no_secret_stands_in_the_log(log: EventLog, configured: Configured):
    record(log, configured)
    (event,) = recorded(log)
    assert b"s3cret" not in encode(event)
    github = next(table for table in event.tables if table.key == "source.github")
    assert next(value for value in github.values if value.key == "secret").secret


def test_anybody_can_make_the_digest_of_the_event_itself(configured: Configured):
    event = in_force(configured)
    told = {"aslo": event.aslo, "tables": msgspec.to_builtins(event.tables)}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == event.digest


def test_processes_that_begin_at_once_record_it_once(log: EventLog, configured: Configured):
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(record, log, configured) for _ in range(8)]:
            done.result()
    assert len(recorded(log)) == 1


def test_the_code_of_a_plugin_is_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "shelves"
    package.mkdir()
    (package / "__init__.py").write_text("x = 1\n")
    (package / "data.txt").write_text("y\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = plugin("shelves.storage")
    lines = "".join(
        f"{hashlib.sha256((package / name).read_bytes()).hexdigest()}  {name}\n" for name in ("__init__.py", "data.txt")
    )
    before = found.code_digest()
    assert before == hashlib.sha256(lines.encode()).hexdigest()
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_bytes(b"compiled")
    assert found.code_digest() == before
    (package / "__init__.py").write_text("x = 2\n")
    assert found.code_digest() != before


def plugin(module: str) -> Found:
    return Found("storage", "shelves", "shelves 1.0", EntryPoint("storage.shelves", module, "aslo"), api="1.0", refusal="")


def test_every_installed_plugin_has_code():
    assert all(len(found.code_digest()) == 64 for found in installed())
