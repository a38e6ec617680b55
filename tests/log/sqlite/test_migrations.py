"""Making a log, and bringing it up to date."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

import aslo_core
from aslo_core.log import EventLog, LogNotReady
from aslo_core.log.migrations import differences, pending, scripts, upgrade
from aslo_core.log.sqlite import SqliteDatabase as Database


def test_tables_and_guards_are_what_the_migrations_make() -> None:
    assert differences() == []


def test_a_new_log_needs_all_migrations_and_then_none(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    needed = pending(path)
    assert needed
    assert not path.exists()
    assert upgrade(path) == needed
    assert pending(path) == ()
    assert upgrade(path) == ()
    EventLog.open(path).close()


def test_strange_characters_in_the_path(tmp_path: Path) -> None:
    folder = tmp_path / "a%20b? ü#"
    folder.mkdir()
    upgrade(folder / "log.db")
    EventLog.open(folder / "log.db").close()
    assert [path.name for path in folder.iterdir()] == ["log.db"]


def test_a_log_that_needs_a_migration_is_not_opened(log_path: Path) -> None:
    with closing(sqlite3.connect(log_path)) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.commit()
    with pytest.raises(LogNotReady, match=r"has no tables yet, .*: make them with `aslo db upgrade`"):
        EventLog.open(log_path)


def test_a_log_of_a_newer_program_is_left_alone(log_path: Path) -> None:
    with closing(sqlite3.connect(log_path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        with pytest.raises(LogNotReady, match="9999, which a newer ASLO has made"):
            upgrade(log_path)
        assert pending(log_path) == ()
        EventLog.open(log_path).close()
        connection.execute("UPDATE compatibility SET oldest_program = '9999'")
        connection.commit()
    with pytest.raises(LogNotReady, match=r"at migration 9999 of a newer ASLO, and takes only programs that know 9999"):
        EventLog.open(log_path)


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE build_log_chunks (made_by TEXT)")
    with pytest.raises(Exception, match="build_log_chunks"):
        upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("build_log_chunks",)]


@pytest.mark.parametrize("attempt", range(20))  # who comes first, and how closely, is left to chance
def test_two_that_migrate_at_once_do_it_once(tmp_path: Path, attempt: int) -> None:
    path, gate = tmp_path / f"{attempt}.db", threading.Barrier(2)
    ran: list[tuple[str, ...]] = []

    def migrate() -> None:
        gate.wait()
        ran.append(upgrade(path))

    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ran) == [(), pending(tmp_path / "another.db")]


def test_a_log_uses_a_write_ahead_log_and_flushes_each_commit(log_path: Path) -> None:
    database = Database(log_path)
    with closing(database), database.write() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]


def test_the_migrations_are_found_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "aslo_core"
    monkeypatch.setattr(aslo_core, "__file__", str(package / "__init__.py"))
    with pytest.raises(LogNotReady, match="install ASLO again"):
        scripts()
    for folder in (tmp_path / "migrations", package / "migrations"):
        folder.mkdir(parents=True)
        (folder / "env.py").touch()
        assert scripts() == folder


def test_opening_a_log_starts_nothing_that_a_fork_would_break(log_path: Path) -> None:
    before = threading.enumerate()
    with EventLog.open(log_path):
        assert threading.enumerate() == before
        opened = {os.path.realpath(descriptor) for descriptor in Path("/proc/self/fd").iterdir()}
        assert not [path for path in opened if path.startswith(str(log_path))]


def test_opening_a_log_imports_no_alembic() -> None:
    """It costs as much as all else together, and is needed for migrating alone."""
    program = "import sys, aslo_core.log; sys.exit('alembic' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path(aslo_core.__file__).parent.parent)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, check=False).returncode == 0
