"""The services that tests use are real, private and gone afterwards."""

import ftplib
from collections.abc import Iterator
from dataclasses import replace

import docker
import psycopg
import pytest
import redis
from botocore.exceptions import ClientError

from aslo_core.testing.ftp_server import FtpServer
from aslo_core.testing.redis_server import RedisServer
from aslo_core.testing.s3_server import Account, S3Server


@pytest.mark.parametrize("value", ["one", "two"])
def test_redis_keeps_a_value_and_nothing_of_another_test(redis_url: str, value: str) -> None:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        assert client.dbsize() == 0
        client.set("key", value)
        assert client.get("key") == value


def test_who_outlives_a_test_writes_nothing_into_the_redis_of_the_next(redis_server: RedisServer) -> None:
    with redis_server.account() as url:
        left = redis.Redis.from_url(url)
        left.set("key", "one")
    with left, pytest.raises(redis.AuthenticationError):
        left.set("key", "two")
    with redis_server.client() as client:
        assert client.dbsize() == 0


def test_redis_answers_nobody_who_does_not_know_its_password(redis_server: RedisServer) -> None:
    with replace(redis_server, password="guess").client() as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


@pytest.mark.parametrize("value", ["one", "two"])
def test_postgres_keeps_a_table_and_nothing_of_another_test(postgres_url: str, value: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [value])
        assert connection.execute("SELECT word FROM words").fetchall() == [(value,)]
        (version,) = connection.execute("SELECT version()").fetchone() or ("",)
        assert version.startswith("PostgreSQL ")


def test_docker_answers(docker_client: docker.DockerClient) -> None:
    assert docker_client.ping()
    assert docker_client.info()["OSType"] == "linux"


@pytest.fixture
def ftp_client(ftp_server: FtpServer) -> Iterator[ftplib.FTP]:
    with ftplib.FTP(timeout=10) as client:  # noqa: S321 (it is what is tested)
        client.connect(ftp_server.host, ftp_server.port)
        yield client


def test_ftp_lets_its_account_in(ftp_client: ftplib.FTP, ftp_server: FtpServer) -> None:
    assert ftp_client.login(ftp_server.user, ftp_server.password).startswith("230")


def test_ftp_lets_nobody_else_in(ftp_client: ftplib.FTP, ftp_server: FtpServer) -> None:
    with pytest.raises(ftplib.error_perm, match="530"):
        ftp_client.login(ftp_server.user, "guess")


@pytest.mark.parametrize("service", ["seaweedfs", "moto"])
def test_an_s3_service_keeps_an_object_and_creates_it_once(service: str, request: pytest.FixtureRequest) -> None:
    server: S3Server = request.getfixturevalue(service)
    client = server.client()
    client.put_object(Bucket=server.bucket, Key="services/object", Body=b"kept", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=server.bucket, Key="services/object", Body=b"other", IfNoneMatch="*")
    assert client.get_object(Bucket=server.bucket, Key="services/object")["Body"].read() == b"kept"
    client.delete_object(Bucket=server.bucket, Key="services/object")
    client.close()


def test_seaweedfs_lets_nobody_in_who_has_no_key_and_its_reader_only_read(seaweedfs: S3Server) -> None:
    for account, code in ((Account.made(), "InvalidAccessKeyId"), (seaweedfs.reader, "AccessDenied")):
        client = replace(seaweedfs, account=account).client()
        with pytest.raises(ClientError, match=code):
            client.put_object(Bucket=seaweedfs.bucket, Key="services/other", Body=b"x")
        client.close()
