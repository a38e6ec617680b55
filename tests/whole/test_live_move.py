"""Everything moves from one storage to another while releases go on: nothing is missing, nothing unavailable, ever."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aslo_core.log import EventLog
from aslo_core.testing.ftp_server import FtpServer
from bench.move import Move


@pytest.mark.timeout(600)
def test_a_live_move_to_an_ftp_server(tmp_path: Path, ftp_server: FtpServer):
    """The server is one of its own process; what it is moved to came to be known while it ran."""
    secret = tmp_path / "ftp-password"
    secret.write_text(ftp_server.password)
    keys = {"host": ftp_server.host, "port": ftp_server.port, "user": ftp_server.user, "password_file": secret.name}
    keys |= {"path": "live-move", "tls": "off"}  # other tests of this process have files on that server, too
    settings = [part for key, value in keys.items() for part in ("--set", f"{key}={value}")]
    said: list[str] = []

    outcome = Move(tmp_path, 30, 20_000, {"big": ["--use", "ftp", *settings]}, said.append).run()

    assert outcome.flawless, (outcome, said, (tmp_path / "aslo.log").read_text()[-3000:])
    assert len(list((ftp_server.root / "live-move").glob("*/*"))) >= 30 + outcome.published
    messages = (tmp_path / "aslo.log").read_text()
    assert "config.reloaded" in messages
    assert ftp_server.password not in messages + json.dumps(said)
    with EventLog.open(tmp_path / "data" / "log.db") as log:
        decided = [recorded.type for name in ("big", "main") for recorded in log.read(f"storage/{name}")]
    of_big = ["storage.added", "storage.switched", "storage.verified", "storage.verified"]
    assert decided == [*of_big, "storage.verified", "storage.retired"]
