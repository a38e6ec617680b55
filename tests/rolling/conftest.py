"""The next release: a copy of this program that has two more migrations, uses what they make, and knows one more event."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.bootstrap.conftest import ROOT, gated, installation

__all__ = ["gated", "installation"]

EXPANDS = '''
"""Leases tell the machine."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
phase = "pre-deploy"


def upgrade() -> None:
    op.add_column("leases", sa.Column("machine", sa.Text, nullable=False, server_default=""))
'''
CONTRACTS = '''
"""Whoever takes a lease has to tell its machine."""

from alembic import op

revision, down_revision, branch_labels, depends_on = "0003", "0002", None, None
phase = "post-deploy"


def upgrade() -> None:
    with op.batch_alter_table("leases") as table:
        table.alter_column("machine", server_default=None)
'''
EVENT = '''

@recorded("release.noted")
class ReleaseNoted(Event):
    """Something that this program has recorded and the one before does not know."""

    note: str
'''


PROGRAM = 'sa.Column("program", sa.Text, nullable=False),'


def changed(file: Path, *changes: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
        text = text.replace(old, new)
    file.write_text(text)


@pytest.fixture
def next_release(tmp_path: Path) -> Path:
    """The checkout of the next release."""
    root = tmp_path / "next"
    for folder in ("aslo_core", "migrations"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "migrations" / "versions" / "0002_machine.py").write_text(EXPANDS.lstrip())
    (root / "migrations" / "versions" / "0003_machine_is_told.py").write_text(CONTRACTS.lstrip())
    log = root / "aslo_core" / "log"
    changed(
        log / "schema.py",
        ('REVISION = "0001"', 'REVISION = "0003"'),
        ('REQUIRED = "0001"', 'REQUIRED = "0002"'),
        (PROGRAM, f"{PROGRAM}\n    {PROGRAM.replace('program', 'machine')}"),
    )
    changed(log / "leases.py", ("program=REVISION", 'program=REVISION, machine="next"'))
    runs = root / "aslo_core" / "events" / "runs.py"
    runs.write_text(runs.read_text() + EVENT)
    return root
