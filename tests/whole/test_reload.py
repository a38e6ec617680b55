"""The configuration changes again and again while releases, webhooks and downloads go on: nothing is dropped."""

from __future__ import annotations

import hashlib
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aslo_core.testing.github import deliver
from examples.demo.reading import eventually, get_bytes, get_json
from examples.demo.stage import Stage, commit, make_repository

MIRROR = '\n[storage.mirror]\nuse = "local"\npath = "mirror"\n'
LIMITS = "\n[build]\nwall_seconds = 120\nmemory_mib = 900\n"
OTHER_NOTIFIER = '\n[notifier.second]\nuse = "github"\napi_url = "{api}"\ntoken_file = "github-token"\n'


def reload(up: Stage, text: str) -> None:
    """Change the configuration, and wait until it is in force."""
    (up.folder / "aslo.toml").write_text(text)
    before = _count(up, "config.reloaded")
    up.served.signal(signal.SIGHUP)
    done = threading.Event()
    for _ in range(1200):
        if _count(up, "config.reloaded") > before:
            return
        assert not _count(up, "config.refused"), (up.folder / "aslo.log").read_text()
        done.wait(0.05)
    raise AssertionError((up.folder / "aslo.log").read_text())


def _count(up: Stage, event: str) -> int:
    return (up.folder / "aslo.log").read_text().count(f'"{event}"')


@contextmanager
def downloading(url: str, digest: str) -> Iterator[list[str]]:
    """Download again and again; give what was answered each time."""
    answers: list[str] = []
    stop = threading.Event()

    def download() -> None:
        while not stop.is_set():
            try:
                content = get_bytes(url)
            except OSError as reason:
                answers.append(f"failed: {reason}")
            else:
                answers.append("whole" if hashlib.sha256(content).hexdigest() == digest else "other bytes")

    thread = threading.Thread(target=download)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


def test_releases_and_downloads_go_on_while_everything_changes(up: Stage):
    repository, tree = make_repository(up.github, up.folder, "star-map")
    info = tree / "activity" / "activity.info"
    first = info.read_text()

    def release(version: int) -> str:
        info.write_text(first.replace("activity_version = 1", f"activity_version = {version}"))
        commit(tree, f"Version {version}", f"v{version}")
        payload = up.github.release_payload(up.github.add_release(repository, f"v{version}"))
        answer = deliver(up.hook, "release", payload, up.secret)
        assert answer.status == 202
        return str(answer.json()["release_url"])

    page = eventually(release(1), "ended")
    offered = get_json(f"{up.url}{page['activity_url']}")["download"]
    process, plain = up.served.process_id, (up.folder / "aslo.toml").read_text()
    second = OTHER_NOTIFIER.format(api=up.github.api_url)
    with downloading(up.url + offered["url"], offered["digest"]) as answers:
        releases = []
        for version, more in enumerate((MIRROR + LIMITS, second, LIMITS + second, MIRROR, ""), start=2):
            releases.append(release(version))  # the change comes into the midst of its run
            reload(up, plain + more)
        ended = [eventually(url, "ended") for url in releases]

    assert [one["state"] for one in ended] == ["published"] * 5
    assert [one["stored"] for one in ended] == [["main"], ["main", "mirror"], ["main"], ["main"], ["main", "mirror"]]
    assert set(answers) == {"whole"}
    assert up.served.process_id == process
    told = [{notice["notifier"] for notice in eventually(url, "ended")["notices"]} for url in releases]
    assert told == [{"github"}, {"github"}, {"github", "second"}, {"github", "second"}, {"github"}]


def test_a_webhook_secret_is_changed_without_losing_a_delivery(up: Stage):
    repository, _ = make_repository(up.github, up.folder, "star-map")
    payload = up.github.ping_payload(repository, up.hook)
    plain = (up.folder / "aslo.toml").read_text()
    (up.folder / "new-secret").touch(mode=0o600)
    (up.folder / "new-secret").write_text("another-secret\n")

    def statuses() -> list[int]:
        return [deliver(up.hook, "ping", payload, secret).status for secret in (up.secret, "another-secret")]

    renewed = plain.replace('secret_file = "github-webhook-secret"', 'secret_file = "new-secret"')
    assert statuses() == [200, 401]
    both = renewed.replace("[builder.", 'previous_secrets_file = "github-webhook-secret"\n\n[builder.')
    reload(up, both)
    assert statuses() == [200, 200]
    reload(up, renewed)
    assert statuses() == [401, 200]
