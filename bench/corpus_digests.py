"""Compare what our packer makes of real tags with what Sugar's own builder made of them.

    python -m bench.corpus_digests FOLDER tags.tsv [--layout '{owner}/{name}.git'] [--repository OWNER/NAME]

FOLDER has git directories, named from OWNER and NAME as `--layout` says. The table has a row for each tag, with at least the
columns repo, tag, commit, outcome, digest and mo_files. Where the table's bundle holds a path twice (a file of the source, and
the one that the build makes), its digest has a line for both; ours has one of them, so the other is put back for comparing.
Links stand in our source as git writes them with core.symlinks=false, as their text, where Sugar's builder follows them; a row
that differs is built once more with its links replaced by what they lead to. Where msgfmt is installed, each compiled
translation is compared with what msgfmt makes of the same file. Exit status 0 when every row agrees.
"""

from __future__ import annotations

import argparse
import gettext
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from aslo_core.api import packer_program
from aslo_core.bundle.paths import is_packed
from aslo_core.bundle.source import write_source_tar
from aslo_core.bundle.standard_streams import EX_DATAERR
from bench.corpus_table import Row, content_digest, read_table, verdict


@dataclass(frozen=True)
class Built:
    """One bundle, or why there is none."""

    rule: str
    digest: str
    catalogues: int
    log: str
    odd: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckedOut:
    """The tracked paths of a commit, and which of them are links."""

    paths: list[str]
    links: list[str]


def check_out(repository: Path, commit: str, into: Path) -> CheckedOut:
    """Write a commit's files as git does with core.symlinks=false."""
    git = ["git", "--git-dir", str(repository)]
    listing = subprocess.run([*git, "ls-tree", "-r", "-z", commit], capture_output=True, check=True).stdout
    entries = [entry.split(b"\t", 1) for entry in listing.split(b"\0") if entry]
    paths, links = [], []
    with subprocess.Popen([*git, "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as batch:
        assert batch.stdin is not None
        assert batch.stdout is not None
        for about, name in entries:
            mode, kind, blob = about.split()
            target = into / name.decode()
            paths.append(name.decode())
            if mode == b"120000":
                links.append(name.decode())
            if kind == b"commit":
                target.mkdir(parents=True)
                continue
            batch.stdin.write(blob + b"\n")
            batch.stdin.flush()
            size = int(batch.stdout.readline().split()[2])
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(batch.stdout.read(size + 1)[:-1])
            target.chmod(0o755 if mode == b"100755" else 0o644)
    return CheckedOut(paths, links)


def follow(tree: Path, links: list[str]) -> None:
    """Replace links by the files that they lead to; one that leads out of the tree stays as it is."""
    for path in links:
        target = (tree / path).parent / (tree / path).read_text(encoding="utf-8")
        if target.resolve().is_relative_to(tree.resolve()) and target.is_file():
            shutil.copyfile(target, tree / path)


class Msgfmt:
    """Compares compiled translations with msgfmt's, each once."""

    def __init__(self) -> None:
        self._program = shutil.which("msgfmt")
        self._seen: dict[bytes, str] = {}

    @property
    def compared(self) -> int:
        return len(self._seen)

    def fault(self, source: bytes, compiled: bytes) -> str:
        """Say what is wrong with `compiled`, made from the translation `source`, or return nothing."""
        if self._program is None:
            return ""
        if source not in self._seen:
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "x.po").write_bytes(source)
                subprocess.run([self._program, "-o", "x.mo", "x.po"], cwd=folder, capture_output=True, check=False)
                theirs = read_catalogue(Path(folder, "x.mo").read_bytes())
            self._seen[source] = "" if read_catalogue(compiled) == theirs else "another catalogue than msgfmt's"
        return self._seen[source]


def read_catalogue(compiled: bytes) -> dict[object, str]:
    catalogue: dict[object, str] = vars(gettext.GNUTranslations(io.BytesIO(compiled)))["_catalog"]
    return catalogue


def build(tree: Path, paths: list[str], scratch: Path, msgfmt: Msgfmt) -> Built:
    """Build with the packer as a builder runs it."""
    (scratch / "source.tar").unlink(missing_ok=True)
    summary = write_source_tar(tree, paths, scratch / "source.tar")
    with (scratch / "source.tar").open("rb") as source, (scratch / "bundle.xo").open("wb") as bundle:
        run = subprocess.run(
            packer_program().command(), stdin=source, stdout=bundle, stderr=subprocess.PIPE, check=False, env={}
        )
    log = "\n".join((*(warning.text for warning in summary.warnings), run.stderr.decode()))
    if run.returncode:
        last = run.stderr.decode().strip().splitlines()[-1]
        return Built(json.loads(last)["rule"] if run.returncode == EX_DATAERR else last, "", 0, log)
    with zipfile.ZipFile(scratch / "bundle.xo") as archive:
        root = archive.namelist()[0].split("/")[0]
        odd = []
        for name in archive.namelist():
            parts = name.split("/")
            if parts[1] == "locale" and parts[3] == "LC_MESSAGES" and (tree / f"po/{parts[2]}.po").exists():
                fault = msgfmt.fault((tree / f"po/{parts[2]}.po").read_bytes(), archive.read(name))
                odd += [f"{name}: {fault}"] if fault else []
        lines = [(name, hashlib.sha256(archive.read(name)).hexdigest()) for name in archive.namelist()]
    ours = {name for name, _ in lines}
    doubles = []
    for path in paths:  # what the table has twice: tracked, and made by the build
        name = f"{root}/{path}"
        if is_packed(path) and name in ours and f"{path} is in the source and is made by the build" in log:
            doubles.append((name, hashlib.sha256((tree / path).read_bytes()).hexdigest()))
    catalogues = sum(name.endswith(".mo") for name, _ in doubles + lines)
    return Built("", content_digest(lines, doubles), catalogues, log, tuple(odd))


def compared(row: Row, built: Built) -> str:
    """Say how a row agrees, or begin with DIFFERS."""
    said = verdict(row, built.rule, built.digest, warned="is left out" in built.log)
    if said == "same content" and built.odd:
        return f"DIFFERS: {built.odd[0]}"
    if said == "same content" and built.catalogues != row.catalogues:
        return "DIFFERS: number of catalogues"
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare our packer's content digests with those in a table.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path)
    parser.add_argument("--layout", default="{owner}/{name}.git")
    parser.add_argument("--repository", default="", help="only this one")
    arguments = parser.parse_args()
    verdicts: Counter[str] = Counter()
    msgfmt = Msgfmt()
    seconds = []
    for row in read_table(arguments.table):
        if arguments.repository not in ("", row.repository):
            continue
        owner, name = row.repository.split("/")
        with tempfile.TemporaryDirectory() as scratch:
            tree = Path(scratch, "tree")
            tree.mkdir()
            found = check_out(arguments.folder / arguments.layout.format(owner=owner, name=name), row.commit, tree)
            start = time.perf_counter()
            said = compared(row, build(tree, found.paths, Path(scratch), msgfmt))
            seconds.append(time.perf_counter() - start)
            if said.startswith("DIFFERS") and found.links:
                follow(tree, found.links)
                said = f"{compared(row, build(tree, found.paths, Path(scratch), msgfmt))}, once links are followed"
        verdicts[said] += 1
        if said.startswith("DIFFERS"):
            print(f"{row.repository} {row.tag} ({row.outcome}): {said}")
    for said, times in verdicts.most_common():
        print(f"{times:5}  {said}")
    print(f"{msgfmt.compared} translations have the catalogue that msgfmt makes, unless said otherwise above")
    print(f"median {sorted(seconds)[len(seconds) // 2]:.2f} s a build, longest {max(seconds):.2f} s")
    return 1 if any(said.startswith("DIFFERS") for said in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
