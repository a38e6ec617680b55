"""Running the git program where nothing but what is written here has a say: no user's or system's settings, no prompts."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from aslo_core.errors import Stopped, Transient
from aslo_core.git.failures import too_large
from aslo_core.source_limits import SourceLimits

_POLL_SECONDS = 0.05
_STDERR_TAIL_BYTES = 8192
_SCARCE_BYTES = 64 << 10
"""A disk with less than that is full: git writes in pieces, and some of it is kept for the file system itself."""
_NOT_FOUND = 127  # what a shell answers when there is no such program

# The shell sets the limits before git exists: setting them from Python would need code between fork and exec, which is not
# safe with threads. Where a limit is lower already, setting it fails and the lower one stands. Its standard input is a lifeline
# that says nothing: the other end is ASLO's alone, so that it ends with ASLO, however that ends, and then the whole group is
# killed, git's helpers among them. (A parent-death signal would hang on one thread of ASLO, and reach git but not its helpers.)
_SUPERVISED = """
ulimit -v "$1" 2>/dev/null; ulimit -f "$2" 2>/dev/null; request=$3; shift 3
exec 3<&0
{ read -r _; kill -KILL 0; } <&3 >/dev/null 2>&1 3<&- &
git "$@" <"$request" 3<&-
status=$?
{ kill -KILL $!; wait $!; } 2>/dev/null
exit $status
"""
_SIGNALLED = 128  # what a shell adds to the number of the signal that ended a program

# git-config(1). Given through the environment, they stand above everything that a file says.
_SETTINGS = {
    "protocol.allow": "never",
    "protocol.version": "2",
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",
    "core.attributesFile": os.devnull,
    "core.autocrlf": "false",
    "core.fsmonitor": "false",
    "core.bigFileThreshold": "16m",
    "core.packedGitWindowSize": "32m",
    "core.packedGitLimit": "256m",
    "pack.threads": "1",
    "credential.helper": "",
    "fetch.fsckObjects": "true",
    "transfer.fsckObjects": "true",
    "transfer.bundleURI": "false",
    "transfer.credentialsInUrl": "die",
    # All objects stay in one pack, written to one file, so that the size limit holds for it.
    "fetch.unpackLimit": "1",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.followRedirects": "false",
    "http.sslVerify": "true",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
    # What git itself wrote in its early years, in many an old activity; none of it changes what lands on the disk.
    "fetch.fsck.zeroPaddedFilemode": "ignore",
    "fetch.fsck.badTimezone": "ignore",
    "fetch.fsck.missingSpaceBeforeDate": "ignore",
    "fetch.fsck.missingSpaceBeforeEmail": "ignore",
    "fetch.fsck.missingNameBeforeEmail": "ignore",
}


@dataclass(frozen=True)
class Limits:
    """What one fetch may use.

    Attributes:
        seconds: wall-clock time, all steps together.
        transfer_bytes: bytes on disk while fetching, compressed as git keeps them.
        tree_bytes: bytes of all files of the commit together.
        files: how many files the commit may have, and how many folders.
        memory_bytes: address space of each git process.
    """

    seconds: float = 300.0
    transfer_bytes: int = 512 << 20
    tree_bytes: int = SourceLimits.total_bytes
    files: int = SourceLimits.files
    memory_bytes: int = 2 << 30


@dataclass(frozen=True)
class Result:
    """How a git process ended.

    Attributes:
        status: exit status; 0 is success.
        output: the file that holds what it wrote to standard output.
        complaint: the end of what it wrote to standard error.
    """

    status: int
    output: Path
    complaint: str


class Git:
    """The git program on one throwaway bare repository.

    Args:
        directory: a private, existing directory; everything that git writes lies below it.
        limits: what all runs together may use; the clock starts now.
        settings: more git settings, for example `protocol.https.allow`; secrets may be in them.
        stop: ends what runs, once it is set.
        safe_directory: a repository of another owner, bare or with a working tree, that git may read from, or empty.
    """

    def __init__(
        self, directory: Path, limits: Limits, settings: Mapping[str, str], stop: threading.Event, safe_directory: str = ""
    ) -> None:
        self._directory = directory
        self._limits = limits
        self._stop = stop
        self._deadline = time.monotonic() + limits.seconds
        self._repository = directory / "repository.git"
        self._environment = _environment(directory, {**_SETTINGS, **settings})
        if safe_directory:
            # The serving end of a `file:` address is a process of its own, which settings in the environment do not reach.
            config = directory / "gitconfig"
            own, beside_tree = _quoted(safe_directory), _quoted(f"{safe_directory}/.git")
            config.write_text(f"[safe]\n\tdirectory = {own}\n\tdirectory = {beside_tree}\n", "utf-8")
            self._environment["GIT_CONFIG_GLOBAL"] = str(config)
        self._check(self.run("init", "--quiet", "--bare", "--template=", str(self._repository)))
        self._environment["GIT_DIR"] = str(self._repository)

    def run(self, *arguments: str, request: str = "", output_bytes: int | None = None) -> Result:
        """Run one git command to its end.

        Args:
            arguments: command and arguments; never a secret.
            request: what it reads from standard input.
            output_bytes: how much it may write to standard output; None leaves the limit on the whole directory.

        Raises:
            Permanent: rule `source.too-large`: a limit on size was reached.
            Transient: the time is over, or there is no git program.
            Stopped: it was told to.
        """
        output, complaints = self._directory / "stdout", self._directory / "stderr"
        with (
            output.open("wb") as out,
            complaints.open("wb") as err,
            self._started(arguments, request, stdout=out, stderr=err) as process,
        ):
            self._watch(process, arguments[0], output, output_bytes)
        return Result(process.returncode, output, _tail(complaints))

    @contextmanager
    def reading(self, *arguments: str, request: str) -> Iterator[IO[bytes]]:
        """Run one git command and read its standard output while it runs.

        It ends with the block, when the time is over, or when it is told to stop; the output then ends.
        """
        with self._started(arguments, request, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            # A blocking read cannot be given a deadline; killing the process ends it.
            done = threading.Event()
            guard = threading.Thread(target=self._guard, args=(process, done), name="git-guard", daemon=True)
            guard.start()
            try:
                with cast("IO[bytes]", process.stdout) as stdout:
                    yield stdout
                process.wait()
            finally:
                done.set()
                guard.join()

    def go_on(self, doing: str) -> None:
        """Let what is done with the files that git gave be ended as git itself is.

        Args:
            doing: what is under way, as the subject of a sentence.

        Raises:
            Transient: the time is over.
            Stopped: it was told to.
        """
        if self._stop.is_set():
            raise Stopped(f"{doing} was told to stop")
        if self._seconds_left <= 0:
            raise Transient(f"{doing} was not done within the {self._limits.seconds:g} seconds of a fetch.")

    def _guard(self, process: subprocess.Popen[bytes], done: threading.Event) -> None:
        while self._seconds_left > 0 and not self._stop.is_set():
            if done.wait(_POLL_SECONDS):
                return
        _kill_group(process)

    @property
    def _seconds_left(self) -> float:
        return self._deadline - time.monotonic()

    @contextmanager
    def _started(
        self, arguments: Sequence[str], request: str, *, stdout: IO[bytes] | int, stderr: IO[bytes] | int
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start one git command in a group of its own; none of the group is left after the block, nor after ASLO."""
        path = self._directory / "request"
        path.write_text(request, "ascii")
        kibibytes, blocks = self._limits.memory_bytes >> 10, self._limits.transfer_bytes >> 9
        with subprocess.Popen(
            ["/bin/sh", "-c", _SUPERVISED, "git", str(kibibytes), str(blocks), str(path), *arguments],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            env=self._environment,
            cwd=self._directory,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                _kill_group(process)

    def _disk_is_full(self) -> bool:
        disk = os.statvfs(self._directory)
        return disk.f_bavail * disk.f_frsize < _SCARCE_BYTES or (disk.f_files > 0 and disk.f_favail == 0)

    def _watch(self, process: subprocess.Popen[bytes], command: str, output: Path, output_bytes: int | None) -> None:
        was_full = False
        while True:
            try:
                process.wait(min(_POLL_SECONDS, max(self._seconds_left, 0.001)))
            except subprocess.TimeoutExpired:
                ended = False
            else:
                ended = True
            used, limit = _bytes_below(self._directory), self._limits.transfer_bytes
            if used > limit or process.returncode == _SIGNALLED + signal.SIGXFSZ:
                raise too_large(f"git {command} had {used:,} bytes on disk; the limit is {limit:,} (fetch_mib)")
            if output_bytes is not None and output.stat().st_size > output_bytes:
                raise too_large(f"git {command} wrote more than {output_bytes:,} bytes")
            # git cannot say so where its words go to the same disk, and may have removed what filled it when it ends.
            was_full = was_full or self._disk_is_full()
            if ended and process.returncode and was_full:
                raise Transient(f"git {command} failed in {self._directory}: the disk is full; make room on it.")
            if ended:
                return
            self.go_on(f"git {command}")

    def _check(self, result: Result) -> None:
        if result.status == _NOT_FOUND:
            raise Transient("There is no git program on this machine: install git 2.37 or newer.")
        if result.status:
            raise Transient(f"git cannot make a repository in {self._directory}: {result.complaint.strip()[:300]}")


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started. Harmless when it ended already."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(home: Path, settings: Mapping[str, str]) -> dict[str, str]:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for number, (key, value) in enumerate(settings.items()):
        environment[f"GIT_CONFIG_KEY_{number}"] = key
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes_below(directory: Path) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 -- a hot loop over plain names
            except FileNotFoundError:  # git renames its temporary files meanwhile
                continue
    return total


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _STDERR_TAIL_BYTES))
        return file.read().decode("utf-8", "replace")
