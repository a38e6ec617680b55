"""Tells notices by e-mail."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator
from email.headerregistry import Address
from pathlib import Path

from aslo_core.api import ConfigError, ConfigProblem, Context, Notice, Permanent, Probed, Templates
from aslo_notify_email.addresses import address_of
from aslo_notify_email.message import message
from aslo_notify_email.options import EmailOptions
from aslo_notify_email.submission import greet, submit
from aslo_notify_email.trial import trial

SHIPPED = Path(__file__).parent / "templates"

_REMEMBERED = 1000
"""Of how many notices it is known who has them: more than are tried again at a time."""


class EmailNotifier:
    """Sends one message for each notice, to a fixed list, to the release's author, or both.

    Args:
        options: the server and the people.
        templates: give subject and texts.
        trust: whom to trust; None without encryption.
        name: the table's name in `aslo.toml`.
        public_url: address of this ASLO.
    """

    def __init__(
        self, options: EmailOptions, templates: Templates, trust: ssl.SSLContext | None, name: str, public_url: str
    ) -> None:
        self._options = options
        self._templates = templates
        self._trust = trust
        self._name = name
        self._public_url = public_url
        self._sender = address_of(options.sender)
        listed = [address_of(text.get_secret_value()) for text in options.to]
        self._to = tuple({address.addr_spec.lower(): address for address in listed}.values())
        self._served: dict[str, set[str]] = {}
        self._authors = {one.login.lower(): address_of(one.address.get_secret_value()) for one in options.authors}

    def notify(self, notice: Notice) -> str:
        """Send one notice; see `aslo_core.api.Notifier`. There is no address at which a message can be seen.

        Those whom the server takes get it, whoever else is refused, and this object leaves them out of later tries. An answer
        that is lost after the message was taken, or another object, leads to a second one, with the same Message-ID.
        """
        table = f"[notifier.{self._name}]"
        recipients = tuple(self._recipients(notice))
        if not recipients:
            raise Permanent(
                "notice.address-unknown",
                f"No address is known of {notice.author.login}, who released it.",
                f"Add it to authors of {table}, or addresses that everything goes to as `to`.",
            )
        shown = self._to or recipients  # an author's address is nobody else's business
        made = message(notice, self._templates, self._sender, shown, self._name)
        submit(made, self._sender, recipients, self._options, self._trust, table, self._having(notice))
        return ""

    def template_problems(self) -> Iterable[ConfigProblem]:
        """Say what is wrong with the templates; see `aslo_core.api.Templated`."""
        return self._templates.problems()

    def probe(self) -> Iterable[Probed]:
        """Greet the mail server, and send nothing; see `aslo_core.api.Probes`."""
        yield Probed.good("mail server", greet(self._options, self._trust, f"[notifier.{self._name}]"))

    def send_test(self) -> Probed:
        """Write to those whom every notice goes to; see `aslo_core.api.SendsTest`."""
        if not self._to:
            return Probed.unknown(
                "test notice", "nothing was sent: authors alone are written to, of releases of theirs", "give `to` for a while"
            )
        made = trial(self._sender, self._to, self._name, self._public_url)
        submit(made, self._sender, self._to, self._options, self._trust, f"[notifier.{self._name}]", set())
        return Probed.good("test notice", f"the mail server took it for {len(self._to)} of `to`; look whether it arrives")

    def _having(self, notice: Notice) -> set[str]:
        """Addresses of those who have the notice already, to be added to."""
        served = self._served[notice.id] = self._served.pop(notice.id, set())
        if len(self._served) > _REMEMBERED:
            del self._served[next(iter(self._served))]
        return served

    def _recipients(self, notice: Notice) -> Iterator[Address]:
        """Give everybody once, the author last."""
        yield from self._to
        author = self._authors.get(notice.author.login.lower())
        if author and author.addr_spec.lower() not in {address.addr_spec.lower() for address in self._to}:
            yield author


def create(options: EmailOptions, context: Context) -> EmailNotifier:
    """Make the notifier of one table."""
    templates = Templates(SHIPPED, options.replaced(context))
    return EmailNotifier(options, templates, _trust(options, context), context.name, context.public_url)


def _trust(options: EmailOptions, context: Context) -> ssl.SSLContext | None:
    if options.security == "none":
        return None
    file = None if options.ca_file is None else context.directory / options.ca_file
    try:
        return ssl.create_default_context(cafile=file)
    except OSError as reason:
        found = f"{file} holds no certificates that can be read ({reason})"
        raise ConfigError([ConfigProblem("", 0, "ca_file", found, "name a file with certificates in PEM form")]) from None
