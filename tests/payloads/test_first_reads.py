"""The first payloads of a process, read by many threads at the same moment."""

from __future__ import annotations

import subprocess
import sys

import pytest

KINDS = 40
THREADS = 6
PROGRAM = f"""
import sys, threading, types
import msgspec
from aslo_core import payloads

module = sys.modules["kinds"] = types.ModuleType("kinds")
source = "import msgspec\\nclass Kind0(msgspec.Struct):\\n    name: str = ''\\n"
for number in range(1, {KINDS}):
    before = f"Kind{{number - 1}}"
    source += f"class Kind{{number}}(msgspec.Struct):\\n    many: list[{{before}}] = []\\n    one: {{before}} | None = None\\n"
exec(source, vars(module))
newest = module.Kind{KINDS - 1}
read = {{
    "read": lambda: payloads.read(b'{{"one": {{"one": {{"many": []}}}}}}', newest),
    "convert": lambda: payloads.convert({{"one": {{"one": {{"many": []}}}}}}, newest),
}}[sys.argv[1]]
sys.setswitchinterval(1e-6)
together = threading.Barrier({THREADS})
found = []

def first():
    together.wait()
    found.append(read())

threads = [threading.Thread(target=first) for _ in range({THREADS})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(found))
"""


@pytest.mark.parametrize("how", ["read", "convert"])
def test_none_of_them_ends_the_process(how: str):
    """What msgspec knows of a class is made when it is first needed, and was seen by other threads half made."""
    ended = [
        subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, timeout=60, check=False)
        for _ in range(3)
    ]
    assert [(one.returncode, one.stdout) for one in ended] == [(0, f"{THREADS}\n")] * 3
