"""What the sandbox costs: a build in it against the bare packer, same source, same run: `python -m bench.build`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aslo_builder_bubblewrap import aslo_builders

from aslo_core.bundle.program import packer_program
from aslo_core.bundle.source import write_source_tar
from aslo_core.types import BuildLimits, BuildRequest, Context

RUNS = 7
EXAMPLE = Path(__file__).parent.parent / "examples" / "fraction-garden"


def main() -> None:
    offer = aslo_builders()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        context = Context(name="bench", directory=folder, data=folder, public_url="http://127.0.0.1")
        builder = offer.create(offer.options(), context)
        files = sorted(path.relative_to(EXAMPLE).as_posix() for path in EXAMPLE.rglob("*") if path.is_file())
        source = folder / "source.tar"
        write_source_tar(EXAMPLE, files, source)
        bare, confined = [], []
        for run in range(RUNS):
            started = time.perf_counter()
            with source.open("rb") as tar, (folder / f"bare{run}.xo").open("wb") as out:
                command = [sys.executable, "-m", packer_program().module]
                subprocess.run(command, stdin=tar, stdout=out, stderr=subprocess.DEVNULL, check=True)
            bare.append(time.perf_counter() - started)
            started = time.perf_counter()
            request = BuildRequest(source=source, bundle=folder / f"{run}.xo", limits=BuildLimits())
            builder.build(request, lambda _: None)
            confined.append(time.perf_counter() - started)
            assert request.bundle.read_bytes() == (folder / f"bare{run}.xo").read_bytes()
        ratio = statistics.median(a / b for a, b in zip(confined, bare, strict=True))
        level = f"{builder.isolation.level}, {builder.isolation.detail}"
        print(
            f"a build ({level}): median {statistics.median(confined):.3f} s, bare packer {statistics.median(bare):.3f} s,",
            end="",
        )
        print(f" ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
