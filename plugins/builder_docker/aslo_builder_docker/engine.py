"""The Docker daemon: connecting to it, and what its failures mean."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import docker.errors
import requests

from aslo_core.api import AsloError, Transient

ANSWER_SECONDS = 30
"""How long the daemon may take for an answer, other than to what waits for a container."""


class DaemonAway(Transient):
    """The daemon does not answer: it is not running, was stopped, or may not be asked."""


class DaemonRefused(AsloError):
    """The daemon says that what it was asked for cannot be: a fault in the configuration, of the machine, or of ASLO."""


class Engine:
    """One daemon, asked from many threads.

    Args:
        path: of its Unix socket.
    """

    def __init__(self, path: Path) -> None:
        self.socket = path
        self._api: docker.APIClient | None = None

    def connected(self) -> docker.APIClient:
        """The connection, made when it is first needed. To be asked for before every call.

        Raises:
            DaemonAway: there is no daemon.
        """
        self._probe()
        if self._api is None:
            with self.asking("its version"):
                self._api = docker.APIClient(base_url=f"unix://{self.socket}", version="auto", timeout=ANSWER_SECONDS)
        return self._api

    def _probe(self) -> None:
        """Find out by hand whether somebody listens: the client would lose a socket for each time that nobody does."""
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(ANSWER_SECONDS)
                probe.connect(str(self.socket))
        except OSError as error:
            raise DaemonAway(
                f"no Docker daemon answers at {self.socket} ({error.strerror or error}): {self._cure()}"
            ) from error

    @contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """Say of every failure in the block what was asked for, and who can do something about it.

        Raises:
            DaemonAway: there was no answer.
            Transient: the daemon failed.
            DaemonRefused: it refuses; asking again changes nothing.
        """
        try:
            yield
        except docker.errors.APIError as error:
            said = f"Docker was asked for {what} and answered {error.status_code}: {error.explanation}"
            if error.status_code is not None and 400 <= error.status_code < 500:  # noqa: PLR2004 - HTTP's classes
                raise DaemonRefused(said) from error
            raise Transient(said) from error
        except (docker.errors.DockerException, requests.RequestException, OSError) as error:
            raise DaemonAway(f"the Docker daemon at {self.socket} did not answer ({what}): {error}; {self._cure()}") from error

    def image(self, reference: str) -> dict[str, Any]:
        """What the daemon knows of an image.

        Args:
            reference: its digest, or its name.

        Raises:
            ImageAbsent: it does not have it.
            DaemonAway: it does not answer.
        """
        api = self.connected()
        with self.asking(f"the image {reference}"):
            try:
                found: dict[str, Any] = api.inspect_image(reference)  # type: ignore[no-untyped-call]
            except docker.errors.NotFound:
                raise ImageAbsent(reference) from None
        return found

    def info(self) -> dict[str, Any]:
        """What the daemon tells of itself.

        Raises:
            DaemonAway: it does not answer.
        """
        api = self.connected()
        with self.asking("what it is"):
            told: dict[str, Any] = api.info()
        return told

    def named(self, label: str) -> list[dict[str, Any]]:
        """All containers that carry a label, in whatever state.

        Raises:
            DaemonAway: it does not answer.
        """
        api = self.connected()
        with self.asking("its containers"):
            found: list[dict[str, Any]] = api.containers(all=True, filters={"label": label})
        return found

    def _cure(self) -> str:
        return "start it, and let the user that ASLO runs as use its socket (group docker)"


class ImageAbsent(Transient):
    """The daemon has no image of that digest."""

    def __init__(self, digest: str) -> None:
        super().__init__(
            f"the daemon has no image {digest}: run `aslo builder image build`, and write the digest that it tells in place of "
            "this one"
        )
