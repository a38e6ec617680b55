"""The addresses that an operator is told to enter on a code host are those that webhooks are taken at."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from aslo_core.types import Context
from aslo_core.web.intake import IntakeServices, intake_blueprint


@pytest.mark.parametrize("name", ["github", "codeberg"])
def test_each_leads_to_the_source_of_that_name(name: str) -> None:
    services = IntakeServices(intake=None, sources={}, public_url="https://aslo.example", metrics=None)  # type: ignore[arg-type]
    app = Flask("webhooks")
    app.register_blueprint(intake_blueprint(lambda: services))
    context = Context(name, Path(), Path(), "https://aslo.example")
    for address in context.webhook_addresses:
        answer = app.test_client().post(address.removeprefix(context.public_url), data=b"{}")
        assert answer.status_code == 404
        assert f"no source named '{name}'" in answer.get_data(as_text=True)
