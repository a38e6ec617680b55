"""What the bubblewrap builder costs, against the bare packer under plain `bwrap` with the same arguments.

python -m bench.build [SOURCE_FOLDER]
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from aslo_builder_bubblewrap import aslo_builders
from aslo_builder_bubblewrap.options import BubblewrapOptions
from aslo_builder_bubblewrap.runtime import this_runtime
from aslo_builder_bubblewrap.sandbox import Sandbox

from aslo_core.bundle.program import inspector_program, packer_program
from aslo_core.types import Context
from bench.builds import LIMITS, built_by, overhead, sources, tell_load, throughput


def main(given: str | None = None) -> None:
    program = shutil.which("bwrap")
    if program is None:
        print("bwrap is not installed: nothing to compare with")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        context = Context(name="bench", directory=folder, data=folder, public_url="http://127.0.0.1")
        (offer,) = aslo_builders()
        builder = offer.create(BubblewrapOptions(isolation="sandbox", program=Path(program)), context)
        ours, bare = built_by(builder, folder), Bare(Path(program))
        activities = sources(folder, given)
        print(f"builds by bubblewrap ({builder.isolation.level}, {builder.isolation.detail})")
        tell_load()
        for what, source in activities.items():
            overhead(what, ours, "bare packer in bwrap", bare, source, settle=lambda: None)
        throughput(ours, "bare packer in bwrap", bare, next(iter(activities.values())))
        tell_load()


class Bare:
    """The packer under `bwrap`, started by hand: no limits, no watch over it, no care for what it writes."""

    def __init__(self, program: Path) -> None:
        runtime, packer = this_runtime(inspector_program().extensions), packer_program()
        sandbox = Sandbox(program, "", runtime, privileged=False)
        self._command = sandbox.around(packer.command(str(runtime.executable)), packer, LIMITS)

    def __call__(self, source: Path) -> None:
        with source.open("rb") as tar, tempfile.TemporaryFile() as bundle:
            subprocess.run(self._command, stdin=tar, stdout=bundle, stderr=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
