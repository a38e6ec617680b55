"""What the core's own tables mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from aslo_core.config import read, validate
from aslo_core.types import Options

URLS = [
    "memory://",
    "redis://127.0.0.1",
    "redis://127.0.0.1:6379/3",
    "redis://:pass:word@redis.example.org:6379/3",
    "redis://user:p%40ss@[::1]:6379/3",
    "rediss://redis.example.org/0?ssl_ca_certs=/etc/ca.pem",
    "unix:///run/redis.sock?db=2",
]


@pytest.mark.parametrize("url", URLS)
def test_brokers(configurations, url: str):
    said = configurations.settings(f'{configurations.sample("")}[broker]\nurl = "{url}"')
    assert said.broker.url.get_secret_value() == url


@pytest.mark.parametrize(
    "url", ["", "memory", "redis:", "redis://", "redis://a:b/c", "redis://h:99999/0", "redis://h/x", "amqp://h"]
)
def test_what_is_no_broker(configurations, url: str):
    (problem,) = configurations.problems(f'{configurations.sample("")}[broker]\nurl = "{url}"')
    assert problem.startswith("aslo.toml:14: broker.url: ")


@pytest.mark.parametrize(
    ("server", "url"),
    [
        ("", "http://127.0.0.1:8000"),
        ("port = 0", "http://127.0.0.1:1234"),
        ('host = "::1"', "http://[::1]:8000"),
        ('host = "0.0.0.0"', "http://127.0.0.1:8000"),
        ('host = "::"', "http://[::1]:8000"),
        ('host = "aslo.lan"\nport = 80', "http://aslo.lan:80"),
        ('public_url = "https://aslo.example.org/"', "https://aslo.example.org"),
        ('public_url = "https://example.org/aslo"\nport = 0', "https://example.org/aslo"),
    ],
)
def test_the_address_that_links_begin_with(configurations, server: str, url: str):
    said = configurations.settings(f"{configurations.sample('')}[server]\n{server}")
    assert said.public_url(said.server.port or 1234) == url


@pytest.mark.parametrize(
    "url", ["example.org", "ftp://example.org", "https://", "https://a/?q", "https://u:p@a/", "https://a b"]
)
def test_what_no_link_can_begin_with(configurations, url: str):
    (problem,) = configurations.problems(f'{configurations.sample("")}[server]\npublic_url = "{url}"')
    assert problem.startswith(f'aslo.toml:14: server.public_url: "{url}"; an address such as https://activities.example.org')


def test_paths_are_meant_from_the_files_folder(configurations, tmp_path: Path):
    assert configurations.settings(configurations.sample("")).data_path == tmp_path / "data"
    text = f'{configurations.sample("")}[data]\npath = "/var/lib/aslo"'
    assert configurations.settings(text).data_path == Path("/var/lib/aslo")


def test_the_reference_configuration_works_as_it_stands_and_shows_every_default():
    path = Path(__file__).parents[2] / "aslo.toml"
    document = read(path)
    plugins = {
        (kind, table["use"]): _Anything
        for kind in ("source", "builder", "storage", "notifier")
        for _, table in document.instances(kind)
    }
    said = validate(document, plugins, {}, {})
    text = path.read_text()
    for name in ("server", "data", "broker", "build"):
        table = getattr(said, name)
        assert table == type(table)(), f"[{name}] is at its defaults"
        for key in type(table).model_fields:
            assert f"\n{key} = " in text or f"\n# {key} = " in text, f"{name}.{key} is in the reference"


class _Anything(Options):
    model_config = Options.model_config | {"extra": "allow"}


@pytest.mark.parametrize(
    ("build", "cap"),
    [("", 1), ("workers = 1", 1), ("workers = 5", 3), ("workers = 8", 4), ("workers = 8\nper_owner = 8", 8)],
)
def test_of_one_account_half_of_the_workers_work_at_most_unless_told_otherwise(configurations, build: str, cap: int):
    assert configurations.settings(f"{configurations.sample('')}[build]\n{build}").build.cap == cap


def test_what_the_environment_gives_is_text_and_becomes_what_is_asked_for(configurations):
    lines = 'retries = "${N}"\nseconds = "${S}5"\nquiet = "${Q}"\ncounts = [1, "${N}"]\ncorner = { x = "${N}", y = 2 }'
    settings = configurations.settings(configurations.sample(lines), {"N": "3", "S": "1.", "Q": "true"})
    (options,) = (one.options for one in settings.instances if one.name == "main")
    assert options.model_dump(include={"retries", "seconds", "quiet", "counts", "corner"}) == {
        "retries": 3,
        "seconds": 1.5,
        "quiet": True,
        "counts": (1, 3),
        "corner": {"x": 3, "y": 2},
    }


def test_what_is_written_beside_it_is_held_to_its_type(told):
    lines = 'counts = ["${N}", "4"]\ncorner = { x = "${N}", y = "4" }\nretries = 3\nseconds = 2'
    assert told(lines, {"N": "3"}) == [
        '10: counts[1]: "4"; it must be a whole number (Numbers)',
        '11: corner.y: "4"; it must be a whole number (Where)',
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('[server]\nport = "8123"', 'server.port: "8123"; it must be a whole number (Port to listen on; 0 takes any free one'),
        ("[storage.main]\nrequired = 1", "storage.main.required: 1; it must be true or false (Whether"),
    ],
)
def test_the_cores_own_keys_are_held_to_their_types(configurations, lines: str, problem: str):
    text = configurations.sample("")
    text = text.replace("[storage.main]", lines) if "[storage.main]" in lines else f"{lines}\n{text}"
    (found,) = configurations.problems(text)
    assert problem in found
