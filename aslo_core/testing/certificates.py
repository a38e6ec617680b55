"""Certificates for servers that tests start."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNS_OTHERS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself.

    Attributes:
        chain: file with the certificate alone (PEM): what a client trusts.
        key: file with its private key (PEM), readable by its owner alone.
    """

    chain: Path
    key: Path


@dataclass(frozen=True)
class IssuedCertificate:
    """A server's certificate that an authority of its own signed.

    Attributes:
        authority: file with the authority's certificate (PEM): what a client trusts.
        chain: file with the server's certificate alone (PEM).
        key: file with the server's private key (PEM), readable by its owner alone.
    """

    authority: Path
    chain: Path
    key: Path


def make_certificate(
    folder: Path,
    hosts: Sequence[str] = ("localhost",),
    addresses: Sequence[str] = (),
    good_for: dt.timedelta = dt.timedelta(days=1),
) -> Certificate:
    """Make a certificate, good since yesterday, in `folder`.

    Args:
        folder: where its two files are written.
        hosts: the names that it is for.
        addresses: the IP addresses that it is for.
        good_for: how long it is good from now on; it has expired when that is negative.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("ASLO test server")
    certificate = (
        _begun(name, name, key, good_for)
        .add_extension(_alternatives(hosts, addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        # Who trusts several certificates of this name finds the right one by the key's identifier.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(chain=folder / "certificate.pem", key=folder / "key.pem")
    made.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_key(made.key, key)
    return made


def issue_certificate(
    folder: Path,
    hosts: Sequence[str] = ("localhost",),
    addresses: Sequence[str] = (),
    good_for: dt.timedelta = dt.timedelta(days=1),
) -> IssuedCertificate:
    """Make an authority, and have it sign a certificate for names and addresses, in `folder`.

    Some clients, those written in Rust for example, take no certificate from a server that could sign others.

    Args:
        folder: where the files are written.
        hosts: names that it is for.
        addresses: addresses that it is for.
        good_for: how long it is good from now on; it has expired when that is negative.
    """
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = _named("ASLO test authority")
    authority = (
        _begun(authority_name, authority_name, authority_key, dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS_OTHERS, critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _begun(_named("ASLO test server"), authority_name, key, good_for)
        .add_extension(_alternatives(hosts, addresses), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    made = IssuedCertificate(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_key(made.key, key)
    return made


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, good_for: dt.timedelta
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + good_for)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternatives(hosts: Sequence[str], addresses: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [
            *(x509.DNSName(host) for host in hosts),
            *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
        ]
    )


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
