"""Asks everything that a configuration names whether it works, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aslo_core.bootstrap.configuration import configure
from aslo_core.bootstrap.databases import is_first_log, log_where
from aslo_core.bootstrap.instances import create
from aslo_core.bootstrap.limits import build_limits, inspection_limits
from aslo_core.config import Instance, Settings
from aslo_core.config.secrets import secrets_of
from aslo_core.errors import AsloError
from aslo_core.probing.builders import probe_builder
from aslo_core.probing.downloads import probe_download
from aslo_core.probing.ground import probe_broker, probe_disk, probe_log
from aslo_core.probing.side_by_side import Probe, Probing, run_side_by_side
from aslo_core.probing.storages import ProbeObject, probe_storage
from aslo_core.types import Probed, Probes, SendsTest

_BUILDER_SECONDS = 120.0
_TEST_NOTICE = "test notice"


class NoSuchNotifier(AsloError):
    """A test notice is asked of a notifier that is not there."""


def probe(path: Path, notices: Sequence[str] = ()) -> Probing:
    """Try every enabled table, side by side, also while `aslo serve` runs.

    Args:
        path: the configuration.
        notices: names of notifiers to send a test notice through.

    Raises:
        ConfigError: with every problem of the file.
        NoSuchNotifier: one of `notices` is no enabled notifier.
    """
    configured = configure(path)
    settings = configured.settings
    known = [instance.name for instance in settings.of("notifier")]
    if strange := [name for name in notices if name not in known]:
        raise NoSuchNotifier(f"no enabled notifier is called {strange[0]!r}; known: {', '.join(known) or 'none'}")
    objects = create(settings, configured.plugins, settings.public_url())
    # What hangs may still write there when its time is over; whatever can be removed then is removed.
    with TemporaryDirectory(prefix="aslo-probe-", ignore_cleanup_errors=True) as folder:
        probes = [*_of_the_core(settings)]
        for instance in settings.instances:
            made = objects[instance.kind][instance.name]
            probes.append(_of_table(instance, made, settings, Path(folder)))
            if instance.kind == "notifier" and instance.name in notices:
                probes.append(_of_notice(instance, made))
        return run_side_by_side(probes)


def _of_the_core(settings: Settings) -> Iterator[Probe]:
    broker, build = settings.broker.url.get_secret_value(), settings.build
    needed = 2 * (build.bundle_mib << 20) * build.workers  # a source and a bundle of each release
    yield Probe("data", lambda: _data(settings, needed), secrets=frozenset(secrets_of(settings.data)))
    public_url = settings.public_url()
    yield Probe("server", lambda: probe_download(public_url))
    yield Probe("broker", lambda: probe_broker(broker), secrets=frozenset(secrets_of(settings.broker)))


def _data(settings: Settings, needed: int) -> Iterator[Probed]:
    yield from probe_disk(settings.data_path, needed)
    yield from probe_log(log_where(settings), first=is_first_log(settings))


def _of_table(instance: Instance, made: Any, settings: Settings, folder: Path) -> Probe:
    own = folder / f"{instance.kind}-{instance.name}"
    own.mkdir()
    secrets = frozenset(secrets_of(instance.options))
    match instance.kind:
        case "storage":
            given = ProbeObject.make(own)
            return Probe(
                instance.key, lambda: probe_storage(made, given, settings.public_url()), secrets=secrets, leaves=given.leaves
            )
        case "builder":
            limits = build_limits(settings), inspection_limits(settings)
            return Probe(instance.key, lambda: probe_builder(made, *limits, own), _BUILDER_SECONDS, secrets=secrets)
        case _:
            return Probe(instance.key, made.probe if isinstance(made, Probes) else _nothing, secrets=secrets)


def _nothing() -> Iterator[Probed]:
    yield Probed.unknown("answer", "this kind of table has nothing that could be asked before there is a release")


def _of_notice(instance: Instance, made: Any) -> Probe:
    return Probe(instance.key, lambda: _tested(made), what=_TEST_NOTICE, secrets=frozenset(secrets_of(instance.options)))


def _tested(made: Any) -> Iterator[Probed]:
    if isinstance(made, SendsTest):
        yield made.send_test()
    else:
        yield Probed.unknown(_TEST_NOTICE, "this kind of notifier has none", "release something, or ask its author for one")
