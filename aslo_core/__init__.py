"""ASLO: an event-sourced build orchestrator for releases of Sugar activities."""

__version__ = "0.1.0"
