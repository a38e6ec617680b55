import hashlib
import hmac

import pytest
from aslo_source_github.signature import check_signature
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.api import AuthenticationFailed, Delivery, Secret

OLD, NEW = Secret("old"), Secret("new")


def signature(body: bytes, secret: str, algorithm: str = "sha256") -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def proved(headers: dict[str, str], body: bytes = b"{}", *, allow_sha1: bool = False) -> bool:
    try:
        check_signature(Delivery(headers, body), (NEW, OLD), allow_sha1=allow_sha1)
    except AuthenticationFailed:
        return False
    return True


def test_the_example_of_githubs_documentation() -> None:
    body, secret = b"Hello, World!", Secret("It's a Secret to Everybody")
    right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    check_signature(Delivery({"x-hub-signature-256": right}, body), (secret,), allow_sha1=False)


@pytest.mark.parametrize("secret", ["new", "old"])
def test_each_secret_of_a_rotation_proves(secret: str) -> None:
    assert proved({"x-hub-signature-256": signature(b"{}", secret)})


@given(body=st.binary(max_size=50), header=st.text(max_size=80) | st.binary(max_size=32).map(lambda raw: f"sha256={raw.hex()}"))
def test_nothing_else_proves_and_nothing_else_is_raised(body: bytes, header: str) -> None:
    assert not proved({"x-hub-signature-256": header}, body)


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text[:-1], lambda text: text + " ", lambda text: text[7:], lambda _: ""]
)
def test_a_right_signature_in_another_form_is_wrong(change: object) -> None:
    right = signature(b"{}", "new")
    assert callable(change)
    assert not proved({"x-hub-signature-256": change(right)})


def test_a_signature_of_another_algorithm_under_the_new_name_is_wrong() -> None:
    assert not proved({"x-hub-signature-256": signature(b"{}", "new", "sha1")}, allow_sha1=True)


def test_sha1_counts_only_by_option_and_only_alone() -> None:
    sha1 = {"x-hub-signature": signature(b"{}", "new", "sha1")}
    assert not proved(sha1)
    assert proved(sha1, allow_sha1=True)
    assert not proved({**sha1, "x-hub-signature-256": signature(b"{}", "wrong")}, allow_sha1=True)


def test_no_signature_and_the_signature_of_an_empty_secret() -> None:
    assert not proved({})
    assert not proved({}, allow_sha1=True)
    assert not proved({"x-hub-signature-256": f"sha256={hmac.new(b'', b'{}', hashlib.sha256).hexdigest()}"})


def test_what_is_raised_shows_no_secret() -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        check_signature(Delivery({"x-hub-signature-256": "x"}, b"{}"), (Secret("hush"),), allow_sha1=False)
    assert "hush" not in str(caught.value)
    assert signature(b"{}", "hush")[7:] not in str(caught.value)
