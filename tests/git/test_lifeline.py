"""What is left of a fetch when the process that runs it is killed: nothing."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

FETCH = """
import sys
from pathlib import Path
from aslo_core import git
from aslo_core.git.fetch import fetch_tag

allow = git.AllowList.parse([sys.argv[1]])
fetch_tag(git.Remote(git.check_address(sys.argv[1], allow), allow), "v1", Path(sys.argv[2]))
"""
PATIENCE_S = 20.0
"""Less than git itself is patient with a server that says nothing (`http.lowSpeedTime`)."""


def test_a_fetch_ends_with_the_process_that_runs_it_even_when_that_is_killed(into: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/maze.git"
        with subprocess.Popen([sys.executable, "-c", FETCH, address, str(into)]) as fetching:
            try:
                connection, _ = silent.accept()
                connection.settimeout(PATIENCE_S)
                asked = connection.recv(65536)
            finally:
                fetching.send_signal(signal.SIGKILL)
        with connection:
            assert asked.startswith(b"GET /maze.git/info/refs")
            assert connection.recv(65536) == b"", "the helper of git that holds the connection should be gone"
