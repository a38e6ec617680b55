"""Peers that a case can have beside the doubles of every case: PostgreSQL, S3, a mail server and a receiver of webhooks."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from aslo_core.log.migrations import upgrade
from aslo_core.testing.mail_server import MailServer
from aslo_core.testing.postgres_server import PostgresServer, run_postgres
from aslo_core.testing.s3_server import S3Server, run_moto
from aslo_core.testing.webhook_receiver import WebhookReceiver
from tests.crash.places import Bucket

_TABLES = """
[data]
log_url = "{log}"

[processes]
lease_seconds = 2

[storage.bucket]
use = "s3"
endpoint = "{s3.endpoint}"
bucket = "{s3.bucket}"
region = "{s3.region}"
access_key = "{s3.account.access_key}"
secret_key = "{s3.account.secret_key}"
prefix = "{prefix}"

[notifier.mail]
use = "email"
host = "127.0.0.1"
port = {mail.port}
security = "none"
sender = "ASLO <aslo@example.org>"
to = ["activities@example.org"]

[notifier.chat]
use = "webhook"
url = "{receiver.url}/hook"
secret = "whsec_{secret}"
allow_private = ["127.0.0.0/8"]
"""


@dataclass(frozen=True)
class Servers:
    """Servers that many cases share.

    Attributes:
        postgres: has the databases.
        empty: a log that nothing was written to, as ASLO's role has it; each case gets a copy.
        s3: has the bucket, in which each case has a prefix.
        folder: of what is fetched once for all of them.
    """

    postgres: PostgresServer
    empty: sa.URL
    s3: S3Server
    folder: Path


@dataclass(frozen=True)
class Message:
    """What a peer took.

    Attributes:
        release: what it is about.
        id: the same whenever it is sent again.
        content: as it came.
    """

    release: str
    id: str
    content: bytes


@dataclass(frozen=True)
class Services:
    """The peers of one case.

    Attributes:
        log: address of the log.
        bucket: what S3 has.
        journals: by the notifier's name, what its peer took, in order.
        tables: the configuration of all that.
    """

    log: sa.URL
    bucket: Bucket
    journals: Mapping[str, Callable[[], Sequence[Message]]]
    tables: str


@contextmanager
def servers(folder: Path) -> Iterator[Servers]:
    """Run the servers that cases share.

    Args:
        folder: of S3's log, and of what is fetched once.

    Raises:
        NotInstalled: one of them is not on this machine.
    """
    with run_postgres() as postgres, run_moto(folder) as s3:
        yield Servers(postgres, make_log(postgres), s3, folder)


@contextmanager
def services(shared: Servers) -> Iterator[Services]:
    """Run the peers of one case; what it leaves on the shared servers is no other's business."""
    with (
        shared.postgres.database(template=str(shared.empty.database)) as url,
        MailServer() as mail,
        WebhookReceiver() as receiver,
    ):
        log, prefix = shared.empty.set(database=sa.make_url(url).database), secrets.token_hex(8)
        tables = _TABLES.format(
            log=log.render_as_string(hide_password=False),
            s3=shared.s3,
            prefix=prefix,
            mail=mail,
            receiver=receiver,
            secret=base64.b64encode(secrets.token_bytes(32)).decode(),
        )
        journals = {"mail": lambda: _mails(mail), "chat": lambda: _posts(receiver)}
        yield Services(log, Bucket(shared.s3, prefix), journals, tables)


def make_log(server: PostgresServer) -> sa.URL:
    """Make a database with a log and the role that writes it; give its address."""
    password = secrets.token_hex(16)
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE aslo LOGIN PASSWORD {}").format(password))
        connection.execute("CREATE DATABASE aslo")
    admin = sa.make_url(server.url("aslo"))
    where = admin.set(username="aslo", password=password)
    upgrade(where, admin)
    return where


def _mails(server: MailServer) -> list[Message]:
    return [Message(mail["References"], mail["Message-ID"], mail.as_bytes()) for mail, _ in server.taken]


def _posts(receiver: WebhookReceiver) -> list[Message]:
    return [Message(_release(post.body), post.headers["webhook-id"], post.body) for post in receiver.received]


def _release(body: bytes) -> str:
    notice = json.loads(body)["data"]
    return f"{notice['repository']['id']}/{notice['release_id']}"
