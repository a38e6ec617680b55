"""Proof that a delivery comes from somebody who knows the webhook's secret. Pure.

https://forgejo.org/docs/latest/user/webhooks/, https://docs.gitea.com/usage/webhooks: the header is the HMAC-SHA256 of the
body in hexadecimal digits, without a word before it. The same proof comes in the words of other hosts too.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from aslo_core.api import AuthenticationFailed, Delivery, Secret

OWN = ("x-forgejo-signature", "x-gitea-signature")
"""At least one of these has to be there: Forgejo sends both, Gitea the second."""
_PREFIXES = {**dict.fromkeys(OWN, b""), "x-gogs-signature": b"", "x-hub-signature-256": b"sha256="}


def check_signature(delivery: Delivery, secrets: Sequence[Secret]) -> None:
    """Compare every signature that the delivery carries with that of its raw body, for each secret, in constant time.

    Args:
        delivery: nothing of it is parsed.
        secrets: all signatures have to be right for the same one of these; none of them is empty.

    Raises:
        AuthenticationFailed: the forge's own signature is missing, or one of them is wrong.
    """
    if not any(name in delivery.headers for name in OWN):
        raise AuthenticationFailed(f"the headers {' and '.join(OWN)} are missing: give the webhook a secret")
    # compare_digest takes no text beyond ASCII; the length of a signature is no secret.
    given = {name: delivery.headers[name].encode("utf-8", "surrogatepass") for name in _PREFIXES if name in delivery.headers}
    right = []
    for secret in secrets:
        digest = hmac.new(secret.get_secret_value().encode(), delivery.body, "sha256").hexdigest().encode()
        right.append(all(hmac.compare_digest(value, _PREFIXES[name] + digest) for name, value in given.items()))
    if not any(right):
        raise AuthenticationFailed(f"not every signature in {', '.join(given)} is that of the body with the webhook's secret")
