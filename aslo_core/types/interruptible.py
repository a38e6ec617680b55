"""What can be ended at once."""

from __future__ import annotations

import threading
from typing import Protocol, Self, runtime_checkable


@runtime_checkable
class Interruptible(Protocol):
    """What a source or a builder offers beside its own Protocol where its work can be ended before it is done.

    A run that is cancelled, withdrawn or replaced is over at once, and so is one whose step takes too long; ASLO then waits for
    nobody. What cannot be told to stop goes on for nothing until it ends by itself, and what it comes to counts no more.
    """

    def until(self, stop: threading.Event) -> Self:
        """Give what works like this one until `stop` is set, and then ends within a second; this one stays as it is.

        Ended so, it leaves nothing behind that it would not leave otherwise, such as a process, a container or a file outside
        of the folders that it was given, and raises Stopped from whatever was called.

        Args:
            stop: set by another thread, at any time; look at it often, or wait on it.
        """
        ...
