"""Shipped for tests, the demo and plugin authors: contract suites, and doubles of what cannot run on one machine."""
