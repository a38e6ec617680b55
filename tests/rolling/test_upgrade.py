"""Upgrading without a pause: the last release, which is this program here, works on with what the next one has migrated."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from aslo_core.log import EventLog
from tests.bootstrap.conftest import PATIENCE_S, ROOT, Installation, Serving
from tests.bootstrap.test_parts import CONDUCTS, SHARED, WORKS, led_by, stopped

pytestmark = pytest.mark.timeout(300)

LEASE_S = 2
Upgrade = Callable[..., subprocess.CompletedProcess[str]]
NOTE = """\
import sys
from pathlib import Path
import sqlalchemy as sa
from aslo_core.events import Cause
from aslo_core.events.runs import ReleaseNoted
from aslo_core.log import Entry, EventLog
where, stream = sys.argv[1:]
with EventLog.open(sa.make_url(where) if "://" in where else Path(where)) as log:
    log.append([Entry(stream, ReleaseNoted(note="new"))], cause=Cause(source="next", actor="aslo"))
"""


def ended(process: Serving) -> tuple[int, str]:
    """Wait until a process has ended by itself; give its status and what it said."""
    return process.process.wait(PATIENCE_S), process.messages


@pytest.fixture
def parts(gated: Installation, postgres_where: sa.URL, redis_url: str) -> Installation:
    log = postgres_where.render_as_string(hide_password=False)
    gated.configure(builder="gate", more=SHARED.format(log=log, broker=redis_url, lease=LEASE_S))
    return gated


@pytest.fixture
def upgrade(parts: Installation, postgres_url: str, postgres_where: sa.URL, next_release: Path) -> Upgrade:
    admin = sa.make_url(postgres_url).set(database=postgres_where.database).render_as_string(hide_password=False)

    def upgrade(*arguments: str) -> subprocess.CompletedProcess[str]:
        parts.program = next_release
        try:
            return parts.aslo("db", "upgrade", "--as", admin, *arguments)
        finally:
            parts.program = ROOT

    return upgrade


def test_the_next_release_states_its_phases(next_release: Path, parts: Installation) -> None:
    parts.program = next_release
    command = [sys.executable, "-m", "aslo_core.log.migrations"]
    checked = subprocess.run(command, cwd=parts.folder, env=parts.environment, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_all_parts_of_the_last_release_work_on_and_are_replaced_one_by_one(
    parts: Installation, postgres_where: sa.URL, next_release: Path, upgrade: Upgrade
) -> None:
    web, worker, conductor = parts.start("web"), parts.start("worker", said=WORKS), parts.start("conductor", said=CONDUCTS)
    first = parts.submit("v1")
    parts.wait_until_building()

    done = upgrade()
    assert (done.returncode, done.stderr) == (0, "")
    assert "upgraded (0002)" in done.stdout
    assert "left for `aslo db upgrade --post-deploy`, once no older ASLO works on it: 0003" in done.stdout
    parts.open_gate()
    assert web.release(first)["rule"] == "test.gate-open", "what was under way goes on"
    assert web.release(parts.submit("v2"))["rule"] == "test.gate-open", "and what comes meanwhile"
    parts.start("worker", said=WORKS).end()

    for old, command, said in ((conductor, "conductor", CONDUCTS), (worker, "worker", WORKS)):
        parts.program = next_release
        new = parts.start(command, said=said)
        parts.program = ROOT
        refused = upgrade("--post-deploy")
        assert refused.returncode == 1
        assert f"/{old.process.pid}/" in refused.stderr
        assert f"/{new.process.pid}/" not in refused.stderr
        assert "still run one: replace them by this program first" in refused.stderr
        assert old.end()[0] == 0
    assert led_by(postgres_where, parts.serving[-2])
    parts.program = next_release
    new_web = parts.start("web")
    parts.program = ROOT
    assert web.release(first)["rule"] == new_web.release(first)["rule"]

    assert f"/{web.process.pid}/" in upgrade("--post-deploy").stderr, "a process that only serves pages counts as well"
    assert web.end()[0] == 0
    assert "upgraded (0003)" in upgrade("--post-deploy").stdout
    late = parts.aslo("web")
    assert late.returncode == 1
    assert "is at migration 0003 of a newer ASLO, and takes only programs that know 0003; this one knows 0001" in late.stderr
    parts.program = next_release
    assert new_web.release(parts.submit("v1"))["rule"] == "test.gate-open"
    for process in parts.serving:
        assert "Traceback" not in process.messages, process.messages


def test_a_process_that_was_stopped_over_the_end_of_the_upgrade_ends_itself(parts: Installation, upgrade: Upgrade) -> None:
    conductor = parts.start("conductor", said=CONDUCTS)
    assert upgrade().returncode == 0
    with stopped(conductor):
        while (done := upgrade("--post-deploy")).returncode:
            assert f"/{conductor.process.pid}/" in done.stderr
    status, said = ended(conductor)
    assert status == 1
    assert "takes only programs that know 0003" in said


def test_a_process_that_meets_an_event_of_the_next_release_ends_and_says_why(
    parts: Installation, postgres_where: sa.URL, next_release: Path, upgrade: Upgrade
) -> None:
    """Whatever it went on to derive would lack something."""
    web, worker, conductor = parts.start("web"), parts.start("worker", said=WORKS), parts.start("conductor", said=CONDUCTS)
    stream = parts.submit()
    parts.wait_until_building()
    assert upgrade().returncode == 0
    parts.program = next_release
    note(parts, postgres_where.render_as_string(hide_password=False), stream)
    for process in (web, conductor):
        assert ended(process)[0] == 1
        assert "event 'release.noted' version 1 at position" in process.messages
        assert "is unknown: this ASLO knows no such type; run the newer one that recorded it" in process.messages
    assert worker.process.poll() is None, "its release goes on as far as it can"
    parts.open_gate()
    assert ended(worker)[0] == 1
    assert "run the newer one that recorded it" in worker.messages
    parts.start("conductor", said=CONDUCTS)
    parts.start("worker", said=WORKS)
    assert parts.start("web").release(stream)["rule"] == "test.gate-open"
    with EventLog.open(postgres_where) as log:
        assert [recorded.type for recorded in log.read_all(types=["release.rejected"])] == ["release.rejected"]


def test_on_sqlite_the_last_release_goes_on_and_is_gone_back_to(gated: Installation, next_release: Path) -> None:
    serve = gated.serve()
    first = gated.submit("v1")
    gated.wait_until_building()
    gated.program = next_release
    assert "upgraded (0002)" in gated.aslo("db", "upgrade").stdout
    assert f"/{serve.process.pid}/" in gated.aslo("db", "upgrade", "--post-deploy").stderr
    gated.open_gate()
    assert serve.release(first)["rule"] == "test.gate-open"
    serve.end()
    new = gated.serve()
    assert new.release(gated.submit("v2"))["rule"] == "test.gate-open"
    new.end()
    gated.program = ROOT
    again = gated.serve()
    assert again.release(first)["rule"] == "test.gate-open"
    again.end()
    gated.program = next_release
    assert "upgraded (0003)" in gated.aslo("db", "upgrade", "--post-deploy").stdout
    gated.program = ROOT
    assert "takes only programs that know 0003" in gated.aslo("serve").stderr
    gated.program = next_release
    gated.serve().end()


def test_on_sqlite_an_event_of_the_next_release_ends_the_last_one(gated: Installation, next_release: Path) -> None:
    serve = gated.serve()
    gated.program = next_release
    gated.aslo("db", "upgrade")
    note(gated, str(next(gated.folder.rglob("log.db"))), gated.submit())
    status, said = ended(serve)
    assert (status, "run the newer one that recorded it" in said) == (1, True)
    gated.program = ROOT
    assert "run the newer one that recorded it" in gated.aslo("serve").stderr, "nor does it start"


def note(installation: Installation, where: str, stream: str) -> None:
    command = [sys.executable, "-c", NOTE, where, stream]
    subprocess.run(command, cwd=installation.folder, env=installation.environment, check=True, timeout=PATIENCE_S)
