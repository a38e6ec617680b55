"""What a migration says about when it may be run is held to what it does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import aslo_core
from aslo_core.log.migrations import differences, scripts

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{revision}", "0001", None, None
{phase}

def upgrade():
    {does}
"""
PRE, POST = 'phase = "pre-deploy"', 'phase = "post-deploy"'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the migrations, which the program takes for its own."""
    shutil.copytree(scripts(), tmp_path / "migrations")
    monkeypatch.setattr(aslo_core, "__file__", str(tmp_path / "aslo_core" / "__init__.py"))
    return tmp_path / "migrations" / "versions"


def faults(folder: Path, does: str, phase: str = PRE, revision: str = "0002") -> list[str]:
    """Add a migration; give what is wrong with it itself."""
    (folder / "0002_next.py").write_text(MIGRATION.format(revision=revision, phase=phase, does=does))
    return [fault for fault in differences() if fault.startswith("migration ")]


def test_what_only_adds_may_be_run_before_the_deploy(folder: Path) -> None:
    does = """op.create_table("notes", sa.Column("text", sa.Text, nullable=False, unique=True))
    op.add_column("leases", sa.Column("machine", sa.Text))
    op.add_column("leases", sa.Column("since_us", sa.Integer, nullable=False, server_default="0"))
    op.create_index("leases_holder", "leases", ["holder"])"""
    assert faults(folder, does) == []


@pytest.mark.parametrize(
    ("does", "found"),
    [
        ('op.drop_table("build_log_chunks")', "build_log_chunks"),
        ('op.drop_column("leases", "program")', "program"),
        ('op.create_index("one_each", "leases", ["holder"], unique=True)', "one_each"),
        ('op.execute("DROP TRIGGER events_stay")', "the guard events_stay"),
        (
            'op.execute("DROP TABLE leases"); op.create_table("leases", sa.Column("name", sa.Text, nullable=False))',
            "holder",
        ),
        (
            (
                'op.execute("DROP TABLE compatibility"); op.create_table("compatibility",'
                ' sa.Column("oldest_program", sa.Text, primary_key=True), sa.Column("by", sa.Text, nullable=False))'
            ),
            "the new column compatibility.by has neither a default nor may it be NULL",
        ),
    ],
)
def test_what_older_programs_could_not_work_with_may_not(folder: Path, does: str, found: str) -> None:
    assert found in " ".join(faults(folder, does))
    assert faults(folder, does, POST) == []


def test_each_states_its_phase(folder: Path) -> None:
    assert faults(folder, "pass", "") == [
        "migration 0002 states no phase: write phase = 'pre-deploy' or 'post-deploy' in it",
    ]
    assert faults(folder, "pass", 'phase = "later"') != []


def test_they_are_numbered(folder: Path) -> None:
    assert faults(folder, "pass", revision="0003") == [
        "migration 0003 is to be called 0002: programs compare these numbers",
    ]


def test_the_program_says_which_it_knows(folder: Path) -> None:
    (folder / "0002_next.py").write_text(MIGRATION.format(revision="0002", phase=PRE, does="pass"))
    assert "are ('0002', '0002'), the tables say ('0001', '0001')" in " ".join(differences())
