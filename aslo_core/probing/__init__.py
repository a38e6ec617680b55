"""Asks the things themselves that a configuration names: `aslo check --probe`."""
