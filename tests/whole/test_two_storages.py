"""A release is published when every storage has it, and can be downloaded while one of them is gone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.github import deliver
from examples.demo.reading import eventually, get_bytes, get_json
from examples.demo.stage import commit, make_repository, stage

MIRROR = """
[storage.mirror]
use = "ftp"
host = "{ftp.host}"
port = {ftp.port}
user = "{ftp.user}"
password = "{ftp.password}"
tls = "off"
"""


def test_a_bundle_lies_on_both_and_is_served_by_the_one_that_is_left(tmp_path: Path, ftp_server: FtpServer):
    with stage(tmp_path / "stage", MIRROR.format(ftp=ftp_server)) as up:
        eventually(f"{up.url}/readyz", "ready")
        repository, tree = make_repository(up.github, up.folder, "fraction-garden")
        commit(tree, "Version 1", "v1")
        release = up.github.add_release(repository, "v1", author="ada")
        answer = deliver(up.hook, "release", up.github.release_payload(release), up.secret)

        page = eventually(answer.json()["release_url"], "ended")

        assert (page["state"], page["stored"]) == ("published", ["main", "mirror"])
        local, mirrored = (sorted(path.name for path in root.glob("*/*")) for root in (up.folder / "storage", ftp_server.root))
        assert local == mirrored
        shutil.rmtree(up.folder / "storage")
        offered = get_json(f"{up.url}{page['activity_url']}")["download"]
        assert hashlib.sha256(get_bytes(up.url + offered["url"])).hexdigest() == offered["digest"]
        assert ftp_server.password not in (up.folder / "aslo.log").read_text()
