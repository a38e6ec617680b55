"""What is under way when `aslo.toml` changes ends, and says so."""

from __future__ import annotations

import signal

from aslo_core.testing.github import deliver, faults
from examples.demo.reading import eventually
from examples.demo.stage import Stage, commit, make_repository


def test_notices_for_a_notifier_that_was_taken_out_end(up: Stage):
    repository, tree = make_repository(up.github, up.folder, "star-map")
    commit(tree, "Version 1", "v1")
    up.github.fail(faults.server_error(502), method="POST", path="*/comments", times=1_000)
    answer = deliver(up.hook, "release", up.github.release_payload(up.github.add_release(repository, "v1")), up.secret)
    page = eventually(answer.json()["release_url"], "ended")
    assert {notice["state"] for notice in page["notices"]} == {"pending"}
    configuration = up.folder / "aslo.toml"
    configuration.write_text(configuration.read_text().partition("[notifier.github]")[0])

    up.served.signal(signal.SIGTERM)

    while any(notice["state"] == "pending" for notice in page["notices"]):
        page = eventually(answer.json()["release_url"], "ended")
    assert [notice["state"] for notice in page["notices"]] == ["failed", "failed"]
    assert "No [notifier.github] is enabled" in page["notices"][0]["error"]
    assert not list((up.folder / "data" / "work").glob("*"))
