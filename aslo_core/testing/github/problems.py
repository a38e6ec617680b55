"""Answers that are not a success, with GitHub's bodies.

https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


@dataclass(eq=False)
class Problem(Exception):
    """Ends a request with this answer.

    Attributes:
        documentation: path below GitHub's REST documentation.
        errors: what is wrong with which field, for 422.
    """

    status: int
    message: str
    documentation: str = ""
    errors: Sequence[Mapping[str, str] | str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The JSON object that GitHub answers."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors:
            body["errors"] = list(self.errors)
        return body | {"documentation_url": DOCUMENTATION + self.documentation, "status": str(self.status)}


def not_found(documentation: str = "") -> Problem:
    """What is not there, and what the caller may not know of."""
    return Problem(404, "Not Found", documentation)


def bad_credentials() -> Problem:
    """A token that GitHub does not know."""
    return Problem(401, "Bad credentials")


def missing_field(resource: str, name: str, documentation: str) -> Problem:
    """A required field that was not sent."""
    errors = [{"resource": resource, "code": "missing_field", "field": name}]
    return Problem(422, "Validation Failed", documentation, errors)


def invalid_field(resource: str, name: str, message: str, documentation: str) -> Problem:
    """A field with a value that breaks a rule."""
    errors = [{"resource": resource, "code": "custom", "field": name, "message": message}]
    return Problem(422, "Validation Failed", documentation, errors)


def no_commit(sha: str, documentation: str) -> Problem:
    """A name that leads to no commit."""
    return Problem(422, f"No commit found for SHA: {sha}", documentation)
