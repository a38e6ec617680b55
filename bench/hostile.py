"""What hostile bundles cost: each is inspected in the sandbox, and once more bare, to be measured.

    python -m bench.hostile

Prints for each by which rule it is refused in the sandbox, the seconds from asking to knowing (start of the sandbox included),
and processor time and largest memory of the inspector. Exit status 1 where one is accepted, or refused by another rule.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aslo_builder_bubblewrap.choice import create
from aslo_builder_bubblewrap.options import BubblewrapOptions

from aslo_core.api import Builder, inspector_program
from aslo_core.bundle.inspecting import inspect_confined
from aslo_core.bundle.limits import InspectionLimits
from aslo_core.errors import Permanent
from aslo_core.testing.hostile import hostile_bundles
from aslo_core.types import Context

MEASURE = """
import json, resource, subprocess, sys
with open(sys.argv[1], "rb") as material:
    subprocess.run(json.loads(sys.argv[2]), stdin=material, capture_output=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
"""
"""A process of its own, since a child's memory is never told to be less than its parent's."""


def main() -> int:
    builder = create(BubblewrapOptions(), Context(name="bench", directory=Path(), data=Path(), public_url=""))
    wrong = 0
    print(f"{'bundle':34} {'bytes':>10} {'s':>6} {'cpu s':>6} {'MiB':>6}  rule")
    for hostile in hostile_bundles():
        rule, seconds, cpu, memory = measure(builder, hostile.bundle)
        wrong += rule not in hostile.rules
        mark = "" if rule in hostile.rules else "  <- expected " + " or ".join(hostile.rules)
        print(f"{hostile.name:34} {len(hostile.bundle):10} {seconds:6.2f} {cpu:6.2f} {memory:6.1f}  {rule}{mark}", flush=True)
    return 1 if wrong else 0


def measure(builder: Builder, bundle: bytes) -> tuple[str, float, float, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "bundle.xo").write_bytes(bundle)
        before, rule = time.perf_counter(), "accepted"
        try:
            inspect_confined(
                builder.inspect,
                folder / "bundle.xo",
                None,
                InspectionLimits(),
                folder=folder,
                keep=lambda _blob, _data: None,
                log=lambda _piece: None,
            )
        except Permanent as refused:
            rule = refused.rule
        seconds = time.perf_counter() - before
        program = json.dumps(inspector_program().command())
        command = [sys.executable, "-I", "-S", "-c", MEASURE, str(folder / "material.tar"), program]
        cpu, memory = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return rule, seconds, cpu, memory


if __name__ == "__main__":
    sys.exit(main())
