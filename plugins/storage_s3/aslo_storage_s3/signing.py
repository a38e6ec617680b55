"""Signed addresses: requests that whoever has the address may make, until it expires. Pure.

AWS Signature Version 4, "Authenticating requests: using query parameters":
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aslo_storage_s3.bucket import Bucket

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed(
    method: str, bucket: Bucket, key: str = "", query: Mapping[str, str] | None = None, *, at: datetime, seconds: int
) -> str:
    """Make a signed address.

    Args:
        method: the one method that it is good for.
        bucket: where, and whose keys sign.
        key: of an object, or empty for the bucket itself.
        query: further parameters.
        at: when it begins to be good, in UTC.
        seconds: for how long.
    """
    path = quote(bucket.path + key, safe="/-_.~")
    scope = f"{at:%Y%m%d}/{bucket.region}/s3/aws4_request"
    parameters = {
        **(query or {}),
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{bucket.access_key}/{scope}",
        "X-Amz-Date": f"{at:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": "host",
    }
    asked = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(parameters.items()))
    host = urlsplit(bucket.service).netloc
    request = f"{method}\n{path}\n{asked}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
    text = f"{_ALGORITHM}\n{at:%Y%m%dT%H%M%SZ}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    secret = f"AWS4{bucket.secret_key}".encode()
    for part in scope.split("/"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    signature = hmac.digest(secret, text.encode(), "sha256").hex()
    return f"{bucket.service}{path}?{asked}&X-Amz-Signature={signature}"
