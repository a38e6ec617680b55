"""Where a bucket is, and who asks for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aslo_core.api import Place


@dataclass(frozen=True)
class Bucket:
    """A bucket, the part of it that is ours, and the account that may use it.

    Attributes:
        name: of the bucket.
        endpoint: scheme, host and port of the service.
        region: what signatures are made for.
        virtual: whether the bucket's name stands in the host, and not in the path.
        prefix: what every key begins with; empty, or with a slash at its end.
        access_key: id of the account's key.
        secret_key: its secret.
    """

    name: str
    endpoint: str
    region: str
    virtual: bool
    prefix: str
    access_key: str
    secret_key: str = field(repr=False)

    @property
    def service(self) -> str:
        """Scheme and host that requests go to."""
        if not self.virtual:
            return self.endpoint
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{self.name}.{parts.netloc}"

    @property
    def path(self) -> str:
        """Path of the bucket on that host, with a slash at its end."""
        return "/" if self.virtual else f"/{self.name}/"

    def key(self, name: str) -> str:
        """Key of the object of that name."""
        return f"{self.prefix}{name}"

    def place(self) -> Place:
        """Where the objects are, by whatever account, address or encryption; see `aslo_core.api.Located`."""
        return Place(service=f"s3://{urlsplit(self.endpoint).netloc}", path=(self.name, self.prefix))
