"""SIGHUP: the configuration is read again, and all of it is taken up, or nothing; what is under way goes on."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from examples.demo.reading import get_json
from tests.bootstrap.conftest import PATIENCE_S, Installation, Serving

QUICK_S = 10.0
MIRROR = '[storage.mirror]\nuse = "local"\npath = "mirror"\n'


def metric(serving: Serving, name: str) -> float:
    with urllib.request.urlopen(f"{serving.url}/metrics", timeout=10) as answer:  # noqa: S310 - our own
        lines = answer.read().decode().splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))


def reload(serving: Serving, words: str = "config.reloaded") -> str:
    """Send the signal, wait for what is said of it, and give all that was said since."""
    before = len(serving.messages)
    serving.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + PATIENCE_S
    while words not in serving.messages[before:]:
        assert serving.process.poll() is None, serving.messages
        assert time.monotonic() < until, serving.messages
        time.sleep(0.02)
    return serving.messages[before:]


def history(installation: Installation) -> str:
    return installation.aslo("config", "history").stdout


def test_an_invalid_file_changes_nothing_and_every_problem_is_said_with_its_line(installation: Installation):
    serving = installation.serve()
    before, text = history(installation), (installation.folder / "aslo.toml").read_text()
    installation.configure(more=MIRROR + '[build]\nwall_seconds = 0\nmemory_mib = "much"\n')
    lines = (installation.folder / "aslo.toml").read_text().splitlines()

    said = reload(serving, "config.refused")

    for key in ("wall_seconds", "memory_mib"):
        line = next(number for number, line in enumerate(lines, 1) if line.startswith(key))
        assert f"aslo.toml:{line}: build.{key}: " in said
    assert "config.reloaded" not in serving.messages
    assert (metric(serving, "aslo_config_refused"), metric(serving, 'aslo_config_reloads_total{outcome="refused"}')) == (1, 1)
    (installation.folder / "aslo.toml").write_text(text)
    assert history(installation) == before
    assert serving.release(installation.submit())["state"] == "published"
    assert not (installation.folder / "mirror").exists()

    reload(serving)
    assert metric(serving, "aslo_config_refused") == 0
    assert history(installation) == before


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (MIRROR.replace('"mirror"\n', '"storage"\n'), "it is the same place as storage.main"),
        (MIRROR.replace('"local"', '"nowhere"'), "no such storage plugin is installed"),
    ],
)
def test_what_only_shows_later_is_refused_as_well(installation: Installation, more: str, words: str):
    serving = installation.serve()
    before = history(installation)
    installation.configure(more=more)
    assert words in reload(serving, "config.refused")
    assert history(installation) == before


def test_one_that_could_not_be_recorded_is_taken_up_as_soon_as_it_can(installation: Installation):
    serving = installation.serve()
    installation.configure(more=MIRROR)
    with closing(sqlite3.connect(installation.folder / "data" / "log.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert "is not available" in reload(serving, "config.refused")
    until = time.monotonic() + PATIENCE_S
    while "config.reloaded" not in serving.messages:
        assert time.monotonic() < until, serving.messages
        time.sleep(0.02)
    assert serving.release(installation.submit())["state"] == "published"
    assert list((installation.folder / "mirror").rglob("*.xo"))


def test_what_holds_as_long_as_the_process_lives_is_named_with_its_line(installation: Installation):
    serving = installation.serve()
    before = history(installation)
    installation.configure(more=MIRROR + '[build]\nworkers = 3\n[broker]\nurl = "redis://:s3cret@127.0.0.1:1/0"\n')
    lines = (installation.folder / "aslo.toml").read_text().splitlines()
    said = reload(serving, "config.refused")
    for key, line in {"broker.url": "url = ", "build.workers": "workers = "}.items():
        number = next(number for number, text in enumerate(lines, 1) if text.startswith(line))
        assert f"aslo.toml:{number}: {key}: it cannot change while ASLO runs; restart it, or put back what was there" in said
    assert "s3cret" not in said
    assert history(installation) == before


def test_other_code_of_a_plugin_needs_a_restart(gated: Installation):
    serving = gated.serve()
    module = gated.folder / "site-packages" / "aslo_builder_gate.py"
    module.write_text(module.read_text() + "\n# another version\n")
    lines = (gated.folder / "aslo.toml").read_text().splitlines()
    said = reload(serving, "config.refused")
    assert "builder.sandbox.use: another version of builder.gate was installed since ASLO started; restart it" in said
    number = lines.index('use = "gate"') + 1
    assert f"aslo.toml:{number}: " in said


def test_a_storage_comes_and_goes_and_the_log_tells_when(installation: Installation):
    serving = installation.serve()
    installation.configure(more=MIRROR)
    reload(serving)
    first = serving.release(installation.submit("v1"))
    installation.configure()
    reload(serving)
    second = serving.release(installation.submit("v2"))
    assert [[one["name"] for one in release["storages"]] for release in (first, second)] == [["main", "mirror"], ["main"]]
    assert list((installation.folder / "mirror").rglob("*.xo"))
    told = history(installation)
    assert told.index("+ [storage.mirror]") < told.index("- [storage.mirror]")


def test_a_build_under_way_ends_with_the_builder_that_it_began_with(gated: Installation):
    gated.configure(builder="gate", more="[build]\nper_owner = 2\n")
    serving = gated.serve()
    first = gated.submit("v1")
    gated.wait_until_building()
    gated.configure(builder="bubblewrap", more="[build]\nper_owner = 2\n")
    reload(serving)
    second = gated.submit("v2")
    assert serving.release(second)["state"] == "published"
    gated.open_gate()
    assert serving.release(first)["rule"] == "test.gate-open"
    assert "serve.left_unfinished" not in serving.messages


def test_an_account_may_have_more_at_work_from_a_reload_on(gated: Installation):
    serving = gated.serve()
    first = gated.submit("v1")
    gated.wait_until_building()
    second = gated.submit("v2")
    told = serving.release(second, "queue_position")
    assert (told["state"], told["queue_position"], told["queue_length"]) == ("queued", 1, 1)
    gated.configure(builder="gate", more="[build]\nper_owner = 2\n")
    reload(serving)
    gated.wait_until_building()
    gated.open_gate()
    assert [serving.release(stream)["rule"] for stream in (first, second)] == ["test.gate-open"] * 2


def test_a_run_ends_with_a_builder_that_is_gone_meanwhile(gated: Installation):
    gated.configure(builder="gate", more="[build]\nworkers = 1\n")
    serving = gated.serve()
    building, waiting = gated.submit("v1"), gated.submit("v2")
    gated.wait_until_building()
    text = (gated.folder / "aslo.toml").read_text().replace("[builder.sandbox]", "[builder.other]")
    (gated.folder / "aslo.toml").write_text(text.replace("workers = 1", 'workers = 1\nbuilder = "other"'))
    reload(serving)
    gated.open_gate()
    assert [serving.release(stream)["rule"] for stream in (building, waiting)] == ["test.gate-open"] * 2


def test_signals_during_a_reload_make_one_more(gated: Installation):
    serving = gated.serve()
    (gated.folder / "hold").touch()
    serving.process.send_signal(signal.SIGHUP)
    gated.wait_for("creating")
    for _ in range(2):
        serving.process.send_signal(signal.SIGHUP)
        get_json(f"{serving.url}/healthz")  # the main thread has gone on, and taken the signal
    (gated.folder / "hold").unlink()
    until = time.monotonic() + PATIENCE_S
    while serving.messages.count("config.reloaded") < 2:
        assert time.monotonic() < until, serving.messages
        time.sleep(0.02)
    reload(serving)
    assert serving.messages.count("config.reloaded") == 3


def test_a_stop_does_not_wait_for_a_reload(gated: Installation):
    serving = gated.serve()
    before = history(gated)
    gated.configure(builder="gate", more=MIRROR)
    (gated.folder / "hold").touch()
    serving.process.send_signal(signal.SIGHUP)
    gated.wait_for("creating")
    status, seconds = serving.end()
    assert (status, seconds < QUICK_S) == (0, True)
    assert "config.reloaded" not in serving.messages
    assert history(gated) == before


def test_a_signal_during_start_is_answered_after_it_and_one_during_the_stop_not_at_all(installation: Installation):
    messages = installation.folder / "messages"
    with messages.open("ab") as file:
        process = subprocess.Popen(
            installation.command("serve"), cwd=installation.folder, env=installation.environment, stdout=file, stderr=file
        )
    until = time.monotonic() + PATIENCE_S
    while not _catches_hangups(process.pid):
        assert time.monotonic() < until
        time.sleep(0.001)
    process.send_signal(signal.SIGHUP)
    assert b"ASLO serves" not in messages.read_bytes()
    _wait_for(messages, b"config.reloaded", process)
    process.send_signal(signal.SIGTERM)
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.001)
    assert process.returncode == 0
    assert messages.read_bytes().count(b"config.reloaded") == 1


def _catches_hangups(process: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught & 1 << signal.SIGHUP - 1)


def _wait_for(messages: Path, words: bytes, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_S
    while words not in messages.read_bytes():
        assert process.poll() is None, messages.read_text()
        assert time.monotonic() < until, messages.read_text()
        time.sleep(0.02)
