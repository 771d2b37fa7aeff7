"""timeout-in-milliseconds and timeout-missing."""

import pytest

from tests.lint_pairs import SITES, SOUND, found, recorded, two

TIMED = SOUND.replace(
    "mode http\n", "mode http\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"
)


@pytest.mark.parametrize(
    "old, new, severity",
    [
        ("client 30s", "client 30", "error"),
        ("server 30s", "server 30", "error"),
        ("server 30s", "http-request 10", "error"),
        ("connect 5s", "connect 5", "warning"),
    ],
)
def test_a_number_without_a_unit(old: str, new: str, severity: str) -> None:
    line = next(number for number, each in enumerate(TIMED.splitlines(), 1) if old in each)
    text = TIMED.replace(old, new)
    assert found("timeout-in-milliseconds", two(text)) == [(severity, f"haproxy.cfg:{line}")]


@pytest.mark.parametrize("said", ["30s", "30ms", "30000", "100", "0", "1m", '"$T"'])
def test_what_may_be_meant(said: str) -> None:
    assert found("timeout-in-milliseconds", two(TIMED.replace("server 30s", f"server {said}"))) == []


@pytest.mark.parametrize(
    "text, lines",
    [
        (TIMED, []),
        (TIMED.replace("    timeout client 30s\n", ""), [7]),
        (TIMED.replace("    timeout server 30s\n", ""), [10]),
        (SOUND, [5, 8]),
        (SOUND.replace("backend app\n", "backend app\n    timeout connect 1s\n    timeout server 1m\n"), [5]),
        (TIMED.replace("server 30s", "tunnel 1h"), [11]),
        (TIMED.replace("server 30s", "tunnel 1h").replace("mode http", "mode tcp"), []),
        (TIMED.replace("*:80", "127.0.0.1:80").replace("    timeout client 30s\n", ""), []),
    ],
)
def test_a_timeout_that_is_missing(text: str, lines: list[int]) -> None:
    assert found("timeout-missing", two(text)) == [("warning", f"haproxy.cfg:{line}") for line in lines]


def test_no_recorded_site_forgets_a_unit() -> None:
    sites = [folder.name for folder in SITES.iterdir()]
    assert [name for name in sites if found("timeout-in-milliseconds", recorded(name))] == []
