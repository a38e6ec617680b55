"""What the dispatcher says of a broker that is away, and that it rings for everything once it is back."""

from __future__ import annotations

from structlog.testing import capture_logs

from aslo_core.jobs.dispatcher import Dispatcher


class Broker:
    def __init__(self) -> None:
        self.away = False
        self.rung: list[str] = []

    def ring(self, stream: str) -> None:
        if self.away:
            raise ConnectionError("refused")
        self.rung.append(stream)


def test_a_broker_that_is_away_is_told_once_and_once_when_it_is_back():
    broker = Broker()
    dispatcher = Dispatcher(lambda _: ["a", "b"], broker.ring, 4, lambda: 0)
    broker.away = True
    with capture_logs() as logged:
        for _ in range(3):
            dispatcher.turn()
        assert broker.rung == []
        broker.away = False
        dispatcher.turn()
        dispatcher.turn()
    assert broker.rung == ["a", "b"]
    assert [(entry["event"], entry["due"]) for entry in logged] == [("broker.away", 2), ("broker.back", 2)]
