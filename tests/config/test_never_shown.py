"""A secret never stands in anything that ASLO says, whatever is wrong with the configuration."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aslo_core.errors import ConfigError

SECRETS = st.sampled_from(["hunter2", "bad-hunter2", 'h"unter\\2', "hünter2", "hunter2\nand more"])
"""`bad` makes the plugin's own check speak, and it says too much."""

WRONG = st.sampled_from(
    [
        "retries = 'x'",
        "quiet = true",
        "quiet = 'perhaps'",
        "unheard = 1",
        "enabled = 'no'",
        "corner = { x = '${S}' }",
        "vault = { key = ['hunter2'] }",
        "vault = { key = 'hunter2', key2 = 'hunter2' }",
        "vault = 'hunter2'",
        "owners = ['${S}', 3]",
        "retries = '${S}'",
        "seconds = '${S}${GONE}'",
        "mode = '${S}'",
        "counts = ['${S}']",
        "path = '~/${S}'",
        "older = ['${S}', 3]",
        "older = '${S}'",
        "older_file = '${S}'",
        "",
    ]
)
PLACES = st.sampled_from(
    ["secret = {}", "secret = [{}]", "secret = {{ {} = {} }}", "secret = '${{S}}'", "secret_file = 'file'", "secret_file = {}"]
)
TOKENS = st.sampled_from(["token = {}", "token = [{}]", "token = '${{S}}'", "token_file = 'file'", "token_file = '${{S}}'", ""])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    secret=SECRETS,
    wrong=st.lists(WRONG, max_size=3, unique_by=lambda line: line.partition(" ")[0]),
    secret_at=PLACES,
    token_at=TOKENS,
)
def test_no_secret_in_problems_settings_or_json(
    configurations, tmp_path: Path, secret: str, wrong: list[str], secret_at: str, token_at: str
):
    if secret_at == "secret_file = {}":
        wrong = [*wrong, 'secret = "x"']  # what is named there is no secret, unless it was meant to be one
    (tmp_path / "file").write_text(secret)
    quoted = json.dumps(secret, ensure_ascii=False)
    lines = "\n".join(
        [*wrong, secret_at.format(quoted, quoted) if "_file = {}" not in secret_at else secret_at.format("'file'")]
    )
    text = configurations.sample(f"{lines}\n{token_at.format(quoted)}")
    try:
        said = configurations.settings(text, {"S": secret})
    except ConfigError as reason:
        told = [str(reason), repr(reason), repr(reason.problems), msgspec.json.encode(reason.problems).decode()]
    else:
        told = [str(said), repr(said), str(said.of("storage")[-1].options), repr(said.of("storage")[-1].options.model_dump())]
        told.append(said.of("storage")[-1].options.model_dump_json())
    for text in told:
        assert "hunter2" not in text
        assert "unter\\" not in text
        assert "nter2" not in text


def test_a_password_in_the_address_of_the_broker_is_a_secret(configurations):
    rest = configurations.sample("")
    said = configurations.settings(f'{rest}[broker]\nurl = "redis://:hunter2@127.0.0.1:6379/1"\n')
    assert said.broker.url.get_secret_value() == "redis://:hunter2@127.0.0.1:6379/1"
    assert "hunter2" not in repr(said)
    (problem,) = configurations.problems(f'{rest}[broker]\nurl = "rediss//:hunter2@127.0.0.1"\n')
    assert "hunter2" not in problem
    assert "memory://, redis://HOST:PORT/DATABASE" in problem


@pytest.mark.parametrize("lines", ["secret = 's3cret-bad'", "secret_file = 'file'"])
def test_a_reason_that_would_tell_is_not_given(told, tmp_path: Path, lines: str):
    (tmp_path / "file").write_text("s3cret-bad")
    (problem,) = told(lines)
    assert "it is refused; the reason is not shown, since a secret stands in it (What nobody may see)" in problem
