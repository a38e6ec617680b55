"""For tests, the core's and those of plugins: contract suites, doubles and fixtures that start real services."""
