"""What `aslo lint` tells, before it takes a form."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from aslo_core.bootstrap.lint import Finding, Linted
from aslo_core.projections.addresses import rule_path


@dataclass(frozen=True)
class Report:
    """What was found, and where to read more.

    Attributes:
        path: the bundle or checkout, as it was named.
        linted: what came of it.
        site: address of the ASLO whose pages explain the rules, without a slash at the end; empty where none was named.
    """

    path: Path
    linted: Linted
    site: str

    def address(self, rule: str) -> str:
        """The page that explains a rule, or an empty string."""
        return self.site + rule_path(rule) if self.site else ""

    def place(self, finding: Finding) -> str:
        """Path of the file that a finding concerns, from the working directory where it lies below it; empty where it has none.

        What is inside a bundle is no file: there it is the bundle.
        """
        if not self.path.is_dir():
            file = self.path
        elif finding.file:
            file = self.path / finding.file
        else:
            return ""
        absolute, here = os.path.abspath(file), os.getcwd()  # noqa: PTH100, PTH109 - links stay as they are named
        return os.path.relpath(absolute, here) if absolute.startswith(here.rstrip("/") + "/") else absolute

    def summary(self) -> str:
        """How it ended, in words of ASLO's own."""
        errors = sum(finding.level == "error" for finding in self.linted.findings)
        warnings = len(self.linted.findings) - errors
        kept = "A rule is broken" if errors else "All rules are kept"
        return f"{kept}, with {_count(warnings, 'warning')}." if warnings else f"{kept}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
