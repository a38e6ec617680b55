"""What is in force, and where it comes from: every value, and no secret."""

from __future__ import annotations

from pathlib import Path

from aslo_core.config import read
from aslo_core.config.effective import Effective, effective
from aslo_core.config.settings import CORE_TABLES
from tests.config.conftest import Configurations, SampleOptions


def values(configurations: Configurations, lines: str, **environ: str) -> dict[str, Effective]:
    settings = configurations.settings(configurations.sample(lines), environ)
    tables = {table.key: table for table in effective(read(configurations.path), settings)}
    return {value.key: value for value in tables["storage.main"].values}


def test_every_table_and_every_key_is_there(configurations: Configurations):
    settings = configurations.settings(configurations.sample(""))
    tables = {table.key: table for table in effective(read(configurations.path), settings)}
    assert list(tables) == [*CORE_TABLES, "source.one", "builder.sandbox", "storage.one", "storage.main"]
    assert [value.key for value in tables["storage.main"].values] == ["required", "verify", *SampleOptions.model_fields]
    assert (tables["storage.main"].use, tables["storage.main"].line) == ("sample", 8)
    assert (tables["server"].kind, tables["server"].line) == (None, 0)


def test_where_a_value_comes_from(configurations: Configurations):
    found = values(
        configurations, 'retries = 4\nseconds = "${HOW_LONG}"\nowners = ["${A}-${B}", "${A}"]', HOW_LONG="2", A="a", B="b"
    )
    assert found["retries"] == Effective(key="retries", value=4, secret=False, origin="file", line=10)
    assert found["seconds"] == Effective(
        key="seconds", value=2.0, secret=False, origin="environment", line=11, named="HOW_LONG"
    )
    assert (found["owners"].value, found["owners"].named) == (["a-b", "a"], "A, B")
    assert found["mode"] == Effective(key="mode", value="auto", secret=False, origin="default")


def test_no_secret_is_among_it_wherever_it_comes_from(configurations: Configurations, tmp_path: Path):
    (tmp_path / "secret.txt").write_text("from-a-file")
    found = values(
        configurations,
        'secret_file = "secret.txt"\ntoken = "${TOKEN}"\nolder = ["plain-one"]\nvault = { key = "deep-one" }',
        TOKEN="from-outside",
    )
    assert (found["secret"].origin, found["secret"].named) == ("secret-file", "secret.txt")
    assert (found["token"].origin, found["token"].named) == ("environment", "TOKEN")
    assert all(found[name].secret and found[name].value is None for name in ("secret", "token", "older", "vault"))
    for hidden in ("from-a-file", "from-outside", "plain-one", "deep-one"):
        assert hidden not in repr(found)


def test_a_default_is_no_secret_whatever_its_type(configurations: Configurations):
    settings = configurations.settings(configurations.sample(""))
    broker = next(table for table in effective(read(configurations.path), settings) if table.key == "broker")
    assert broker.values == (Effective(key="url", value="memory://", secret=False, origin="default"),)
    found = values(configurations, "")
    assert (found["token"].value, found["token"].secret) == (None, False)
