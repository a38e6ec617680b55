"""A real browser without a window, told what to do through two pipes: Chrome DevTools Protocol, each message ended by a NUL."""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

from aslo_core.testing.web_servers import find_program
from tests.live.conftest import PATIENCE_S, eventually

_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-proxy-server", "--remote-debugging-pipe")


class Browser:
    """One page of it.

    Attributes:
        complaints: what it has to say of the page: errors, and what the page's policy forbade.
    """

    def __init__(self, say: BinaryIO, hear: BinaryIO) -> None:
        self.complaints: list[Any] = []
        self._say = say
        self._hear = hear
        self._heard = b""
        self._numbers = count(1)
        self._session: dict[str, str] = {}
        target = self._do("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self._do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Log", "Runtime"):
            self._do(f"{domain}.enable")

    def open(self, url: str) -> None:
        self._do("Page.navigate", url=url)
        eventually(lambda: bool(self.value(f"document.readyState === 'complete' && location.href === {json.dumps(url)}")))

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript is on the page, or None."""
        return self._do("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def _do(self, method: str, **parameters: object) -> Any:
        number = next(self._numbers)
        self._say.write(json.dumps({"id": number, "method": method, "params": parameters, **self._session}).encode() + b"\0")
        self._say.flush()
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]
            if answer["method"] in ("Log.entryAdded", "Runtime.exceptionThrown"):
                self.complaints.append(answer["params"])

    def _next(self) -> Any:
        while b"\0" not in self._heard:
            assert select.select([self._hear], [], [], PATIENCE_S)[0], "the browser says nothing"
            piece = os.read(self._hear.fileno(), 65536)
            assert piece, "the browser has ended"
            self._heard += piece
        answer, _, self._heard = self._heard.partition(b"\0")
        return json.loads(answer)


@contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """Run a browser while the block does.

    Raises:
        NotInstalled: there is none on this machine.
    """
    program = find_program("chromium", "chromium")
    (its_ear, mouth), (ear, its_mouth) = os.pipe(), os.pipe()
    command = ["bash", "-c", f'exec "$@" 3<&{its_ear} 4>&{its_mouth}', "bash", program, *_OPTIONS, f"--user-data-dir={folder}"]
    with closing(os.fdopen(mouth, "wb")) as say, closing(os.fdopen(ear, "rb")) as hear, (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, pass_fds=(its_ear, its_mouth), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        os.close(its_ear)
        os.close(its_mouth)
        try:
            yield Browser(say, hear)
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
