"""For all tests, the core's and those of the plugins in this repository."""

pytest_plugins = ["aslo_core.testing.services", "pytester"]
