"""What happens to a test whose service is not there, or whose service was there when it failed."""

import pytest

NEEDS_DOCKER = """
    pytest_plugins = ["aslo_core.testing.services"]

    def test_something(docker_client):
        pass
"""

FAILS_WITH_REDIS = """
    pytest_plugins = ["aslo_core.testing.services"]

    def test_something(redis_url):
        assert redis_url == "something else"
"""


@pytest.fixture
def without_docker(monkeypatch: pytest.MonkeyPatch, pytester: pytest.Pytester) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{pytester.path}/nobody.sock")
    monkeypatch.setenv("PATH", str(pytester.path))


@pytest.mark.usefixtures("without_docker")
def test_a_missing_service_skips_by_name_on_a_laptop(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(NEEDS_DOCKER)
    result = pytester.runpytest_subprocess("-rs", "-p", "no:cacheprovider")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no Docker daemon answers*docker.io*"])


@pytest.mark.usefixtures("without_docker")
def test_a_missing_service_fails_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(NEEDS_DOCKER)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*no Docker daemon answers*docker.io*"])


def test_a_failure_shows_what_its_services_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILS_WITH_REDIS)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*end of the log of redis_server*", "*eady to accept connections*"])
