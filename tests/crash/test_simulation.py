"""The lives of many releases against a clock, a broker and stores that do their worst.

Real are the log, the read models, intake, the desk, dispatcher, worker and its steps, claims and herald. Whatever befalls them,
the referee holds every event and every peer to what was promised; and once nothing fails any more, all comes to rest.
`ASLO_SIMULATIONS=2000` plays so many lives rather than a few.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.crash.simulated.faults import FAULTS
from tests.crash.simulated.machine import Simulation

LIVES = settings(
    max_examples=int(os.environ.get("ASLO_SIMULATIONS", "20")),
    stateful_step_count=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink such a life would take minutes
    suppress_health_check=list(HealthCheck),
)
WITH_A_FAULT = settings(LIVES, max_examples=60, derandomize=True, phases=(Phase.generate,), database=None)


@pytest.mark.timeout(300)
def test_whatever_befalls_all_comes_to_rest_as_promised():
    run_state_machine_as_test(Simulation, settings=LIVES)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("no fence", "without a claim"),
        ("claim without expiry", "stuck: "),
        ("no idempotency key", "was decided on twice"),
        ("reconciler off", "stuck: "),
        ("answer before commit", "answered with 202, and not in the log"),
        ("doubt left alone", "stuck: "),
        ("notice without key", "was settled twice"),
        ("end untold", "nobody was told"),
    ],
)
def test_a_fault_of_the_product_is_found(monkeypatch: pytest.MonkeyPatch, fault: str, found: str):
    FAULTS[fault](monkeypatch)
    with pytest.raises(AssertionError, match=found):
        run_state_machine_as_test(Simulation, settings=WITH_A_FAULT)
