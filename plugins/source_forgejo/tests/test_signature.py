"""What proves that a delivery comes from the forge."""

import hashlib
import hmac
from collections.abc import Callable

import pytest
from aslo_source_forgejo.signature import check_signature
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.api import AuthenticationFailed, Delivery, Secret
from aslo_core.testing.forgejo import Flavour, delivery_headers, sign
from aslo_core.testing.github import delivery_headers as github_headers

OLD, NEW = Secret("old"), Secret("new")


def proved(headers: dict[str, str], body: bytes = b"{}") -> bool:
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        check_signature(Delivery(lower, body), (NEW, OLD))
    except AuthenticationFailed:
        return False
    return True


def sent(flavour: Flavour = "forgejo", secret: str = NEW.get_secret_value(), body: bytes = b"{}") -> dict[str, str]:
    headers = delivery_headers(body, "release", secret, delivery_id="1", flavour=flavour)
    return {name.lower(): value for name, value in headers.items()}


def test_a_known_answer() -> None:
    # RFC 4231, 4.3: key "Jefe".
    right = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    check_signature(Delivery({"x-gitea-signature": right}, b"what do ya want for nothing?"), (Secret("Jefe"),))


@pytest.mark.parametrize("flavour", ["forgejo", "gitea"])
@pytest.mark.parametrize("secret", ["new", "old"])
def test_each_secret_of_a_rotation_proves(flavour: Flavour, secret: str) -> None:
    assert proved(sent(flavour, secret))


@pytest.mark.parametrize("header", ["x-forgejo-signature", "x-gitea-signature"])
def test_one_of_the_forges_own_signatures_is_enough(header: str) -> None:
    assert proved({header: sign(b"{}", "new")})


@pytest.mark.parametrize("header", ["x-forgejo-signature", "x-gitea-signature", "x-gogs-signature", "x-hub-signature-256"])
def test_every_signature_that_is_there_has_to_be_right(header: str) -> None:
    other = "sha256=" * header.startswith("x-hub") + sign(b"{}", "old")
    assert proved(sent())
    assert not proved({**sent(), header: other}), "right for another secret than the rest"
    assert not proved({**sent(), header: ""})


def test_two_signatures_in_one_header_are_none() -> None:
    right = sign(b"{}", "new")
    assert not proved({**sent(), "x-forgejo-signature": f"{right},{right}"})
    assert not proved({"x-forgejo-signature": f"{right}, {sign(b'{}', 'old')}"})


def test_what_github_signs_is_no_forges_delivery() -> None:
    headers = github_headers(b"{}", "release", "new", delivery_id="1")
    assert not proved({name.lower(): value for name, value in headers.items()})


def test_the_old_algorithm_proves_nothing() -> None:
    sha1 = sign(b"{}", "new", "sha1")
    assert not proved({"x-gitea-signature": sha1, "x-hub-signature": f"sha1={sha1}"})


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text[:-1], lambda text: text + " ", lambda text: f"sha256={text}", lambda _: ""]
)
def test_a_right_signature_in_another_form_is_wrong(change: Callable[[str], str]) -> None:
    assert not proved({"x-forgejo-signature": change(sign(b"{}", "new"))})


@given(body=st.binary(max_size=50), header=st.text(max_size=80) | st.binary(min_size=32, max_size=32).map(bytes.hex))
def test_nothing_else_proves_and_nothing_else_is_raised(body: bytes, header: str) -> None:
    assert not proved({"x-forgejo-signature": header}, body)


def test_a_hook_without_a_secret_proves_nothing() -> None:
    assert not proved(sent(secret=""))
    assert not proved({"x-forgejo-signature": hmac.new(b"", b"{}", hashlib.sha256).hexdigest()})


def test_what_is_raised_shows_no_secret() -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        check_signature(Delivery({"x-forgejo-signature": "x"}, b"{}"), (Secret("hush"),))
    assert "hush" not in str(caught.value)
    assert sign(b"{}", "hush") not in str(caught.value)
