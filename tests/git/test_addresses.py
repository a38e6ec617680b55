"""Which addresses may be fetched."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aslo_core.errors import Permanent
from aslo_core.git import Address, AllowList, check_address
from aslo_core.git.addresses import is_public, resolve

NOTHING = AllowList()


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://github.com/sugarlabs/browse-activity", "https://github.com/sugarlabs/browse-activity"),
        ("HTTPS://GitHub.com:443/sugarlabs/Browse.git/", "https://github.com/sugarlabs/Browse.git"),
        ("https://git.example.org:8443/~ada/x", "https://git.example.org:8443/~ada/x"),
        ("https://[2606:4700::1]/x", "https://[2606:4700::1]/x"),
    ],
)
def test_public_addresses_in_normal_form(text: str, normal: str) -> None:
    assert str(check_address(text, NOTHING)) == normal


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "-x", "--upload-pack=x", "/srv/git", "C:\\git", "git@github.com:a/b", "ssh://git@github.com/a/b"),
        *("git://github.com/a/b", "ext::sh -c x", "ftp://x/y", "https:/x/y", "https:x", "fd::7", "https://"),
        *(
            "https://user@example.org/x",
            "https://user:pass@example.org/x",
            "https://example.org/x?y",
            "https://example.org/x#y",
        ),
        *("https://example.org", "https://example.org/", "https://example.org/a/../b", "https://example.org/a/%2e%2e/b"),
        *(
            "https://example.org/a b",
            "https://example.org/a\nb",
            "https://exa\tmple.org/a",
            "https://example.org/a\\b",
            "https://\u00e9/x",
        ),
        *("https://example.org:99999/x", "https://example.org:x/x", "https://[::1/x", "https://-x/y", "https://example.org./x"),
        *(
            "https://example.org//x",
            "https://example.org/%",
            "https://example.org/%0a",
            "file://elsewhere/x",
            "https://x/" + "y" * 1000,
        ),
    ],
)
def test_addresses_that_are_malformed(text: str) -> None:
    with pytest.raises(Permanent) as caught:
        check_address(text, NOTHING)
    assert caught.value.rule == "source.address-malformed"


@given(st.text(max_size=60) | st.text(max_size=40).map("https://example.org/".__add__))
def test_any_text_is_either_refused_or_in_normal_form(text: str) -> None:
    try:
        address = check_address(text, NOTHING)
    except Permanent:
        return
    assert address.scheme == "https"
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", ["http://example.org/x", "http://127.0.0.1/x", "file:///srv/git/x", "file:///etc"])
def test_other_schemes_are_only_for_the_allow_list(text: str) -> None:
    with pytest.raises(Permanent) as caught:
        check_address(text, NOTHING)
    assert caught.value.rule == "source.address-not-allowed"


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        ("file:///srv/git", "file:///srv/git/a", "file:///srv/gitx/a"),
        ("file:///srv/git/", "file:///srv/git/a/b.git", "file:///srv"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/a/b", "http://127.0.0.1:8081/a/b"),
        ("http://localhost:8080", "http://localhost:8080/a", "http://127.0.0.1:8080/a"),
        ("http://[::1]:80/a", "http://[::1]/a/b", "http://[::1]/ab"),
    ],
)
def test_an_entry_allows_what_lies_below_it_alone(entry: str, inside: str, outside: str) -> None:
    allow = AllowList.parse([entry])
    check_address(inside, allow)
    with pytest.raises(Permanent):
        check_address(outside, allow)


@pytest.mark.parametrize(
    "entry", ["file:", "file:///", "http://example.org/", "https://", "127.0.0.1", "*", "", "file:///a/../b"]
)
def test_entries_that_cannot_be_allowed(entry: str) -> None:
    with pytest.raises(ValueError, match="cannot be allowed"):
        AllowList.parse([entry])


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "localhost",
            "git.localhost",
            "127.1",
            "2130706433",
            "0x7f.1",
            "0",
            "10.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.169.254",
        ),
        *(
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fd00::1]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "100.64.0.1",
        ),
    ],
)
def test_a_host_within_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(Permanent) as caught:
        check_address(f"https://{host}/x", NOTHING)
    assert caught.value.rule == "source.address-not-allowed"


def test_a_name_is_refused_when_it_leads_within() -> None:
    with pytest.raises(Permanent, match="which is no public address") as caught:
        resolve(Address.parse("https://localhost/x"), NOTHING)
    assert caught.value.rule == "source.address-not-allowed"


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("https://10.0.0.1/x", "Use a public `https://` address, or have the operator add "),
        ("file:///srv/x", '"file:///srv/x" to `source.git.allow` in aslo.toml.'),
        ("http://127.0.0.1:8080/x", '"http://127.0.0.1:8080/x" to `source.git.allow` in aslo.toml.'),
        ("http://example.org/x", "; `http:` can be allowed for this machine only, since nothing protects it on the way."),
    ],
)
def test_a_refusal_says_what_can_be_done(text: str, cure: str) -> None:
    with pytest.raises(Permanent) as caught:
        check_address(text, AllowList.parse([], "source.git.allow"))
    assert cure in caught.value.cure
    with pytest.raises(Permanent) as caught:
        check_address(text, NOTHING)
    assert "aslo.toml" not in caught.value.cure


def test_a_host_within_can_be_allowed_and_is_then_not_pinned() -> None:
    allow = AllowList.parse(["https://127.0.0.1/"])
    assert resolve(check_address("https://127.0.0.1/x", allow), allow) == ()


def test_public_hosts_are_pinned_to_what_was_checked() -> None:
    assert resolve(check_address("https://140.82.121.4/x", NOTHING), NOTHING) == ("140.82.121.4",)


@pytest.mark.parametrize("ip", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_ip_addresses(ip: str) -> None:
    assert is_public(ip)


@pytest.mark.parametrize(
    "ip", ["224.0.0.1", "255.255.255.255", "fe80::1%eth0", "fec0::1", "198.18.0.1", "ff02::1", "240.0.0.1"]
)
def test_other_ip_addresses(ip: str) -> None:
    assert not is_public(ip)


def test_a_link_does_not_lead_out_of_an_allowed_directory(tmp_path: Path) -> None:
    (tmp_path / "git").mkdir()
    (tmp_path / "git" / "x").symlink_to("/etc")
    allow = AllowList.parse([(tmp_path / "git").as_uri()])
    with pytest.raises(Permanent, match="link leads out"):
        resolve(check_address((tmp_path / "git" / "x").as_uri(), allow), allow)
