"""An installation of several processes on one PostgreSQL and one Redis: any of them can be lost, or stop for a while."""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from aslo_core.events import StepClaimed
from aslo_core.log import EventLog
from aslo_core.log.leases import Leases
from aslo_core.testing.processes import free_ports
from aslo_core.testing.small_disk import SmallDisk
from examples.demo.reading import eventually, get_json
from tests.bootstrap.conftest import PATIENCE_S, Enter, Installation, Serving

pytestmark = pytest.mark.timeout(240)

LEASE_S = 2
MIB = 1 << 20
SHARED = """\
[data]
log_url = "{log}"
[broker]
url = "{broker}"
[processes]
lease_seconds = {lease}
[build]
workers = 1
"""
WORKS, CONDUCTS = "ASLO works", "ASLO conducts"


@pytest.fixture
def shared(gated: Installation, postgres_where: sa.URL, redis_url: str) -> Installation:
    """An installation whose log and broker can be shared, with the builder that waits."""
    log = postgres_where.render_as_string(hide_password=False)
    gated.configure(builder="gate", more=SHARED.format(log=log, broker=redis_url, lease=LEASE_S))
    return gated


@contextmanager
def stopped(process: Serving) -> Iterator[None]:
    """A process that does not run, and does not know it."""
    process.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.process.send_signal(signal.SIGCONT)


def small(disk: SmallDisk, installation: Installation) -> Enter:
    """Have a command run where the disk is, in the folder of an installation."""
    return lambda command: disk.command(["env", f"--chdir={installation.folder}", *command])


def leader(where: sa.URL) -> str:
    """Wait until somebody leads, and say who."""
    leases = Leases(where)
    until = time.monotonic() + PATIENCE_S
    try:
        while not (held := leases.held("conductor")):
            assert time.monotonic() < until
            time.sleep(0.05)
        return held["conductor"]
    finally:
        leases.close()


def led_by(where: sa.URL, process: Serving) -> bool:
    return f"/{process.process.pid}/" in leader(where)


def happened(where: sa.URL, stream: str) -> list[str]:
    with EventLog.open(where) as log:
        return [recorded.type for recorded in log.read(stream)]


def builders(where: sa.URL, stream: str) -> set[int]:
    """Process ids of who claimed a step of a release."""
    with EventLog.open(where) as log:
        events = [recorded.event for recorded in log.read(stream)]
    return {int(event.worker.split("/")[1]) for event in events if isinstance(event, StepClaimed)}


def wait_for_a_message(redis_url: str) -> None:
    """Wait until one is in the broker, and nobody has taken it."""
    until = time.monotonic() + PATIENCE_S
    with redis.Redis.from_url(redis_url) as client:
        while not client.llen("dramatiq:releases"):
            assert time.monotonic() < until
            time.sleep(0.05)


def test_each_part_does_its_own(shared: Installation):
    """Pages, work and decisions come from three processes, and only one of them listens."""
    web = shared.start("web")
    stream = shared.submit()
    assert (
        "No `aslo serve` or `aslo conductor` seems to run with this log"
        in shared.aslo("submit", shared.repository.address, "v2").stdout
    )
    assert web.release(stream, "timeline")["state"] == "queued", "nobody works yet"
    shared.start("worker", said=WORKS)
    shared.start("conductor", said=CONDUCTS)
    shared.wait_until_building()
    shared.open_gate()
    assert web.release(stream)["rule"] == "test.gate-open"
    for part in shared.serving:
        status, _ = part.end()
        assert (status, "Traceback" in part.messages) == (0, False), part.messages


def test_the_configuration_is_checked_beside_a_web_that_listens(shared: Installation):
    (port,) = free_ports(1)
    configuration = shared.folder / "aslo.toml"
    configuration.write_text(configuration.read_text().replace("port = 0", f"port = {port}"))
    shared.start("web")
    checked = shared.aslo("check")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_the_work_of_a_worker_that_is_lost_goes_on_elsewhere(
    shared: Installation, postgres_where: sa.URL, number: signal.Signals
):
    web = shared.start("web")
    shared.start("conductor", said=CONDUCTS)
    first = shared.start("worker", said=WORKS)
    stream = shared.submit()
    shared.wait_until_building()
    second = shared.start("worker", said=WORKS)
    first.process.send_signal(number)
    shared.wait_until_building()
    shared.open_gate()
    assert web.release(stream)["rule"] == "test.gate-open"
    types = happened(postgres_where, stream)
    assert (types.count("step.abandoned"), types.count("release.rejected")) == (1, 1)
    if number == signal.SIGSTOP:
        first.process.send_signal(signal.SIGCONT)
        first.said("step.overtaken")
        assert happened(postgres_where, stream) == types, "what it found out too late counts no more"
        first.end()
    second.end()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM])
def test_another_conductor_takes_over(shared: Installation, postgres_where: sa.URL, number: signal.Signals):
    web = shared.start("web")
    shared.start("worker", said=WORKS)
    first = shared.start("conductor", said=CONDUCTS)
    assert led_by(postgres_where, first)
    second = shared.start("conductor", said=CONDUCTS)
    first.process.send_signal(number)
    second.said("lease.taken")
    assert led_by(postgres_where, second)
    shared.open_gate()
    assert web.release(shared.submit())["rule"] == "test.gate-open"
    if number == signal.SIGSTOP:
        first.process.send_signal(signal.SIGCONT)
        first.said("lease.lost")
        assert led_by(postgres_where, second), "whoever comes back waits for its turn"
        first.end()


def test_a_conductor_that_comes_back_in_time_goes_on(shared: Installation, postgres_where: sa.URL):
    shared.start("web")
    only = shared.start("conductor", said=CONDUCTS)
    before = leader(postgres_where)
    with stopped(only):
        pass
    assert leader(postgres_where) == before


def test_a_worker_takes_only_what_has_its_label(shared: Installation):
    text = (shared.folder / "aslo.toml").read_text()
    (shared.folder / "aslo.toml").write_text(text.replace('use = "gate"', 'use = "gate"\nlabel = "big"'))
    web = shared.start("web")
    shared.start("conductor", said=CONDUCTS)
    shared.start("worker", said=WORKS)
    stream = shared.submit()
    shared.start("worker", "--label", "big", said=WORKS)
    shared.wait_until_building()
    assert web.release(stream, "timeline")["state"] == "working"
    shared.open_gate()
    assert web.release(stream)["rule"] == "test.gate-open"


def test_two_of_everything_may_run_with_all_parts(shared: Installation):
    """`aslo serve` beside `aslo serve`, on machines of their own: whoever leads rings for both."""
    first = shared.serve()
    text = (shared.folder / "aslo.toml").read_text()
    (shared.folder / "aslo.toml").write_text(text.replace("[data]\n", '[data]\npath = "elsewhere"\n'))
    second = shared.serve()
    shared.open_gate()
    stream = shared.submit()
    for one in (first, second):
        assert one.release(stream)["rule"] == "test.gate-open"
    assert get_json(f"{second.url}/healthz")["ready"] is True


def test_a_worker_whose_own_disk_is_nearly_full_takes_nothing_new_and_others_do(
    shared: Installation, postgres_where: sa.URL, redis_url: str, disk: SmallDisk, tmp_path: Path
):
    web = shared.start("web")
    shared.start("conductor", said=CONDUCTS)
    elsewhere = tmp_path.name
    configuration = shared.folder / "aslo.toml"
    text = configuration.read_text()
    configuration.write_text(text.replace("[data]\n", f'[data]\npath = "{disk.inside / elsewhere}"\nkeep_free_mib = 4\n'))
    full = shared.start("worker", said=WORKS, enter=small(disk, shared))
    configuration.write_text(text)
    try:
        with disk.full(2 * MIB):
            full.said("worker.paused")
            eventually(f"{web.url}/readyz", "paused")
            stream = shared.submit()
            assert "takes nothing new: the disk of its data folder is nearly full" in shared.aslo("status").stdout
            assert web.release(stream, "paused")["state"] == "queued"
            shared.start("worker", "--label", "elsewhere", said=WORKS)
            wait_for_a_message(redis_url)
            other = shared.start("worker", said=WORKS)
            shared.wait_until_building()
            shared.open_gate()
            assert web.release(stream)["rule"] == "test.gate-open"
            types = happened(postgres_where, stream)
            assert "step.failed" not in types
            assert "step.abandoned" not in types
            assert builders(postgres_where, stream) == {other.process.pid}
            other.end()
            later = shared.submit("v2")
        assert web.release(later)["rule"] == "test.gate-open", "it goes on with nobody's help once there is room"
        assert full.messages.count("worker.paused") == full.messages.count("worker.resumed") == 1
        assert happened(postgres_where, later).count("step.failed") == 0
        full.end()
    finally:
        shutil.rmtree(disk.folder / elsewhere)


def test_an_aslo_serve_without_room_that_another_one_leads_rests_and_says_it_once(
    shared: Installation, disk: SmallDisk, tmp_path: Path
):
    first = shared.serve()
    elsewhere = tmp_path.name
    configuration = shared.folder / "aslo.toml"
    text = configuration.read_text()
    configuration.write_text(text.replace("[data]\n", f'[data]\npath = "{disk.inside / elsewhere}"\nkeep_free_mib = 4\n'))
    second = shared.start("serve", enter=small(disk, shared))
    try:
        with disk.full(2 * MIB):
            second.said("builds.paused")
            ended = shared.aslo("status", "--json", enter=small(disk, shared))
            wrong = json.loads(ended.stdout)["wrong"]
            assert len([why for why in wrong if "nearly full" in why]) == 1, wrong
            shared.open_gate()
            assert first.release(shared.submit())["rule"] == "test.gate-open"
            configuration.write_text(text)
            assert "takes nothing new: the disk of its data folder is nearly full" in shared.aslo("status").stdout
        second.said("builds.resumed")
        assert "worker.paused" not in second.messages
        second.end()
    finally:
        shutil.rmtree(disk.folder / elsewhere)


@pytest.mark.parametrize("part", ["web", "live", "worker", "conductor"])
def test_a_part_that_cannot_share_the_log_says_what_to_do(gated: Installation, part: str):
    ended = gated.aslo(part)
    assert ended.returncode == 1
    assert f"`aslo {part}` works with others on one log, and log.db is one process's: set data.log_url" in ended.stderr


def test_a_part_that_cannot_share_the_broker_says_what_to_do(shared: Installation, redis_url: str):
    text = (shared.folder / "aslo.toml").read_text()
    (shared.folder / "aslo.toml").write_text(text.replace(redis_url, "memory://"))
    ended = shared.aslo("worker")
    assert ended.returncode == 1
    assert "memory:// is within one process: set broker.url to a Redis" in ended.stderr


@pytest.mark.parametrize(
    "command",
    ["release list", "storage list", "storage verify --delete-extra", "reconcile --dry-run", "db rebuild"],
)
def test_a_machine_on_which_nothing_ran_yet_has_all_that_a_command_needs(shared: Installation, command: str):
    assert not (shared.folder / "data").exists()
    ended = shared.aslo(*command.split())
    assert ended.returncode == 0, ended.stderr


def test_no_worker_begins_while_extra_objects_are_deleted(shared: Installation, postgres_where: sa.URL):
    leases = Leases(postgres_where)
    leases.take("alone", "somebody", 3600)
    ended = shared.aslo("worker")
    leases.close()
    assert ended.returncode == 1
    assert "somebody works on the storages, and nobody else may meanwhile" in ended.stderr


def test_no_extra_object_is_deleted_while_a_worker_lives(shared: Installation):
    shared.start("worker", said=WORKS)
    ended = shared.aslo("storage", "verify", "--delete-extra")
    assert ended.returncode == 1
    assert "work with this log: end them first" in ended.stderr
