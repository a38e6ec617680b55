"""A release is published when every storage has it, and can be downloaded while one of them is gone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.github import deliver
from aslo_core.testing.s3_server import S3Server
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

BUCKET = """
[storage.cdn]
use = "s3"
endpoint = "{s3.endpoint}"
bucket = "{s3.bucket}"
prefix = "whole/site"
access_key = "{s3.account.access_key}"
secret_key = "{s3.account.secret_key}"
public_url = "https://dl.example.org"
"""


def test_a_bundle_lies_in_a_bucket_too_and_is_served_from_there_when_the_folder_is_gone(tmp_path: Path, seaweedfs: S3Server):
    with stage(tmp_path / "stage", BUCKET.format(s3=seaweedfs)) as up:
        eventually(f"{up.url}/readyz", "ready")
        repository, tree = make_repository(up.github, up.folder, "fraction-garden")
        commit(tree, "Version 1", "v1")
        release = up.github.add_release(repository, "v1", author="ada")
        answer = deliver(up.hook, "release", up.github.release_payload(release), up.secret)

        page = eventually(answer.json()["release_url"], "ended")

        assert (page["state"], page["stored"]) == ("published", ["main", "cdn"])
        client = seaweedfs.client()
        kept = client.list_objects_v2(Bucket=seaweedfs.bucket, Prefix="whole/site/")["Contents"]
        client.close()
        local = {path.relative_to(up.folder / "storage").as_posix() for path in (up.folder / "storage").glob("[0-9a-f]*/*")}
        assert {entry["Key"].removeprefix("whole/site/") for entry in kept} == local
        shutil.rmtree(up.folder / "storage")
        offered = get_json(f"{up.url}{page['activity_url']}")["download"]
        assert hashlib.sha256(get_bytes(up.url + offered["url"])).hexdigest() == offered["digest"]
        assert seaweedfs.account.secret_key not in (up.folder / "aslo.log").read_text()


def test_a_bundle_lies_on_both_and_is_served_by_the_one_that_is_left(tmp_path: Path, ftp_server: FtpServer):
    with stage(tmp_path / "stage", MIRROR.format(ftp=ftp_server)) as up:
        eventually(f"{up.url}/readyz", "ready")
        repository, tree = make_repository(up.github, up.folder, "fraction-garden")
        commit(tree, "Version 1", "v1")
        release = up.github.add_release(repository, "v1", author="ada")
        answer = deliver(up.hook, "release", up.github.release_payload(release), up.secret)

        page = eventually(answer.json()["release_url"], "ended")

        assert (page["state"], page["stored"]) == ("published", ["main", "mirror"])
        roots = (up.folder / "storage", ftp_server.root)
        local, mirrored = (sorted(path.name for path in root.glob("*/*") if path.is_file()) for root in roots)
        assert local == mirrored
        shutil.rmtree(up.folder / "storage")
        offered = get_json(f"{up.url}{page['activity_url']}")["download"]
        assert hashlib.sha256(get_bytes(up.url + offered["url"])).hexdigest() == offered["digest"]
        assert ftp_server.password not in (up.folder / "aslo.log").read_text()
