"""How long a job waits for an idle worker in Redis mode, against Celery on the same Redis: `python -m bench.idle_jobs`.

Measured from the call that sends to the moment at which the work begins, in another process, after half a minute in which
nothing was sent. For Celery see `bench.buildbot`.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import redis

from aslo_core.jobs.broker import make_broker, make_doorbell, make_listeners
from aslo_core.testing.processes import NotInstalled, running
from aslo_core.testing.redis_server import run_redis
from bench.buildbot import peer_program

IDLE_S = 30.0
IDLE_JOBS = 3
JOBS = 10
BETWEEN_S = 1.0
BEGUN = "bench:begun"

_CELERY_APPLICATION = """\
import time

import redis
from celery import Celery

app = Celery("celery_peer", broker={broker!r})
app.conf.broker_connection_retry_on_startup = True
begun = redis.Redis.from_url({broker!r})


@app.task(name="work")
def work(number):
    begun.rpush({key!r}, time.time())
"""
_CELERY_SENDER = """\
import sys

from celery_peer import app

for line in sys.stdin:
    app.send_task("work", [line])
    print("sent", flush=True)
"""


def listen(url: str) -> None:
    """Work, in a process of its own: say when each job begins."""
    begun = redis.Redis.from_url(url)

    def work(_stream: str) -> None:
        begun.rpush(BEGUN, time.time())

    listeners = make_listeners(make_broker(url), [""], work, threads=2)
    listeners.start()
    threading.Event().wait()


def waits(url: str, send: Callable[[], object]) -> list[float]:
    """Seconds that the first jobs wait, each after a long pause, and then some more after short ones."""
    client = redis.Redis.from_url(url)
    found = []
    for pause in [0, *[IDLE_S] * IDLE_JOBS, *[BETWEEN_S] * JOBS]:  # the first one finds out whether everybody is there
        time.sleep(pause)
        sent = time.time()
        send()
        answer = client.blpop([BEGUN], timeout=60)
        assert answer is not None, "nobody has begun"
        found.append(float(answer[1]) - sent)
    return found[1:]


@contextmanager
def celery(url: str, folder: Path) -> Iterator[Callable[[], object]]:
    """Run a worker of Celery's; gives what sends a job."""
    program, python = peer_program("celery"), peer_program("python")
    (folder / "celery_peer.py").write_text(_CELERY_APPLICATION.format(broker=url, key=BEGUN))
    (folder / "sender.py").write_text(_CELERY_SENDER)
    log = folder / "celery.log"
    command: list[str | Path] = [program, "-A", "celery_peer", "worker", "--concurrency=2", "--loglevel=info"]
    with running(command, log=log, is_ready=lambda: " ready." in log.read_text(), start_seconds=60):
        sender = subprocess.Popen([python, "sender.py"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with sender, suppress(KeyboardInterrupt):
            assert sender.stdin is not None
            assert sender.stdout is not None

            def send() -> None:
                print("work", file=sender.stdin, flush=True)

            try:
                yield send
            finally:
                sender.stdin.close()


def show(what: str, ours: list[float], theirs: list[float]) -> None:
    mine, other = (statistics.median(found) for found in (ours, theirs))
    print(f"{what:34} {mine * 1e3:8.1f} ms, Celery {other * 1e3:8.1f} ms, ratio {mine / other:5.2f}, aim 1 at most")


def main() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            server = stack.enter_context(run_redis(folder))
            send = stack.enter_context(celery(server.url(), folder))
        except NotInstalled as reason:
            print(f"left out: {reason}")
            return
        ours_url = server.url(1)
        command = [sys.executable, "-m", "bench.idle_jobs", "listen", ours_url]
        listener = subprocess.Popen(command)
        stack.callback(listener.wait)
        stack.callback(listener.terminate)
        ring = make_doorbell(make_broker(ours_url))
        found: dict[str, list[float]] = {}
        pair = (
            threading.Thread(target=lambda: found.update(ours=waits(ours_url, lambda: ring("release", "")))),
            threading.Thread(target=lambda: found.update(theirs=waits(server.url(), send))),
        )
        for thread in pair:
            thread.start()
        for thread in pair:
            thread.join()
        show(f"a job after {IDLE_S:.0f} s of idleness", found["ours"][:IDLE_JOBS], found["theirs"][:IDLE_JOBS])
        show(f"a job every {BETWEEN_S:.0f} s", found["ours"][IDLE_JOBS:], found["theirs"][IDLE_JOBS:])


if __name__ == "__main__":
    if sys.argv[1:2] == ["listen"]:
        listen(sys.argv[2])
    else:
        main()
