"""The seven deliveries of the demo, and what must come of each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aslo_core.testing.github import Answer, Release, deliver
from examples.demo.reading import eventually, get_json
from examples.demo.stage import Stage, archive, commit, make_repository, raise_version

Say = Callable[[str], None]


@dataclass
class Outcome:
    """One delivery and what came of it.

    Attributes:
        title: what it is about.
        wanted: what must come of it.
        found: what did come of it.
        release: the release's status page, read back, where it concerns one.
    """

    title: str
    wanted: str
    found: str = ""
    release: dict[str, Any] | None = None

    @property
    def well(self) -> bool:
        """Whether it went as it must."""
        return self.found == self.wanted


@dataclass
class Acts:
    """Plays the seven deliveries, one after another.

    Attributes:
        stage: what they play on.
        say: tells what is going on.
        outcomes: what came of each so far.
    """

    stage: Stage
    say: Say
    outcomes: list[Outcome] = field(default_factory=list)

    def play(self) -> None:
        """Play all seven."""
        github, folder = self.stage.github, self.stage.folder
        garden, garden_tree = make_repository(github, folder, "fraction-garden")
        stars, stars_tree = make_repository(github, folder, "star-map")
        clock, clock_tree = make_repository(github, folder, "broken-clock")

        raise_version(garden_tree, "1")
        commit(garden_tree, "Release version 1", "v1")
        first = github.add_release(garden, "v1", author="ada", name="First harvest", notes="- Beds from halves to *twelfths*.")
        first_id = self._release("a source release", first, "published")

        commit(stars_tree, "Release version 1", "v1")
        bundle = archive(stars_tree, "v1", "StarMap.activity")
        attached = github.add_release(stars, "v1", author="grace", name="First light", assets={"StarMap-1.xo": bundle})
        self._release("a release with an attached bundle", attached, "published")

        raise_version(garden_tree, "2")
        commit(garden_tree, "Release version 2", "v2")
        second = github.add_release(garden, "v2", author="ada", name="Second harvest", notes="More seeds.")
        self._release("a newer version of the first", second, "published")

        commit(clock_tree, "Release version 1", "v1")
        broken = github.add_release(clock, "v1", author="linus", name="Tick")
        self._release("a release that breaks a rule", broken, "rejected: bundle.icon-missing")

        self._ignored("a delivery that starts nothing", second)
        self._again("the first delivery once more", first, first_id)
        self._forged("a delivery with a wrong signature", second)

    def _release(self, title: str, release: Release, wanted: str) -> str:
        """Publish a release; follow it to its end; return the delivery's id."""
        outcome = self._begin(title, wanted)
        delivery_id = str(uuid.uuid4())
        answer = self._deliver(release, "published", delivery_id)
        if answer.status != 202:  # noqa: PLR2004 - accepted
            outcome.found = f"answered with {answer.status}: {answer.body.decode(errors='replace')}"
            return delivery_id
        page = self._followed(answer.json()["release_url"])
        outcome.release = page
        outcome.found = f"{page['state']}: {page['rule']}" if page["rule"] else page["state"]
        return delivery_id

    def _ignored(self, title: str, release: Release) -> None:
        outcome = self._begin(title, "ignored, with a reason")
        answer = self._deliver(release, "created", str(uuid.uuid4())).json()
        delivery = eventually(answer["status_url"], "decision")
        outcome.found = f"{delivery['decision']}, {'with a' if delivery['reason'] else 'without'} reason"
        self.say(f"  {delivery['reason']}")

    def _again(self, title: str, release: Release, delivery_id: str) -> None:
        outcome = self._begin(title, "duplicate, and still one run")
        answer = self._deliver(release, "published", delivery_id).json()
        page = get_json(answer["release_url"])
        runs = "still one run" if page["run"] == 1 and page["ended"] else f"run {page['run']}, {page['state']}"
        outcome.found = f"{answer['decision']}, and {runs}"

    def _forged(self, title: str, release: Release) -> None:
        outcome = self._begin(title, "refused with 401, and left no trace")
        before = get_json(f"{self.stage.url}/status")["position"]
        delivery_id = str(uuid.uuid4())
        payload = self.stage.github.release_payload(release, "published")
        answer = deliver(self.stage.hook, "release", payload, "not the secret", delivery_id=delivery_id)
        after = get_json(f"{self.stage.url}/status")["position"]
        trace = "left no trace" if before == after else "left a trace"
        outcome.found = f"refused with {answer.status}, and {trace}"

    def _begin(self, title: str, wanted: str) -> Outcome:
        outcome = Outcome(title, wanted)
        self.outcomes.append(outcome)
        self.say(f"[bold]({len(self.outcomes)}) {title}[/bold]")
        return outcome

    def _deliver(self, release: Release, action: str, delivery_id: str) -> Answer:
        payload = self.stage.github.release_payload(release, action)
        answer = deliver(self.stage.hook, "release", payload, self.stage.secret, delivery_id=delivery_id)
        self.say(f"  release.{action} delivered, answered with {answer.status}")
        return answer

    def _followed(self, url: str) -> dict[str, Any]:
        """Wait for the end of a release and for its notices, and tell what is new meanwhile."""
        page: dict[str, Any] = eventually(url, "ended")
        for entry in page["timeline"]:
            if entry["name"] != "step.claimed":
                self.say(f"  {entry['sentence']}")
        while any(notice["state"] == "pending" for notice in page["notices"]):
            page = eventually(url, "ended")
        return page
