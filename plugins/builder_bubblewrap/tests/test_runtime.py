"""The files that a Python needs are found for whatever Python runs this."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aslo_builder_bubblewrap.inside.order import Order
from aslo_builder_bubblewrap.runtime import Runtime


def test_every_file_is_there_and_no_folder_is_a_whole_prefix(runtime: Runtime) -> None:
    assert runtime.libraries
    for path in runtime.readable:
        assert path.is_absolute()
        assert path.exists()
        assert path not in (Path(sys.base_prefix), Path("/usr"), Path("/"))


def test_the_interpreter_is_the_one_below_a_virtual_environment(runtime: Runtime) -> None:
    assert runtime.executable.is_relative_to(Path(sys.base_prefix).resolve()) or not runtime.executable.is_symlink()
    version = subprocess.run(
        [runtime.executable, "-c", "import sys; print(sys.version)"], capture_output=True, check=True, text=True
    )
    assert version.stdout.strip() == sys.version.strip()


def test_an_order_survives_the_command_line() -> None:
    order = Order(
        action="run",
        module="m",
        roots=("/a b", "/c\u2615"),
        ready_fd=5,
        user=None,
        parent=7,
        landlock="if-there",
        readable=("/",),
        writable=(),
        cpu_seconds=1,
        memory_bytes=2,
        processes=3,
        file_bytes=4,
    )
    assert Order.from_json(order.to_json()) == order
