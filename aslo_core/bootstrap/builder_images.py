"""The builders that build in images of ASLO's own making, for `aslo builder image`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.instances import create
from aslo_core.errors import AsloError
from aslo_core.types import Imaged


@dataclass(frozen=True)
class ImagedBuilder:
    """A builder, and what its table is called in `aslo.toml`."""

    key: str
    builder: Imaged


def imaged_builder(config: Path, name: str | None) -> ImagedBuilder:
    """Make the object of the builder of that name, or of the only one that has an image.

    Raises:
        ConfigError: the configuration is wrong.
        AsloError: there is none, or there are several.
    """
    configured = configure(config)
    settings = configured.settings
    wanted = [instance for instance in settings.of("builder") if name in (None, instance.name)]
    made = create(settings, configured.plugins, settings.public_url(), wanted)["builder"]
    found = {name: builder for name, builder in made.items() if isinstance(builder, Imaged)}
    if len(found) == 1:
        ((name, builder),) = found.items()
        return ImagedBuilder(f"builder.{name}", builder)
    if found:
        raise AsloError(f"several builders build in images: name one of {', '.join(sorted(found))}")
    which = f"[builder.{name}] does not build" if name in made else "no enabled table [builder.NAME] of that name builds"
    raise AsloError(f'{config}: {which} in an image of its own; one with use = "docker" does')
