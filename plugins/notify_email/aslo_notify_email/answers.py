"""Answers of a mail server, each of which has an end."""

from __future__ import annotations

import io
import smtplib
from typing import TYPE_CHECKING, cast

from aslo_core.api import Answers

if TYPE_CHECKING:
    import socket

_LONGEST = 8192
"""Bytes of an answer: sixteen lines of the longest kind (RFC 5321, 4.5.3.1.5)."""


class TimelySMTP(smtplib.SMTP):
    """SMTP whose timeout is for each whole answer, not for each piece of one."""

    def getreply(self) -> tuple[int, bytes]:
        """Wait for an answer.

        Raises:
            smtplib.SMTPServerDisconnected: the server broke off, or the answer took too long or grew too large.
        """
        if self.file is None:
            self.file = io.BufferedReader(Answers(cast("socket.socket", self.sock), self.timeout, _LONGEST))
        self.file.raw.expect()
        return super().getreply()


class TimelySMTPS(TimelySMTP, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""
