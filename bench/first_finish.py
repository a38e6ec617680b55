"""From a webhook to the end of what it started, one alone and fifty queued, against Buildbot: `python -m bench.first_finish`.

Buildbot records the change of a push; its scheduler, its master and a worker on the same machine run `true`. What is compared
with it is what the orchestrator itself costs: ASLO as a whole (`aslo serve` with its log in SQLite, the signed webhook of a
release with GitHub's whole payload, each commit flushed to the disk, dispatcher and workers, all steps to a bundle that is
stored in a folder, read back and published) with a source and a builder that do next to nothing, see `bench.trivial`: nothing
is cloned, sandboxed or inspected. Each is the first release of an activity.

The last rows say how long a release takes in real life: fetched with git from a double of GitHub, built and inspected in
bubblewrap, stored, published, and told of at its commit. Buildbot still runs `true`, so that these ratios have no aim.

Both sides have one worker process that works on two at a time, and are seen from outside by asking again and again: the log on
our side, the API on Buildbot's, five times less often, since to answer takes it time; see `bench.buildbot`.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from aslo_core.log import EventLog
from aslo_core.testing.code_host.posting import post
from aslo_core.testing.github import GitHub, Release, delivery_headers, encode
from aslo_core.testing.processes import NotInstalled, free_ports
from aslo_core.testing.repository import GitPlumbing
from bench import trivial
from bench.buildbot import SECRET, asked, buildbot, push
from examples.demo.stage import Served, Stage, commit, make_repository, raise_version, stage

ALONE = 9
REST_S = 0.25
QUEUED = 50
AIM = 20
PATIENCE_S = 300.0
LOOK_S, LOOK_AT_BUILDBOT_S = 0.002, 0.01
_ENDS = ("release.published", "release.rejected", "release.failed")
_TWO_AT_A_TIME = """
[build]
workers = 2
per_owner = 2
"""
_TRIVIAL = """
[server]
port = {port}

[reconcile]
every_minutes = 0

[source.github]
use = "trivial"
secret_file = "secret"
owners = ["*"]

[builder.sandbox]
use = "trivial"

[storage.main]
use = "local"
path = "storage"
"""

Seconds = tuple[float, float]
"""That one takes alone, and that many take that are queued."""


def seconds(send: Callable[[], object], ended: Callable[[], int], look_s: float, times: int) -> float:
    """Send so many webhooks in a row, and measure until as many more have come to their ends."""
    before, begun = ended(), time.monotonic()
    for _ in range(times):
        send()
    while ended() < before + times:
        assert time.monotonic() < begun + PATIENCE_S, f"{ended() - before} of {times} have ended"
        time.sleep(look_s)
    return time.monotonic() - begun


def measured(send: Callable[[], object], ended: Callable[[], int], look_s: float) -> Seconds:
    """Measure one alone, after a rest, again and again, and many."""
    measure = partial(seconds, send, ended, look_s)
    measure(1)  # what is done once only is no part of it
    alone = []
    for _ in range(ALONE):
        time.sleep(REST_S)
        alone.append(measure(1))
    return statistics.median(alone), measure(QUEUED)


def releases(up: Stage, folder: Path, number: int) -> list[Release]:
    """Make releases of a small activity, each with a version of its own."""
    repository, tree = make_repository(up.github, folder, "star-map")
    for picture in sorted(tree.glob("screenshots/*/*")):
        picture.unlink()
    made = []
    for version in range(1, number + 1):
        raise_version(tree, str(version))
        commit(tree, f"Version {version}", f"v{version}")
        made.append(up.github.add_release(repository, f"v{version}", author="ada"))
    return made


def trivial_payloads(folder: Path) -> Iterator[bytes]:
    """GitHub's payloads of releases whose ids and tags are the numbers from 1."""
    id_, tag = 987654321, "the-tag"
    plumbing = GitPlumbing(folder / "maze.git")
    with GitHub(folder / "host") as github:
        payload = github.release_payload(github.add_release(github.add_repository("sugarlabs", "maze", plumbing.path), tag))
    payload["release"]["id"] = id_
    text = encode(payload)
    for number in itertools.count(1):
        yield text.replace(str(id_).encode(), str(number).encode()).replace(tag.encode(), str(number).encode())


def of_trivial(folder: Path) -> Seconds:
    """Measure `aslo serve` with the trivial source and builder."""
    folder.mkdir()
    (folder / "secret").touch(mode=0o600)
    (folder / "secret").write_text(SECRET)
    (port,) = free_ports(1)
    configuration = folder / "aslo.toml"
    configuration.write_text(_TRIVIAL.format(port=port) + _TWO_AT_A_TIME)
    trivial.install(folder / "plugin")
    path = os.pathsep.join((*filter(None, sys.path), str(folder / "plugin")))
    with Served(configuration, folder / "aslo.log", lambda command: ["env", f"PYTHONPATH={path}", *command]):
        return of_served(f"http://127.0.0.1:{port}/api/hook", folder, SECRET, trivial_payloads(folder))


def of_real(folder: Path) -> Seconds:
    """Measure `aslo serve` with git and bubblewrap."""
    with stage(folder, _TWO_AT_A_TIME) as up:
        made = releases(up, folder, ALONE + QUEUED + 1)
        payloads = (encode(up.github.release_payload(release, "published")) for release in made)
        return of_served(up.hook, folder, up.secret, payloads)


def of_served(hook: str, folder: Path, secret: str, payloads: Iterator[bytes]) -> Seconds:
    """Measure an ASLO that is about to come up."""
    path = folder / "data" / "log.db"
    begun = time.monotonic()
    while not path.exists() or not _answers(hook):
        assert time.monotonic() < begun + PATIENCE_S, "aslo serve did not come up"
        time.sleep(LOOK_S)
    numbers = itertools.count(1)

    def send() -> None:
        body = next(payloads)
        headers = delivery_headers(body, "release", secret, delivery_id=f"bench-{next(numbers)}")
        assert post(hook, body, headers, timeout_seconds=30).status == 202  # noqa: PLR2004

    with EventLog.open(path) as log:
        ends: list[str] = []
        seen = -1

        def ended() -> int:
            nonlocal seen
            for recorded in log.read_all(seen, types=_ENDS):
                ends.append(recorded.type)
                seen = recorded.position
            return len(ends)

        found = measured(send, ended, LOOK_S)
        assert {*ends} == {"release.published"}
        return found


def of_buildbot(folder: Path) -> Seconds:
    """Measure a master and a worker."""
    folder.mkdir()
    numbers = itertools.count(1)
    with buildbot(folder, builds=True) as port:

        def send() -> None:
            body = json.dumps(push(next(numbers))).encode()
            headers = delivery_headers(body, "push", SECRET, delivery_id="bench")
            post(f"http://127.0.0.1:{port}/change_hook/github", body, headers, timeout_seconds=30)

        def ended() -> int:
            newest = asked(port, "builds?complete=true&order=-number&limit=1")["builds"]
            return int(newest[0]["number"]) if newest else 0

        return measured(send, ended, LOOK_AT_BUILDBOT_S)


def show(what: str, ours: float, theirs: float, aim: str) -> None:
    print(f"{what:34} {ours:8.3f} s, Buildbot {theirs:8.3f} s, ratio {theirs / ours:5.2f}, {aim}")


def _answers(hook: str) -> bool:
    try:
        return post(hook, b"", {}, timeout_seconds=5).status > 0
    except OSError:
        return False


def main(of: Sequence[Callable[[Path], Seconds]] = (of_buildbot, of_trivial, of_real)) -> None:
    with tempfile.TemporaryDirectory() as name:
        try:
            theirs, ours, real = (measure(Path(name) / measure.__name__) for measure in of)
        except NotInstalled as reason:
            print(f"left out: {reason}")
            return
    print("Buildbot's build runs `true`; ours packs one file in the process, uninspected; all else is the whole of each")
    show("POST to finished, trivial", ours[0], theirs[0], f"aim {AIM}")
    show(f"{QUEUED} queued, trivial", ours[1], theirs[1], f"aim {AIM}")
    print("Buildbot's build runs `true`; ours is fetched with git, built and inspected in bubblewrap, and told of")
    show("POST to finished, real", real[0], theirs[0], "no aim")
    show(f"{QUEUED} queued, real", real[1], theirs[1], "no aim")


if __name__ == "__main__":
    main()
