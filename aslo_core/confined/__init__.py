"""What builders that confine a program have in common: the order it carries out, what it writes, and what its end means.

How it is kept from the host is each builder's own affair.
"""

from aslo_core.confined.delivery import put_on_disk, whole_output
from aslo_core.confined.inside import landlock
from aslo_core.confined.inside.order import EX_DATAERR, READY, Order, Task
from aslo_core.confined.launching import launcher_package, start_command
from aslo_core.confined.streams import BundleStream, LogStream, ReadyStream
from aslo_core.confined.verdict import Ended, judge

__all__ = [
    "EX_DATAERR",
    "READY",
    "BundleStream",
    "Ended",
    "LogStream",
    "Order",
    "ReadyStream",
    "Task",
    "judge",
    "landlock",
    "launcher_package",
    "put_on_disk",
    "start_command",
    "whole_output",
]
