from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aslo_source_forgejo.options import ForgejoSourceOptions
from aslo_source_forgejo.source import ForgejoSource, create

from aslo_core.api import Context, Delivery
from aslo_core.testing.forgejo import Forgejo, delivery_headers, encode
from aslo_core.testing.forgejo import Repository as Hosted
from aslo_core.testing.repository import GitPlumbing

SECRET = "the webhook's secret"
TOKEN = "f0f9e1d2c3b4a5968778695a4b3c2d1e0f9e8d7c"
DELIVERY_ID = "f6266f16-1bf3-46a5-9ea4-602e06ead473"


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forgejo]:
    with Forgejo(tmp_path / "host", tokens={TOKEN: {"read:repository"}, "narrow": {"read:user"}}) as forge:
        yield forge


@pytest.fixture
def maze(tmp_path: Path) -> GitPlumbing:
    return GitPlumbing(tmp_path / "host" / "sugarlabs" / "maze.git")


@pytest.fixture
def hosted(forge: Forgejo, maze: GitPlumbing) -> Hosted:
    return forge.add_repository("sugarlabs", "maze", maze.path)


@pytest.fixture
def make_source(forge: Forgejo, tmp_path: Path) -> Callable[..., ForgejoSource]:
    def make(**options: Any) -> ForgejoSource:
        given = {"url": forge.url, "secret": SECRET, "owners": ["sugarlabs"], "token": TOKEN, **options}
        return create(ForgejoSourceOptions.model_validate(given), Context("forge", tmp_path, tmp_path, "https://aslo.example"))

    return make


@pytest.fixture
def deliver() -> Callable[..., Delivery]:
    def make(payload: Any, event: str = "release", *, secret: str = SECRET, **options: Any) -> Delivery:
        body = payload if isinstance(payload, bytes) else encode(payload)
        headers = delivery_headers(body, event, secret, **{"delivery_id": DELIVERY_ID, **options})
        return Delivery({name.lower(): value for name, value in headers.items()}, body)

    return make
