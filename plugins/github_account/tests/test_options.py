"""Which accounts can be, and that the others say why."""

from __future__ import annotations

from typing import Any

import pytest
from aslo_github_account import AccountOptions, account_of
from pydantic import ValidationError

PEM = "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0LWtleQ==\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"token": " \n"}, r"token\n.*it is empty"),
        ({"app_id": 1, "private_key": ""}, r"private_key\n.*it is empty"),
        ({"app_id": 0, "private_key": PEM}, "greater than 0"),
        ({"token": "t", "app_id": 1, "private_key": PEM}, "both a token and an App"),
        ({"token": "t", "app_id": 1}, "both a token and an App"),
        ({"app_id": 1}, "needs both `app_id` and `private_key_file`"),
        ({"private_key": PEM}, "needs both `app_id` and `private_key_file`"),
        ({"api_url": "http://github.example/api/v3"}, "use https"),
        ({"timeout_seconds": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        AccountOptions.model_validate(options)
    assert "c2VjcmV0" not in str(refused.value)


@pytest.mark.parametrize("key", ["nonsense", PEM])
def test_a_key_that_is_none_is_told_at_once_without_showing_it(key: str) -> None:
    options = AccountOptions.model_validate({"app_id": 1, "private_key": key})
    with pytest.raises(ValueError, match="private_key is not an RSA private key") as refused:
        account_of(options)
    assert "c2VjcmV0" not in str(refused.value)
    assert refused.value.__suppress_context__
