"""The suite of escapes would tell of one: what is made of attempts that come to something, by a program that nothing holds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aslo_core.testing.escape_attempts import REFUSED, outcomes, program


def came_of(folder: Path, attempts: dict[str, str]) -> dict[str, str]:
    told = program(attempts, {"folder": str(folder)})
    ran = subprocess.run([sys.executable, "-"], check=False, input=told, capture_output=True, text=True, cwd=folder)
    assert ran.returncode == 0, ran.stderr
    return outcomes(ran.stdout)


def test_what_the_kernel_refuses_is_told_from_what_works_and_from_what_fails_before_it(tmp_path: Path) -> None:
    found = came_of(
        tmp_path,
        {
            "works": "write(HOST['folder'] + '/new')",
            "is refused": "read(HOST['folder'] + '/none')",
            "is refused by a call": "call('pivot_root', b'/none', b'/none')",
            "asks wrongly": "read(HOST['nothing'])",
            "is no Python": "read(",
            "ends": "os._exit(0)",
            "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
        },
    )
    assert (tmp_path / "new").exists()
    assert found.pop("is refused").startswith(f"{REFUSED}FileNotFoundError")
    assert found.pop("is refused by a call").startswith((f"{REFUSED}PermissionError", f"{REFUSED}FileNotFoundError"))
    assert found.pop("asks wrongly").startswith("BROKEN KeyError")
    assert found.pop("is no Python").startswith("BROKEN SyntaxError")
    assert found == {"works": "DONE", "ends": "", "is killed": ""}


def test_no_attempt_profits_or_suffers_from_another(tmp_path: Path) -> None:
    found = came_of(
        tmp_path,
        {
            "goes elsewhere, and forgets what it knows": "os.chdir('/'); HOST.clear()",
            "is where it was, and knows": "os.getcwd() == HOST['folder'] or nothing(os.getcwd())",
            "has the same parent": "PARENT != os.getppid() and os.kill(PARENT, 0)",
        },
    )
    assert set(found.values()) == {"DONE"}
