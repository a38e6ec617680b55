"""The lives of many releases against a clock, a broker and stores that do their worst.

Real are the log, the read models, intake, the desk, dispatcher, worker and its steps, claims and herald. Whatever befalls them,
the referee holds every event and every peer to what was promised; and once nothing fails any more, all comes to rest.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

from tests.crash.simulated.machine import Simulation

QUICK = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink such a life would take minutes
    suppress_health_check=list(HealthCheck),
)

Simulation.TestCase.settings = QUICK
TestSimulation = Simulation.TestCase
