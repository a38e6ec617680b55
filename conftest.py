"""For all tests, the core's and those of the plugins in this repository."""

pytest_plugins = ["aslo_core.testing.services", "aslo_core.testing.storage_matrix", "pytester"]
