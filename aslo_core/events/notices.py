"""What developers were told: `notice/<source>/<repository id>/<release id>`."""

from __future__ import annotations

from aslo_core.events.event import Event, recorded


@recorded("notice.sent")
class NoticeSent(Event):
    """A notifier told of an event.

    Attributes:
        about: id of the event.
        notifier: the notifier's instance.
        kind: kind of the notice, for example `published`.
        url: address where it can be seen, or empty.
    """

    about: str
    notifier: str
    kind: str
    url: str


@recorded("notice.withheld")
class NoticeWithheld(Event):
    """A notifier was not told of an event, since its table in `aslo.toml` asks for others alone.

    Attributes:
        about: id of the event.
        notifier: the notifier's instance.
        kind: kind of the notice, for example `started`.
        key: the key that withheld it: `events`, `owners` or `activities`.
    """

    about: str
    notifier: str
    kind: str
    key: str


@recorded("notice.failed")
class NoticeFailed(Event):
    """A notifier could not tell of an event.

    Attributes:
        about: id of the event.
        notifier: the notifier's instance.
        kind: kind of the notice, for example `published`.
        tries: how often it was tried so far.
        error: why it could not, in words.
        retry_at_us: when it is due again, or None when it is given up.
    """

    about: str
    notifier: str
    kind: str
    tries: int
    error: str
    retry_at_us: int | None
