"""What people read: tables derived from the log, which can be deleted and come back identical.

Each module is one read model: its tables, its pure `apply`, and its queries, which return frozen values.
"""

from __future__ import annotations

from aslo_core.projections import catalogue, copies, deliveries, notices, reconciliations, releases
from aslo_core.projections.applying import ProjectionFailed
from aslo_core.projections.engine import Projector
from aslo_core.projections.projection import Projection, digest
from aslo_core.projections.views import Views

PROJECTIONS: tuple[Projection, ...] = (
    deliveries.PROJECTION,
    releases.PROJECTION,
    catalogue.PROJECTION,
    notices.PROJECTION,
    copies.PROJECTION,
    reconciliations.PROJECTION,
)
"""Every read model, in the order in which they are applied."""

__all__ = ["PROJECTIONS", "Projection", "ProjectionFailed", "Projector", "Views", "digest"]
