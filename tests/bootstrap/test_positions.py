"""Who is at work in the process that leads, by what the configuration says."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.equipment import Equipment, equip
from aslo_core.bootstrap.positions import Positions
from aslo_core.bootstrap.questions import Questions
from aslo_core.jobs.claims import DeadClaims
from aslo_core.jobs.dispatcher import Dispatcher
from aslo_core.log import EventLog
from aslo_core.projections import PROJECTIONS, Projector, Views
from aslo_core.release.clock import wall_clock
from aslo_core.release.desk import ReleaseDesk
from aslo_core.release.pressure import Pause

HERE = "https://aslo.example"
CONFIGURATION = """
[source.github]
use = "github"
secret = "s3cret-of-the-webhook"
owners = ["ada"]
[source.git]
use = "git"
[builder.sandbox]
use = "bubblewrap"
[storage.main]
use = "local"
path = "storage"
"""


@pytest.fixture
def positions(log: EventLog, log_path: Path, tmp_path: Path):
    def broken() -> None:
        raise AssertionError("the read models cannot be read")

    with closing(Projector(log_path.parent / "views.db", log, PROJECTIONS)) as projector:
        projector.catch_up()
    with closing(Views(log_path.parent / "views.db")) as views:
        questions = Questions(views, broken)
        claims = DeadClaims(ReleaseDesk(log), questions.claimed, frozenset, "me")
        dispatcher = Dispatcher(questions.snapshot, lambda _: None, 1, lambda: 1, Pause, wall_clock)
        equipment = equipped(tmp_path, "")
        yield Positions(
            lambda: equipment, log, questions, "https://aslo.example", wall_clock, lambda: True, claims, dispatcher, 8
        )


def equipped(folder: Path, more: str) -> Equipment:
    path = folder / "aslo.toml"
    path.write_text(CONFIGURATION + more)
    path.chmod(0o600)
    return equip(configure(path), HERE)


def at_work(positions: Positions) -> set[str]:
    return set(positions.wanted())


def test_a_reconciler_for_each_source_that_can_be_asked(positions: Positions) -> None:
    assert {name for name in at_work(positions) if name.startswith("reconciler-")} == {"reconciler-github"}


def test_no_reconciler_where_nobody_is_to_be_asked(positions: Positions, tmp_path: Path) -> None:
    quiet = equipped(tmp_path, "[reconcile]\nevery_minutes = 0\n")
    before = at_work(positions)
    assert before - at_work(replace(positions, in_force=lambda: quiet)) == {"reconciler-github", "inventory-main"}


def test_nobody_where_another_process_leads(positions: Positions) -> None:
    assert at_work(replace(positions, leads=lambda: False)) == set()
