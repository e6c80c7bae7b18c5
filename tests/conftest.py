"""Fixtures of all tests: real servers, started once, and a database of its own for whoever writes."""

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.api", "tests.fixtures.live", "tests.fixtures.seeded"]
