"""From a webhook to the end of what it started, one alone and fifty queued, against Buildbot: `python -m bench.first_finish`.

Buildbot records the change of a push, and a worker on the same machine runs `true`. ASLO takes a release from the same POST
through its whole life: fetched from a double of GitHub, built and inspected in bubblewrap, stored and published. That is more
work, so the ratio says how soon each is done with what it is for. Both work on two at a time; see `bench.buildbot`.
"""

from __future__ import annotations

import itertools
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from aslo_core.log import EventLog
from aslo_core.testing.code_host.posting import post
from aslo_core.testing.github import Release, deliver, delivery_headers
from aslo_core.testing.processes import NotInstalled
from bench.buildbot import SECRET, asked, buildbot, push
from examples.demo.stage import Stage, commit, make_repository, raise_version, stage

ALONE = 5
QUEUED = 50
AIM = 20
PATIENCE_S = 180.0
LOOK_S = 0.005
NUMBERS = itertools.count(1)
_ENDS = ("release.published", "release.rejected", "release.failed")
_MORE = """
[build]
workers = 2
per_owner = 2
"""


def seconds(send: Callable[[], object], ended: Callable[[], int], times: int) -> float:
    """Send so many webhooks in a row, and measure until as many more have come to their ends."""
    before, begun = ended(), time.monotonic()
    for _ in range(times):
        send()
    while ended() < before + times:
        assert time.monotonic() < begun + PATIENCE_S, f"{ended() - before} of {times} have ended"
        time.sleep(LOOK_S)
    return time.monotonic() - begun


def measured(send: Callable[[], object], ended: Callable[[], int]) -> tuple[float, float]:
    """Seconds that one takes alone, and that many take that are queued."""
    seconds(send, ended, 1)  # what is done once only is no part of it
    return statistics.median(seconds(send, ended, 1) for _ in range(ALONE)), seconds(send, ended, QUEUED)


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


def of_aslo(folder: Path) -> tuple[float, float]:
    """Measure `aslo serve`."""
    with stage(folder, _MORE) as up:
        waiting = iter(releases(up, folder, ALONE + QUEUED + 1))
        path = folder / "data" / "log.db"
        begun = time.monotonic()
        while not path.exists() or not _answers(up):
            assert time.monotonic() < begun + PATIENCE_S, "aslo serve did not come up"
            time.sleep(LOOK_S)

        def send() -> None:
            payload = up.github.release_payload(next(waiting), "published")
            assert deliver(up.hook, "release", payload, up.secret).status == 202  # noqa: PLR2004

        with EventLog.open(path) as log:
            found = measured(send, lambda: sum(1 for _ in log.read_all(types=_ENDS)))
            assert {recorded.type for recorded in log.read_all(types=_ENDS)} == {"release.published"}
            return found


def of_buildbot(folder: Path) -> tuple[float, float]:
    """Measure a master and a worker."""
    folder.mkdir()
    with buildbot(folder, builds=True) as port:

        def send() -> None:
            body = json.dumps(push(next(NUMBERS))).encode()
            headers = delivery_headers(body, "push", SECRET, delivery_id="bench")
            post(f"http://127.0.0.1:{port}/change_hook/github", body, headers, timeout_seconds=30)

        def ended() -> int:
            newest = asked(port, "builds?complete=true&order=-number&limit=1")["builds"]
            return int(newest[0]["number"]) if newest else 0

        return measured(send, ended)


def show(what: str, ours: float, theirs: float) -> None:
    print(f"{what:34} {ours:8.2f} s, Buildbot {theirs:8.2f} s, ratio {theirs / ours:5.2f}, aim {AIM}")


def _answers(up: Stage) -> bool:
    try:
        return post(up.hook, b"", {}, timeout_seconds=5).status > 0
    except OSError:
        return False


def main(of: Sequence[Callable[[Path], tuple[float, float]]] = (of_buildbot, of_aslo)) -> None:
    with tempfile.TemporaryDirectory() as name:
        try:
            (alone, queued), (ours_alone, ours_queued) = (measure(Path(name) / measure.__name__) for measure in of)
        except NotInstalled as reason:
            print(f"left out: {reason}")
            return
    show("POST to finished", ours_alone, alone)
    show(f"{QUEUED} queued", ours_queued, queued)


if __name__ == "__main__":
    main()
