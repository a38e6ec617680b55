"""The configurations that were in force: `config`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded
from aslo_core.types import Value


class ConfiguredValue(Value):
    """One value that is in force.

    Attributes:
        key: name of the key within its table.
        value: as JSON, or empty where nothing is set or it is secret.
        secret: whether it is, or has within, a secret; none ever stands in the log.
    """

    key: str
    value: str
    secret: bool


class ConfiguredTable(Value):
    r"""One table that is in force: one of the core's own, or an enabled instance.

    Attributes:
        key: for example `server` or `storage.main`.
        use: the plugin, or empty for one of the core's own.
        distribution: name and version of what brought the plugin, or empty.
        code: sha256 over the lines `<sha256 of the bytes>  <path>\n` of the files of the plugin's package, sorted bytewise by
            path; or empty.
        values: its values, the defaults among them.
    """

    key: str
    use: str
    distribution: str
    code: str
    values: tuple[ConfiguredValue, ...]


@recorded("config.changed")
class ConfigChanged(Event):
    """From here on another configuration is in force than before.

    Attributes:
        digest: sha256 over `aslo` and `tables` as one JSON object without white space, keys in order.
        aslo: version of the core.
        tables: all that is in force.
    """

    digest: str
    aslo: str
    tables: tuple[ConfiguredTable, ...]
