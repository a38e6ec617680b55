"""Take every tag of real activities through the whole orchestrator, by webhook, and print what came of them.

    python -m bench.corpus DIR [--table tags.tsv] [--builder 'use = "docker"' ...] [--digests FILE]

DIR holds git repositories, bare or not, as `owner+name`, `owner/name.git` or `name`, and folders of plain files, which become
a repository with one tag. Each tag becomes a release of a double of GitHub, whose webhook a real `aslo serve` takes. With a
table, only its tags are released, and the content of each bundle is held against what Sugar's own builder made of the tag: it
has a row for each tag, with at least the columns repo, tag, commit, outcome, digest, mo_files and duplicate_paths. With several
builders, each takes all tags, and what one made is held against what the first made; `--digests` writes what each made of each
tag. Exit status 0 when every release has ended, none disagrees with the table, and the builders agree.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from aslo_core import events as e
from aslo_core.log import EventLog
from aslo_core.log.buildlogs import BuildLogs
from aslo_core.testing.github import deliver
from bench.corpus_repositories import CorpusRepository, find_repositories
from bench.corpus_table import Line, Row, content_digest, read_table, verdict
from examples.demo.reading import eventually
from examples.demo.stage import Stage, stage

ACCEPTED = 202
DAY_S = 24 * 3600.0


@dataclass
class Outcome:
    """What came of a tag.

    Attributes:
        state: how the release ended: `published`, `rejected`, `failed`, …; or how its webhook was answered.
        rule: the rule that was broken, or empty.
        commit: what was built.
        digest: of the content of its bundle, or empty where there is none.
        bundle: name of the bundle on the storage, or empty.
        broken: whether it was built without some translation, and its log says so.
        seconds: how long the build took.
    """

    state: str
    rule: str = ""
    commit: str = ""
    digest: str = ""
    bundle: str = ""
    broken: bool = False
    seconds: float = 0.0

    @property
    def end(self) -> str:
        """How it ended, with the rule where one is broken."""
        return f"{self.state} {self.rule}".strip()

    @property
    def ended(self) -> bool:
        """Whether its webhook was accepted and the release came to an end."""
        return self.state != "announced" and not self.state.startswith("answered")

    def held_against(self, other: Outcome) -> str:
        """Say how two builders agree on a tag; begins with DIFFERS where they do not."""
        if (self.end, self.digest) != (other.end, other.digest):
            return "DIFFERS"
        if not self.bundle:
            return "no bundle, for the same reason"
        return "same bytes" if self.bundle == other.bundle else "same content"


def release(up: Stage, repository: CorpusRepository, tag: str) -> str:
    """Publish a release of a tag and deliver its webhook; return the address of the release's page, or the answer."""
    hosted = up.github.add_repository(repository.owner, repository.name, repository.path)
    payload = up.github.release_payload(up.github.add_release(hosted, tag), "published")
    answer = deliver(up.hook, "release", payload, up.secret, delivery_id=str(uuid.uuid4()))
    return str(answer.json()["release_url"]) if answer.status == ACCEPTED else f"answered {answer.status}: {answer.body!r}"


def outcomes(folder: Path) -> dict[tuple[str, str], Outcome]:
    """Read out of the log what came of each tag: name of its repository and the tag → outcome."""
    found: dict[str, Outcome] = {}
    names: dict[str, tuple[str, str]] = {}
    path = folder / "data" / "log.db"
    with EventLog.open(path) as log, closing(BuildLogs(path)) as build_logs:
        for recorded in log.read_all():
            if isinstance(recorded.event, e.ReleaseAnnounced):
                announced = recorded.event.announcement
                names[recorded.stream] = (f"{announced.repository.owner}/{announced.repository.name}", announced.tag)
                found[recorded.stream] = Outcome("announced")
            elif recorded.event and recorded.stream in found:
                _tell(found[recorded.stream], recorded.event)
        for stream, outcome in found.items():
            said = b"".join(data for attempt in build_logs.attempts(stream) for _, data in build_logs.read(stream, attempt))
            outcome.broken = outcome.broken or b"is not compiled" in said
    return {names[stream]: outcome for stream, outcome in found.items()}


def _tell(outcome: Outcome, event: e.Event) -> None:
    match event:
        case e.SourceFetched(commit=commit, warnings=warnings):
            outcome.commit, outcome.broken = commit, bool(warnings)
        case e.BundleBuilt(bundle=bundle, seconds=seconds):
            outcome.bundle, outcome.seconds = bundle.name, seconds
        case e.BundleInspected(content_digest=digest):
            outcome.digest = digest
        case e.ReleaseRejected(rule=rule):
            outcome.state, outcome.rule = "rejected", rule
        case e.ReleasePublished() | e.ReleaseUnchanged() | e.ReleaseFailed() | e.ReleaseCancelled():
            outcome.state = event.event_name.partition(".")[2]


def held_against(row: Row, outcome: Outcome, repository: CorpusRepository, storage: Path) -> str:
    """Say how a tag agrees with its row; one that was built and then refused by a rule of the catalogue is compared as well."""
    digest = outcome.digest
    bundle = storage / outcome.bundle
    if row.doubles and outcome.bundle and bundle.is_file():
        with zipfile.ZipFile(bundle) as archive:
            lines = [(name, hashlib.sha256(archive.read(name)).hexdigest()) for name in archive.namelist()]
        digest = content_digest(lines, _doubled(repository, row.commit, {name for name, _ in lines}))
    return verdict(row, "" if outcome.digest else outcome.rule or outcome.state, digest, warned=outcome.broken)


def _doubled(repository: CorpusRepository, commit: str, names: set[str]) -> Iterator[Line]:
    """Find what the table has twice: files of the source that are made by the build, too."""
    root = next(iter(names)).split("/")[0]
    languages = {Path(path).stem for path in repository.git("ls-tree", "--name-only", commit, "po/").split()}
    for path in repository.git("ls-tree", "-r", "--name-only", commit, "locale/").splitlines():
        if f"{root}/{path}" in names and path.split("/")[1] in languages and not path.endswith(".mo"):
            content = repository.git("show", f"{commit}:{path}")
            yield f"{root}/{path}", hashlib.sha256(content.encode()).hexdigest()


Tag = tuple[str, str]
"""Full name of a repository, and name of a tag of it."""


def take_through(builder: str, tags: list[Tag], repositories: dict[str, CorpusRepository], folder: Path) -> dict[Tag, Outcome]:
    """Release all tags into one ASLO with this builder, wait until each has ended, and tell what came of them."""
    with stage(folder, builder=builder) as up:
        eventually(f"{up.url}/readyz", "ready")
        began = time.monotonic()
        answers = {(name, tag): release(up, repositories[name], tag) for name, tag in tags}
        accepted = time.monotonic() - began
        for answer in answers.values():
            if answer.startswith(up.url):
                eventually(answer, "ended", DAY_S)
        ended = time.monotonic() - began
    known = outcomes(folder)
    found = {tag: known.get(tag, Outcome(answers[tag])) for tag in tags}
    seconds = sorted(outcome.seconds for outcome in found.values() if outcome.seconds)
    median = seconds[len(seconds) // 2] if seconds else 0
    print(f"accepted in {accepted:.1f} s, all ended after {ended:.1f} s; median build {median:.2f} s")
    _print("what came of them", Counter(outcome.end for outcome in found.values()))
    return found


def agrees_with_table(
    rows: dict[Tag, Row], found: dict[Tag, Outcome], repositories: dict[str, CorpusRepository], folder: Path
) -> bool:
    """Print how the outcomes agree with the table, and tell whether all do."""
    verdicts: Counter[str] = Counter()
    for (name, tag), outcome in found.items():
        if row := rows.get((name, tag)):
            said = held_against(row, outcome, repositories[name], folder / "storage")
            verdicts[said] += 1
            if said.startswith("DIFFERS"):
                print(f"{name} {tag}: {said}")
    _print("against the table", verdicts)
    return not any(said.startswith("DIFFERS") for said in verdicts)


def agrees_with_first(first: dict[Tag, Outcome], found: dict[Tag, Outcome]) -> bool:
    """Print how the outcomes of one builder agree with those of the first one, and tell whether all do."""
    verdicts: Counter[str] = Counter()
    for (name, tag), outcome in found.items():
        said = outcome.held_against(first[name, tag])
        verdicts[said] += 1
        if said.startswith("DIFFERS"):
            print(f"{name} {tag}: {said}: {first[name, tag].end}, {outcome.end}")
    _print("against the first builder", verdicts)
    return not any(said.startswith("DIFFERS") for said in verdicts)


def write_digests(path: Path, made: list[dict[Tag, Outcome]]) -> None:
    """Write a row for each tag, tab between the columns with what each builder made of it, in the order given."""
    columns = ("end", "content_digest", "bundle")
    with path.open("w", encoding="utf-8") as table:
        heads = (f"{column}_{number}" for number in range(1, len(made) + 1) for column in columns)
        print("repo", "tag", "commit", *heads, sep="\t", file=table)
        for name, tag in made[0]:
            each = [found[name, tag] for found in made]
            cells = (cell for outcome in each for cell in (outcome.end, outcome.digest, outcome.bundle))
            print(name, tag, each[0].commit, *cells, sep="\t", file=table)


def run(arguments: argparse.Namespace, scratch: Path) -> int:
    rows = {(row.repository, row.tag): row for row in read_table(arguments.table)} if arguments.table else {}
    repositories = {found.full_name: found for found in find_repositories(arguments.folder, scratch / "made")}
    wanted = list(rows) or [(name, tag) for name, found in repositories.items() for tag in found.tags()]
    tags = [(name, tag) for name, tag in wanted if name in repositories]
    print(f"{len(tags)} tags of {len({name for name, _ in tags})} repositories, {len(wanted) - len(tags)} not at hand")
    made: list[dict[Tag, Outcome]] = []
    good = True
    for number, builder in enumerate(arguments.builder or ['use = "bubblewrap"'], start=1):
        print(f"builder {number}: {' '.join(builder.splitlines())}")
        folder = scratch / f"stage-{number}"
        found = take_through(builder, tags, repositories, folder)
        good &= all(outcome.ended for outcome in found.values())
        if rows:
            good &= agrees_with_table(rows, found, repositories, folder)
        if made:
            good &= agrees_with_first(made[0], found)
        made.append(found)
    if arguments.digests:
        write_digests(arguments.digests, made)
    return 0 if good else 1


def _print(title: str, counted: Counter[str]) -> None:
    print(f"{title}:")
    for words, times in counted.most_common():
        print(f"{times:6}  {words}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Take real activities through the whole orchestrator.")
    parser.add_argument("folder", type=Path, help="folder of repositories")
    parser.add_argument("--table", type=Path, help="what Sugar's own builder made of each tag")
    parser.add_argument(
        "--builder", action="append", help="lines of a builder's table in aslo.toml; may be given several times"
    )
    parser.add_argument("--digests", type=Path, metavar="FILE", help="write what each builder made of each tag to this file")
    with tempfile.TemporaryDirectory(prefix="aslo-corpus-") as scratch:
        return run(parser.parse_args(), Path(scratch))


if __name__ == "__main__":
    sys.exit(main())
