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


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself.

    Attributes:
        chain: file with the certificate alone (PEM): what a client trusts.
        key: file with its private key (PEM), readable by its owner alone.
    """

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
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ASLO test server")])
    now = dt.datetime.now(dt.UTC)
    alternatives = [
        *(x509.DNSName(host) for host in hosts),
        *(x509.IPAddress(ipaddress.ip_address(address)) for address in addresses),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + good_for)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        # Who trusts several certificates of this name finds the right one by the key's identifier.
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(chain=folder / "certificate.pem", key=folder / "key.pem")
    made.chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.touch(mode=0o600)
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made
